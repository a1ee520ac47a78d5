//! Events a second through the journal, beside the same rows inserted without it.
//!
//! *Through the journal*: sixteen callers, each opening one [`db::Work`] after another that writes one line of the audit log
//! and one event with `Work::audit`, as every verb does, while this process numbers what is committed, as the worker of
//! `horarium` does. A round ends when the last event has its place. *Plain*: the same callers over the same connections
//! insert the same two rows with the same round trips into the same tables, the event with a position that the caller
//! counted, and nobody numbers anything. On PostgreSQL the same statements are also run by `pgbench`, prepared, with as many
//! clients. Rounds alternate; each side has an organization of its own.

use std::time::{Duration, Instant};

use db::journal::number::{Numbered, backlog, number};
use db::{Asker, Store, Tenant};
use kernel::id::ResourceId;
use kernel::{EventType, SystemKind};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::node::Node;
use crate::pgbench::Pgbench;
use crate::place::Place;
use crate::plain::{self, Row};
use crate::practice::Practice;
use crate::report::median;
use crate::{Outcome, Sizes, Values};

/// Callers at once, over as many connections, which whoever numbers shares: what a server has unless told otherwise.
pub(crate) const CALLERS: u32 = 16;
/// How long callers write in one round.
const ROUND: Duration = Duration::from_secs(2);
/// How long it may take until everything that was written is numbered.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked whether it is.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// As the worker of `horarium` waits: for what comes close together, and for what no bell has told.
const GATHER: Duration = Duration::from_millis(5);
const LOOK_FOR_OTHERS_EVERY: Duration = Duration::from_secs(1);

/// The rate through the journal as a share of the rate of plain inserts.
pub(crate) async fn measure(place: &Place, sizes: &Sizes) -> Outcome<Option<Values>> {
    let node = Node::start(place).await?;
    let practices = Practice::several(node.address, "inserts", 3).await?;
    // It would number, too.
    drop(node);
    let store = place.store(CALLERS).await?;
    let [journal, plain, bench] = [0, 1, 2].map(|it| practices[it].tenant());
    let (journal, plain) = (Side::new(&store, journal?), Side::new(&store, plain?));
    let mut pgbench = match &place.urls {
        Some(urls) => Some(Pgbench::new(&plain::script(bench?, CALLERS), &urls.app)?),
        None => None,
    };
    let (mut through, mut inserted, mut benched) = (vec![], vec![], vec![]);
    for round in 0..=sizes.rounds {
        let rates = (journal.told().await?, plain.inserted(round).await?);
        let of_pgbench = match &mut pgbench {
            Some(pgbench) => Some(pgbench.round(CALLERS as usize, ROUND).await?.rate),
            None => None,
        };
        // The first warms all of them.
        if round > 0 {
            through.push(rates.0);
            inserted.push(rates.1);
            benched.extend(of_pgbench);
        }
    }
    store.close().await;
    Ok(Some(values(through, inserted, benched)))
}

fn values(mut through: Vec<f64>, mut inserted: Vec<f64>, mut benched: Vec<f64>) -> Values {
    let mut ratios: Vec<f64> = through
        .iter()
        .zip(&inserted)
        .map(|(it, plain)| it / plain)
        .collect();
    let rounds = ratios.len();
    let (rate, plain) = (median(&mut through), median(&mut inserted));
    median(&mut ratios);
    let mut values = vec![
        ("ratio", rate / plain),
        ("ratio_lowest", ratios[0]),
        ("ratio_highest", ratios[rounds - 1]),
        ("events_per_second", rate),
        ("plain_per_second", plain),
    ];
    if !benched.is_empty() {
        let benched = median(&mut benched);
        values.extend([
            ("ratio_to_pgbench", rate / benched),
            ("pgbench_per_second", benched),
        ]);
    }
    values.extend([("callers", f64::from(CALLERS)), ("rounds", rounds as f64)]);
    values
}

