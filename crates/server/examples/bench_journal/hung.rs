//! The same when whoever numbers does not die but hangs in the middle of it: its process is stopped, its connections stay.

use std::process::Command;
use std::time::Duration;

use kernel::{Clock as _, SystemClock};
use sea_orm::ConnectionTrait;

use crate::place::Place;
use crate::product::Child;
use crate::takeover::{Deaths, Pair, gap, is_numbering, until};
use crate::{Outcome, Sizes, Values};

/// How often it is tried to stop a server in the middle of numbering.
const TRIES: usize = 200;
/// When the lock is looked at to know that whoever holds it is stopped: numbering takes some milliseconds.
const LOOKS: [Duration; 3] = [Duration::from_millis(100); 3];

/// From the moment at which the server that numbers is stopped until what was committed is numbered by the other.
pub(crate) async fn measure(place: &Place, sizes: &Sizes) -> Outcome<Option<Values>> {
    let Some(urls) = &place.urls else {
        return Ok(None);
    };
    let pair = Pair::start(place, "hung").await?;
    let db = urls.superuser().await?;
    let mut hung = Deaths::default();
    for _ in 0..sizes.rounds {
        let (doomed, writers) = pair.busy().await?;
        let mut tries = 0..TRIES;
        let at = loop {
            tries
                .next()
                .ok_or("it was never stopped in the middle of numbering")?;
            until(|| is_numbering(&db)).await?;
            let at = SystemClock.now();
            signal(&doomed.process, "STOP")?;
            if is_held(&db).await? {
                break at;
            }
            signal(&doomed.process, "CONT")?;
        };
        drop(writers);
        hung.note(gap(&pair.store, at).await?);
    }
    hung.values().map(Some)
}

/// Whether the lock is held however long it is looked at.
async fn is_held(db: &impl ConnectionTrait) -> Outcome<bool> {
    for pause in LOOKS {
        tokio::time::sleep(pause).await;
        if !is_numbering(db).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn signal(process: &Child, name: &str) -> Outcome<()> {
    let sent = Command::new("kill")
        .args(["-s", name, &process.0.id().to_string()])
        .status()?;
    sent.success()
        .then_some(())
        .ok_or_else(|| format!("no {name} was sent").into())
}
