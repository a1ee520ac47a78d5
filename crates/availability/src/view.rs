//! Hours and free time as such, for those who draw calendars or count idle hours. No service is asked.

use std::num::NonZeroU16;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::Span;

use crate::Tag;
use crate::ask::StartRange;
use crate::bars::{Judge, Role};
use crate::blocker::Source;
use crate::calendar::Calendar;
use crate::offsets::Offsets;
use crate::policy::Policy;
use crate::seconds::instant;
use crate::tally::Tally;
use crate::verdict::{sources, span};

/// A window: hours of one date that overlap or touch, as rules and overrides make them (S1 to S6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenHours {
    /// The date it belongs to, in the resource's zone.
    pub date: NaiveDate,
    /// From when until when.
    pub span: Span,
    /// The rules and overrides it is made of.
    pub by: Vec<Source>,
}

impl Calendar {
    /// The windows that meet a range, in order of their beginning.
    #[must_use]
    pub fn hours(&self, range: StartRange) -> Vec<OpenHours> {
        let (policy, tally) = (moment(), Tally::default());
        let judge = Judge::new(self, &policy, DateTime::UNIX_EPOCH, &tally);
        let offsets = Offsets::around(self.facts.zone, range.first(), range.end());
        let asked = judge.asked(Role::Moment, &offsets, range.first()..range.end());
        let mut windows = judge.windows(Role::Moment, &asked);
        windows.retain(|it| it.from < range.end() && range.first() < it.until);
        let open = |it: &crate::windows::Window| {
            let by = sources(&asked, it);
            span(it.from, it.until).map(|span| OpenHours {
                date: it.date,
                span,
                by,
            })
        };
        windows.iter().filter_map(open).collect()
    }

    /// When the resource is open and some lane of it is free, within a range and in order. Buffers, notice, horizon and
    /// limits belong to services: they are not in it.
    #[must_use]
    pub fn free_time(&self, range: StartRange) -> Vec<Span> {
        let (policy, tally) = (moment(), Tally::default());
        let mut judge = Judge::new(self, &policy, DateTime::<Utc>::UNIX_EPOCH, &tally);
        judge.duration = 1;
        let mut free: Vec<(i64, i64)> = Vec::new();
        judge.free(Role::Moment, range.first()..range.end(), &mut |it| {
            free.push((it.first, it.last + 1))
        });
        free.sort_unstable();
        free.dedup_by(|next, last| {
            let touches = next.0 <= last.1;
            last.1 = if touches { last.1.max(next.1) } else { last.1 };
            touches
        });
        free.into_iter()
            .filter_map(|(from, until)| Span::new(instant(from), instant(until)).ok())
            .collect()
    }
}

/// A service that asks for nothing.
fn moment() -> Policy {
    Policy::new(Tag::default(), NonZeroU16::MIN, NonZeroU16::MIN)
}
