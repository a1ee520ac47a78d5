//! Bookings that recur: looking at them.

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod plan;

use async_graphql::{Context, InputObject, Object, Result};
use db::paging::Page;
use kernel::id::{BookingId, ClientId, ResourceId, SeriesId, SeriesOccurrenceId, ServiceId};
use scheduling::booking::{BookingFilter, Bookings, Source};
use scheduling::series::{AllSeries, OccurrenceStatus, Occurrences, Policy, Reason, SeriesFilter};

use super::booking::{Booking, BookingConnection, listed};
use super::metadata::{MetadataEntry, entries};
use super::resource::Resource;
use super::service::Service;
use crate::errors::{broken, on_top};
use crate::list::{Count, connection, page};
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::{Date, EmailAddress, Instant, LocalTime, PhoneNumber, Rrule, TimeZone};

/// Loads the occurrence that a booking was made of, if it was made of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct OccurrenceOf(pub(crate) BookingId);

/// One series.
#[derive(Debug, Clone)]
pub(crate) struct Series(pub(crate) scheduling::series::Series);

/// Bookings that recur at one time of the wall clock of their zone, whatever daylight saving does to it.
#[Object]
impl Series {
    /// The series' global id.
    pub(crate) async fn id(&self) -> SeriesId {
        self.0.id
    }

    /// What is booked.
    async fn service_id(&self) -> ServiceId {
        self.0.service_id
    }

    /// What is booked. Null if it is not shown to you any more.
    async fn service(&self, ctx: &Context<'_>) -> Option<Result<Service>> {
        load::<ServiceId, Service>(ctx, self.0.service_id)
            .await
            .transpose()
    }

    /// Who was asked for; null if it is given by whoever's turn it is, each time.
    async fn host(&self, ctx: &Context<'_>) -> Option<Result<Resource>> {
        load::<ResourceId, Resource>(ctx, self.0.host_id?)
            .await
            .transpose()
    }

    /// Who it is for.
    async fn client_id(&self) -> Option<ClientId> {
        self.0.client_id
    }

    /// The series that it was split off from.
    async fn continues(&self, ctx: &Context<'_>) -> Option<Result<Self>> {
        load::<SeriesId, Self>(ctx, self.0.continues_id?)
            .await
            .transpose()
    }

    /// How it recurs.
    async fn rrule(&self) -> Rrule {
        Rrule(self.0.rrule.clone())
    }

    /// The same in words, in English.
    async fn summary(&self) -> Option<Result<String>> {
        let recurrence = self.0.recurrence().map_err(broken);
        Some(recurrence.map(|it| it.rule().summary(it.local_start().date())))
    }

    /// The date from which the rule is counted. It is an occurrence only if it matches.
    async fn starts_on(&self) -> Date {
        Date(self.0.local_start.date())
    }

    /// When it takes place, on the wall, in `timeZone`, unless the rule names other times.
    async fn start_time(&self) -> LocalTime {
        LocalTime::of(&self.0.local_start.format("%H:%M"))
    }

    /// The zone of its wall clock.
    async fn time_zone(&self) -> TimeZone {
        TimeZone::of(&self.0.timezone)
    }

    /// Dates that it has beside those of the rule, in order; 104 at most.
    async fn added_on(&self) -> Vec<Date> {
        self.0.added_on.0.iter().copied().map(Date).collect()
    }

    /// Dates that it leaves out, in order; 104 at most.
    async fn except_on(&self) -> Vec<Date> {
        self.0.except_on.0.iter().copied().map(Date).collect()
    }

    /// The date on which it begins: after `startsOn`, if it continues another.
    async fn begins_on(&self) -> Date {
        Date(self.0.begins_from.date())
    }

    /// The date from which on it no longer takes place, if it was ended.
    async fn ended_on(&self) -> Option<Date> {
        self.0.ended_from.map(|it| Date(it.date()))
    }

    /// What became of conflicts when it was made.
    async fn policy(&self) -> Policy {
        self.0.policy
    }

    /// How it came in.
    async fn source(&self) -> Source {
        self.0.source
    }

    /// What the client is called, as it was typed.
    async fn attendee_name(&self) -> String {
        self.0.attendee_name.to_string()
    }

    /// Where the client is written to, as it was typed.
    async fn attendee_email(&self) -> Option<EmailAddress> {
        self.0.attendee_email.as_ref().map(EmailAddress::of)
    }

    /// Where the client is called, as it was typed.
    async fn attendee_phone(&self) -> Option<PhoneNumber> {
        self.0.attendee_phone.as_ref().map(PhoneNumber::of)
    }

    /// What the client wrote.
    async fn notes(&self) -> Option<String> {
        self.0.notes.as_ref().map(ToString::to_string)
    }

    /// The integrator's own words.
    async fn metadata(&self) -> Vec<MetadataEntry> {
        entries(&self.0.metadata)
    }