/// One side of the comparison.
struct Side {
    store: Store,
    tenant: Tenant,
}

impl Side {
    fn new(store: &Store, tenant: Tenant) -> Self {
        Self {
            store: store.clone(),
            tenant,
        }
    }

    /// Events a second, committed and numbered.
    async fn told(&self) -> Outcome<f64> {
        let mut numbering = JoinSet::new();
        numbering.spawn(numbered(self.store.clone()));
        let began = Instant::now();
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            callers.spawn(tell(self.store.clone(), self.tenant, began + ROUND));
        }
        let count = sum(callers).await?;
        while backlog(&self.store).await?.events > 0 {
            if let Some(ended) = numbering.try_join_next() {
                ended??;
            }
            if began.elapsed() > PATIENCE {
                return Err("what was written was not numbered".into());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        let rate = count as f64 / began.elapsed().as_secs_f64();
        numbering.shutdown().await;
        Ok(rate)
    }

    /// Events a second, inserted with a position.
    async fn inserted(&self, round: usize) -> Outcome<f64> {
        let began = Instant::now();
        let mut callers = JoinSet::new();
        for caller in 0..CALLERS {
            let lane = Lane {
                caller,
                round: round as u32,
            };
            callers.spawn(insert(self.store.clone(), self.tenant, (lane, began + ROUND)));
        }
        let count = sum(callers).await?;
        Ok(count as f64 / began.elapsed().as_secs_f64())
    }
}

async fn sum(mut callers: JoinSet<Outcome<i64>>) -> Outcome<i64> {
    let mut count = 0;
    while let Some(caller) = callers.join_next().await {
        count += caller??;
    }
    Ok(count)
}

fn asker() -> Asker {
    Asker::system(SystemKind::Operator)
}

fn changed() -> Value {
    json!({ "changed": ["name"] })
}

/// A new thing, as the journal names it.
fn thing(store: &Store) -> String {
    store.ids().mint::<ResourceId>(store.now()).to_string()
}

/// Lets one thing change, again and again, as a verb writes it down. Says how often.
async fn tell(store: Store, tenant: Tenant, until: Instant) -> Outcome<i64> {
    let (thing, asker, mut version) = (thing(&store), asker(), 0);
    while Instant::now() < until {
        version += 1;
        let deed = db::audit::Deed {
            what: EventType::ResourceUpdated,
            thing: thing.clone(),
            version,
            diff: changed(),
        };
        let work = store.write(tenant, &asker).await?;
        work.audit(deed).await?;
        work.commit().await?;
    }
    Ok(version)
}

/// Which of the callers, in which round: no two count the same positions.
#[derive(Debug, Clone, Copy)]
struct Lane {
    caller: u32,
    round: u32,
}

/// The same rows, without the journal.
async fn insert(store: Store, tenant: Tenant, (lane, until): (Lane, Instant)) -> Outcome<i64> {
    let (thing, asker, mut version) = (thing(&store), asker(), 0);
    while Instant::now() < until {
        version += 1;
        let counted = i64::from(lane.round) * plain::ROUND_MAX + version;
        let row = Row {
            thing: thing.clone(),
            version,
            diff: changed(),
            position: counted * i64::from(CALLERS) + i64::from(lane.caller),
        };
        let work = store.write(tenant, &asker).await?;
        plain::insert(&work, row).await?;
        work.commit().await?;
    }
    Ok(version)
}

/// Numbers what is committed, as the worker does, until it is ended.
async fn numbered(store: Store) -> Outcome<()> {
    loop {
        match number(&store).await? {
            Numbered::Full(_) => {}
            Numbered::All(0) => {
                let news = store.wake().unnumbered();
                // Either way it is time to look.
                let _ = tokio::time::timeout(LOOK_FOR_OTHERS_EVERY, news).await;
            }
            Numbered::All(_) => tokio::time::sleep(GATHER).await,
            Numbered::Elsewhere => return Err("somebody else numbers".into()),
        }
    }
}
