//! Recurrence cases: a rule, where it starts, and a window.

use std::error::Error;
use std::time::Instant;

use availability::recurrence::{Refusal, Rule};
use chrono::{DateTime, NaiveDateTime, Utc};
use kernel::Zone;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
pub(crate) struct Series {
    id: String,
    rrule: String,
    dtstart_local: NaiveDateTime,
    tz: Zone,
    #[serde(default)]
    rdate_local: Vec<NaiveDateTime>,
    #[serde(default)]
    exdate_local: Vec<NaiveDateTime>,
    window_start_utc: DateTime<Utc>,
    window_end_utc: DateTime<Utc>,
}

#[derive(Deserialize)]
pub(crate) struct Text {
    id: String,
    rrule: String,
}

#[derive(Serialize)]
pub(crate) struct Occurrences {
    id: String,
    occurrences: Vec<DateTime<Utc>>,
}

#[derive(Serialize)]
pub(crate) struct Verdict {
    id: String,
    rejected: bool,
    reason: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct Patience {
    id: String,
    count: Option<usize>,
    ms: f64,
    reason: Option<String>,
}

impl Series {
    fn expand(&self) -> Result<Vec<DateTime<Utc>>, Refusal> {
        let series = Rule::parse(&self.rrule)?
            .times(self.dtstart_local, self.tz)
            .adding(self.rdate_local.iter().copied())
            .except(self.exdate_local.iter().copied());
        Ok(series
            .between(self.window_start_utc, self.window_end_utc)
            .collect())
    }
}

/// The occurrences in the window.
pub(crate) fn occurrences(case: &Series) -> Result<Occurrences, Box<dyn Error>> {
    Ok(Occurrences {
        id: case.id.clone(),
        occurrences: case.expand()?,
    })
}

/// Whether the text is refused, and why.
pub(crate) fn refusal(case: &Text) -> Result<Verdict, Box<dyn Error>> {
    let reason = Rule::parse(&case.rrule).err().map(|it| it.to_string());
    Ok(Verdict {
        id: case.id.clone(),
        rejected: reason.is_some(),
        reason,
    })
}

/// How many occurrences there are, and how long it took to find them.
pub(crate) fn patience(case: &Series) -> Result<Patience, Box<dyn Error>> {
    let begun = Instant::now();
    let found = case.expand();
    let ms = begun.elapsed().as_secs_f64() * 1_000.0;
    let count = found.as_ref().ok().map(Vec::len);
    Ok(Patience {
        id: case.id.clone(),
        count,
        ms,
        reason: found.err().map(|it| it.to_string()),
    })
}
