//! A server of a place: `horarium serve` as a process of its own, with the limits that a load would meet raised as data.

use std::net::SocketAddr;
use std::process::{Command, Stdio};

use serde_json::{Map, json};

use crate::Outcome;
use crate::place::Place;
use crate::product::{Child, ROLE, free_address, patiently};

/// What is asked for more often here than people would. A second each: what a process has leased and not spent dies with it.
const LIMITS: [&str; 6] = ["api", "user", "key", "register", "onboarding", "booking"];

/// A running server, killed when dropped: nothing is flushed, nobody is told.
pub(crate) struct Node {
    /// Where it answers.
    pub(crate) address: SocketAddr,
    pub(crate) process: Child,
}

impl Node {
    /// Starts one and waits until it answers.
    pub(crate) async fn start(place: &Place) -> Outcome<Self> {
        let address = free_address()?;
        let much = json!({ "max": 100_000_000_u32, "seconds": 1 });
        let limits: Map<_, _> = LIMITS
            .map(|it| (it.to_owned(), much.clone()))
            .into_iter()
            .collect();
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg(ROLE)
            // Whatever the shell says of another server is not meant.
            .env_clear()
            .env("HORARIUM_DATA", place.folder.path())
            .env("HORARIUM_LISTEN", address.to_string())
            .env("HORARIUM_RATE_LIMITS", json!(limits).to_string())
            .env("HORARIUM_FLOOD_PER_SECOND", "1000000")
            .env("HORARIUM_WEBHOOK_LOOPBACK", "admitted")
            .env("HORARIUM_LOG", "error")
            .envs(place.urls.iter().flat_map(|it| {
                [
                    ("DATABASE_OWNER_URL", it.owner.as_str()),
                    ("DATABASE_URL", it.app.as_str()),
                ]
            }))
            .current_dir(place.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let process = Child(command.spawn()?);
        patiently(address).await?;
        Ok(Self { address, process })
    }
}
