//! The server as a process of its own, and its end without a warning.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use clap::Parser as _;
use serde_json::{Value, json};
use server::cli::Cli;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Outcome;
use crate::place::Place;

/// How long a process may take to answer after it was started.
const PATIENCE: Duration = Duration::from_secs(120);

/// Limits that a load would meet, raised as data. A second each: what a process has leased and not spent dies with it.
const LIMITS: [&str; 8] = [
    "api",
    "user",
    "key",
    "register",
    "onboarding",
    "sign_in",
    "sign_in_account",
    "booking",
];

/// Runs the real command line, in a process that was started for it.
pub(crate) fn become_horarium(command: &str) -> ExitCode {
    let env: BTreeMap<String, String> = std::env::vars().filter(|(name, _)| is_ours(name)).collect();
    server::start::run(Cli::parse_from(["horarium", command]), &env)
}

fn is_ours(name: &str) -> bool {
    name.starts_with("HORARIUM_") || name.starts_with("DATABASE_")
}

/// A command of `horarium` on a place.
fn horarium(place: &Place, command: &str) -> Outcome<Command> {
    let mut it = Command::new(std::env::current_exe()?);
    for (name, _) in std::env::vars().filter(|(name, _)| is_ours(name)) {
        it.env_remove(name);
    }
    it.args(["horarium", command])
        .current_dir(place.folder.path())
        .envs(place.settings())
        .stdin(Stdio::null());
    Ok(it)
}

/// A running node, killed when dropped.
pub(crate) struct Server {
    child: Child,
    /// Where it answers.
    pub(crate) address: SocketAddr,
}

impl Drop for Server {
    fn drop(&mut self) {
        // `kill -9`: nothing is flushed, nobody is told.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

impl Server {
    /// Starts one that serves and works, and waits until it is ready.
    pub(crate) async fn start(place: &Place) -> Outcome<Self> {
        Self::run(place, "serve").await
    }

    /// Starts one that only works, and waits until it is ready.
    pub(crate) async fn worker(place: &Place) -> Outcome<Self> {
        Self::run(place, "worker").await
    }

    async fn run(place: &Place, command: &str) -> Outcome<Self> {
        let began = Instant::now();
        let mut node = Self::spawn(place, command)?;
        loop {
            let why = match is_ready(node.address).await {
                Ok(true) => return Ok(node),
                Ok(false) => "it is not ready".to_owned(),
                Err(why) => why.to_string(),
            };
            if began.elapsed() > PATIENCE {
                return Err(format!("nobody answers on {}: {why}", node.address).into());
            }
            if node.child.try_wait()?.is_some() {
                // Somebody has taken the port meanwhile, or it says on its own what is wrong.
                node = Self::spawn(place, command)?;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn spawn(place: &Place, command: &str) -> Outcome<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let much = json!({ "max": 100_000_000_u32, "seconds": 1 });
        let limits: Value = LIMITS
            .iter()
            .map(|name| ((*name).to_owned(), much.clone()))
            .collect();
        let mut command = horarium(place, command)?;
        command
            .env("HORARIUM_LISTEN", address.to_string())
            .env("HORARIUM_RATE_LIMITS", limits.to_string())
            .env("HORARIUM_FLOOD_PER_SECOND", "1000000")
            .env("HORARIUM_WEBHOOK_LOOPBACK", "admitted")
            .env("HORARIUM_LOG", "error")
            .stdout(Stdio::null());
        Ok(Self {
            child: command.spawn()?,
            address,
        })
    }

    /// Sends `STOP` or `CONT`.
    pub(crate) fn signal(&self, name: &str) -> Outcome<()> {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status()?;
        if sent.success() {
            Ok(())
        } else {
            Err(format!("process {id} did not get {name}").into())
        }
    }
}

async fn is_ready(address: SocketAddr) -> std::io::Result<bool> {
    let mut socket = TcpStream::connect(address).await?;
    let request = "GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    socket.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await?;
    Ok(answer.starts_with("HTTP/1.1 200"))
}

/// Lets `horarium doctor` look over the place.
pub(crate) fn doctor(place: &Place) -> Outcome<()> {
    let told = horarium(place, "doctor")?.output()?;
    if told.status.success() {
        return Ok(());
    }
    let words = [told.stdout, told.stderr].concat();
    Err(format!("the doctor says:\n{}", String::from_utf8_lossy(&words)).into())
}
