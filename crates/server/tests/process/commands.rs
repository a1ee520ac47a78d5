//! What an operator types.

use std::path::Path;

use sea_orm::{ConnectOptions, ConnectionTrait as _, Database};
use serde_json::Value;
use tempfile::tempdir;

use crate::horarium::{PATIENCE, Server, horarium, run, say, text};

#[test]
fn the_demo_prints_one_line_and_its_query_answers() {
    let data = tempdir().unwrap();
    let server = Server::start(horarium(data.path(), &["demo", "--json"]));
    let line: Value = serde_json::from_str(&server.printed.recv_timeout(PATIENCE).unwrap()).unwrap();
    let told = |key: &str| {
        line[key]
            .as_str()
            .unwrap_or_else(|| panic!("{key} in {line}"))
            .to_owned()
    };
    assert_eq!(told("url"), format!("http://{}", server.address));
    assert_eq!(told("graphql"), format!("{}/graphql", told("url")));
    let answer = server.ask(Some(&told("apiKey")), &told("query")).unwrap();
    assert_eq!(answer.get("errors"), None, "{answer}");
    assert_eq!(answer["data"]["organization"]["slug"], told("organization"));
    assert!(server.get("/").contains("<title>"), "the page for developers");
    server.signal("TERM");
    let rest: Vec<String> = server.printed.iter().collect();
    assert_eq!(rest, [] as [String; 0], "one line alone");
}

#[test]
fn what_the_page_of_the_demo_offers_to_ask_is_answered() {
    let data = tempdir().unwrap();
    let server = Server::start(horarium(data.path(), &["demo", "--json"]));
    let told = server.get("/-/demo.json");
    let (_, body) = told.split_once("\r\n\r\n").unwrap();
    let demo: Value = serde_json::from_str(body).unwrap();
    assert_eq!(demo["organizations"].as_array().unwrap().len(), 4);
    let key = demo["organizations"][0]["apiKey"].as_str().unwrap();
    let examples = demo["examples"].as_array().unwrap();
    let titles: Vec<_> = examples.iter().map(|it| it["title"].as_str().unwrap()).collect();
    assert!(
        titles.contains(&"When is it free?") && titles.contains(&"Book"),
        "{titles:?}"
    );
    for example in examples {
        let body = serde_json::json!({ "query": example["query"], "variables": example["variables"] });
        let answer = say(&server.address, Some(key), &body).unwrap();
        let data = answer["data"]
            .as_object()
            .unwrap_or_else(|| panic!("{example}: {answer}"));
        for (field, found) in data {
            assert!(!found.is_null(), "{example}: {answer}");
            let refused = found.get("userErrors").and_then(Value::as_array);
            assert!(refused.is_none_or(Vec::is_empty), "{field}: {answer}");
        }
    }
}

#[test]
fn a_setting_that_nobody_knows_is_refused_by_its_name() {
    let data = tempdir().unwrap();
    let mut command = horarium(data.path(), &["serve"]);
    command.env("HORARIUM_LISTNE", "127.0.0.1:0");
    let refused = run(command);
    assert_eq!(refused.status.code(), Some(2));
    let why = text(&refused.stderr);
    assert!(
        why.contains("HORARIUM_LISTNE") && why.contains("HORARIUM_LISTEN"),
        "{why}"
    );
}

#[test]
fn the_schema_is_printed_without_a_database() {
    let data = tempdir().unwrap();
    let printed = run(horarium(data.path(), &["schema"]));
    assert!(printed.status.success());
    assert!(text(&printed.stdout).contains("type Query"));
    assert_eq!(
        std::fs::read_dir(data.path()).unwrap().count(),
        0,
        "and leaves nothing behind"
    );
}

