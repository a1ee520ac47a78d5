//! Making a booking: by a client, or by staff on their behalf.

use async_graphql::{Context, Enum, InputObject, Object, Result};
use db::Token;
use kernel::id::{ClientId, ResourceId, ServiceId};
use scheduling::Metadata;
use scheduling::booking::{AttendeeDraft, Booking as Row, BookingDraft, BookingMade, Overrides, Source};
use scheduling::token::{self, Purpose};
use scheduling::{hold, request};
use serde::{Deserialize, Serialize};

use super::guest::{BookingAnswerInput, BookingAttendeeInput, Guest};
use super::link::written;
use super::{Booking, seen};
use crate::act::{Act, Manner, Outcome, payload, refused};
use crate::caller::Caller;
use crate::errors::{Form, UserError};
use crate::reads::Reads;
use crate::scalars::{Instant, TimeZone};
use crate::scheduling::metadata::{MetadataEntryInput, metadata};
use crate::scheduling::refusal::Start;
use crate::scheduling::wanted::{Said, Wanted, budget, honest};

/// What staff may overrule, by right; it is written down with the booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "BookingOverride")]
pub(crate) enum Override {
    /// How soon before its start, and how far ahead, it is booked.
    Notice,
    /// How much there may be on a day or in a week.
    Limits,
    /// The hours of whoever gives it, their absences, and the grid of starts.
    Hours,
}

/// What is to be overruled, all together.
pub(crate) fn overrides(of: Option<Vec<Override>>) -> Overrides {
    let of = of.unwrap_or_default();
    Overrides {
        notice: of.contains(&Override::Notice),
        limits: of.contains(&Override::Limits),
        hours: of.contains(&Override::Hours),
        ..Overrides::default()
    }
}

/// What to book, for whom. Which start: by a slot's token, by service and start, or by the hold that keeps it.
#[derive(InputObject)]
pub(crate) struct BookingCreateInput {
    /// What a slot says about itself.
    slot_token: Option<String>,
    /// What is booked, if there is no `slotToken`.
    service_id: Option<ServiceId>,
    /// When it starts, if there is no `slotToken`.
    starts_at: Option<Instant>,
    /// Given by this one; by whoever can if absent.
    host_id: Option<ResourceId>,
    /// The token of the hold whose place it takes.
    hold: Option<String>,
    /// The token of the booking request by which it is booked; its service and host are then the only ones.
    request: Option<String>,
    /// Who takes part; as the directory has them if a `clientId` says who it is.
    attendee: Option<BookingAttendeeInput>,
    /// Which client of the directory it is for, in the place of whoever is found by what is typed. Needs the rights
    /// `clients:read` and `diary:write` or `own_diary:write`.
    client_id: Option<ClientId>,
    /// Answers to the service's questions, each question once.
    answers: Option<Vec<BookingAnswerInput>>,
    /// What the client wants to say.
    notes: Option<String>,
    /// The zone in which the client meant it; the host's if absent.
    time_zone: Option<TimeZone>,
    /// How it came in. Anything but `ONLINE` needs the right `diary:write` or `own_diary:write`.
    #[graphql(default_with = "Source::Online")]
    source: Source,
    /// What to overrule for it. Needs the right `bookings:override`.
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

/// What was booked, with the row as it was written. Whoever asks again with the same key is shown it as it is by then.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Booked {
    #[serde(flatten)]
    made: BookingMade,
    #[serde(skip)]
    row: Option<Box<Row>>,
}

impl Booked {
    async fn seen(&self, ctx: &Context<'_>) -> Result<Option<Booking>> {
        match &self.row {
            Some(row) => written(ctx, row, (self.made.attendee, self.made.link)).await,
            None => seen(ctx, self.made.booking, Some(self.made.link)).await,
        }
    }
}

payload! {
    /// It is booked, or asked for.
    BookingCreatePayload(Booked) {
        /// The booking; of a class, the session that was joined.
        async fn booking(&self, ctx: &Context<'_>) -> Option<Result<Booking>> {
            self.0.done()?.seen(ctx).await.transpose()
        }

        /// The secret by which the client sees, moves and cancels it: `bookingByToken`, `bookingMove`, `bookingCancel`.
        async fn manage_token(&self, ctx: &Context<'_>) -> Option<Result<String>> {
            let key = Reads::of(ctx).store().key();
            let token = token::link(key, self.0.done()?.made.link, Purpose::Manage);
            Some(Ok(token.reveal().to_owned()))
        }
    }
}

