//! Other hours on one date: instead of the rules', beside them, or closed.

use availability::{Hours, Override, Tag};
use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc};
use db::{Fault, Reading, Tenant, Work};
use kernel::id::{OverrideId, ResourceId};
use kernel::{EventType, Line, Right};
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::Refusal;
use crate::patch::{Shelf, expect_version, named, set, write_down};
use crate::provider::{Sight, need_calendar, need_sight, need_some_calendar, not_there};
use crate::rule::{minutes_of, stored_hours, within_calendar};
use crate::store;
use crate::store::overrides::{Entity, Model};

pub use availability::Change;

/// Overrides of one resource in one calendar year that stand.
pub const OVERRIDES_A_YEAR: u64 = 1_000;

/// The most days of one list.
pub const LIST_DAYS_MAX: i64 = 366;

/// What an override does to its date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(feature = "graphql", derive(async_graphql::Enum))]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum OverrideKind {
    /// These hours instead of the rules'; several on one date add up.
    #[sea_orm(string_value = "REPLACE")]
    Replace,
    /// These hours too.
    #[sea_orm(string_value = "ADD")]
    Add,
    /// Not in these hours, or not on that date at all.
    #[sea_orm(string_value = "BLOCK")]
    Block,
}

/// Other hours on one date.
#[derive(Debug, Clone, PartialEq)]
pub struct AvailabilityOverride {
    /// Its id.
    pub id: OverrideId,
    /// Whose hours.
    pub resource_id: ResourceId,
    /// On which date of the resource's zone.
    pub date: NaiveDate,
    /// What it does.
    pub change: Change,
    /// Why; not public.
    pub reason: Option<Line>,
    /// Counts the changes.
    pub version: i64,
    /// Since when it is taken back.
    pub archived_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

/// A change as rows keep it.
fn parts(change: Change) -> (OverrideKind, Option<i64>, Option<i64>) {
    let with = |kind, hours: Hours| {
        let (start, end) = minutes_of(hours);
        (kind, Some(start), Some(end))
    };
    match change {
        Change::Replace(hours) => with(OverrideKind::Replace, hours),
        Change::Add(hours) => with(OverrideKind::Add, hours),
        Change::Block(hours) => with(OverrideKind::Block, hours),
        Change::Close => (OverrideKind::Block, None, None),
    }
}

/// A change from the parts that a row or an input has. Only BLOCK can do without hours.
#[must_use]
pub fn change_of(kind: OverrideKind, hours: Option<Hours>) -> Option<Change> {
    match (kind, hours) {
        (OverrideKind::Replace, Some(hours)) => Some(Change::Replace(hours)),
        (OverrideKind::Add, Some(hours)) => Some(Change::Add(hours)),
        (OverrideKind::Block, Some(hours)) => Some(Change::Block(hours)),
        (OverrideKind::Block, None) => Some(Change::Close),
        (OverrideKind::Replace | OverrideKind::Add, None) => None,
    }
}

impl TryFrom<Model> for AvailabilityOverride {
    type Error = Fault;

