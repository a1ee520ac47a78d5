//! Who takes part in a booking.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use kernel::id::{AttendeeId, BookingId};
use scheduling::attendee::AttendeeStatus;

use super::booking::change::{Changed, by_staff, closing};
use super::booking::{Booking, known};
use crate::act::{Act, Manner, Outcome, payload};
use crate::caller::Caller;
use crate::clients::Client;
use crate::loaders::load;
use crate::scalars::{EmailAddress, PhoneNumber};

/// Loads who takes part in a booking that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct AttendeesOf(pub(crate) BookingId);

/// Loads what was answered in a booking that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct AnswersOf(pub(crate) BookingId);

/// Somebody who takes part.
#[derive(Debug, Clone)]
pub(crate) struct Attendee(pub(crate) scheduling::attendee::Attendee);

/// Somebody who takes part, or a seat that is kept for whoever is about to; what they typed when they booked stays as it was.
#[Object]
impl Attendee {
    /// The attendee's global id.
    async fn id(&self) -> AttendeeId {
        self.0.id
    }

    /// On which seat.
    async fn seat(&self) -> Option<i64> {
        self.0.seat_no
    }

    /// Where it stands.
    async fn status(&self) -> AttendeeStatus {
        self.0.status
    }

    /// The name as it was typed. Null while the seat is only kept.
    async fn name(&self) -> Option<String> {
        self.0.name.as_ref().map(ToString::to_string)
    }

    /// The e-mail address as it was typed.
    async fn email(&self) -> Option<EmailAddress> {
        self.0.email.as_ref().map(EmailAddress::of)
    }

    /// The telephone number as it was typed.
    async fn phone(&self) -> Option<PhoneNumber> {
        self.0.phone.as_ref().map(PhoneNumber::of)
    }

    /// Whom the directory of clients knows by it. Null unless you may see clients.
    async fn client(&self, ctx: &Context<'_>) -> Option<Result<Client>> {
        known(ctx, self.0.client_id).await
    }

    /// Whom the directory knows by the telephone number, if that is somebody else: there is something to sort out. Null unless
    /// you may see clients.
    async fn conflicting_client(&self, ctx: &Context<'_>) -> Option<Result<Client>> {
        known(ctx, self.0.conflicting_client_id).await
    }

    /// What they answered to the service's questions.
    async fn answers(&self, ctx: &Context<'_>) -> Option<Result<Vec<BookingAnswer>>> {
        Some(self.answered(ctx).await)
    }
}

impl Attendee {
    async fn answered(&self, ctx: &Context<'_>) -> Result<Vec<BookingAnswer>> {
        let all = load(ctx, AnswersOf(self.0.booking_id)).await?.unwrap_or_default();
        let theirs = all.into_iter().filter(|it| it.attendee_id == self.0.id);
        Ok(theirs.map(BookingAnswer::of).collect())
    }
}

/// What somebody answered to one question.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct BookingAnswer {
    /// The question's key.
    question: String,
    /// The answer, or each of the chosen options.
    values: Vec<String>,
}

impl BookingAnswer {
    fn of(row: scheduling::answer::BookingAnswer) -> Self {
        use scheduling::service::Answer;
        let values = match serde_json::from_value(row.answer) {
            Ok(Answer::One(text)) => vec![text],
            Ok(Answer::Some(several)) => several,
            Err(_) => Vec::new(),
        };
        Self {
            question: row.question,
            values,
        }
    }
}

/// Whom to take out.
#[derive(InputObject)]
pub(crate) struct AttendeeCancelInput {
    /// Who.
    attendee_id: AttendeeId,
    /// Why; they read it.
    reason: Option<String>,
    /// The version of the booking that was read; refused if somebody changed it since.
    expected_version: Option<i64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

payload! {
    /// The seat is free.
    AttendeeCancelPayload(Changed) {
        /// The session as it is now; cancelled, if nobody is left.
        async fn booking(&self, ctx: &Context<'_>) -> Option<Result<Booking>> {
            load::<BookingId, Booking>(ctx, self.0.done()?.booking).await.transpose()
        }
    }
}

/// Changing who takes part.
#[derive(Debug, Default)]
pub(crate) struct AttendeeMutation;

/// Changing who takes part. Whoever joins a class does so by `bookingCreate`.
#[Object]
impl AttendeeMutation {
    /// Takes somebody out of a class; with the last of them it ends. Needs the right `diary:write`, or `own_diary:write` for
    /// one's own classes.
    async fn attendee_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom to take out.")] input: AttendeeCancelInput,
    ) -> Option<Result<AttendeeCancelPayload>> {
        Some(cancel(ctx, input).await.map(AttendeeCancelPayload))
    }
}

async fn cancel(ctx: &Context<'_>, input: AttendeeCancelInput) -> Result<Outcome<Changed>> {
    let tenant = Caller::of(ctx).tenant()?;
    let how = match closing(input.reason.as_deref(), input.expected_version) {
        Ok(how) => how,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let act = Act::new(
        ctx,
        tenant,
        Manner::of(input.idempotency_key, input.validate_only),
    )?;
    let id = input.attendee_id;
    act.run(ctx, move |work| {
        Box::pin(async move {
            scheduling::attendee::remove_attendee(work, id, how)
                .await
                .map(by_staff)
        })
    })
    .await
}