/// Making bookings.
#[derive(Debug, Default)]
pub(crate) struct BookingCreateMutation;

/// Making bookings.
#[Object]
impl BookingCreateMutation {
    /// Books a start, or asks for it where the service asks first. Public, counted by address; staff may book for others.
    async fn booking_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "What to book, for whom. Which start: by a slot's token, by service and start, or by the hold that keeps it."
        )]
        input: BookingCreateInput,
    ) -> Option<Result<BookingCreatePayload>> {
        Some(create(ctx, input).await.map(BookingCreatePayload))
    }
}

async fn create(ctx: &Context<'_>, mut input: BookingCreateInput) -> Result<Outcome<Booked>> {
    let tenant = Caller::of(ctx).visited()?;
    budget(ctx, "booking").await?;
    let manner = Manner::of(input.idempotency_key.take(), input.validate_only);
    let held = match input.hold.as_deref().map(hold::read_token).transpose() {
        Ok(held) => held,
        Err(refusal) => return refused(refusal),
    };
    let request = match input.request.as_deref().map(request::read_token).transpose() {
        Ok(request) => request,
        Err(refusal) => return refused(refusal),
    };
    let metadata = match metadata(input.metadata.take()) {
        Ok(metadata) => metadata.unwrap_or_default(),
        Err(refusal) => return refused(refusal),
    };
    let (wanted, blank) = match read(input, held) {
        Ok(read) => read,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let act = Act::new(ctx, tenant, manner)?;
    let asked = wanted.clone();
    let outcome = act
        .run(ctx, |work| {
            Box::pin(async move {
                let start = asked.start(work).await?;
                let (guest, blank) = blank;
                let draft = BookingDraft {
                    request,
                    ..blank.draft(start, guest.attends(work).await?, metadata)
                };
                let (made, row) = flows::book(work, draft, None).await?;
                let row = Some(Box::new(row));
                Ok::<_, flows::Refusal>(Booked { made, row })
            })
        })
        .await?;
    wanted.answered(ctx, outcome).await
}

/// A draft of everything but the start and whom it is for.
struct Blank {
    hold: Option<Token>,
    source: Source,
    overrides: Overrides,
    timezone: Option<kernel::Zone>,
    notes: Option<kernel::Prose>,
}

impl Blank {
    fn draft(self, start: Start, attendee: AttendeeDraft, metadata: Metadata) -> BookingDraft {
        BookingDraft {
            service: start.service,
            starts_at: start.starts_at,
            host: start.host,
            hold: self.hold,
            request: None,
            attendee,
            source: self.source,
            overrides: self.overrides,
            timezone: self.timezone,
            notes: self.notes,
            metadata,
        }
    }
}

fn read(
    input: BookingCreateInput,
    held: Option<Token>,
) -> std::result::Result<(Wanted, (Guest, Blank)), Vec<UserError>> {
    let mut form = Form::default();
    honest(&mut form, input.website.as_deref());
    let said = Said {
        slot_token: input.slot_token,
        service_id: input.service_id,
        starts_at: input.starts_at,
        host_id: input.host_id,
        hold: held.clone(),
    };
    let wanted = said.read(&mut form);
    let who = (input.client_id, input.attendee.as_ref());
    let guest = Guest::read(&mut form, who, input.answers.unwrap_or_default());
    let timezone = form.parse_if("timeZone", input.time_zone.as_ref().map(|it| it.0.as_str()));
    let notes = form.parse_if("notes", input.notes.as_deref());
    let (source, overrides) = (input.source, overrides(input.overrides));
    let whole = || {
        let blank = Blank {
            hold: held,
            source,
            overrides,
            timezone: timezone?,
            notes: notes?,
        };
        Some((wanted?, (guest?, blank)))
    };
    let whole = whole();
    form.done(whole)
}
