//! The server under measurement: `horarium serve` as a process of its own, with the limits raised as data.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use clap::Parser;
use sea_orm::{ConnectOptions, ConnectionTrait, Database};
use serde_json::{Value, json};
use server::cli::Cli;
use tempfile::TempDir;
use url::Url;

use crate::Outcome;
use crate::load::{self, Answer};
use crate::postgres::Urls;

/// The argument by which this program becomes the server.
pub(crate) const ROLE: &str = "serve";

/// Everybody's password.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// How long a process may take to answer after it was started.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server, ended when dropped.
pub(crate) struct Product {
    pub(crate) address: SocketAddr,
    pub(crate) database: &'static str,
    pub(crate) process: Child,
    /// Where its owner reaches its PostgreSQL.
    owner: Option<Url>,
    folder: TempDir,
}

/// A process that ends with its owner.
pub(crate) struct Child(pub(crate) std::process::Child);

impl Drop for Child {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

impl Child {
    /// The processor time it has used: what it costs, however busy the machine is.
    pub(crate) fn used(&self) -> Outcome<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id()))?;
        // The name may hold blanks; what follows its bracket does not. User and system time are the 14th and 15th.
        let (_, after) = stat.rsplit_once(')').ok_or("a line of /proc without a name")?;
        let ticks: Vec<u64> = after
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        // A hundredth of a second, on every Linux there is.
        Ok(Duration::from_millis(ticks.iter().sum::<u64>() * 10))
    }
}

impl Child {
    /// A figure of its memory, in megabytes.
    pub(crate) fn status_mb(&self, name: &str) -> Outcome<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status
            .lines()
            .find_map(|it| it.strip_prefix(name)?.strip_prefix(':'));
        let line = line.ok_or_else(|| format!("no {name} in /proc"))?;
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes / 1024.0)
    }
}

/// Runs the real command line, in a process that was started for it.
pub(crate) fn serve() -> ExitCode {
    let env: BTreeMap<String, String> = std::env::vars().filter(|(name, _)| is_ours(name)).collect();
    server::start::run(Cli::parse_from(["horarium", ROLE]), &env)
}

fn is_ours(name: &str) -> bool {
    name.starts_with("HORARIUM_") || name.starts_with("DATABASE_")
}

impl Product {
    /// On a fresh file.
    pub(crate) async fn on_sqlite() -> Outcome<Self> {
        Self::start("sqlite", None).await
    }

    /// On PostgreSQL, as its owner and as a login that is not.
    pub(crate) async fn on_postgres(urls: &Urls) -> Outcome<Self> {
        Self::start("postgresql", Some(urls)).await
    }

    async fn start(database: &'static str, urls: Option<&Urls>) -> Outcome<Self> {
        let folder = TempDir::new()?;
        let address = free_address()?;
        let much = json!({ "max": 4_000_000_000_u32, "seconds": 60 });
        let limits = ["api", "user", "register", "sign_in", "sign_in_account", "booking"]
            .map(|name| (name, much.clone()));
        let limits = Value::Object(
            limits
                .into_iter()
                .map(|(name, it)| (name.to_owned(), it))
                .collect(),
        );
        let mut command = Command::new(std::env::current_exe()?);
        for (name, _) in std::env::vars().filter(|(name, _)| is_ours(name)) {
            command.env_remove(name);
        }
        command
            .arg(ROLE)
            .env("HORARIUM_DATA", folder.path())
            .env("HORARIUM_LISTEN", address.to_string())
            .env("HORARIUM_RATE_LIMITS", limits.to_string())
            .env("HORARIUM_FLOOD_PER_SECOND", "1000000")
            .env("HORARIUM_LOG", "warn")
            .envs(urls.iter().flat_map(|it| {
                [
                    ("DATABASE_OWNER_URL", it.owner.as_str()),
                    ("DATABASE_URL", it.app.as_str()),
                ]
            }))
            .current_dir(folder.path())
            .stdout(Stdio::null());
        let process = Child(command.spawn()?);
        patiently(address).await?;
        Ok(Self {
            address,
            database,
            process,
            owner: urls.map(|it| it.owner.clone()),
            folder,
        })
    }

    /// Somebody new; what is given back is the access token.
    pub(crate) async fn sign_up(&self, email: &str) -> Outcome<String> {
        let mutation = "mutation($it: UserRegisterInput!) { userRegister(input: $it) { tokens { accessToken } userErrors { message } } }";
        let input = json!({ "email": email, "password": PASSWORD, "name": "Ana Ribeiro", "timeZone": "America/Sao_Paulo", "locale": "pt-BR" });
        let answer = self
            .ask(&json!({ "query": mutation, "variables": { "it": input } }))
            .await?;
        let json: Value = serde_json::from_str(&answer.body)?;
        let token = json["data"]["userRegister"]["tokens"]["accessToken"].as_str();
        token.map(str::to_owned).ok_or_else(|| answer.body.into())
    }

    /// One connection to its database, past the API.
    pub(crate) async fn past_the_api(&self) -> Outcome<impl ConnectionTrait + use<>> {
        let url = match &self.owner {
            Some(owner) => owner.to_string(),
            None => format!("sqlite://{}", self.folder.path().join("horarium.db").display()),
        };
        let mut options = ConnectOptions::new(url);
        options.max_connections(1).sqlx_logging(false);
        Ok(Database::connect(options).await?)
    }

    /// Sends one request.
    pub(crate) async fn ask(&self, body: &Value) -> Outcome<Answer> {
        Ok(load::once(self.address, &load::post("/graphql", &[], &body.to_string())).await?)
    }
}

/// An address that was free a moment ago.
pub(crate) fn free_address() -> Outcome<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// Waits until somebody listens there.
pub(crate) async fn patiently(address: SocketAddr) -> Outcome<()> {
    let began = Instant::now();
    let request = load::post("/graphql", &[], r#"{"query":"{ __typename }"}"#);
    while let Err(why) = load::once(address, &request).await {
        if began.elapsed() > PATIENCE {
            return Err(format!("nobody answers on {address}: {why}").into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
