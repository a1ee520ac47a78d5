//! Running `pgbench`.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use tempfile::NamedTempFile;
use tokio::process::Command;
use url::Url;

use super::Script;
use crate::{Outcome, cluster};

/// Transactions that one round of one client can have: the next round counts on from there.
const ROUND_MAX: u32 = 100_000;

/// A script that is run round after round.
pub(crate) struct Pgbench {
    program: PathBuf,
    script: NamedTempFile,
    database: Url,
    rounds: u32,
}

/// What one round measured.
pub(crate) struct Ran {
    /// Transactions a second.
    pub(crate) rate: f64,
    /// How long one took, on average.
    pub(crate) mean_ms: f64,
}

impl Pgbench {
    /// Runs a script as the application's login.
    pub(crate) fn new(script: &Script, database: &Url) -> Outcome<Self> {
        let binaries = cluster::binaries().ok_or("no PostgreSQL programs")?;
        let mut file = NamedTempFile::new()?;
        file.write_all(script.text.as_bytes())?;
        Ok(Self {
            program: binaries.join("pgbench"),
            script: file,
            database: database.clone(),
            rounds: 0,
        })
    }

    /// One round.
    pub(crate) async fn round(&mut self, clients: usize, time: Duration) -> Outcome<Ran> {
        let began = self.rounds * ROUND_MAX;
        self.rounds += 1;
        let host = self.database.host_str().unwrap_or_default().replace("%2F", "/");
        let mut command = Command::new(&self.program);
        command
            .args(["--no-vacuum", "--protocol=prepared", "--jobs=2"])
            .arg(format!("--client={clients}"))
            .arg(format!("--time={}", time.as_secs()))
            .arg(format!("--define=n={began}"))
            .arg("--file")
            .arg(self.script.path())
            .args(["--host", &host, "--username", self.database.username()])
            .arg(self.database.path().trim_start_matches('/'))
            .env("PGPASSWORD", self.database.password().unwrap_or_default())
            .env("PGOPTIONS", format!("-c role={}", db::dialect::APP_ROLE));
        let output = command.output().await?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let wrong = String::from_utf8_lossy(&output.stderr).into_owned();
        if !output.status.success() {
            return Err(format!("pgbench: {wrong}").into());
        }
        let number = |name: &str| -> Outcome<f64> {
            let (_, rest) = said
                .split_once(name)
                .ok_or_else(|| format!("no {name}in {said}"))?;
            Ok(rest.split_whitespace().next().unwrap_or_default().parse()?)
        };
        Ok(Ran {
            rate: number("tps = ")?,
            mean_ms: number("latency average = ")?,
        })
    }
}
