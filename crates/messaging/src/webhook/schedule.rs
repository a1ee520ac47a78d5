//! When an event is tried again, and what an answer means: the schedule of Standard Webhooks.

use chrono::{DateTime, TimeDelta, Utc};

/// How long to wait before each attempt, counted from the one before it. After the tenth nothing is tried any more.
pub const PAUSES: [TimeDelta; 10] = [
    TimeDelta::zero(),
    TimeDelta::seconds(5),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(5),
    TimeDelta::hours(10),
    TimeDelta::hours(14),
    TimeDelta::hours(20),
    TimeDelta::hours(24),
];

/// The most that a wait is lengthened, so that what failed together does not come back together: a tenth of it.
pub const JITTER_MAX_PERCENT: i32 = 10;

/// The longest that an endpoint may ask us to wait.
pub const RETRY_AFTER_MAX: TimeDelta = TimeDelta::hours(24);

/// How long nothing may arrive before an endpoint is paused.
pub const FAILING_MAX: TimeDelta = TimeDelta::days(5);

/// What came of one attempt, as far as it decides what happens next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The endpoint answered with this status, and perhaps said when to come back.
    Answered {
        /// Of HTTP.
        status: u16,
        /// The header `Retry-After`.
        retry_after: Option<String>,
    },
    /// Nobody answered.
    Unanswered,
}

/// What is to be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It has arrived.
    Delivered,
    /// Nobody wants events there any more.
    Gone,
    /// It is tried again then.
    Again(DateTime<Utc>),
    /// It was tried often enough.
    GivenUp,
}

/// Decides after `made` attempts, the one just made among them. `dice` is any number, by which the wait is lengthened.
#[must_use]
pub fn verdict(outcome: &Outcome, made: i64, (now, dice): (DateTime<Utc>, u64)) -> Verdict {
    let asked = match outcome {
        Outcome::Answered {
            status: 200..=299, ..
        } => return Verdict::Delivered,
        Outcome::Answered { status: 410, .. } => return Verdict::Gone,
        Outcome::Answered { retry_after, .. } => {
            retry_after.as_deref().and_then(|text| asked_to_wait(text, now))
        }
        Outcome::Unanswered => None,
    };
    match pause(made, dice) {
        Some(pause) => Verdict::Again(now + pause.max(asked.unwrap_or_default())),
        None => Verdict::GivenUp,
    }
}

/// How long to wait after `made` attempts; nothing if there is no further one.
fn pause(made: i64, dice: u64) -> Option<TimeDelta> {
    let pause = *PAUSES.get(usize::try_from(made).ok()?)?;
    let per_mille = i32::try_from(dice % 1_001).unwrap_or(0);
    Some(pause + pause * JITTER_MAX_PERCENT / 100 * per_mille / 1_000)
}

/// What `Retry-After` says, in seconds or as a date of HTTP; nothing if it says nothing that can be meant.
fn asked_to_wait(text: &str, now: DateTime<Utc>) -> Option<TimeDelta> {
    let text = text.trim();
    let wait = match text.parse::<u32>() {
        Ok(seconds) => TimeDelta::seconds(i64::from(seconds)),
        Err(_) => DateTime::parse_from_rfc2822(text).ok()?.to_utc() - now,
    };
    Some(wait.clamp(TimeDelta::zero(), RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> DateTime<Utc> {
        "2026-03-02T12:00:00Z".parse().unwrap()
    }

    fn answered(status: u16, retry_after: Option<&str>) -> Outcome {
        Outcome::Answered {
            status,
            retry_after: retry_after.map(ToOwned::to_owned),
        }
    }

    fn wait(outcome: &Outcome, made: i64, dice: u64) -> TimeDelta {
        let decided = verdict(outcome, made, (noon(), dice));
        let Verdict::Again(at) = decided else {
            panic!("{decided:?}")
        };
        at - noon()
    }

    #[test]
    fn ten_attempts_follow_the_schedule_and_an_eleventh_is_not_made() {
        let failed = answered(500, None);
        let waits: Vec<i64> = (1..10).map(|made| wait(&failed, made, 0).num_seconds()).collect();
        let expected = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
        assert_eq!(waits, expected);
        assert_eq!(verdict(&failed, 10, (noon(), 0)), Verdict::GivenUp);
        assert_eq!(verdict(&Outcome::Unanswered, 10, (noon(), 0)), Verdict::GivenUp);
    }

    #[test]
    fn a_wait_is_lengthened_by_a_tenth_at_most_and_never_shortened() {
        for (made, pause) in (1..10).zip(&PAUSES[1..]) {
            for dice in [0, 1, 500, 1_000, 1_001, u64::MAX] {
                let waited = wait(&Outcome::Unanswered, made, dice);
                assert!(
                    waited >= *pause && waited <= *pause + *pause / 10,
                    "{made} {dice}"
                );
            }
            assert_eq!(wait(&Outcome::Unanswered, made, 1_000), *pause + *pause / 10);
        }
    }

    #[test]
    fn any_two_hundred_is_an_arrival_and_410_wants_no_more() {
        for status in [200, 201, 204, 299] {
            assert_eq!(
                verdict(&answered(status, None), 1, (noon(), 0)),
                Verdict::Delivered
            );
        }
        assert_eq!(verdict(&answered(410, None), 1, (noon(), 0)), Verdict::Gone);
        // A redirect is refused: whoever moves an endpoint says so.
        for status in [100, 199, 300, 301, 308, 400, 404, 409, 411, 429, 500, 503] {
            assert!(
                matches!(
                    verdict(&answered(status, None), 1, (noon(), 0)),
                    Verdict::Again(_)
                ),
                "{status}"
            );
        }
    }

    #[test]
    fn an_endpoint_may_ask_for_more_time_within_a_day() {
        let asked = |text| wait(&answered(503, Some(text)), 1, 0).num_seconds();
        assert_eq!(asked("120"), 120);
        assert_eq!(asked(" 7 "), 7);
        assert_eq!(asked("Mon, 02 Mar 2026 12:10:00 GMT"), 600);
        // Less than the schedule asks for is not taken, more than a day neither.
        assert_eq!(asked("1"), 5);
        assert_eq!(asked("86400"), 86_400);
        assert_eq!(asked("86401"), 86_400);
        assert_eq!(asked("4294967295"), 86_400);
        assert_eq!(asked("Mon, 02 Mar 2020 12:10:00 GMT"), 5);
        for nonsense in ["", "soon", "-5", "1.5", "99999999999999999999"] {
            assert_eq!(asked(nonsense), 5, "{nonsense}");
        }
    }
}
