//! Changes: what is left out stays, and what changed is named.

use chrono::{DateTime, Utc};
use db::audit::Deed;
use db::{Fault, Tenant, Work};
use kernel::{EventType, Id};
use serde_json::Value;

use crate::error::Refusal;

/// Refuses a change of something that has changed since it was read.
pub(crate) fn expect_version(expected: Option<i64>, now: i64) -> Result<(), Refusal> {
    match expected {
        Some(expected) if expected != now => Err(Refusal::VersionConflict { now }),
        Some(_) | None => Ok(()),
    }
}

/// Puts a new value in its place, if there is one; says whether that changed anything.
pub(crate) fn set<T: PartialEq>(place: &mut T, new: Option<T>) -> bool {
    match new {
        Some(new) if new != *place => {
            *place = new;
            true
        }
        Some(_) | None => false,
    }
}

/// The names of what has changed.
pub(crate) fn named(changes: &[(&'static str, bool)]) -> Vec<&'static str> {
    changes
        .iter()
        .filter(|(_, is_changed)| *is_changed)
        .map(|(name, _)| *name)
        .collect()
}

/// Whether something is put away or taken out again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shelf {
    Away,
    Back,
}

impl Shelf {
    /// Puts it there; says whether it was elsewhere.
    pub(crate) fn put(self, archived_at: &mut Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
        let new = match self {
            Self::Away => archived_at.or(Some(now)),
            Self::Back => None,
        };
        set(archived_at, Some(new))
    }

    /// The first word for what is put away, the second for what is taken out.
    pub(crate) fn word(self, [away, back]: [EventType; 2]) -> EventType {
        match self {
            Self::Away => away,
            Self::Back => back,
        }
    }
}

/// Writes down what was done to one thing, and the version that it led to.
pub(crate) async fn write_down(
    work: &Work<Tenant>,
    what: EventType,
    (thing, version): (impl Id, i64),
    diff: Value,
) -> Result<(), Fault> {
    let thing = thing.to_string();
    work.audit(Deed {
        what,
        thing,
        version,
        diff,
    })
    .await
}
