//! Hours that recur: a recurrence of dates, and from when to when on each.
//!
//! Rules of one service stand in the place of the resource's general ones, for that service; then the general ones do not
//! hold for it.

mod recurring;

use chrono::NaiveDate;
use db::{Reading, Tenant, Work};
use kernel::id::{ResourceId, RuleId, ServiceId};
use kernel::{EventType, Invalid, Right, Zone};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::Refusal;
use crate::patch::{Shelf, expect_version, named, set, write_down};
use crate::provider::{Sight, need_calendar, need_some_calendar, not_there};
use crate::store;
use crate::store::rule::{Entity, Exceptions, Model};

pub use availability::recurrence::Rule;
pub use availability::{Hours, LocalTime};
pub use recurring::AvailabilityRule;
pub(crate) use recurring::{minutes_of, stored_hours};

/// Rules of one resource that stand.
pub const RULES_MAX: u64 = 100;

/// The most dates that one rule can leave out.
pub const EXCEPTIONS_MAX: usize = 366;

/// What a rule is made from.
#[derive(Debug, Clone)]
pub struct RuleDraft {
    /// Whose hours.
    pub resource: ResourceId,
    /// On which dates; [`Rule::for_dates`] reads them.
    pub dates: Rule,
    /// The date that the recurrence is anchored at.
    pub starts_on: NaiveDate,
    /// From when to when.
    pub hours: Hours,
    /// Everything else; what is left out has its default.
    pub details: RuleEdit,
}

/// A change of a rule: what is left out stays, `Some(None)` takes away.
#[derive(Debug, Clone, Default)]
pub struct RuleEdit {
    /// For which service only.
    pub service: Option<Option<ServiceId>>,
    /// On which dates.
    pub dates: Option<Rule>,
    /// The date that the recurrence is anchored at.
    pub starts_on: Option<NaiveDate>,
    /// From when to when.
    pub hours: Option<Hours>,
    /// The zone of its dates and hours.
    pub timezone: Option<Option<Zone>>,
    /// The first date it holds on.
    pub valid_from: Option<Option<NaiveDate>>,
    /// The last date it holds on.
    pub valid_until: Option<Option<NaiveDate>>,
    /// Dates it does not hold on; at most [`EXCEPTIONS_MAX`].
    pub except_on: Option<Vec<NaiveDate>>,
}

impl RuleEdit {
    /// Applies itself and names what has changed.
    fn apply(self, to: &mut Model) -> Result<Vec<&'static str>, Refusal> {
        let except_on = self.except_on.map(|mut dates| {
            dates.sort_unstable();
            dates.dedup();
            Exceptions(dates)
        });
        let (start, end) = self.hours.map(minutes_of).unzip();
        let start = set(&mut to.start_minute, start);
        let hours = set(&mut to.end_minute, end) || start;
        let changed = named(&[
            ("serviceId", set(&mut to.service_id, self.service)),
            ("rrule", set(&mut to.rrule, self.dates.map(|it| it.to_string()))),
            ("startsOn", set(&mut to.starts_on, self.starts_on)),
            ("hours", hours),
            ("timeZone", set(&mut to.timezone, self.timezone)),
            ("validFrom", set(&mut to.valid_from, self.valid_from)),
            ("validUntil", set(&mut to.valid_until, self.valid_until)),
            ("exceptOn", set(&mut to.except_on, except_on)),
        ]);
        if to.except_on.0.len() > EXCEPTIONS_MAX {
            return Err(Refusal::wanted(
                "exceptOn",
                "at most 366 dates",
                to.except_on.0.len(),
            ));
        }
        let dates = [Some(to.starts_on), to.valid_from, to.valid_until];
        let mut dates = dates.into_iter().flatten().chain(to.except_on.0.iter().copied());
        dates
            .try_for_each(within_calendar)
            .map_err(|wrong| Refusal::invalid("startsOn", wrong))?;
        if to
            .valid_from
            .zip(to.valid_until)
            .is_some_and(|(from, until)| from > until)
        {
            return Err(Refusal::wanted(
                "validUntil",
                "a date that is not before validFrom",
                to.valid_until.unwrap_or_default(),
            ));
        }
        Ok(changed)
    }
}

/// Dates that both databases and the engine can keep.
pub(crate) fn within_calendar(date: NaiveDate) -> Result<(), Invalid> {
    use chrono::Datelike as _;
    if (1900..=9998).contains(&date.year()) {
        Ok(())
    } else {
        Err(Invalid::new(
            "a date in the years 1900 to 9998",
            &date.to_string(),
        ))
    }
}

/// A rule was made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleChanged {
    /// Which.
    pub rule: RuleId,
    /// Whose.
    pub resource: ResourceId,
}

/// Makes a rule. Providers may make their own.
///
/// # Errors
/// If the right is missing, the resource or service is not there, a date makes no sense, or there are too many.
pub async fn create_rule(work: &Work<Tenant>, draft: RuleDraft) -> Result<RuleChanged, Refusal> {
    need_calendar(work, draft.resource).await?;
    store::hold::<store::resource::Entity>(work, draft.resource).await?;
    room_for_one_more(work, draft.resource).await?;
    let (start_minute, end_minute) = minutes_of(draft.hours);
    let mut rule = Model {
        organization_id: work.organization(),
        id: work.mint(),
        resource_id: draft.resource,
        service_id: None,
        starts_on: draft.starts_on,
        rrule: draft.dates.to_string(),
        start_minute,
        end_minute,
        timezone: None,
        valid_from: None,
        valid_until: None,
        except_on: Exceptions::default(),
        version: 1,
        archived_at: None,
        created_at: work.now(),
        updated_at: work.now(),
    };
    draft.details.apply(&mut rule)?;
    service_is_there(work, rule.service_id).await?;
    let made = RuleChanged {
        rule: rule.id,
        resource: rule.resource_id,
    };
    store::insert(work, rule).await?;
    write_down(
        work,
        EventType::RuleCreated,
        (made.rule, 1),
        json!({ "resource": made.resource }),
    )
    .await?;
    Ok(made)
}