    /// Until when its bookings have been made; the next are made eight weeks ahead, as time comes. Null if there are no others.
    async fn stopped_at(&self) -> Option<Instant> {
        self.0.materialised_until.map(Instant)
    }

    /// Counts the changes; hand it back as `expectedVersion`.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// Its bookings, by when they start; those too that were called off.
    #[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
    async fn bookings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<BookingConnection>> {
        Some(
            self.booked(ctx, page::<Bookings>(first, after, last, before))
                .await,
        )
    }

    /// Its occurrences that are not as the rule says, in order: moved, skipped, or in conflict.
    #[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
    async fn exceptions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<SeriesOccurrenceConnection>> {
        Some(exceptions(ctx, self.0.id, page::<Occurrences>(first, after, last, before)).await)
    }

    /// When it was made.
    async fn created_at(&self) -> Instant {
        self.0.created_at.into()
    }

    /// When it was changed last.
    async fn updated_at(&self) -> Instant {
        self.0.updated_at.into()
    }
}

impl Series {
    async fn booked(&self, ctx: &Context<'_>, page: Result<Page>) -> Result<BookingConnection> {
        let filter = BookingFilter {
            series: Some(self.0.id),
            ..BookingFilter::default()
        };
        listed(ctx, filter, page?).await
    }
}

/// What became of one occurrence.
#[derive(Debug, Clone)]
pub(crate) struct SeriesOccurrence(pub(crate) scheduling::series::Occurrence);

/// What became of one occurrence of a series.
#[Object]
impl SeriesOccurrence {
    /// The occurrence's id.
    async fn id(&self) -> SeriesOccurrenceId {
        self.0.id
    }

    /// The date on which the rule has it, in the series' zone.
    async fn falls_on(&self) -> Date {
        Date(self.0.local_start.date())
    }

    /// The time at which the rule has it, on the wall.
    async fn local_time(&self) -> LocalTime {
        LocalTime::of(&self.0.local_start.format("%H:%M"))
    }

    /// What became of it.
    async fn status(&self) -> OccurrenceStatus {
        self.0.status
    }

    /// Why, if it is not as the rule says.
    async fn reasons(&self) -> Vec<Reason> {
        self.0.reasons.0.clone()
    }

    /// The booking that was made of it.
    async fn booking(&self, ctx: &Context<'_>) -> Option<Result<Booking>> {
        load::<BookingId, Booking>(ctx, self.0.booking_id?)
            .await
            .transpose()
    }
}

connection! {
    /// Series of an organization.
    SeriesConnection, SeriesEdge of Series
}

connection! {
    /// Occurrences of a series.
    SeriesOccurrenceConnection, SeriesOccurrenceEdge of SeriesOccurrence
}

/// Which series are asked for; what is absent does not matter.
#[derive(Debug, Default, InputObject)]
pub(crate) struct SeriesFilterInput {
    /// For this client.
    client_id: Option<ClientId>,
    /// Of this service.
    service_id: Option<ServiceId>,
}

/// Series.
#[derive(Debug, Default)]
pub(crate) struct SeriesQuery;

/// Series.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl SeriesQuery {
    /// A series by its id. Needs the right `diary:read`, or `own_diary:write` for those in which one gives a booking oneself.
    async fn series(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The series' global id.")] id: SeriesId,
    ) -> Option<Result<Series>> {
        load::<SeriesId, Series>(ctx, id).await.transpose()
    }

    /// The series of the organization, by when they were made. Needs the right `diary:read`; with `own_diary:write`, those in
    /// which one gives a booking oneself.
    async fn series_list(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all if absent.")] filter: Option<SeriesFilterInput>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<SeriesConnection>> {
        let page = page::<AllSeries>(first, after, last, before);
        Some(list(ctx, filter.unwrap_or_default(), page).await)
    }
}

async fn list(ctx: &Context<'_>, filter: SeriesFilterInput, page: Result<Page>) -> Result<SeriesConnection> {
    let filter = SeriesFilter {
        client: filter.client_id,
        service: filter.service_id,
    };
    let reading = Reads::of(ctx).tenant().await?;
    let slice = scheduling::series::series(&reading, &filter, &page?)
        .await
        .map_err(on_top)?
        .map(Series);
    let count: Count = Box::new(move |reading| {
        Box::pin(async move {
            scheduling::series::count_series(&reading, &filter)
                .await
                .map_err(on_top)
        })
    });
    Ok(SeriesConnection { slice, count })
}

async fn exceptions(
    ctx: &Context<'_>,
    id: SeriesId,
    page: Result<Page>,
) -> Result<SeriesOccurrenceConnection> {
    let reading = Reads::of(ctx).tenant().await?;
    let slice = scheduling::series::exceptions(&reading, id, &page?)
        .await
        .map_err(on_top)?
        .map(SeriesOccurrence);
    let count: Count = Box::new(move |reading| {
        Box::pin(async move {
            scheduling::series::count_exceptions(&reading, id)
                .await
                .map_err(on_top)
        })
    });
    Ok(SeriesOccurrenceConnection { slice, count })
}
