//! A rule as it is read from its row and handed to the engine.

use availability::recurrence::Rule;
use availability::{Hours, HoursRule, LocalTime, Tag};
use chrono::{DateTime, NaiveDate, Utc};
use db::Fault;
use kernel::Zone;
use kernel::id::{ResourceId, RuleId, ServiceId};

use crate::store::rule::Model;

/// Hours that recur.
#[derive(Debug, Clone, PartialEq)]
pub struct AvailabilityRule {
    /// Its id.
    pub id: RuleId,
    /// Whose hours.
    pub resource_id: ResourceId,
    /// For which service only.
    pub service_id: Option<ServiceId>,
    /// On which dates.
    pub dates: Rule,
    /// The date that the recurrence is anchored at.
    pub starts_on: NaiveDate,
    /// From when to when.
    pub hours: Hours,
    /// The zone of its dates and hours; none is the resource's.
    pub timezone: Option<Zone>,
    /// The first date it holds on.
    pub valid_from: Option<NaiveDate>,
    /// The last date it holds on.
    pub valid_until: Option<NaiveDate>,
    /// Dates it does not hold on, in order.
    pub except_on: Vec<NaiveDate>,
    /// Counts the changes.
    pub version: i64,
    /// Since when it is put away.
    pub archived_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

/// Hours as rows keep them.
pub(crate) fn stored_hours(start: i64, end: i64) -> Option<Hours> {
    let time = |minutes: i64| {
        let (hour, minute) = (u8::try_from(minutes / 60).ok()?, u8::try_from(minutes % 60).ok()?);
        LocalTime::new(hour, minute).ok()
    };
    Hours::new(time(start)?, time(end)?).ok()
}

/// Hours as rows keep them: minutes since midnight.
pub(crate) fn minutes_of(hours: Hours) -> (i64, i64) {
    (i64::from(hours.from().minutes()), i64::from(hours.to().minutes()))
}

impl TryFrom<Model> for AvailabilityRule {
    type Error = Fault;

    fn try_from(row: Model) -> Result<Self, Fault> {
        let corrupt = || Fault::Corrupt(row.id.to_string());
        Ok(Self {
            id: row.id,
            resource_id: row.resource_id,
            service_id: row.service_id,
            dates: Rule::for_dates(&row.rrule).map_err(|_| corrupt())?,
            starts_on: row.starts_on,
            hours: stored_hours(row.start_minute, row.end_minute).ok_or_else(corrupt)?,
            timezone: row.timezone,
            valid_from: row.valid_from,
            valid_until: row.valid_until,
            except_on: row.except_on.0,
            version: row.version,
            archived_at: row.archived_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl AvailabilityRule {
    /// As the engine has it.
    pub(crate) fn for_engine(self) -> HoursRule {
        let mut rule = HoursRule::new(Tag::of(self.id), self.dates, self.starts_on, self.hours);
        rule.zone = self.timezone;
        rule.valid_from = self.valid_from;
        rule.valid_until = self.valid_until;
        rule.except = self.except_on;
        rule
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_come_back_as_they_were_stored() {
        for text in ["00:00-24:00", "09:00-17:30", "22:00-02:00", "10:00-10:00"] {
            let hours: Hours = text.parse().unwrap();
            let (start, end) = minutes_of(hours);
            assert_eq!(stored_hours(start, end), Some(hours), "{text}");
        }
        for (start, end) in [(-1, 60), (1_440, 60), (0, 1_441), (0, -1)] {
            assert_eq!(stored_hours(start, end), None, "{start} to {end}");
        }
    }
}
