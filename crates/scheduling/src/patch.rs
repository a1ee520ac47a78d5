//! Changes: what is left out stays, and what changed is named.

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
