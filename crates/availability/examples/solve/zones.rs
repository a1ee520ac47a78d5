//! Zone cases: a zone and an instant.

use std::error::Error;

use chrono::{DateTime, Utc};
use kernel::Zone;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
pub(crate) struct Moment {
    tz: Zone,
    instant: DateTime<Utc>,
}

#[derive(Serialize)]
pub(crate) struct Offset {
    tz: Zone,
    instant: DateTime<Utc>,
    offset_minutes: i32,
}

/// How far the wall clock is ahead of UTC, in whole minutes.
pub(crate) fn offset(case: &Moment) -> Result<Offset, Box<dyn Error>> {
    let offset_minutes = case.tz.offset_seconds(case.instant) / 60;
    Ok(Offset {
        tz: case.tz,
        instant: case.instant,
        offset_minutes,
    })
}
