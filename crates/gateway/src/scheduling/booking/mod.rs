//! Appointments: looking at them. Whoever holds a link sees their own booking and themselves; staff see what they may.

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod guest;
mod link;
mod query;
pub(crate) mod shift;
pub(crate) mod swap;
mod told;

use async_graphql::{Context, Object, Result};
use kernel::id::{AttendeeId, BookingId, ClientId, SeriesId, ServiceId};
use kernel::{Code, Right};
use scheduling::booking::{BookingEvents, Source, Status, cancellation_fee};
use scheduling::calendar::CANDIDATES_MAX;

use self::told::{BookingEventConnection, BookingHost};
use super::attendee::{Attendee, AttendeesOf};
use super::metadata::{MetadataEntry, entries};
use super::series::{OccurrenceOf, Series};
use crate::caller::Caller;
use crate::clients::Client;
use crate::errors::coded;
use crate::host::Host;
use crate::list::page;
use crate::loaders::load;
use crate::scalars::{Date, Instant, LocalTime, Money, TimeZone};

pub(super) use self::link::seen;
pub(crate) use self::query::{BookingConnection, BookingQuery, listed};

/// Attendees that one call lists at most; those of a booking are never more than its seats.
const LISTED_MAX: usize = 100;

/// Hosts, and attendees, that are listed unless it is said how many.
const HOSTS: i32 = 20;
const ATTENDEES: i32 = 50;

/// One booking, through somebody's eyes.
#[derive(Debug, Clone)]
pub(crate) struct Booking {
    row: scheduling::booking::Booking,
    /// Of whoever came by a link, the seat that it is about; staff see everybody.
    own: Option<AttendeeId>,
}

/// Loads who gives a booking that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct HostsOf(pub(crate) BookingId);

/// One appointment, or one session of a class. What it cost and what cancelling it costs are as they were when it was made.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl Booking {
    /// The booking's global id.
    pub(crate) async fn id(&self) -> BookingId {
        self.row.id
    }

    /// What is booked.
    async fn service_id(&self) -> ServiceId {
        self.row.service_id
    }

    /// When it starts.
    async fn starts_at(&self) -> Instant {
        self.row.starts_at.into()
    }

    /// When it ends, without buffers.
    async fn ends_at(&self) -> Instant {
        self.row.ends_at.into()
    }

    /// The date on which it starts, on the wall, in `timeZone`.
    async fn starts_on(&self) -> Date {
        Date(self.row.local_start.date())
    }

    /// The time at which it starts, on the wall, in `timeZone`.
    async fn local_time(&self) -> LocalTime {
        LocalTime::of(&self.row.local_start.format("%H:%M"))
    }

    /// The zone in which it was meant.
    async fn time_zone(&self) -> TimeZone {
        TimeZone::of(&self.row.timezone)
    }

    /// Where it stands. What has waited too long has expired.
    async fn status(&self, ctx: &Context<'_>) -> Status {
        self.row.state().seen(Host::of(ctx).now())
    }

    /// Counts the changes; hand it back as `expectedVersion`.
    async fn version(&self) -> i64 {
        self.row.version
    }

    /// How it came in.
    async fn source(&self) -> Source {
        self.row.source
    }

    /// How many can take part.
    async fn seats(&self) -> i64 {
        self.row.seats
    }

    /// Until when it waits for an answer or for money.
    async fn expires_at(&self) -> Option<Instant> {
        self.row.expires_at.map(Instant)
    }

    /// What it cost when it was booked: of one seat, if it has several.
    async fn price(&self) -> Money {
        (&self.row.price()).into()
    }

    /// What cancelling would cost the client now.
    async fn cancellation_fee(&self, ctx: &Context<'_>) -> Money {
        (&cancellation_fee(&self.row, Host::of(ctx).now())).into()
    }

    /// What cancelling cost; null if it was not cancelled, or cost nobody anything.
    async fn cancellation_fee_charged(&self) -> Option<Money> {
        let fee = kernel::Money::new(self.row.fee_minor?, self.row.currency.clone());
        Some((&fee).into())
    }

    /// Where exactly it takes place.
    async fn location_detail(&self) -> Option<String> {
        self.row.location_detail.as_ref().map(ToString::to_string)
    }

    /// What the client wrote. Null for whoever came by a link to a class: they may not be who wrote it.
    async fn notes(&self) -> Option<String> {
        let is_theirs = self.own.is_none() || self.row.seats == 1;
        let notes = self.row.notes.as_ref().filter(|_| is_theirs);
        notes.map(ToString::to_string)
    }

    /// The integrator's own words. Null for whoever came by a link.
    async fn metadata(&self) -> Option<Vec<MetadataEntry>> {
        self.own.is_none().then(|| entries(&self.row.metadata))
    }

    /// Who and what it takes.
    async fn hosts(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            default_with = "Some(HOSTS)",
            desc = "How many, 1 to 1,000; so many can be needed together."
        )]
        first: Option<i32>,
    ) -> Option<Result<Vec<BookingHost>>> {
        Some(self.given_by(ctx, first.unwrap_or(HOSTS)).await)
    }

    /// Who takes part, by seat: as many as there are seats, 500 at most. Whoever came by a link sees themselves only.
    async fn attendees(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(ATTENDEES)", desc = "How many, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only seats after this one.")] after_seat: Option<i64>,
    ) -> Option<Result<Vec<Attendee>>> {
        Some(
            self.seated(ctx, first.unwrap_or(ATTENDEES), after_seat.unwrap_or(0))
                .await,
        )
    }

    /// Whom it is for, in the directory of clients. Null for a class, and unless you may see clients.
    async fn client(&self, ctx: &Context<'_>) -> Option<Result<Client>> {
        known(ctx, self.row.client_id).await
    }

    /// What happened to it, in order, one event a version. Null for whoever came by a link.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<BookingEventConnection>> {
        if self.own.is_some() {
            return None;
        }
        let page = page::<BookingEvents>(first, after, last, before);
        Some(told::list(ctx, self.row.id, page).await)
    }

    /// The series that it was made of. Null if there is none, and for whoever came by a link.
    async fn series(&self, ctx: &Context<'_>) -> Option<Result<Series>> {
        self.recurring(ctx).await.transpose()
    }

    /// When it came to its end.
    async fn closed_at(&self) -> Option<Instant> {
        self.row.closed_at.map(Instant)
    }

    /// Why it was cancelled or rejected.
    async fn closed_reason(&self) -> Option<String> {
        self.row.closed_reason.as_ref().map(ToString::to_string)
    }

    /// When it was made.
    async fn created_at(&self) -> Instant {
        self.row.created_at.into()
    }

    /// When it was changed last.
    async fn updated_at(&self) -> Instant {
        self.row.updated_at.into()
    }
}

