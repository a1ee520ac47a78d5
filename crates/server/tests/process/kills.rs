//! A process that is killed in the middle of its writes leaves a sound file, with everything in it that it has
//! acknowledged.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::{ConnectionTrait, Database};
use tempfile::tempdir;

use crate::horarium::{Server, ask, horarium};

/// How often it is killed; `HORARIUM_TEST_KILLS` says otherwise.
const KILLS: u64 = 24;
/// Clients that write at the same time.
const WRITERS: usize = 4;

/// `horarium serve` on the file that is there, with no limit on how often somebody changes a name.
fn serve(data: &Path) -> Server {
    let mut command = horarium(data, &["serve"]);
    // A second each: what a process has leased and not spent dies with it, and ten deaths would use up a minute.
    let much = r#"{"max":100000000,"seconds":1}"#;
    let limits = ["api", "user", "sign_in", "sign_in_account"].map(|it| format!("\"{it}\":{much}"));
    command.env("HORARIUM_RATE_LIMITS", format!("{{{}}}", limits.join(",")));
    Server::start(command)
}

/// What a mutation that signs somebody in gives: an access token.
fn signed_in(server: &Server, mutation: &str, input: &str) -> String {
    let query = format!(
        "mutation {{ {mutation}(input: {{ {input} }}) {{ tokens {{ accessToken }} userErrors {{ message }} }} }}"
    );
    let answer = server.ask(None, &query).unwrap();
    let token = answer["data"][mutation]["tokens"]["accessToken"].as_str();
    token.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// Changes the name until the process is gone; keeps the highest version that was acknowledged.
fn write(address: &str, token: &str, highest: &AtomicU64) {
    for count in 0_u64.. {
        let input = format!("{{ name: \"Ana {count}\" }}");
        let update = format!(
            "mutation {{ userUpdate(input: {input}) {{ user {{ version }} userErrors {{ message }} }} }}"
        );
        let Some(answer) = ask(address, Some(token), &update) else {
            return;
        };
        let version = answer["data"]["userUpdate"]["user"]["version"].as_u64();
        highest.fetch_max(version.unwrap_or_else(|| panic!("{answer}")), Ordering::Relaxed);
    }
}

fn version(server: &Server, token: &str) -> u64 {
    let answer = server.ask(Some(token), "{ viewer { version } }").unwrap();
    answer["data"]["viewer"]["version"]
        .as_u64()
        .unwrap_or_else(|| panic!("{answer}"))
}

/// What SQLite itself says about a copy of what the process has left, so that the process mends its own file.
fn examine(data: &Path) -> Vec<String> {
    let copy = tempdir().unwrap();
    for file in ["horarium.db", "horarium.db-wal"] {
        if data.join(file).exists() {
            std::fs::copy(data.join(file), copy.path().join(file)).unwrap();
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let url = format!("sqlite://{}", copy.path().join("horarium.db").display());
        let db = Database::connect(url).await.unwrap();
        let mut told = Vec::new();
        for check in ["PRAGMA integrity_check", "PRAGMA foreign_key_check"] {
            let check = sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, check);
            let rows = db.query_all_raw(check).await.unwrap();
            told.extend(rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()));
        }
        db.close().await.unwrap();
        told
    })
}

#[test]
fn a_file_survives_kills_in_the_middle_of_writes_and_keeps_what_was_acknowledged() {
    let kills = std::env::var("HORARIUM_TEST_KILLS").map_or(KILLS, |it| it.parse().unwrap());
    let data = tempdir().unwrap();
    let highest = AtomicU64::new(0);
    let mut server = serve(data.path());
    let credentials = r#"email: "ana@example.com", password: "correct horse battery""#;
    let mut token = signed_in(
        &server,
        "userRegister",
        &format!(r#"{credentials}, name: "Ana Ribeiro""#),
    );
    for kill in 0..kills {
        let before = highest.load(Ordering::Relaxed);
        std::thread::scope(|threads| {
            let writers: Vec<_> = (0..WRITERS)
                .map(|_| threads.spawn(|| write(&server.address, &token, &highest)))
                .collect();
            // Never the same moment twice, and always after a first write.
            while highest.load(Ordering::Relaxed) == before {
                std::thread::sleep(Duration::from_millis(1));
                assert!(writers.iter().all(|it| !it.is_finished()), "a writer gave up");
            }
            std::thread::sleep(Duration::from_micros(kill * 7_919 % 50_000));
            server.signal("KILL");
        });
        assert_eq!(examine(data.path()), ["ok"], "after kill {}", kill + 1);
        server = serve(data.path());
        token = signed_in(&server, "sessionCreate", credentials);
        let kept = version(&server, &token);
        let promised = highest.load(Ordering::Relaxed);
        assert!(
            kept >= promised,
            "after kill {}: {kept} is kept and {promised} was acknowledged",
            kill + 1
        );
    }
}
