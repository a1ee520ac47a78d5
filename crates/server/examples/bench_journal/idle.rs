//! What those who watch and hear nothing take of the server.

use std::time::{Duration, Instant};

use crate::crowd::Crowd;
use crate::node::Node;
use crate::place::Place;
use crate::practice::Practice;
use crate::product::Child;
use crate::{Outcome, Sizes, Values};

/// Subscriptions of one socket: as many as it may have.
const EACH: usize = 100;
/// How long the memory must stay as it is before it is believed.
const STEADY: Duration = Duration::from_secs(2);
/// How much it may move meanwhile, in megabytes.
const MOVES: f64 = 0.5;
/// How long it is waited for that.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long the processor is watched.
const WATCHED: Duration = Duration::from_secs(5);

/// Resident memory with so many idle subscriptions, shared by so many organizations, less what there was before.
pub(crate) async fn measure(place: &Place, sizes: &Sizes, organizations: usize) -> Outcome<Option<Values>> {
    let node = Node::start(place).await?;
    let slug = format!("idle-of-{organizations}");
    let practices = Practice::several(node.address, &slug, organizations).await?;
    let before = steady(&node.process).await?;
    let mut crowd = Crowd::gather(node.address, &practices, (sizes.sockets, EACH)).await?;
    let with = steady(&node.process).await?;
    let (used, began) = (node.process.used()?, Instant::now());
    tokio::time::sleep(WATCHED).await;
    let busy = (node.process.used()? - used).as_secs_f64() / began.elapsed().as_secs_f64();
    // Whoever was not there took no memory either: everybody must hear of something.
    let mut writers: Vec<_> = practices.iter().map(|it| it.writer(node.address)).collect();
    crowd.wake(&mut writers).await?;
    let after = steady(&node.process).await?;
    crowd.end().await?;
    let subscriptions = (sizes.sockets * EACH) as f64;
    Ok(Some(vec![
        ("subscriptions", subscriptions),
        ("organizations", organizations as f64),
        ("bytes_each", (with - before) * 1024.0 * 1024.0 / subscriptions),
        ("mb_before", before),
        ("mb_with", with),
        ("mb_after_an_event", after),
        ("cores_busy", busy),
    ]))
}

/// The resident memory in megabytes, once it stays as it is.
async fn steady(process: &Child) -> Outcome<f64> {
    let began = Instant::now();
    let mut before = process.status_mb("VmRSS")?;
    while began.elapsed() < PATIENCE {
        tokio::time::sleep(STEADY).await;
        let now = process.status_mb("VmRSS")?;
        if (now - before).abs() < MOVES {
            return Ok(now);
        }
        before = now;
    }
    Err("its memory does not come to rest".into())
}