/// Changes a rule. A change that changes nothing counts as none.
///
/// # Errors
/// If the right is missing, it or its service is not there, it has another version than expected, or a date makes no sense.
pub async fn update_rule(
    work: &Work<Tenant>,
    id: RuleId,
    edit: RuleEdit,
    expected_version: Option<i64>,
) -> Result<RuleChanged, Refusal> {
    let mut rule = hold_for_change(work, id, expected_version).await?;
    let of = RuleChanged {
        rule: id,
        resource: rule.resource_id,
    };
    let changed = edit.apply(&mut rule)?;
    if changed.is_empty() {
        return Ok(of);
    }
    service_is_there(work, rule.service_id).await?;
    let version = rule.touch(work.now());
    store::save(work, rule).await?;
    let diff = json!({ "resource": of.resource, "changed": changed });
    write_down(work, EventType::RuleUpdated, (id, version), diff).await?;
    Ok(of)
}

/// Puts a rule away: its hours are no longer open. What is booked stays booked.
///
/// # Errors
/// If the right is missing, it is not there, or has another version than expected.
pub async fn archive_rule(
    work: &Work<Tenant>,
    id: RuleId,
    expected_version: Option<i64>,
) -> Result<RuleChanged, Refusal> {
    put_rule(work, id, Shelf::Away, expected_version).await
}

/// Takes a rule out again.
///
/// # Errors
/// If the right is missing, it is not there, has another version than expected, or there are too many.
pub async fn restore_rule(
    work: &Work<Tenant>,
    id: RuleId,
    expected_version: Option<i64>,
) -> Result<RuleChanged, Refusal> {
    put_rule(work, id, Shelf::Back, expected_version).await
}

async fn put_rule(
    work: &Work<Tenant>,
    id: RuleId,
    shelf: Shelf,
    expected_version: Option<i64>,
) -> Result<RuleChanged, Refusal> {
    let mut rule = hold_for_change(work, id, expected_version).await?;
    let of = RuleChanged {
        rule: id,
        resource: rule.resource_id,
    };
    if !shelf.put(&mut rule.archived_at, work.now()) {
        return Ok(of);
    }
    if shelf == Shelf::Back {
        room_for_one_more(work, rule.resource_id).await?;
    }
    let version = rule.touch(work.now());
    store::save(work, rule).await?;
    let diff = json!({ "resource": of.resource });
    write_down(
        work,
        shelf.word([EventType::RuleArchived, EventType::RuleRestored]),
        (id, version),
        diff,
    )
    .await?;
    Ok(of)
}

/// Holds the resource of a rule, then the rule, for whoever may change it.
async fn hold_for_change(
    work: &Work<Tenant>,
    id: RuleId,
    expected_version: Option<i64>,
) -> Result<Model, Refusal> {
    need_some_calendar(work)?;
    let resource = store::find::<Entity>(work, &[id]).await?.pop();
    let resource = resource.ok_or_else(|| not_there(work, Right::CalendarsWrite, "rule"))?;
    let resource = resource.resource_id;
    need_calendar(work, resource).await?;
    store::hold::<store::resource::Entity>(work, resource).await?;
    let rule = store::hold::<Entity>(work, id).await?;
    expect_version(expected_version, rule.version)?;
    Ok(rule)
}

async fn service_is_there(work: &Work<Tenant>, service: Option<ServiceId>) -> Result<(), Refusal> {
    if let Some(id) = service
        && store::find::<store::service::Entity>(work, &[id])
            .await?
            .is_empty()
    {
        return Err(Refusal::NotFound("service"));
    }
    Ok(())
}

async fn room_for_one_more(work: &Work<Tenant>, resource: ResourceId) -> Result<(), Refusal> {
    if store::rule::live(work, resource).await? < RULES_MAX {
        return Ok(());
    }
    Err(Refusal::LimitReached {
        what: "rules of one resource",
        max: RULES_MAX,
    })
}

/// The rules of a resource that stand, by their beginning; never more than [`RULES_MAX`]. Opening hours are public.
///
/// # Errors
/// If the resource is not there for whoever asks.
pub async fn rules_of(
    reading: &Reading<Tenant>,
    resource: ResourceId,
) -> Result<Vec<AvailabilityRule>, Refusal> {
    if crate::resource::find_resources(reading, &[resource])
        .await?
        .is_empty()
    {
        return Err(Refusal::NotFound("resource"));
    }
    let rows = store::rule::of(reading, &[resource]).await?;
    Ok(rows
        .into_iter()
        .map(AvailabilityRule::try_from)
        .collect::<Result<_, _>>()?)
}

/// Rules by their ids, for whoever may see the calendars they are in; those of others are left out.
///
/// # Errors
/// If a stored rule makes no sense.
pub async fn find_rules(reading: &Reading<Tenant>, ids: &[RuleId]) -> Result<Vec<AvailabilityRule>, Refusal> {
    let sight = Sight::of(reading).await?;
    let rows = store::find::<Entity>(reading, ids).await?;
    let seen = rows.into_iter().filter(|it| sight.reaches(it.resource_id));
    Ok(seen.map(AvailabilityRule::try_from).collect::<Result<_, _>>()?)
}
