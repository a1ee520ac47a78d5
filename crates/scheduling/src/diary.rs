//! Whose bookings somebody may see and change: everybody's, or those that they give themselves.

use db::{Reading, Tenant};
use kernel::Right;
use kernel::id::ResourceId;

use crate::attendee::Attendee;
use crate::booking;
use crate::error::Refusal;
use crate::store;

/// Whether whoever asks is staff of some kind, and so may book on others' behalf.
pub(crate) fn is_staff(reading: &Reading<Tenant>) -> bool {
    let rights = reading.asker().rights;
    rights.has(Right::DiaryWrite) || rights.has(Right::OwnDiaryWrite)
}

/// Refuses whoever may change neither everybody's bookings nor those that one of these resources gives.
pub(crate) async fn need_write(reading: &Reading<Tenant>, hosts: &[ResourceId]) -> Result<(), Refusal> {
    need(reading, Right::DiaryWrite, (hosts, "booking")).await
}

/// The same of something else that one of these resources is to give, which is called so.
pub(crate) async fn need_write_of(
    reading: &Reading<Tenant>,
    hosts: &[ResourceId],
    what: &'static str,
) -> Result<(), Refusal> {
    need(reading, Right::DiaryWrite, (hosts, what)).await
}

/// Whoever takes part, for whoever may change the booking. Of another's, what is said is what is said of nobody's.
pub(crate) async fn need_attendee<'a>(
    reading: &Reading<Tenant>,
    found: Option<&'a Attendee>,
) -> Result<&'a Attendee, Refusal> {
    let hosts = match found {
        Some(it) => booking::resources(reading, it.booking_id).await?,
        None => Vec::new(),
    };
    need(reading, Right::DiaryWrite, (&hosts, "attendee")).await?;
    found.ok_or(Refusal::NotFound("attendee"))
}

/// Refuses whoever may see neither everybody's bookings nor those that one of these resources gives.
pub(crate) async fn need_read(reading: &Reading<Tenant>, hosts: &[ResourceId]) -> Result<(), Refusal> {
    need(reading, Right::DiaryRead, (hosts, "booking")).await
}

async fn need(
    reading: &Reading<Tenant>,
    all: Right,
    (hosts, what): (&[ResourceId], &'static str),
) -> Result<(), Refusal> {
    if reading.asker().rights.has(all) {
        return Ok(());
    }
    // Without even an own diary, the answer is about the right and not about the row.
    reading.need(if reading.asker().rights.has(Right::OwnDiaryWrite) {
        Right::OwnDiaryWrite
    } else {
        all
    })?;
    match own(reading).await? {
        Some(resource) if hosts.contains(&resource) => Ok(()),
        Some(_) | None => Err(Refusal::NotFound(what)),
    }
}

/// Refuses whoever may change nobody's bookings, before anything is looked for.
pub(crate) fn need_some_write(reading: &Reading<Tenant>) -> Result<(), Refusal> {
    if !is_staff(reading) {
        reading.need(Right::DiaryWrite)?;
    }
    Ok(())
}

/// Of whom a list may tell: whom it is asked about, or oneself for whoever may see no other diary.
pub(crate) async fn narrowed(
    reading: &Reading<Tenant>,
    asked: Option<ResourceId>,
) -> Result<Option<ResourceId>, Refusal> {
    if reading.asker().rights.has(Right::DiaryRead) {
        return Ok(asked);
    }
    reading.need(Right::OwnDiaryWrite)?;
    let own = own(reading).await?.ok_or(Refusal::NotFound("diary"))?;
    match asked {
        Some(other) if other != own => Err(Refusal::NotFound("diary")),
        Some(_) | None => Ok(Some(own)),
    }
}

/// The resource that whoever asks is, if they are one.
pub(crate) async fn own(reading: &Reading<Tenant>) -> Result<Option<ResourceId>, Refusal> {
    match reading.actor().user() {
        Some(user) => Ok(store::provider::of_user(reading, user)
            .await?
            .map(|it| it.resource_id)),
        None => Ok(None),
    }
}
