//! Out of office: when somebody is away, and who can be booked instead.

use availability::Tag;
use chrono::{DateTime, TimeDelta, Utc};
use db::paging::{Page, Slice};
use db::{Fault, Reading, Tenant, Work};
use kernel::id::{AbsenceId, ResourceId};
use kernel::{EventType, Line, Right, Span};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::Refusal;
use crate::patch::{Shelf, expect_version, named, set, write_down};
use crate::provider::{Sight, need_calendar, need_sight, need_some_calendar, not_there};
use crate::store;
use crate::store::absence::Entity;

pub use store::absence::{Entity as Absences, Model as Absence};

/// Absences of one resource that are not over.
pub const ABSENCES_MAX: u64 = 200;

/// The longest absence, in days: two years.
pub const DAYS_MAX: i64 = 731;

impl Absence {
    /// From when until when.
    ///
    /// # Errors
    /// If the stored row ends before it begins.
    pub fn span(&self) -> Result<Span, Fault> {
        Span::new(self.starts_at, self.ends_at).map_err(|_| Fault::Corrupt(self.id.to_string()))
    }

    /// As the engine has it.
    pub(crate) fn for_engine(&self) -> Result<availability::Absence, Fault> {
        Ok(availability::Absence {
            tag: Tag::of(self.id),
            span: self.span()?,
        })
    }
}

/// What an absence is made from.
#[derive(Debug, Clone)]
pub struct AbsenceDraft {
    /// Who is away.
    pub resource: ResourceId,
    /// From when until when; at most [`DAYS_MAX`] days.
    pub span: Span,
    /// Why.
    pub reason: Option<Line>,
    /// Who can be booked instead.
    pub redirect_to: Option<ResourceId>,
}

/// A change of an absence: what is left out stays, `Some(None)` takes away.
#[derive(Debug, Clone, Default)]
pub struct AbsenceEdit {
    /// From when until when.
    pub span: Option<Span>,
    /// Why.
    pub reason: Option<Option<Line>>,
    /// Who can be booked instead.
    pub redirect_to: Option<Option<ResourceId>>,
}

impl AbsenceEdit {
    /// Applies itself and names what has changed.
    fn apply(self, to: &mut Absence) -> Result<Vec<&'static str>, Refusal> {
        let (starts_at, ends_at) = self.span.map(|it| (it.start(), it.end())).unzip();
        let changed = named(&[
            ("startsAt", set(&mut to.starts_at, starts_at)),
            ("endsAt", set(&mut to.ends_at, ends_at)),
            ("reason", set(&mut to.reason, self.reason)),
            ("redirectTo", set(&mut to.redirect_to, self.redirect_to)),
        ]);
        if to.ends_at - to.starts_at > TimeDelta::days(DAYS_MAX) {
            return Err(Refusal::wanted(
                "endsAt",
                "an end at most 731 days after the start",
                to.ends_at,
            ));
        }
        if to.redirect_to == Some(to.resource_id) {
            return Err(Refusal::wanted("redirectTo", "somebody else", to.resource_id));
        }
        Ok(changed)
    }
}

/// An absence was made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbsenceChanged {
    /// Which.
    pub absence: AbsenceId,
    /// Whose.
    pub resource: ResourceId,
}

/// Makes an absence. Providers may make their own. What is booked stays booked.
///
/// # Errors
/// If the right is missing, somebody is not there, it is too long, or there are too many.
pub async fn create_absence(work: &Work<Tenant>, draft: AbsenceDraft) -> Result<AbsenceChanged, Refusal> {
    need_calendar(work, draft.resource).await?;
    store::hold::<store::resource::Entity>(work, draft.resource).await?;
    room_for_one_more(work, draft.resource).await?;
    let mut absence = Absence {
        organization_id: work.organization(),
        id: work.mint(),
        resource_id: draft.resource,
        starts_at: draft.span.start(),
        ends_at: draft.span.end(),
        reason: draft.reason,
        redirect_to: None,
        version: 1,
        archived_at: None,
        created_at: work.now(),
        updated_at: work.now(),
    };
    let rest = AbsenceEdit {
        redirect_to: Some(draft.redirect_to),
        ..AbsenceEdit::default()
    };
    rest.apply(&mut absence)?;
    redirect_is_there(work, &absence).await?;
    let made = AbsenceChanged {
        absence: absence.id,
        resource: absence.resource_id,
    };
    let diff = json!({ "resource": made.resource, "startsAt": absence.starts_at, "endsAt": absence.ends_at });
    store::insert(work, absence).await?;
    write_down(work, EventType::AbsenceCreated, (made.absence, 1), diff).await?;
    Ok(made)
}

/// Changes an absence. A change that changes nothing counts as none.
///
/// # Errors
/// If the right is missing, it or the other one is not there, it has another version than expected, or is too long.
pub async fn update_absence(
    work: &Work<Tenant>,
    id: AbsenceId,
    edit: AbsenceEdit,
    expected_version: Option<i64>,
) -> Result<AbsenceChanged, Refusal> {
    let mut absence = hold_for_change(work, id, expected_version).await?;
    let of = AbsenceChanged {
        absence: id,
        resource: absence.resource_id,
    };
    let was_over = absence.ends_at <= work.now();
    let changed = edit.apply(&mut absence)?;
    if changed.is_empty() {
        return Ok(of);
    }
    if was_over && absence.ends_at > work.now() {
        room_for_one_more(work, absence.resource_id).await?;
    }
    redirect_is_there(work, &absence).await?;
    let version = absence.touch(work.now());
    store::save(work, absence).await?;
    let diff = json!({ "resource": of.resource, "changed": changed });
    write_down(work, EventType::AbsenceUpdated, (id, version), diff).await?;
    Ok(of)
}

