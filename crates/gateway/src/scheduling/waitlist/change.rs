//! Coming to wait and going, taking what is offered and passing on it.

use async_graphql::{Context, InputObject, Object, Result};
use kernel::Span;
use kernel::id::{ResourceId, ServiceId, WaitlistEntryId};
use scheduling::booking::BookingMade;
use scheduling::token::{self, Purpose};
use scheduling::waitlist::{WaitChanged, WaitDraft};

use super::{WaitlistEntry, own};
use crate::act::{Act, Manner, Outcome, payload, refused};
use crate::caller::Caller;
use crate::errors::{Form, UserError};
use crate::reads::Reads;
use crate::scalars::{EmailAddress, Instant, PhoneNumber};
use crate::scheduling::booking::guest::{BookingAnswerInput, answers};
use crate::scheduling::booking::{Booking, seen};
use crate::scheduling::wanted::{budget, contact, honest};
use crate::scheduling::which::Which;

/// Who waits, for what, and when it may start.
#[derive(InputObject)]
pub(crate) struct WaitlistJoinInput {
    /// What they wait for.
    service_id: ServiceId,
    /// Given by this one; by whoever can if absent.
    host_id: Option<ResourceId>,
    /// The first instant at which it may start.
    window_starts_at: Instant,
    /// The first instant after that, within the next 366 days.
    window_ends_at: Instant,
    /// What they are called, 1 to 120 characters.
    name: String,
    /// Where they are written to; this, a telephone number, or both.
    email: Option<EmailAddress>,
    /// Where they are called.
    phone: Option<PhoneNumber>,
    /// Leave it out. It is for a field that people do not see and machines fill in: whoever does joins nothing.
    website: Option<String>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// Who waits no more: staff name the entry, a client shows the token that came with it.
#[derive(InputObject)]
pub(crate) struct WaitlistLeaveInput {
    /// Whose place, for staff.
    waitlist_entry_id: Option<WaitlistEntryId>,
    /// The token that joining gave, for whoever waits.
    token: Option<String>,
    /// The version that was read, for staff; refused if somebody changed it since.
    expected_version: Option<i64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// Whose offer is taken.
#[derive(InputObject)]
pub(crate) struct WaitlistAcceptInput {
    /// The token that joining gave.
    token: String,
    /// Answers to the service's questions, each question once.
    answers: Option<Vec<BookingAnswerInput>>,
    /// What the client wants to say.
    notes: Option<String>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// Whose offer is passed on.
#[derive(InputObject)]
pub(crate) struct WaitlistDeclineInput {
    /// The token that joining gave.
    token: String,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

payload! {
    /// They wait.
    WaitlistJoinPayload(WaitChanged) {
        /// Their place.
        async fn waitlist_entry(&self, ctx: &Context<'_>) -> Option<Result<WaitlistEntry>> {
            own(ctx, self.0.done()?.entry).await.transpose()
        }

        /// The secret by which they see their place, take what is offered, pass on it, and leave.
        async fn token(&self, ctx: &Context<'_>) -> Option<Result<String>> {
            let reading = match Reads::of(ctx).public().await {
                Ok(reading) => reading,
                Err(error) => return Some(Err(error)),
            };
            let token = scheduling::waitlist::token(&reading, self.0.done()?.entry);
            Some(Ok(token.reveal().to_owned()))
        }
    }
}

payload! {
    /// They wait no more.
    WaitlistLeavePayload(WaitChanged) {
        /// Their place as it is now.
        async fn waitlist_entry(&self, ctx: &Context<'_>) -> Option<Result<WaitlistEntry>> {
            own(ctx, self.0.done()?.entry).await.transpose()
        }
    }
}

payload! {
    /// They have booked what was offered.
    WaitlistAcceptPayload(BookingMade) {
        /// The booking; of a class, the session that was joined.
        async fn booking(&self, ctx: &Context<'_>) -> Option<Result<Booking>> {
            let done = self.0.done()?;
            seen(ctx, done.booking, Some(done.link)).await.transpose()
        }

        /// The secret by which the client sees, moves and cancels it: `bookingByToken`, `bookingMove`, `bookingCancel`.
        async fn manage_token(&self, ctx: &Context<'_>) -> Option<Result<String>> {
            let key = Reads::of(ctx).store().key();
            let token = token::link(key, self.0.done()?.link, Purpose::Manage);
            Some(Ok(token.reveal().to_owned()))
        }
    }
}

payload! {
    /// What was offered goes to the next.
    WaitlistDeclinePayload(WaitChanged) {
        /// Their place as it is now.
        async fn waitlist_entry(&self, ctx: &Context<'_>) -> Option<Result<WaitlistEntry>> {
            own(ctx, self.0.done()?.entry).await.transpose()
        }
    }
}

/// Coming to wait and going, taking what is offered and passing on it.
#[derive(Debug, Default)]
pub(crate) struct WaitlistMutation;

/// Coming to wait and going, taking what is offered and passing on it.
#[Object]
impl WaitlistMutation {
    /// Joins the waiting list of a service, and shows the token by which what comes free is taken. Public, counted by
    /// address.
    async fn waitlist_join(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who waits, for what, and when it may start.")] input: WaitlistJoinInput,
    ) -> Option<Result<WaitlistJoinPayload>> {
        Some(join(ctx, input).await.map(WaitlistJoinPayload))
    }

