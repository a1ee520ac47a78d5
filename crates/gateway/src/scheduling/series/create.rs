//! Making a series: by a client, or by staff on their behalf.

use async_graphql::{Context, InputObject, Object, Result};
use flows::book_series;
use kernel::id::{ClientId, ResourceId, ServiceId};
use scheduling::booking::{AttendeeDraft, BookingMade, Source};
use scheduling::series::{Policy, Recurrence, SeriesDraft, SeriesMade};
use scheduling::token::{self, Purpose};

use super::Series;
use super::plan::When;
use crate::act::{Act, Manner, Outcome, payload, refused};
use crate::caller::Caller;
use crate::errors::{Form, UserError};
use crate::host::Host;
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::{Date, LocalTime, Rrule, TimeZone};
use crate::scheduling::booking::create::{Override, overrides};
use crate::scheduling::booking::guest::{BookingAnswerInput, BookingAttendeeInput, Guest};
use crate::scheduling::booking::{Booking, seen};
use crate::scheduling::metadata::{MetadataEntryInput, metadata};
use crate::scheduling::wanted::{budget, budget_of_others, honest};

/// What to book again and again, for whom, and when.
#[derive(InputObject)]
pub(crate) struct SeriesCreateInput {
    /// What is booked. A class is booked session by session.
    service_id: ServiceId,
    /// Given by this one; by whoever's turn it is, each time, if absent.
    host_id: Option<ResourceId>,
    /// How it recurs: DAILY, WEEKLY, MONTHLY or YEARLY.
    rrule: Rrule,
    /// The date from which the rule is counted. It is an occurrence only if it matches.
    starts_on: Date,
    /// When it takes place, on the wall of `timeZone`, whatever daylight saving does to it.
    start_time: LocalTime,
    /// The zone of that wall.
    time_zone: TimeZone,
    /// Dates beside those of the rule, 104 at most.
    added_on: Option<Vec<Date>>,
    /// Dates to leave out, 104 at most.
    except_on: Option<Vec<Date>>,
    /// What becomes of it if there are conflicts.
    #[graphql(default_with = "Policy::All")]
    policy: Policy,
    /// Who takes part; as the directory has them if a `clientId` says who it is.
    attendee: Option<BookingAttendeeInput>,
    /// Which client of the directory it is for, in the place of whoever is found by what is typed. Needs the rights
    /// `clients:read` and `diary:write` or `own_diary:write`.
    client_id: Option<ClientId>,
    /// Answers to the service's questions, each question once.
    answers: Option<Vec<BookingAnswerInput>>,
    /// What the client wants to say.
    notes: Option<String>,
    /// How it came in. Anything but `ONLINE` needs the right `diary:write` or `own_diary:write`.
    #[graphql(default_with = "Source::Online")]
    source: Source,
    /// What to overrule for it, now and whenever it is extended. Needs the right `bookings:override`.
    overrides: Option<Vec<Override>>,
    /// The integrator's own words.
    metadata: Option<Vec<MetadataEntryInput>>,
    /// Leave it out. It is for a field that people do not see and machines fill in: whoever does books nothing.
    website: Option<String>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// A booking of a series that was just made.
#[derive(Debug, Clone)]
pub(crate) struct SeriesBooking(BookingMade);

/// A booking of a series that was just made, with what its client manages it by.
#[Object]
impl SeriesBooking {
    /// The booking.
    async fn booking(&self, ctx: &Context<'_>) -> Option<Result<Booking>> {
        seen(ctx, self.0.booking, Some(self.0.link)).await.transpose()
    }

    /// The secret by which the client sees, moves and cancels it: `bookingByToken`, `bookingMove`, `bookingCancel`.
    async fn manage_token(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        let token = token::link(Reads::of(ctx).store().key(), self.0.link, Purpose::Manage);
        Some(Ok(token.reveal().to_owned()))
    }
}

payload! {
    /// It is booked, or asked for.
    SeriesCreatePayload(SeriesMade) {
        /// The series. Null for whoever may not see it: a client sees its bookings.
        async fn series(&self, ctx: &Context<'_>) -> Option<Result<Series>> {
            let id = self.0.done()?.series;
            match Caller::of(ctx).tenant() {
                Ok(_) => load(ctx, id).await.transpose(),
                Err(_) => None,
            }
        }

        /// Its bookings so far, in order; 104 at most.
        async fn bookings(&self) -> Vec<SeriesBooking> {
            let made = self.0.done().map(|it| it.bookings.as_slice());
            made.unwrap_or_default().iter().copied().map(SeriesBooking).collect()
        }
    }
}

/// Making series.
#[derive(Debug, Default)]
pub(crate) struct SeriesCreateMutation;

/// Making series.
#[Object]
impl SeriesCreateMutation {
    /// Books a series, or asks for it where the service asks first: all of it, or what can be had, as the policy says. Public,
    /// counted by address, each occurrence as a booking, up to all that the address may book; staff may book for others.
    async fn series_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to book again and again, for whom, and when.")] input: SeriesCreateInput,
    ) -> Option<Result<SeriesCreatePayload>> {
        Some(create(ctx, input).await.map(SeriesCreatePayload))
    }
}

async fn create(ctx: &Context<'_>, mut input: SeriesCreateInput) -> Result<Outcome<SeriesMade>> {
    let tenant = Caller::of(ctx).visited()?;
    budget(ctx, "booking").await?;
    let manner = Manner::of(input.idempotency_key.take(), input.validate_only);
    let metadata = match metadata(input.metadata.take()) {
        Ok(metadata) => metadata.unwrap_or_default(),
        Err(refusal) => return refused(refusal),
    };
    let is_rehearsal = input.validate_only.unwrap_or_default();
    let (guest, recurrence, draft) = match read(input, metadata) {
        Ok(read) => read,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    if !is_rehearsal {
        let others = recurrence.made_at_once(Host::of(ctx).now()).saturating_sub(1);
        budget_of_others(ctx, "booking", others).await?;
    }
    Act::new(ctx, tenant, manner)?
        .run(ctx, |work| {
            Box::pin(async move {
                let attendee = guest.attends(work).await?;
                book_series(work, draft(attendee), None).await
            })
        })
        .await
}

fn read(
    input: SeriesCreateInput,
    metadata: scheduling::Metadata,
) -> std::result::Result<
    (
        Guest,
        Recurrence,
        impl FnOnce(AttendeeDraft) -> SeriesDraft + Send,
    ),
    Vec<UserError>,
> {
    let mut form = Form::default();
    honest(&mut form, input.website.as_deref());
    let when = When {
        rrule: input.rrule,
        starts_on: input.starts_on,
        start_time: input.start_time,
        time_zone: input.time_zone,
        added_on: input.added_on,
        except_on: input.except_on,
    };
    let recurrence = when.read(&mut form);
    let who = (input.client_id, input.attendee.as_ref());
    let guest = Guest::read(&mut form, who, input.answers.unwrap_or_default());
    let notes = form.parse_if("notes", input.notes.as_deref());
    let overrides = overrides(input.overrides);
    let (guest, recurrence, notes) = form.done((|| Some((guest?, recurrence?, notes?)))())?;
    let counted = recurrence.clone();
    let draft = move |attendee| SeriesDraft {
        service: input.service_id,
        host: input.host_id,
        recurrence,
        policy: input.policy,
        attendee,
        source: input.source,
        overrides,
        notes,
        metadata,
    };
    Ok((guest, counted, draft))
}
