//! From the commit of a change until everybody who watches has heard of it.

use kernel::{Clock as _, SystemClock};

use crate::crowd::Crowd;
use crate::lag::Lags;
use crate::node::Node;
use crate::place::Place;
use crate::practice::Practice;
use crate::{Outcome, Sizes, Values};

/// Subscriptions of one socket: half of what it may have.
const EACH: usize = 50;

/// The lag of every event at each of so many subscriptions of one organization on one node.
pub(crate) async fn measure(place: &Place, sizes: &Sizes, subscribers: usize) -> Outcome<Option<Values>> {
    let node = Node::start(place).await?;
    let practice = Practice::found(node.address, &format!("watched-{subscribers}")).await?;
    let each = EACH.min(subscribers);
    let sockets = subscribers / each;
    let practices = [practice];
    let mut crowd = Crowd::gather(node.address, &practices, (sockets, each)).await?;
    let mut writer = practices.map(|it| it.writer(node.address));
    crowd.wake(&mut writer).await?;
    let (from, before) = (SystemClock.now(), crowd.heard());
    let [mut writer] = writer;
    writer.write_calmly(sizes.events).await?;
    crowd
        .hears(before + (sizes.events * sockets * each) as u64)
        .await?;
    let heard = crowd.end().await?;
    let timed = heard.iter().filter(|it| it.happened >= from);
    let lags = Lags::of(timed.map(|it| it.heard - it.happened));
    let mut values = vec![
        ("subscribers", (sockets * each) as f64),
        ("sockets", sockets as f64),
        ("events", sizes.events as f64),
    ];
    values.extend(lags.values());
    Ok(Some(values))
}
