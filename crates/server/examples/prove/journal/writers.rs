//! Many who change things at once, on whatever nodes there are, until enough is acknowledged.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;

use super::house::RENAME;
use crate::Outcome;
use crate::answer::{self, Answer};
use crate::client::Client;
use crate::dice::Dice;

/// How many write at once.
const AT_ONCE: u64 = 8;

/// How long somebody waits before they try a node again that is gone.
const AGAIN: Duration = Duration::from_millis(20);

/// After how many writes somebody goes to another node.
const ROUND: usize = 20;

/// What is written to, and where.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) key: String,
    pub(super) resources: Arc<[String]>,
    pub(super) nodes: watch::Receiver<Vec<SocketAddr>>,
    /// How many writes are still to be acknowledged.
    pub(super) left: Arc<AtomicUsize>,
}

/// A resource and the version that was acknowledged.
pub(super) type Acknowledged = (String, i64);

/// Writes until nothing is left to write; gives what was acknowledged.
pub(super) async fn write(desk: Desk) -> Outcome<Vec<Acknowledged>> {
    let writers: Vec<_> = (1..=AT_ONCE)
        .map(|seed| tokio::spawn(one(desk.clone(), Dice::new(seed))))
        .collect();
    let mut all = Vec::new();
    for writer in writers {
        all.extend(writer.await??);
    }
    Ok(all)
}

async fn one(desk: Desk, mut dice: Dice) -> Outcome<Vec<Acknowledged>> {
    let mut told: Vec<Acknowledged> = Vec::new();
    let mut client: Option<Client> = None;
    let take = || {
        desk.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |it| it.checked_sub(1))
    };
    while take().is_ok() {
        if told.len().is_multiple_of(ROUND) {
            client = None;
        }
        match say(&desk, &mut client, &mut dice).await? {
            Some(acknowledged) => told.push(acknowledged),
            None => {
                // Nobody knows whether it was done.
                client = None;
                desk.left.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
    Ok(told)
}

/// One change; nothing if the node is gone.
async fn say(desk: &Desk, client: &mut Option<Client>, dice: &mut Dice) -> Outcome<Option<Acknowledged>> {
    let nodes = desk.nodes.borrow().clone();
    let Some(to) = dice.pick(&nodes) else {
        return Ok(None);
    };
    let client = client.get_or_insert_with(|| Client::new(to, Some((desk.key.clone(), None))));
    let resource = dice.pick(&desk.resources).ok_or("nothing to write to")?;
    let input = json!({ "resourceId": resource, "name": format!("bea {}", dice.below(1_000_000)) });
    let Ok(body) = client.ask(RENAME, json!({ "input": input })).await else {
        return Ok(None);
    };
    match answer::read("resourceUpdate", &body) {
        Answer::Done(done) => {
            let version = done.pointer("/resource/version").and_then(Value::as_i64);
            Ok(Some((resource, version.ok_or_else(|| done.to_string())?)))
        }
        Answer::Refused(what) | Answer::Leaked(what) => Err(what.into()),
    }
}