#[test]
fn a_database_is_unwell_until_it_is_migrated() {
    let data = tempdir().unwrap();
    let before = run(horarium(data.path(), &["doctor"]));
    assert_eq!(before.status.code(), Some(1));
    assert!(
        text(&before.stderr).contains("horarium migrate"),
        "{}",
        text(&before.stderr)
    );
    assert!(run(horarium(data.path(), &["migrate"])).status.success());
    assert!(
        run(horarium(data.path(), &["migrate"])).status.success(),
        "and again, with nothing to do"
    );
    let after = run(horarium(data.path(), &["doctor"]));
    assert!(after.status.success(), "{}", text(&after.stderr));
    let told = text(&after.stdout);
    for finding in ["ok   integrity", "ok   guards", "ok   bookings"] {
        assert!(told.contains(finding), "{told}");
    }
}

#[test]
fn the_doctor_names_the_guard_that_is_gone_and_the_organization_that_is_booked_twice() {
    let data = tempdir().unwrap();
    assert!(run(horarium(data.path(), &["migrate"])).status.success());
    // As the application writes them: sixteen bytes.
    let org = "X'01890000000070008000000000000001'";
    let row = |id: u8, starts: &str| {
        format!(
            "INSERT INTO occupancies (organization_id, id, resource_id, lane, starts_at, ends_at, owner_kind, owner_id) \
             VALUES ({org}, X'018900000000700080000000000000{id:02}', {org}, 0, '{starts}', \
             '2026-03-03T11:00:00+00:00', 'HOLD', {org})"
        )
    };
    let steps = [
        "PRAGMA foreign_keys = OFF".to_owned(),
        "DROP TRIGGER occupancies_overlap_insert".to_owned(),
        format!(
            "INSERT INTO organizations (id, slug, name, timezone, locale, currency, branding, settings, version, \
             created_at, updated_at) VALUES ({org}, 'aurora', 'Aurora', 'UTC', 'en', 'EUR', '{{}}', '{{}}', 1, \
             '2026-03-02T09:00:00+00:00', '2026-03-02T09:00:00+00:00')"
        ),
        row(11, "2026-03-03T10:00:00+00:00"),
        row(12, "2026-03-03T10:30:00+00:00"),
    ];
    plant(data.path(), &steps);
    let told = run(horarium(data.path(), &["doctor"]));
    assert_eq!(told.status.code(), Some(1));
    let why = text(&told.stderr);
    assert!(
        why.contains("BAD  guards    lacks occupancies_overlap_insert"),
        "{why}"
    );
    assert!(why.contains(": 1 overlaps, 2 orphans"), "{why}");
}

/// Runs statements on a file that no process has open.
fn plant(data: &Path, steps: &[String]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut options = ConnectOptions::new(format!("sqlite://{}", data.join("horarium.db").display()));
        options.max_connections(1);
        let db = Database::connect(options).await.unwrap();
        for step in steps {
            db.execute_unprepared(step).await.unwrap();
        }
        db.close().await.unwrap();
    });
}

#[test]
fn whatever_is_asked_has_an_id_and_is_counted_by_its_route() {
    let data = tempdir().unwrap();
    let server = Server::start(horarium(data.path(), &["serve"]));
    for path in ["/graphql?query=%7B__typename%7D", "/healthz", "/nowhere"] {
        let answer = server.get(path);
        for header in ["x-request-id: ", "x-content-type-options: nosniff"] {
            assert_eq!(answer.matches(header).count(), 1, "{path}: {answer}");
        }
    }
    let figures = server.get("/metrics");
    for (route, status) in [("/graphql", 200), ("/healthz", 200), ("(none)", 404)] {
        let line = format!(r#"http_requests_total{{method="GET",route="{route}",status="{status}"}} "#);
        assert!(figures.contains(&line), "{line} in {figures}");
    }
}

#[test]
fn a_worker_works_and_answers_no_queries() {
    let data = tempdir().unwrap();
    let worker = Server::start(horarium(data.path(), &["worker"]));
    assert!(
        worker.get("/readyz").starts_with("HTTP/1.1 200"),
        "{}",
        worker.get("/readyz")
    );
    assert!(
        worker
            .get("/graphql?query=%7B__typename%7D")
            .starts_with("HTTP/1.1 404")
    );
    worker.signal("TERM");
    assert!(worker.ended_within(PATIENCE).success());
}