    /// Leaves the waiting list. Public with the token; otherwise needs the right `diary:write`, or `own_diary:write` for those
    /// who wait for oneself.
    async fn waitlist_leave(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Who waits no more: staff name the entry, a client shows the token that came with it."
        )]
        input: WaitlistLeaveInput,
    ) -> Option<Result<WaitlistLeavePayload>> {
        Some(leave(ctx, input).await.map(WaitlistLeavePayload))
    }

    /// Books what is offered. Public: the token is what is asked for.
    async fn waitlist_accept(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose offer is taken.")] input: WaitlistAcceptInput,
    ) -> Option<Result<WaitlistAcceptPayload>> {
        Some(accept(ctx, input).await.map(WaitlistAcceptPayload))
    }

    /// Passes on what is offered, and keeps one's place for other times. Public: the token is what is asked for.
    async fn waitlist_decline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose offer is passed on.")] input: WaitlistDeclineInput,
    ) -> Option<Result<WaitlistDeclinePayload>> {
        Some(decline(ctx, input).await.map(WaitlistDeclinePayload))
    }
}

fn draft(input: &WaitlistJoinInput) -> std::result::Result<WaitDraft, Vec<UserError>> {
    let mut form = Form::default();
    honest(&mut form, input.website.as_deref());
    let window = Span::new(input.window_starts_at.0, input.window_ends_at.0);
    let window = form.read("windowEndsAt", window);
    let client = contact(
        &mut form,
        &input.name,
        (input.email.as_ref(), input.phone.as_ref()),
    );
    let draft = window.zip(client).map(|(window, client)| WaitDraft {
        service: input.service_id,
        host: input.host_id,
        window,
        client,
    });
    form.done(draft)
}

async fn join(ctx: &Context<'_>, input: WaitlistJoinInput) -> Result<Outcome<WaitChanged>> {
    let tenant = Caller::of(ctx).visited()?;
    budget(ctx, "waitlist").await?;
    let draft = match draft(&input) {
        Ok(draft) => draft,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let manner = Manner::of(input.idempotency_key, input.validate_only);
    Act::new(ctx, tenant, manner)?
        .run(ctx, |work| Box::pin(scheduling::waitlist::join(work, draft)))
        .await
}

async fn leave(ctx: &Context<'_>, input: WaitlistLeaveInput) -> Result<Outcome<WaitChanged>> {
    let named = (input.waitlist_entry_id, input.token.as_deref());
    let which = match Which::read("waitlistEntryId", named, scheduling::waitlist::read_token) {
        Ok(which) => which,
        Err(error) => return Ok(Outcome::Refused(vec![error])),
    };
    let (tenant, expected) = (which.place(ctx)?, input.expected_version);
    let manner = Manner::of(input.idempotency_key, input.validate_only);
    Act::new(ctx, tenant, manner)?
        .run(ctx, move |work| {
            Box::pin(async move {
                match which {
                    Which::Id(id) => scheduling::waitlist::leave(work, id, expected).await,
                    Which::Link(token) => scheduling::waitlist::leave_by_token(work, &token).await,
                }
            })
        })
        .await
}

async fn accept(ctx: &Context<'_>, input: WaitlistAcceptInput) -> Result<Outcome<BookingMade>> {
    let tenant = Caller::of(ctx).visited()?;
    let token = match scheduling::waitlist::read_token(&input.token) {
        Ok(token) => token,
        Err(refusal) => return refused(refusal),
    };
    let mut form = Form::default();
    let answers = form.read("answers", answers(input.answers.unwrap_or_default()));
    let notes = form.parse_if("notes", input.notes.as_deref());
    let said = match form.done(answers.zip(notes)) {
        Ok(read) => read,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let manner = Manner::of(input.idempotency_key, input.validate_only);
    Act::new(ctx, tenant, manner)?
        .run(ctx, |work| {
            Box::pin(async move { flows::accept_offer(work, &token, said).await })
        })
        .await
}

async fn decline(ctx: &Context<'_>, input: WaitlistDeclineInput) -> Result<Outcome<WaitChanged>> {
    let tenant = Caller::of(ctx).visited()?;
    let token = match scheduling::waitlist::read_token(&input.token) {
        Ok(token) => token,
        Err(refusal) => return refused(refusal),
    };
    let manner = Manner::of(input.idempotency_key, input.validate_only);
    Act::new(ctx, tenant, manner)?
        .run(ctx, |work| {
            Box::pin(async move { scheduling::waitlist::decline(work, &token).await })
        })
        .await
}
