//! A PostgreSQL to test on: the one that `HORARIUM_TEST_POSTGRES` names (a superuser's URL), else a throw-away cluster
//! started from the installed binaries, else none.
//!
//! **Who ends it.** A shell script (`cluster.sh`) starts the cluster and waits; nothing on our side has to run for it to
//! end. Under `cargo test` every story lives in this process, which holds the script's stdin: when the process dies,
//! however it dies, the kernel closes the pipe, and the script stops the server and removes its folder. Under `cargo
//! nextest` every story is a process of its own, so the cluster belongs to the run: the first process that takes the lock
//! in the run's folder starts it, the others find it there, and the script watches the runner's process instead.
//! The script has a process group of its own, so an interrupt at the terminal reaches us and not it.
//!
//! It listens on a socket in a folder that only its owner may enter, and on no port: there is none to collide on, and
//! nobody else on the machine can reach it.

use std::fs::{DirBuilder, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::process::{CommandExt as _, parent_id};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;
use url::Url;

const SCRIPT: &str = include_str!("cluster.sh");

/// What the folders of throw-away clusters begin with, in the system's folder for temporary files.
const PREFIX: &str = "horarium-pg-";

/// The server of this run.
struct Server {
    url: Url,
    /// Holds the script's stdin open, where this process is the one it watches.
    _watcher: Option<Child>,
}

/// A superuser's URL; nothing if there is no PostgreSQL to be had, which is said once, and is a failure where `CI=true`.
pub(crate) fn url() -> Option<&'static Url> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(find).as_ref().map(|it| &it.url)
}

fn find() -> Option<Server> {
    if let Ok(given) = std::env::var("HORARIUM_TEST_POSTGRES") {
        let url = Url::parse(&given)
            .expect("HORARIUM_TEST_POSTGRES is a URL such as postgres://postgres@localhost");
        return Some(Server { url, _watcher: None });
    }
    if let Some(binaries) = binaries() {
        return Some(start(&binaries));
    }
    let ci = std::env::var("CI").is_ok_and(|it| it == "true");
    assert!(
        !ci,
        "no PostgreSQL: half of the stories would not run, and CI=true"
    );
    // Past the capture of the test harness: this must be seen when everything passes.
    let _ = writeln!(
        std::io::stderr(),
        "\n*** NO STORY RAN ON POSTGRESQL: no server binaries were found. Install PostgreSQL 15 or later, or set\n\
         *** HORARIUM_TEST_POSTGRES to a superuser's URL. SQLite's run all the same.\n"
    );
    None
}

/// The folder with `initdb` in it: the newest of Debian's, else wherever PATH leads.
pub(crate) fn binaries() -> Option<PathBuf> {
    let installed = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut versions: Vec<(u32, PathBuf)> = installed
        .filter_map(|it| Some((it.file_name().to_str()?.parse().ok()?, it.path().join("bin"))))
        .collect();
    versions.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let candidates = versions.into_iter().rev().map(|(_, bin)| bin);
    candidates
        .chain(std::env::split_paths(&path))
        .find(|bin| bin.join("initdb").is_file() && bin.join("pg_ctl").is_file())
}

fn start(binaries: &Path) -> Server {
    let run = std::env::var("NEXTEST_RUN_ID").ok();
    let folder = match &run {
        Some(run) => shared_folder(run),
        None => TempDir::with_prefix(PREFIX)
            .expect("a folder for PostgreSQL")
            .keep(),
    };
    let url = socket_url(&folder);
    let turn = File::create(folder.join("lock")).expect("a lock file");
    turn.lock().expect("a lock");
    if run.is_some() && folder.join("ready").exists() {
        return Server { url, _watcher: None };
    }
    let mut script = Command::new("sh");
    script
        .arg("-c")
        .arg(SCRIPT)
        .arg("cluster")
        .arg(binaries)
        .arg(&folder);
    if run.is_some() {
        script.arg(parent_id().to_string()).stdin(Stdio::null());
    } else {
        script.stdin(Stdio::piped());
    }
    script
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0);
    let mut watcher = script.spawn().expect("sh");
    wait_until_ready(&mut watcher);
    Server {
        url,
        _watcher: Some(watcher),
    }
}

/// The same for every process of a run.
fn shared_folder(run: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("{PREFIX}{run}"));
    let mut private = DirBuilder::new();
    private.mode(0o700).recursive(true);
    private.create(&folder).expect("a folder for PostgreSQL");
    folder
}

fn wait_until_ready(watcher: &mut Child) {
    let said = BufReader::new(watcher.stdout.take().expect("a pipe"));
    let mut before = Vec::new();
    for line in said.lines().map_while(Result::ok) {
        if line == "ready" {
            return;
        }
        before.push(line);
    }
    panic!("PostgreSQL did not start:\n{}", before.join("\n"));
}

fn socket_url(folder: &Path) -> Url {
    let host = folder
        .to_str()
        .expect("a temporary folder in UTF-8")
        .replace('/', "%2F");
    Url::parse(&format!("postgres://postgres@{host}/postgres")).expect("a URL")
}