    fn try_from(row: Model) -> Result<Self, Fault> {
        let corrupt = || Fault::Corrupt(row.id.to_string());
        let hours = match row.start_minute.zip(row.end_minute) {
            Some((start, end)) => Some(stored_hours(start, end).ok_or_else(corrupt)?),
            None => None,
        };
        Ok(Self {
            id: row.id,
            resource_id: row.resource_id,
            date: row.on_date,
            change: change_of(row.kind, hours).ok_or_else(corrupt)?,
            reason: row.reason,
            version: row.version,
            archived_at: row.archived_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl AvailabilityOverride {
    /// As the engine has it.
    pub(crate) fn for_engine(&self) -> Override {
        Override {
            tag: Tag::of(self.id),
            date: self.date,
            change: self.change,
        }
    }
}

/// What an override is made from.
#[derive(Debug, Clone)]
pub struct OverrideDraft {
    /// Whose hours.
    pub resource: ResourceId,
    /// On which date of the resource's zone.
    pub date: NaiveDate,
    /// What it does; [`change_of`] reads it.
    pub change: Change,
    /// Why.
    pub reason: Option<Line>,
}

/// A change of an override: what is left out stays, `Some(None)` takes away.
#[derive(Debug, Clone, Default)]
pub struct OverrideEdit {
    /// On which date.
    pub date: Option<NaiveDate>,
    /// What it does.
    pub change: Option<Change>,
    /// Why.
    pub reason: Option<Option<Line>>,
}

impl OverrideEdit {
    /// Applies itself and names what has changed.
    fn apply(self, to: &mut Model) -> Vec<&'static str> {
        let change = self.change.is_some_and(|it| {
            let new = parts(it);
            let differs = (to.kind, to.start_minute, to.end_minute) != new;
            (to.kind, to.start_minute, to.end_minute) = new;
            differs
        });
        named(&[
            ("appliesOn", set(&mut to.on_date, self.date)),
            ("change", change),
            ("reason", set(&mut to.reason, self.reason)),
        ])
    }
}

/// An override was made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverrideChanged {
    /// Which.
    #[serde(rename = "override")]
    pub id: OverrideId,
    /// Whose.
    pub resource: ResourceId,
}

/// Makes an override. Providers may make their own.
///
/// # Errors
/// If the right is missing, the resource is not there, the date makes no sense, or there are too many in its year.
pub async fn create_override(work: &Work<Tenant>, draft: OverrideDraft) -> Result<OverrideChanged, Refusal> {
    need_calendar(work, draft.resource).await?;
    store::hold::<store::resource::Entity>(work, draft.resource).await?;
    room_for_one_more(work, draft.resource, draft.date).await?;
    let (kind, start_minute, end_minute) = parts(draft.change);
    let made = OverrideChanged {
        id: work.mint(),
        resource: draft.resource,
    };
    let row = Model {
        organization_id: work.organization(),
        id: made.id,
        resource_id: draft.resource,
        on_date: draft.date,
        kind,
        start_minute,
        end_minute,
        reason: draft.reason,
        version: 1,
        archived_at: None,
        created_at: work.now(),
        updated_at: work.now(),
    };
    store::insert(work, row).await?;
    let diff = json!({ "resource": made.resource, "kind": kind, "appliesOn": draft.date });
    write_down(work, EventType::OverrideCreated, (made.id, 1), diff).await?;
    Ok(made)
}

/// Changes an override. A change that changes nothing counts as none.
///
/// # Errors
/// If the right is missing, it is not there, has another version than expected, or there are too many in its new year.
pub async fn update_override(
    work: &Work<Tenant>,
    id: OverrideId,
    edit: OverrideEdit,
    expected_version: Option<i64>,
) -> Result<OverrideChanged, Refusal> {
    let mut row = hold_for_change(work, id, expected_version).await?;
    let of = OverrideChanged {
        id,
        resource: row.resource_id,
    };
    let year = row.on_date.year();
    let changed = edit.apply(&mut row);
    if changed.is_empty() {
        return Ok(of);
    }
    if row.on_date.year() != year {
        room_for_one_more(work, row.resource_id, row.on_date).await?;
    }
    let version = row.touch(work.now());
    store::save(work, row).await?;
    let diff = json!({ "resource": of.resource, "changed": changed });
    write_down(work, EventType::OverrideUpdated, (id, version), diff).await?;
    Ok(of)
}

/// Takes an override back. What is booked stays booked.
///
/// # Errors
/// If the right is missing, it is not there, or has another version than expected.
pub async fn archive_override(
    work: &Work<Tenant>,
    id: OverrideId,
    expected_version: Option<i64>,
) -> Result<OverrideChanged, Refusal> {
    put_override(work, id, Shelf::Away, expected_version).await
}

/// Makes an override stand again.
///
/// # Errors
/// If the right is missing, it is not there, has another version than expected, or there are too many in its year.
pub async fn restore_override(
    work: &Work<Tenant>,
    id: OverrideId,
    expected_version: Option<i64>,
) -> Result<OverrideChanged, Refusal> {
    put_override(work, id, Shelf::Back, expected_version).await
}

async fn put_override(
    work: &Work<Tenant>,
    id: OverrideId,
    shelf: Shelf,
    expected_version: Option<i64>,
) -> Result<OverrideChanged, Refusal> {
    let mut row = hold_for_change(work, id, expected_version).await?;
    let of = OverrideChanged {
        id,
        resource: row.resource_id,
    };
    if !shelf.put(&mut row.archived_at, work.now()) {
        return Ok(of);
    }
    if shelf == Shelf::Back {
        room_for_one_more(work, row.resource_id, row.on_date).await?;
    }
    let version = row.touch(work.now());
    store::save(work, row).await?;
    let diff = json!({ "resource": of.resource });
    write_down(
        work,
        shelf.word([EventType::OverrideArchived, EventType::OverrideRestored]),
        (id, version),
        diff,
    )
    .await?;
    Ok(of)
}

/// Holds the resource of an override, then the override, for whoever may change it.
async fn hold_for_change(
    work: &Work<Tenant>,
    id: OverrideId,
    expected_version: Option<i64>,
) -> Result<Model, Refusal> {
    need_some_calendar(work)?;
    let resource = store::find::<Entity>(work, &[id]).await?.pop();
    let resource = resource.ok_or_else(|| not_there(work, Right::CalendarsWrite, "override"))?;
    let resource = resource.resource_id;
    need_calendar(work, resource).await?;
    store::hold::<store::resource::Entity>(work, resource).await?;
    let row = store::hold::<Entity>(work, id).await?;
    expect_version(expected_version, row.version)?;
    Ok(row)
}

/// The resource is held.
async fn room_for_one_more(
    work: &Work<Tenant>,
    resource: ResourceId,
    date: NaiveDate,
) -> Result<(), Refusal> {
    within_calendar(date).map_err(|wrong| Refusal::invalid("appliesOn", wrong))?;
    let ends = |month, day| NaiveDate::from_ymd_opt(date.year(), month, day).unwrap_or(date);
    if store::overrides::count(work, resource, (ends(1, 1), ends(12, 31))).await? < OVERRIDES_A_YEAR {
        return Ok(());
    }
    Err(Refusal::LimitReached {
        what: "overrides of one resource in a year",
        max: OVERRIDES_A_YEAR,
    })
}

/// The overrides of a resource between two dates, both inclusive, by date, for whoever may see its calendar.
///
/// # Errors
/// If the right is missing, or the dates are backwards or more than [`LIST_DAYS_MAX`] days apart.
pub async fn overrides_of(
    reading: &Reading<Tenant>,
    resource: ResourceId,
    (first, last): (NaiveDate, NaiveDate),
) -> Result<Vec<AvailabilityOverride>, Refusal> {
    need_sight(reading, resource).await?;
    if last < first || last - first >= TimeDelta::days(LIST_DAYS_MAX) {
        return Err(Refusal::wanted("to", "a date up to 366 days on", last));
    }
    let rows = store::overrides::between(reading, &[resource], (first, last)).await?;
    Ok(rows
        .into_iter()
        .map(AvailabilityOverride::try_from)
        .collect::<Result<_, _>>()?)
}

/// Overrides by their ids, for whoever may see the calendars they are in; those of others are left out.
///
/// # Errors
/// If a stored override makes no sense.
pub async fn find_overrides(
    reading: &Reading<Tenant>,
    ids: &[OverrideId],
) -> Result<Vec<AvailabilityOverride>, Refusal> {
    let sight = Sight::of(reading).await?;
    let rows = store::find::<Entity>(reading, ids).await?;
    let seen = rows.into_iter().filter(|it| sight.reaches(it.resource_id));
    Ok(seen
        .map(AvailabilityOverride::try_from)
        .collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_block_can_do_without_hours() {
        let hours: Hours = "09:00-12:00".parse().unwrap();
        assert_eq!(change_of(OverrideKind::Block, None), Some(Change::Close));
        assert_eq!(change_of(OverrideKind::Replace, None), None);
        assert_eq!(change_of(OverrideKind::Add, None), None);
        for change in [
            Change::Replace(hours),
            Change::Add(hours),
            Change::Block(hours),
            Change::Close,
        ] {
            let (kind, start, end) = parts(change);
            let hours = start.zip(end).and_then(|(start, end)| stored_hours(start, end));
            assert_eq!(change_of(kind, hours), Some(change));
        }
    }
}
