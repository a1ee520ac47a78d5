//! One resource's facts put in order once, so that every question about them is cheap.

use kernel::Span;

use crate::facts::Facts;
use crate::seconds::{ceil, floor};
use crate::tally::Tally;
use crate::timeline::Timeline;
use crate::{Override, Tag};

/// A resource, ready to be asked. It is not bound to a range, a service or a moment: build it once, ask it often.
#[derive(Clone, Debug)]
pub struct Calendar {
    pub(crate) facts: Facts,
    /// Positions in `facts.occupancies`.
    pub(crate) occupied: Timeline<u32>,
    /// Positions in `facts.absences`.
    pub(crate) away: Timeline<u32>,
    /// Positions in `facts.sessions`.
    pub(crate) sessions: Timeline<u32>,
    /// All that counts toward a limit of the resource.
    pub(crate) tally: Tally,
}

impl Calendar {
    /// Puts the facts in order.
    #[must_use]
    pub fn new(mut facts: Facts) -> Self {
        facts.overrides.sort_by_key(|it| it.date);
        for rule in &mut facts.rules {
            rule.except.sort_unstable();
        }
        Self {
            occupied: line(facts.occupancies.iter().map(|it| it.span)),
            away: line(facts.absences.iter().map(|it| it.span)),
            sessions: line(facts.sessions.iter().map(|it| it.span)),
            tally: Tally::new(facts.counted.iter()),
            facts,
        }
    }

    /// Which resource this is.
    #[must_use]
    pub fn resource(&self) -> Tag {
        self.facts.resource
    }

    /// The facts it was made of.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The overrides of these dates, both inclusive.
    pub(crate) fn overrides(&self, first: chrono::NaiveDate, last: chrono::NaiveDate) -> &[Override] {
        let all = &self.facts.overrides;
        let from = all.partition_point(|it| it.date < first);
        let until = all.partition_point(|it| it.date <= last);
        all.get(from..until).unwrap_or_default()
    }
}

/// Spans in order, each with its position, widened to whole seconds.
fn line(spans: impl Iterator<Item = Span>) -> Timeline<u32> {
    Timeline::new(
        (0..)
            .zip(spans)
            .map(|(index, span)| (floor(span.start()), ceil(span.end()), index)),
    )
}
