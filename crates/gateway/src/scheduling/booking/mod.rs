//! Appointments: looking at them. Whoever holds a link sees their own booking and themselves; staff see what they may.

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod shift;

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use db::paging::Page;
use kernel::id::{AttendeeId, BookingEventId, BookingId, BookingTokenId, ResourceId, ServiceId};
use kernel::{Code, Right};
use scheduling::booking::{BookingFilter, Bookings, Source, Status, What, cancellation_fee};
use scheduling::service::Part;
use scheduling::token::{self, Purpose};

use super::attendee::{Attendee, AttendeesOf};
use super::metadata::{MetadataEntry, entries};
use super::resource::Resource;
use crate::caller::Caller;
use crate::errors::{coded, found, on_top};
use crate::host::Host;
use crate::list::{Count, connection, page};
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::{Date, Instant, LocalTime, Money, TimeZone};

/// Events and attendees that one call lists at most.
const LISTED_MAX: i32 = 100;

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

    /// What the client wrote.
    async fn notes(&self) -> Option<String> {
        self.row.notes.as_ref().map(ToString::to_string)
    }

    /// The integrator's own words. Null for whoever came by a link.
    async fn metadata(&self) -> Option<Vec<MetadataEntry>> {
        self.own.is_none().then(|| entries(&self.row.metadata))
    }

    /// Who and what it takes.
    async fn hosts(&self, ctx: &Context<'_>) -> Option<Result<Vec<BookingHost>>> {
        Some(self.given_by(ctx).await)
    }

    /// Who takes part, by seat. Whoever came by a link sees themselves only.
    async fn attendees(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 50, desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Only seats after this one.")] after_seat: Option<i64>,
    ) -> Option<Result<Vec<Attendee>>> {
        Some(self.seated(ctx, first, after_seat.unwrap_or(0)).await)
    }

    /// What happened to it, in order, one event a version. Null for whoever came by a link.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 50, desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Only what led to versions after this one.")] after_version: Option<i64>,
    ) -> Option<Result<Vec<BookingEvent>>> {
        self.told(ctx, first, after_version.unwrap_or(0))
            .await
            .transpose()
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

    async fn given_by(&self, ctx: &Context<'_>) -> Result<Vec<BookingHost>> {
        let found = load(ctx, HostsOf(self.row.id)).await?.unwrap_or_default();
        Ok(found.into_iter().map(BookingHost).collect())
    }

    async fn seated(&self, ctx: &Context<'_>, first: i32, after: i64) -> Result<Vec<Attendee>> {
        let first = few(first)?;
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

    async fn told(&self, ctx: &Context<'_>, first: i32, after: i64) -> Result<Option<Vec<BookingEvent>>> {
        if self.own.is_some() {
            return Ok(None);
        }
        let first = few(first)?;
        let reading = Reads::of(ctx).tenant().await?;
        let events = found(scheduling::booking::booking_events(&reading, self.row.id).await)?;
        let later = |events: Vec<scheduling::booking::BookingEvent>| {
            let later = events.into_iter().filter(|it| it.version > after);
            later.take(first).map(BookingEvent).collect()
        };
        Ok(events.map(later))
    }
}

fn few(first: i32) -> Result<usize> {
    usize::try_from(first)
        .ok()
        .filter(|it| (1..=LISTED_MAX as usize).contains(it))
        .ok_or_else(|| {
            coded(
                Code::InvalidInput,
                &format!("expected `first` from 1 to {LISTED_MAX}, got {first}"),
            )
        })
}

/// Somebody or something that a booking takes.
#[derive(Debug, Clone)]
pub(crate) struct BookingHost(scheduling::booking::BookingHost);

/// Somebody or something that a booking takes.
#[Object]
impl BookingHost {
    /// Which.
    async fn resource_id(&self) -> ResourceId {
        self.0.resource_id
    }

    /// Which. Null if it is not shown to you any more.
    async fn resource(&self, ctx: &Context<'_>) -> Option<Result<Resource>> {
        load::<ResourceId, Resource>(ctx, self.0.resource_id)
            .await
            .transpose()
    }

    /// As what.
    async fn part(&self) -> Part {
        self.0.part
    }
}

/// One thing that happened to a booking.
#[derive(Debug, Clone)]
pub(crate) struct BookingEvent(scheduling::booking::BookingEvent);

/// One thing that happened to a booking. Nothing of it is ever changed or removed.
#[Object]
impl BookingEvent {
    /// The event's global id.
    async fn id(&self) -> BookingEventId {
        self.0.id
    }

    /// The version that the booking had after it.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// What happened.
    async fn kind(&self) -> What {
        self.0.what
    }

    /// The state before; null before there was a booking.
    async fn from_status(&self) -> Option<Status> {
        self.0.from_status
    }

    /// The state after.
    async fn to_status(&self) -> Status {
        self.0.to_status
    }

    /// `USER`, `API_KEY`, `BOOKING_TOKEN`, `ANONYMOUS` or `SYSTEM`.
    async fn actor_kind(&self) -> &str {
        &self.0.actor_kind
    }

    /// Which of them.
    async fn actor_id(&self) -> Option<&str> {
        self.0.actor_id.as_deref()
    }

    /// What was said about it.
    async fn reason(&self) -> Option<String> {
        self.0.reason.as_ref().map(ToString::to_string)
    }

    /// When.
    async fn occurred_at(&self) -> Instant {
        self.0.at.into()
    }
}

connection! {
    /// Bookings of an organization.
    BookingConnection, BookingEdge of Booking
}

/// Which bookings are asked for; what is absent does not matter.
#[derive(Debug, Default, InputObject)]
pub(crate) struct BookingFilterInput {
    /// Taken by this resource.
    resource_id: Option<ResourceId>,
    /// Of this service.
    service_id: Option<ServiceId>,
    /// In one of these states, as they were last written.
    statuses: Option<Vec<Status>>,
    /// Starting then or later.
    from: Option<Instant>,
    /// Starting before.
    to: Option<Instant>,
}

/// What a link opens.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct BookingLink {
    /// The booking, as whoever holds the link sees it.
    booking: Booking,
    /// What the link is good for.
    purpose: Purpose,
    /// Until when.
    expires_at: Instant,
}