impl Booking {
    /// As staff see it.
    pub(crate) fn of(row: scheduling::booking::Booking) -> Self {
        Self { row, own: None }
    }

    /// As whoever came by a link sees it, which is about one seat.
    fn through_link(row: scheduling::booking::Booking, own: AttendeeId) -> Self {
        Self { row, own: Some(own) }
    }

    async fn recurring(&self, ctx: &Context<'_>) -> Result<Option<Series>> {
        if self.own.is_some() {
            return Ok(None);
        }
        match load(ctx, OccurrenceOf(self.row.id)).await? {
            Some(of) => load::<SeriesId, Series>(ctx, of).await,
            None => Ok(None),
        }
    }

    async fn given_by(&self, ctx: &Context<'_>, first: i32) -> Result<Vec<BookingHost>> {
        let first = few(first, CANDIDATES_MAX)?;
        let found = load(ctx, HostsOf(self.row.id)).await?.unwrap_or_default();
        Ok(found.into_iter().take(first).map(BookingHost).collect())
    }

    async fn seated(&self, ctx: &Context<'_>, first: i32, after: i64) -> Result<Vec<Attendee>> {
        let first = few(first, LISTED_MAX)?;
        let now = Host::of(ctx).now();
        let found = load(ctx, AttendeesOf(self.row.id)).await?.unwrap_or_default();
        let theirs = |it: &scheduling::attendee::Attendee| self.own.is_none_or(|own| own == it.id);
        let mut live: Vec<_> = found
            .into_iter()
            .filter(|it| it.is_live(now) && it.seat_no > Some(after) && theirs(it))
            .collect();
        live.sort_by_key(|it| it.seat_no);
        Ok(live.into_iter().take(first).map(Attendee).collect())
    }
}

/// Somebody in the directory, for whoever may see clients.
pub(crate) async fn known(ctx: &Context<'_>, client: Option<ClientId>) -> Option<Result<Client>> {
    if !Caller::of(ctx).may(Right::ClientsRead) {
        return None;
    }
    load::<ClientId, Client>(ctx, client?).await.transpose()
}

/// How many of a list, if that is within what there can be.
///
/// # Errors
/// If it is not.
pub(crate) fn few(first: i32, most: usize) -> Result<usize> {
    usize::try_from(first)
        .ok()
        .filter(|it| (1..=most).contains(it))
        .ok_or_else(|| {
            coded(
                Code::InvalidInput,
                &format!("expected `first` from 1 to {most}, got {first}"),
            )
        })
}
