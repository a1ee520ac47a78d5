//! What somebody has seen who is cut off again and again while others write, and comes back with their last cursor: on
//! PostgreSQL on two nodes in turn. Nodes are killed in between. The journal is the truth, read at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::Size;
use super::house::House;
use super::line::Line;
use super::rows::{self, Event};
use super::subscriber::Subscriber;
use super::writers::{self, Acknowledged, Desk};
use crate::Outcome;
use crate::dice::Dice;
use crate::place::Place;
use crate::process::Server;

/// How many things are changed.
const THINGS: usize = 24;

/// How often a node is killed.
const KILLS: usize = 2;

/// The nodes of one database, and whoever must know where they are.
struct Nodes<'a> {
    place: &'a Place,
    running: Vec<Server>,
    told: watch::Sender<Vec<SocketAddr>>,
}

impl<'a> Nodes<'a> {
    async fn start(place: &'a Place) -> Outcome<Self> {
        let count = if place.name == "postgresql" { 2 } else { 1 };
        let mut running = Vec::new();
        for _ in 0..count {
            running.push(Server::start(place).await?);
        }
        let nodes = Self {
            place,
            running,
            told: watch::Sender::default(),
        };
        nodes.tell();
        Ok(nodes)
    }

    fn tell(&self) {
        let addresses = self.running.iter().map(|it| it.address).collect();
        self.told.send_replace(addresses);
    }

    /// Kills the one that has run longest, and starts another.
    async fn kill(&mut self) -> Outcome<()> {
        drop(self.running.remove(0));
        self.tell();
        self.running.push(Server::start(self.place).await?);
        self.tell();
        Ok(())
    }
}

/// Proves it on one database.
pub(super) async fn prove(place: &Place, size: Size) -> Outcome<Line> {
    let mut nodes = Nodes::start(place).await?;
    let count = nodes.running.len();
    let mut house = House::found(nodes.running[0].address, &format!("resume-{}", place.name)).await?;
    let mut resources = Vec::new();
    for number in 0..THINGS {
        resources.push(
            house
                .furnisher
                .resource(&format!("sala-{number}"), "ROOM", 1)
                .await?,
        );
    }
    let began_at = rows::end(&mut house.desk(nodes.running[0].address)).await?;
    let (said, last) = watch::channel(None);
    let subscriber = Subscriber {
        key: house.key.clone(),
        nodes: nodes.told.subscribe(),
        cursor: began_at.clone(),
        seen: Vec::new(),
        cuts: cuts(size),
        connections: 0,
        last,
    };
    let following = tokio::spawn(subscriber.follow());
    let left = Arc::new(AtomicUsize::new(size.events));
    let desk = Desk {
        key: house.key.clone(),
        resources: resources.into(),
        nodes: nodes.told.subscribe(),
        left: Arc::clone(&left),
    };
    let began = Instant::now();
    let writing = tokio::spawn(writers::write(desk));
    let mut kills = 0;
    while !writing.is_finished() {
        let done = size.events - left.load(Ordering::Relaxed).min(size.events);
        if kills < KILLS && done * (KILLS + 1) > size.events * (kills + 1) {
            nodes.kill().await?;
            kills += 1;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let acknowledged = writing.await??;
    let wrote = began.elapsed();
    let mut reader = house.desk(nodes.running[0].address);
    let truth = settled(&mut reader, &began_at, &acknowledged).await?;
    said.send_replace(truth.last().map(|it| it.id.clone()));
    let follower = following.await??;
    let found = Compared::of(&truth, &follower.seen, &acknowledged);
    Ok(Line::new("resume", place.name)
        .zero("lost", found.lost)
        .zero("out_of_order", found.out_of_order)
        .zero("repeated", found.repeated)
        .zero("strange", found.strange)
        .figure("nodes", count)
        .figure("events", truth.len())
        .figure("cuts", size.cuts - follower.cuts.len())
        .figure("kills", kills)
        .figure("connections", follower.connections)
        .figure(
            "writes_s",
            (acknowledged.len() as f64 / wrote.as_secs_f64()).round(),
        ))
}

/// After how many events somebody is cut off, the last first.
fn cuts(size: Size) -> Vec<usize> {
    let mut dice = Dice::new(200);
    let mut cuts: Vec<usize> = (0..size.cuts).map(|_| dice.below(size.events)).collect();
    cuts.sort_unstable_by(|one, other| other.cmp(one));
    cuts
}

/// The journal, once everything in it has its place that was acknowledged.
async fn settled(
    reader: &mut crate::client::Client,
    after: &str,
    acknowledged: &[Acknowledged],
) -> Outcome<Vec<Event>> {
    let patience = Instant::now();
    loop {
        let truth = rows::events(reader, Some(after)).await?;
        if missing(&truth, acknowledged) == 0 || patience.elapsed() > Duration::from_secs(30) {
            return Ok(truth);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// How much was acknowledged and is not in the journal.
fn missing(truth: &[Event], acknowledged: &[Acknowledged]) -> usize {
    let there: BTreeSet<(&str, i64)> = truth
        .iter()
        .map(|it| (it.aggregate.id.as_str(), it.aggregate.version))
        .collect();
    acknowledged
        .iter()
        .filter(|(id, version)| !there.contains(&(id.as_str(), *version)))
        .count()
}

/// What was seen, beside what there is.
#[derive(Debug, Default)]
struct Compared {
    /// In the journal, and not seen; or acknowledged, and not in the journal.
    lost: usize,
    /// Seen after a later version of the same thing.
    out_of_order: usize,
    /// Seen more than once.
    repeated: usize,
    /// Seen, and not in the journal.
    strange: usize,
}

impl Compared {
    fn of(truth: &[Event], seen: &[Event], acknowledged: &[Acknowledged]) -> Self {
        let there: BTreeSet<&str> = truth.iter().map(|it| it.id.as_str()).collect();
        let heard: BTreeSet<&str> = seen.iter().map(|it| it.id.as_str()).collect();
        let mut compared = Self {
            lost: there.difference(&heard).count() + missing(truth, acknowledged),
            repeated: seen.len() - heard.len(),
            strange: heard.difference(&there).count(),
            out_of_order: 0,
        };
        let mut versions: BTreeMap<&str, i64> = BTreeMap::new();
        for event in seen {
            let version = versions.entry(event.aggregate.id.as_str()).or_insert(i64::MIN);
            compared.out_of_order += usize::from(event.aggregate.version <= *version);
            *version = event.aggregate.version.max(*version);
        }
        compared
    }
}