/// Bookings.
#[derive(Debug, Default)]
pub(crate) struct BookingQuery;

/// Bookings.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl BookingQuery {
    /// A booking by its id. Needs the right `diary:read`, or `own_diary:write` for those that one gives oneself.
    async fn booking(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The booking's global id.")] id: BookingId,
    ) -> Option<Result<Booking>> {
        load::<BookingId, Booking>(ctx, id).await.transpose()
    }

    /// The booking that a link opens. Public: null for a link that is not, or no longer, good.
    async fn booking_by_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token of the link.")] token: String,
    ) -> Option<Result<BookingLink>> {
        by_link(ctx, &token).await.transpose()
    }

    /// The bookings of the organization, by when they start. Needs the right `diary:read`; with `own_diary:write`, those that
    /// one gives oneself.
    async fn bookings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all if absent.")] filter: Option<BookingFilterInput>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<BookingConnection>> {
        Some(
            list(
                ctx,
                filter.unwrap_or_default(),
                page::<Bookings>(first, after, last, before),
            )
            .await,
        )
    }
}

async fn list(
    ctx: &Context<'_>,
    filter: BookingFilterInput,
    page: Result<Page>,
) -> Result<BookingConnection> {
    let filter = BookingFilter {
        resource: filter.resource_id,
        service: filter.service_id,
        statuses: filter.statuses.unwrap_or_default(),
        from: filter.from.map(|it| it.0),
        until: filter.to.map(|it| it.0),
        ..BookingFilter::default()
    };
    listed(ctx, filter, page?).await
}

/// A page of bookings, as far as whoever asks may see them.
pub(crate) async fn listed(
    ctx: &Context<'_>,
    filter: BookingFilter,
    page: Page,
) -> Result<BookingConnection> {
    let reading = Reads::of(ctx).tenant().await?;
    let slice = scheduling::booking::bookings(&reading, &filter, &page)
        .await
        .map_err(on_top)?
        .map(Booking::of);
    let count: Count = Box::new(move |reading| {
        let filter = filter.clone();
        Box::pin(async move {
            scheduling::booking::count_bookings(&reading, &filter)
                .await
                .map_err(on_top)
        })
    });
    Ok(BookingConnection { slice, count })
}

async fn by_link(ctx: &Context<'_>, text: &str) -> Result<Option<BookingLink>> {
    let reading = Reads::of(ctx).public().await?;
    let Some(link) = found(token::read_any_link(text))? else {
        return Ok(None);
    };
    let opened = found(scheduling::booking::booking_by_link(&reading, &link).await)?;
    Ok(opened.map(|(row, link)| BookingLink {
        booking: Booking {
            row,
            own: Some(link.attendee_id),
        },
        purpose: link.purpose,
        expires_at: link.expires_at.into(),
    }))
}

/// A booking that was made or changed, as whoever did it may see it: staff by id, a client through the link.
pub(crate) async fn seen(
    ctx: &Context<'_>,
    booking: BookingId,
    link: Option<BookingTokenId>,
) -> Result<Option<Booking>> {
    let caller = Caller::of(ctx);
    if (caller.may(Right::DiaryRead) || caller.may(Right::OwnDiaryWrite))
        && let Some(booking) = load::<BookingId, Booking>(ctx, booking).await?
    {
        return Ok(Some(booking));
    }
    let Some(link) = link else {
        return Ok(None);
    };
    let reading = Reads::of(ctx).public().await?;
    let token = token::link(&reading, link, Purpose::Manage);
    Ok(by_link(ctx, token.reveal()).await?.map(|it| it.booking))
}
