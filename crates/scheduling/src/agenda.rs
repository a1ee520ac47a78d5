//! One day of one resource, as a wall calendar shows it: what is open, kept, booked and closed, and the bookings.

use availability::{Calendar, Occupancy, Owner, StartRange};
use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, Utc};
use db::{Reading, Tenant};
use kernel::id::ResourceId;
use kernel::{Span, Zone};

use crate::booking::Booking;
use crate::calendar;
use crate::diary;
use crate::error::Refusal;
use crate::provider::{Sight, need_some_sight};
use crate::slots::SlotStatus;
use crate::store;

/// Bookings that one agenda lists; a day has fewer.
pub const BOOKINGS_MAX: u32 = 1_000;

/// Stretches that one agenda is cut into: every minute of a day could begin one.
pub const STRETCHES_MAX: usize = 1_500;

/// One day of one resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Agenda {
    /// Whose.
    pub resource: ResourceId,
    /// Which date of their zone.
    pub date: NaiveDate,
    /// Their zone.
    pub zone: Zone,
    /// From its first instant until the first of the next: 23 to 25 hours.
    pub span: Span,
    /// The day cut where something changes, without gaps and in order.
    pub stretches: Vec<Stretch>,
    /// What takes place on it, in order, what was called off too.
    pub bookings: Vec<Booking>,
}

/// A part of a day in which nothing changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// From when until when.
    pub span: Span,
    /// What has become of it; buffers are booked too.
    pub status: SlotStatus,
}

/// One day of a resource in its own zone.
///
/// # Errors
/// If one of the rights to see its calendar and its bookings is missing, it is not there, or no instant has that date.
pub async fn agenda(
    reading: &Reading<Tenant>,
    resource: ResourceId,
    date: NaiveDate,
) -> Result<Agenda, Refusal> {
    need_some_sight(reading)?;
    diary::need_read(reading, &[resource]).await?;
    if !Sight::of(reading).await?.reaches(resource) {
        return Err(Refusal::NotFound("resource"));
    }
    let found = store::find::<store::resource::Entity>(reading, &[resource])
        .await?
        .pop();
    let row = found.ok_or(Refusal::NotFound("resource"))?;
    let span = day(row.timezone, date)?;
    let known = calendar::of_one(reading, &row, span).await?;
    let range = StartRange::new(span.start(), span.end())
        .map_err(|wrong| Refusal::wanted("date", &wrong.to_string(), date))?;
    Ok(Agenda {
        resource,
        date,
        zone: row.timezone,
        stretches: stretches(&known, range, span),
        bookings: store::booking::meeting_day(reading, resource, (span, BOOKINGS_MAX.into())).await?,
        span,
    })
}

/// From the first instant of a date in a zone until the first of the next.
fn day(zone: Zone, date: NaiveDate) -> Result<Span, Refusal> {
    let wrong = || Refusal::wanted("date", "a date of this zone, of the years 1 to 9998", date);
    let begins = |date: NaiveDate| zone.instant(date.and_time(NaiveTime::MIN));
    let next = date.succ_opt().filter(|_| (1..=9_998).contains(&date.year()));
    let next = next.filter(|_| zone.has_date(date)).ok_or_else(wrong)?;
    Span::new(begins(date), begins(next)).map_err(|_| wrong())
}

/// Cuts a day where something begins or ends, and tells what each part is.
fn stretches(known: &Calendar, range: StartRange, day: Span) -> Vec<Stretch> {
    let facts = known.facts();
    let free = if facts.active {
        known.free_time(range)
    } else {
        Vec::new()
    };
    let taken = facts.occupancies.iter().map(|it| it.span);
    let edges = taken.chain(free.iter().copied());
    let mut cuts: Vec<DateTime<Utc>> = edges.flat_map(|it| [it.start(), it.end()]).collect();
    cuts.extend([day.start(), day.end()]);
    cuts.retain(|it| day.start() <= *it && *it <= day.end());
    cuts.sort_unstable();
    cuts.dedup();
    let mut parts: Vec<Stretch> = Vec::new();
    for cut in cuts.windows(2) {
        let status = status(cut[0], &free, &facts.occupancies);
        match parts.last_mut() {
            Some(last) if last.status == status => last.span = joined(last.span, cut[1]),
            _ => parts.extend(
                Span::new(cut[0], cut[1])
                    .ok()
                    .map(|span| Stretch { span, status }),
            ),
        }
    }
    parts.truncate(STRETCHES_MAX);
    parts
}

/// What has become of the time after an instant: a lane that is free makes it open, whatever the others carry.
fn status(at: DateTime<Utc>, free: &[Span], taken: &[Occupancy]) -> SlotStatus {
    let within = |span: &Span| span.start() <= at && at < span.end();
    let takes = |kind: Owner| taken.iter().any(|it| it.kind == kind && within(&it.span));
    match () {
        () if free.iter().any(within) => SlotStatus::Open,
        () if takes(Owner::Booking) => SlotStatus::Booked,
        () if takes(Owner::Hold) => SlotStatus::Held,
        () => SlotStatus::Closed,
    }
}

fn joined(span: Span, until: DateTime<Utc>) -> Span {
    Span::new(span.start(), until).unwrap_or(span)
}
