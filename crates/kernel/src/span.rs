//! A stretch of time, half-open: its end is the first instant that is free again.

use chrono::{DateTime, TimeDelta, Utc};

use crate::text::Invalid;

/// From `start` until just before `end`; never empty, never backwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl Span {
    /// The only place where "backwards" can happen.
    ///
    /// # Errors
    /// If `end` is not after `start`.
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Self, Invalid> {
        if start < end {
            Ok(Self { start, end })
        } else {
            Err(Invalid::new(
                "an end after its start",
                &format!("{start} to {end}"),
            ))
        }
    }

    /// Its first instant.
    #[must_use]
    pub fn start(&self) -> DateTime<Utc> {
        self.start
    }

    /// The first instant after it.
    #[must_use]
    pub fn end(&self) -> DateTime<Utc> {
        self.end
    }

    /// How long it is.
    #[must_use]
    pub fn length(&self) -> TimeDelta {
        self.end - self.start
    }

    /// Whether the two share an instant; touching is not meeting.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    #[test]
    fn touching_spans_do_not_meet() {
        let [first, second, both] =
            [(0, 30), (30, 60), (29, 31)].map(|(from, to)| Span::new(at(from), at(to)).unwrap());
        assert!(!first.meets(&second) && !second.meets(&first));
        assert!(both.meets(&first) && second.meets(&both));
    }

    #[test]
    fn an_empty_or_backward_span_is_refused() {
        assert!(Span::new(at(1), at(1)).is_err());
        assert!(Span::new(at(1), at(0)).is_err());
    }
}
