//! Who may see a calendar from within, and who may change it: whoever has the right to everybody's, and everybody their own.

use db::{Reading, Tenant, Work};
use kernel::id::ResourceId;
use kernel::{Denied, Right};

use crate::error::Refusal;
use crate::store;

/// Refuses whoever may change nobody's hours and absences, before anything is looked for.
pub(crate) fn need_some_calendar(work: &Work<Tenant>) -> Result<(), Refusal> {
    if work.need(Right::CalendarsWrite).is_err() {
        work.need(Right::OwnCalendarWrite)?;
    }
    Ok(())
}

/// Refuses whoever may not change this resource's hours and absences: everybody's calendars, or one's own.
pub(crate) async fn need_calendar(work: &Work<Tenant>, resource: ResourceId) -> Result<(), Refusal> {
    need_some_calendar(work)?;
    if work.need(Right::CalendarsWrite).is_ok() || own_resource(work).await? == Some(resource) {
        return Ok(());
    }
    Err(Denied::Forbidden(Right::CalendarsWrite).into())
}

/// What somebody hears of a row that is not there: if it were another's, they would hear no more.
pub(crate) fn not_there(work: &Work<Tenant>, right: Right, what: &'static str) -> Refusal {
    match work.need(right) {
        Ok(()) => Refusal::NotFound(what),
        Err(denied) => denied.into(),
    }
}

/// Whose calendars somebody may see from within: who takes which time, and why somebody is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    All,
    Own(Option<ResourceId>),
}

impl Sight {
    pub(crate) async fn of(reading: &Reading<Tenant>) -> Result<Self, Refusal> {
        if reading.need(Right::CalendarsRead).is_ok() {
            return Ok(Self::All);
        }
        Ok(Self::Own(match reading.need(Right::OwnCalendarWrite) {
            Ok(()) => own_resource(reading).await?,
            Err(_) => None,
        }))
    }

    pub(crate) fn reaches(self, resource: ResourceId) -> bool {
        match self {
            Self::All => true,
            Self::Own(own) => own == Some(resource),
        }
    }
}

/// Refuses whoever may see nobody's calendar from within, before anything is looked for.
pub(crate) fn need_some_sight(reading: &Reading<Tenant>) -> Result<(), Refusal> {
    if reading.need(Right::CalendarsRead).is_err() {
        reading.need(Right::OwnCalendarWrite)?;
    }
    Ok(())
}

/// Refuses whoever may not see a resource's calendar from within.
pub(crate) async fn need_sight(reading: &Reading<Tenant>, resource: ResourceId) -> Result<(), Refusal> {
    need_some_sight(reading)?;
    if Sight::of(reading).await?.reaches(resource) {
        return Ok(());
    }
    Err(Denied::Forbidden(Right::CalendarsRead).into())
}

/// The resource that is whoever asks.
///
/// # Errors
/// If the database refuses.
pub async fn own_resource(reading: &Reading<Tenant>) -> Result<Option<ResourceId>, Refusal> {
    match reading.actor().user() {
        Some(user) => Ok(store::provider::of_user(reading, user)
            .await?
            .map(|it| it.resource_id)),
        None => Ok(None),
    }
}
