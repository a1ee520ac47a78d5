//! From a command line and an environment to a running process, and to its end.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use kernel::{IdSource, SystemClock};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::background::Died;
use crate::cli::{Cli, Command, Listen};
use crate::config::{self, Config, Problems};
use crate::metrics::Metrics;
use crate::secret::{self, SecretFailure};
use crate::serve::{Task, Voice, serve};
use crate::telemetry;
use crate::wiring::{self, Role, World};

/// The file that is read when nobody names one, if it is there.
const FILE: &str = "horarium.toml";
/// How long blocking work may hold up the end of the process once everything else is done.
const LAST_BREATH: Duration = Duration::from_millis(500);

/// Why a process ended.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] Problems),
    /// The configuration file cannot be read.
    #[error("{path}: {why}", path = path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        why: std::io::Error,
    },
    /// The secret of a developer's machine cannot be kept.
    #[error(transparent)]
    Secret(#[from] SecretFailure),
    /// The address is taken, or not ours.
    #[error("cannot listen on {address}: {why}")]
    Listen {
        /// Where.
        address: std::net::SocketAddr,
        /// What the system says.
        why: std::io::Error,
    },
    /// The machine does not give what every process needs.
    #[error("cannot start: {0}")]
    Machine(String),
    /// The doctor has found something.
    #[error("{0}")]
    Unwell(String),
    /// Work that must go on has ended.
    #[error(transparent)]
    Died(#[from] Died),
}

impl Failure {
    /// 2 for what the operator has written, 1 for everything else.
    fn code(&self) -> ExitCode {
        match self {
            Self::Config(_) | Self::File { .. } => ExitCode::from(2),
            Self::Secret(_) | Self::Listen { .. } | Self::Machine(_) | Self::Unwell(_) | Self::Died(_) => {
                ExitCode::FAILURE
            }
        }
    }
}

/// Runs one command. `env` is the process's environment; nobody else reads it.
#[must_use]
pub fn run(cli: Cli, env: &BTreeMap<String, String>) -> ExitCode {
    match attempt(cli.command(), env) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            _ = writeln!(std::io::stderr(), "horarium: {failure}");
            failure.code()
        }
    }
}

fn attempt(command: Command, env: &BTreeMap<String, String>) -> Result<(), Failure> {
    let file = config_file(env)?;
    let load = || Config::load(env, file.as_deref()).map_err(Failure::from);
    match command {
        Command::Config => {
            print(&config::report(env, file.as_deref()));
            load().map(drop)
        }
        Command::Schema => {
            print(&wiring::schema());
            Ok(())
        }
        Command::Serve(listen) => Process::new(load()?, &listen)?.serve(Role::Serve, Voice::Silent),
        Command::Worker(listen) => Process::new(load()?, &listen)?.serve(Role::Worker, Voice::Silent),
        Command::Demo(demo) => {
            let voice = if demo.json { Voice::Line } else { Voice::Welcome };
            Process::new(load()?, &demo.listen)?.serve(Role::Demo, voice)
        }
        Command::Migrate => {
            let process = Process::new(load()?, &Listen::default())?;
            process
                .runtime
                .block_on(wiring::migrate(&process.config, &process.world))
        }
        Command::Doctor => {
            let process = Process::new(load()?, &Listen::default())?;
            process
                .runtime
                .block_on(wiring::doctor(&process.config, &process.world))
                .map(|told| print(&told))
        }
    }
}

/// The text of the configuration file: the one that was named, else the one that lies here.
fn config_file(env: &BTreeMap<String, String>) -> Result<Option<String>, Failure> {
    let named = env.get("HORARIUM_CONFIG").filter(|name| !name.trim().is_empty());
    let path = Path::new(named.map_or(FILE, |name| name.trim()));
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(why) if named.is_none() && why.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(why) => Err(Failure::File {
            path: path.to_owned(),
            why,
        }),
    }
}

/// A reader that has gone away is no reason to fail.
pub(crate) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    _ = writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush());
}

/// What every command that does something stands on.
struct Process {
    config: Config,
    world: World,
    metrics: Metrics,
    runtime: Runtime,
}

impl Process {
    fn new(mut config: Config, listen: &Listen) -> Result<Self, Failure> {
        let machine = |why: &dyn std::fmt::Display| Failure::Machine(why.to_string());
        config.listen = listen.listen.unwrap_or(config.listen);
        telemetry::install(&config).map_err(|why| machine(&why))?;
        let metrics = Metrics::install().map_err(|why| machine(&why))?;
        // Fails only where a provider is installed already, and then there is one.
        _ = rustls::crypto::ring::default_provider().install_default();
        let ids = Arc::new(IdSource::system());
        if config.secret.is_none() {
            config.secret = Some(secret::keep(&config.data, ids.secret())?);
        }
        let runtime = Runtime::new().map_err(|why| machine(&why))?;
        let world = World {
            clock: Arc::new(SystemClock),
            ids,
            stop: CancellationToken::new(),
        };
        Ok(Self {
            config,
            world,
            metrics,
            runtime,
        })
    }

    fn serve(self, role: Role, voice: Voice) -> Result<(), Failure> {
        let Self {
            config,
            world,
            metrics,
            runtime,
        } = self;
        let served = runtime.block_on(serve(config, Task { role, voice }, world, metrics));
        runtime.shutdown_timeout(LAST_BREATH);
        served
    }
}
