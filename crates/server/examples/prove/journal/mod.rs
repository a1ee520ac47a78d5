//! What is promised about the journal, its readers and its promises, tried on real nodes: paused, killed, cut off.
//!
//! *Start* is how long after its time something is done, *fencing* what becomes of the work of a node that is paused or
//! killed in the middle of it, and *resume* what somebody has seen who is cut off again and again and comes back with their
//! last cursor. On SQLite the nodes of *start* and *resume* are one process, those of *fencing* two on one file; on
//! PostgreSQL *resume* has two.

mod fencing;
mod house;
mod kills;
mod ledger;
mod line;
mod pauses;
mod receiver;
mod resume;
mod rows;
mod start;
mod subscriber;
mod writers;

use std::time::Duration;

use line::Line;

use crate::Outcome;
use crate::place::Place;

/// How much of everything.
#[derive(Debug, Clone, Copy)]
struct Size {
    /// Promises that fall due one after the other.
    timers: usize,
    /// How often a node is paused.
    pauses: usize,
    /// Holds that lapse, and bookings that are reminded of, while nodes are killed.
    holds: usize,
    bookings: usize,
    /// Events that somebody follows.
    events: usize,
    /// How often they are cut off.
    cuts: usize,
}

const FULL: Size = Size {
    timers: 300,
    pauses: 2,
    holds: 250,
    bookings: 100,
    events: 20_000,
    cuts: 200,
};

const QUICK: Size = Size {
    timers: 60,
    pauses: 1,
    holds: 60,
    bookings: 20,
    events: 2_000,
    cuts: 20,
};

/// How long the other database's promises are waited for, so that neither is measured beside the other.
const APART: Duration = Duration::from_secs(20);

/// What is to be proved.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// One line of JSON for each check and database.
    pub(crate) json: bool,
    /// Less of everything.
    pub(crate) is_quick: bool,
    /// Only on this database.
    pub(crate) database: Option<String>,
    /// Only these checks.
    pub(crate) checks: Vec<String>,
}

impl Wanted {
    fn wants(&self, check: &str) -> bool {
        self.checks.is_empty() || self.checks.iter().any(|it| it == check)
    }
}

/// Proves it on both databases.
pub(crate) async fn prove(wanted: Wanted) -> Outcome<()> {
    let size = if wanted.is_quick { QUICK } else { FULL };
    let mut places = Vec::new();
    for place in [Some(Place::sqlite()?), Place::postgres().await?] {
        let meant = |it: &Place| wanted.database.as_ref().is_none_or(|only| only == it.name);
        places.extend(place.filter(meant));
    }
    let mut is_clean = true;
    let mut tell = |lines: Vec<Line>| {
        for line in lines {
            println!("{}", if wanted.json { line.json() } else { line.row() });
            is_clean &= line.is_clean();
        }
    };
    if wanted.wants("start") {
        let measured = places.iter().enumerate().map(|(turn, place)| async move {
            tokio::time::sleep(APART * turn as u32).await;
            start::measure(place, size.timers).await
        });
        tell(futures::future::try_join_all(measured).await?);
    }
    if wanted.wants("fencing") {
        // Most of it is waiting for leases to run out.
        let proved = places.iter().map(|place| fencing::prove(place, size));
        tell(futures::future::try_join_all(proved).await?);
    }
    if wanted.wants("resume") {
        for place in &places {
            tell(vec![resume::prove(place, size).await?]);
        }
    }
    if is_clean {
        Ok(())
    } else {
        Err("a promise is broken".into())
    }
}
