//! What becomes of the work of a node that is paused, or killed, in the middle of it: two nodes on one database, one that
//! serves and works and one that only works. On SQLite they are two processes on one file.

use super::line::{Line, within};
use super::{Size, kills, pauses};
use crate::Outcome;
use crate::place::Place;
use crate::process::Server;

/// Proves it on one database.
pub(super) async fn prove(place: &Place, size: Size) -> Outcome<Line> {
    let serving = Server::start(place).await?;
    let worker = Server::worker(place).await?;
    let paused = pauses::prove(place, (&serving, &worker), size.pauses).await?;
    let killed = kills::prove(place, (serving, worker), (size.holds, size.bookings)).await?;
    let ledger = &killed.ledger;
    Ok(Line::new("fencing", place.name)
        .zero("zombie_acks", paused.zombie_acks)
        .zero("late_takeovers", paused.late())
        .zero("undone", ledger.undone)
        .zero("doubled", ledger.doubled)
        .zero("given_up", ledger.given_up)
        .figure("pauses", paused.pauses)
        .figure("zombies", paused.zombies)
        .figure("takeover_p50_ms", within(&paused.takeovers, 0.5))
        .figure("takeover_ms", within(&paused.takeovers, 1.0))
        .figure("kills", killed.kills)
        .figure("holds", ledger.holds)
        .figure("reminders", ledger.reminders)
        .figure("deliveries", ledger.deliveries)
        .figure("letters", ledger.letters)
        .figure("sent_again", ledger.sent_again))
}
