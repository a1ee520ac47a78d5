//! How long the journal stands still when whoever numbers it is killed: two servers on one PostgreSQL, one of which dies.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use db::Store;
use db::journal::number::backlog;
use kernel::{Clock as _, SystemClock};
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};
use tokio::task::JoinSet;

use crate::lag::Lags;
use crate::node::Node;
use crate::place::Place;
use crate::practice::{Practice, Writer};
use crate::{Outcome, Sizes, Values};

/// Organizations that are changed all the time, through the server that is to die.
const BUSY: usize = 8;
/// How long they are before it dies.
const WARM: Duration = Duration::from_millis(500);
/// Deaths for each that counts: one that leaves nothing behind does not.
const TRIES: usize = 6;
/// How long after a death it is looked for what was left behind: what was on its way into the database comes late.
const SETTLED: TimeDelta = TimeDelta::seconds(2);
/// How long something may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked.
const LOOK_EVERY: Duration = Duration::from_millis(2);
/// The halves of the advisory lock that `db` numbers under, as `pg_locks` shows them.
const LOCK: [u32; 2] = [0x686f_7261, 0x6a6f_7572];

/// From a `kill -9` of the server that numbers until what it had committed is numbered by the other.
pub(crate) async fn measure(place: &Place, sizes: &Sizes) -> Outcome<Option<Values>> {
    let Some(urls) = &place.urls else {
        return Ok(None);
    };
    let pair = Pair::start(place, "killed").await?;
    let db = urls.superuser().await?;
    let mut deaths = Deaths::default();
    for _ in 0..sizes.rounds * TRIES {
        if deaths.gaps.len() == sizes.rounds {
            break;
        }
        let (doomed, writers) = pair.busy().await?;
        until(|| is_numbering(&db)).await?;
        let at = SystemClock.now();
        drop(doomed);
        drop(writers);
        deaths.note(gap(&pair.store, at).await?);
    }
    deaths.values().map(Some)
}

/// A server that lives on, and what the others need.
pub(crate) struct Pair<'a> {
    place: &'a Place,
    practices: Vec<Practice>,
    pub(crate) store: Store,
    _survivor: Node,
}

impl<'a> Pair<'a> {
    pub(crate) async fn start(place: &'a Place, slug: &str) -> Outcome<Self> {
        let survivor = Node::start(place).await?;
        Ok(Self {
            place,
            practices: Practice::several(survivor.address, slug, BUSY).await?,
            store: place.store(2).await?,
            _survivor: survivor,
        })
    }

    /// A second server, and those who let it write without a pause.
    pub(crate) async fn busy(&self) -> Outcome<(Node, JoinSet<()>)> {
        let doomed = Node::start(self.place).await?;
        let mut writers = JoinSet::new();
        for practice in &self.practices {
            writers.spawn(write(practice.clone(), doomed.address));
        }
        tokio::time::sleep(WARM).await;
        Ok((doomed, writers))
    }
}

/// Until the server is gone.
async fn write(practice: Practice, to: SocketAddr) {
    let mut writer: Writer = practice.writer(to);
    while writer.write().await.is_ok() {}
}

/// Whether somebody numbers at this moment.
pub(crate) async fn is_numbering(db: &impl ConnectionTrait) -> Outcome<bool> {
    let [classid, objid] = LOCK;
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database AND d.datname = current_database() \
         WHERE locktype = 'advisory' AND granted AND (classid, objid) = ({classid}::oid, {objid}::oid))"
    );
    let asked = Statement::from_string(DatabaseBackend::Postgres, sql);
    let row = db.query_one_raw(asked).await?.ok_or("no answer")?;
    Ok(row.try_get_by_index(0)?)
}

/// Asks again and again until it is so: numbering takes some milliseconds, and whoever sleeps misses them.
pub(crate) async fn until<F: Future<Output = Outcome<bool>>>(is_so: impl Fn() -> F) -> Outcome<()> {
    let began = Instant::now();
    while !is_so().await? {
        if began.elapsed() > PATIENCE {
            return Err("nobody was seen to number".into());
        }
    }
    Ok(())
}

/// What a death has left behind, and until when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gap {
    left: u64,
    lasted: TimeDelta,
}

/// From a moment until everything that was committed before is numbered.
pub(crate) async fn gap(store: &Store, at: DateTime<Utc>) -> Outcome<Gap> {
    let mut gap = Gap {
        left: 0,
        lasted: TimeDelta::zero(),
    };
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let waiting = backlog(store).await?;
        let passed = SystemClock.now() - at;
        if waiting.since.is_some_and(|it| it <= at) {
            gap.left = gap.left.max(waiting.events);
            gap.lasted = passed;
        } else if passed > SETTLED {
            return Ok(gap);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Err("nobody has taken over".into())
}

/// Deaths that have left something behind.
#[derive(Default)]
pub(crate) struct Deaths {
    pub(crate) gaps: Vec<TimeDelta>,
    left: u64,
    nothing_left: usize,
}

impl Deaths {
    pub(crate) fn note(&mut self, gap: Gap) {
        if gap.left == 0 {
            self.nothing_left += 1;
            return;
        }
        self.gaps.push(gap.lasted);
        self.left += gap.left;
    }

    pub(crate) fn values(self) -> Outcome<Values> {
        if self.gaps.is_empty() {
            return Err("nobody who died left anything behind".into());
        }
        let deaths = self.gaps.len() as f64;
        let lags = Lags::of(self.gaps);
        Ok(vec![
            ("p50", lags.within(0.5)),
            ("worst", lags.within(1.0)),
            ("deaths", deaths),
            ("left_behind_each", self.left as f64 / deaths),
            ("deaths_with_nothing_left", self.nothing_left as f64),
        ])
    }
}