/// Takes an absence back.
///
/// # Errors
/// If the right is missing, it is not there, or has another version than expected.
pub async fn archive_absence(
    work: &Work<Tenant>,
    id: AbsenceId,
    expected_version: Option<i64>,
) -> Result<AbsenceChanged, Refusal> {
    put_absence(work, id, Shelf::Away, expected_version).await
}

/// Makes an absence stand again.
///
/// # Errors
/// If the right is missing, it is not there, has another version than expected, or there are too many.
pub async fn restore_absence(
    work: &Work<Tenant>,
    id: AbsenceId,
    expected_version: Option<i64>,
) -> Result<AbsenceChanged, Refusal> {
    put_absence(work, id, Shelf::Back, expected_version).await
}

async fn put_absence(
    work: &Work<Tenant>,
    id: AbsenceId,
    shelf: Shelf,
    expected_version: Option<i64>,
) -> Result<AbsenceChanged, Refusal> {
    let mut absence = hold_for_change(work, id, expected_version).await?;
    let of = AbsenceChanged {
        absence: id,
        resource: absence.resource_id,
    };
    if !shelf.put(&mut absence.archived_at, work.now()) {
        return Ok(of);
    }
    if shelf == Shelf::Back {
        room_for_one_more(work, absence.resource_id).await?;
    }
    let version = absence.touch(work.now());
    store::save(work, absence).await?;
    let diff = json!({ "resource": of.resource });
    write_down(
        work,
        shelf.word([EventType::AbsenceArchived, EventType::AbsenceRestored]),
        (id, version),
        diff,
    )
    .await?;
    Ok(of)
}

/// Holds the resource of an absence, then the absence, for whoever may change it.
async fn hold_for_change(
    work: &Work<Tenant>,
    id: AbsenceId,
    expected_version: Option<i64>,
) -> Result<Absence, Refusal> {
    need_some_calendar(work)?;
    let resource = store::find::<Entity>(work, &[id]).await?.pop();
    let resource = resource.ok_or_else(|| not_there(work, Right::CalendarsWrite, "absence"))?;
    let resource = resource.resource_id;
    need_calendar(work, resource).await?;
    store::hold::<store::resource::Entity>(work, resource).await?;
    let absence = store::hold::<Entity>(work, id).await?;
    expect_version(expected_version, absence.version)?;
    Ok(absence)
}

async fn redirect_is_there(work: &Work<Tenant>, absence: &Absence) -> Result<(), Refusal> {
    if let Some(other) = absence.redirect_to
        && store::find::<store::resource::Entity>(work, &[other])
            .await?
            .is_empty()
    {
        return Err(Refusal::NotFound("resource"));
    }
    Ok(())
}

/// The resource is held.
async fn room_for_one_more(work: &Work<Tenant>, resource: ResourceId) -> Result<(), Refusal> {
    if store::absence::ahead(work, resource).await? < ABSENCES_MAX {
        return Ok(());
    }
    Err(Refusal::LimitReached {
        what: "absences of one resource that are not over",
        max: ABSENCES_MAX,
    })
}

/// A page of the absences of a resource that meet a span, by their beginning, for whoever may see its calendar.
///
/// # Errors
/// If the right is missing.
pub async fn absences_of(
    reading: &Reading<Tenant>,
    (resource, span): (ResourceId, Span),
    page: &Page,
) -> Result<Slice<Absence>, Refusal> {
    need_sight(reading, resource).await?;
    let list = store::absence::meeting(reading, &[resource], span);
    Ok(store::page(reading, list, page).await?)
}

/// How many absences of a resource meet a span, counting no further than the cap.
///
/// # Errors
/// If the right is missing.
pub async fn count_absences(
    reading: &Reading<Tenant>,
    (resource, span): (ResourceId, Span),
) -> Result<u64, Refusal> {
    need_sight(reading, resource).await?;
    let query = store::absence::meeting(reading, &[resource], span);
    Ok(store::count(reading, query).await?)
}

/// Absences by their ids, for whoever may see the calendars they are in; those of others are left out.
///
/// # Errors
/// If the database refuses.
pub async fn find_absences(reading: &Reading<Tenant>, ids: &[AbsenceId]) -> Result<Vec<Absence>, Refusal> {
    let sight = Sight::of(reading).await?;
    let mut found = store::find::<Entity>(reading, ids).await?;
    found.retain(|it| sight.reaches(it.resource_id));
    Ok(found)
}

/// Who can be booked instead of somebody who is away at an instant; that much is public.
///
/// # Errors
/// If the database refuses.
pub async fn redirect_at(
    reading: &Reading<Tenant>,
    resource: ResourceId,
    at: DateTime<Utc>,
) -> Result<Option<ResourceId>, Refusal> {
    let Ok(instant) = Span::new(at, at + TimeDelta::microseconds(1)) else {
        return Ok(None);
    };
    let away = store::absence::all_meeting(reading, &[resource], instant).await?;
    Ok(away.iter().find_map(|it| it.redirect_to))
}
