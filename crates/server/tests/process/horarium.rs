//! The binary as a child of a story.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long a process may take for anything, on a machine that does much else.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A command that keeps what it has in `data`, and knows nothing of the settings of whoever runs the stories.
pub(crate) fn horarium(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_horarium"));
    for (name, _) in std::env::vars_os() {
        if ["HORARIUM_", "DATABASE_"]
            .iter()
            .any(|ours| name.to_string_lossy().starts_with(ours))
        {
            command.env_remove(name);
        }
    }
    command
        .args(arguments)
        .current_dir(data)
        .env("HORARIUM_DATA", data)
        .env("HORARIUM_LISTEN", "127.0.0.1:0")
        .env("HORARIUM_LOG_FORMAT", "json")
        .env("HORARIUM_SQLITE_SYNCHRONOUS", "normal")
        .stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub(crate) fn run(mut command: Command) -> Output {
    command.output().unwrap()
}

/// What a command printed.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A process that serves; killed when dropped.
pub(crate) struct Server {
    child: Child,
    /// Where, `127.0.0.1:4000`.
    pub(crate) address: String,
    /// What it prints.
    pub(crate) printed: Receiver<String>,
}

impl Server {
    /// Starts a command and waits until it says where it serves.
    ///
    /// # Panics
    /// If it ends instead, with what it said.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let printed = lines(child.stdout.take().unwrap());
        let logged = lines(child.stderr.take().unwrap());
        let mut said = Vec::new();
        let address = loop {
            let line = logged
                .recv_timeout(PATIENCE)
                .unwrap_or_else(|_| panic!("it does not serve: {}", said.join("\n")));
            if let Some(url) = serving(&line) {
                break url;
            }
            said.push(line);
        };
        Self {
            child,
            address,
            printed,
        }
    }

    /// Sends a GraphQL request; nothing if the process is gone before the answer is whole.
    pub(crate) fn ask(&self, bearer: Option<&str>, query: &str) -> Option<Value> {
        ask(&self.address, bearer, query)
    }

    /// Reads a page.
    pub(crate) fn get(&self, path: &str) -> String {
        let head = format!(
            "GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n",
            self.address
        );
        exchange(&self.address, &head).unwrap()
    }

    /// Sends `TERM`, `KILL` or another.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", name, &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits for the end.
    ///
    /// # Panics
    /// If it takes longer than `patience`.
    pub(crate) fn ended_within(mut self, patience: Duration) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < patience, "it still runs after {patience:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Sends a GraphQL request; nothing if the process is gone before the answer is whole.
pub(crate) fn ask(address: &str, bearer: Option<&str>, query: &str) -> Option<Value> {
    say(address, bearer, &json!({ "query": query }))
}

/// Sends a body of JSON; nothing if the process is gone before the answer is whole.
pub(crate) fn say(address: &str, bearer: Option<&str>, body: &Value) -> Option<Value> {
    let body = body.to_string();
    let bearer = bearer
        .map(|it| format!("authorization: Bearer {it}\r\n"))
        .unwrap_or_default();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: application/json\r\n{bearer}",
        address
    );
    let answer = exchange(
        address,
        &format!("{head}content-length: {}\r\n\r\n{body}", body.len()),
    )
    .ok()?;
    serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()
}

/// The address in the line of the log that says "serving".
fn serving(line: &str) -> Option<String> {
    let line: Value = serde_json::from_str(line).ok()?;
    let url = line
        .get("url")
        .filter(|_| line["message"] == "serving")?
        .as_str()?;
    Some(url.strip_prefix("http://").unwrap_or(url).to_owned())
}

/// Lines as they come: a pipe that nobody reads would stop its writer.
fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (told, heard) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            _ = told.send(line);
        }
    });
    heard
}

fn exchange(address: &str, request: &str) -> std::io::Result<String> {
    let mut socket = TcpStream::connect(address)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.write_all(request.as_bytes())?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer)?;
    Ok(answer)
}
