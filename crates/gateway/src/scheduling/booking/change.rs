//! What happens to a booking that stands: answered, called off, held, missed.

use async_graphql::{Context, InputObject, Object, Result};
use db::{Tenant, Work};
use futures::future::BoxFuture;
use kernel::id::{BookingId, BookingTokenId};
use scheduling::Refusal;
use scheduling::booking::{BookingChanged, Closing};
use scheduling::token::{self, Purpose};

use super::{Booking, seen};
use crate::act::{Act, Manner, Outcome, payload};
use crate::caller::Caller;
use crate::errors::{Form, UserError};
use crate::scheduling::refusal::about_no_start;
use crate::scheduling::which::Which;

/// A booking was changed, by staff or through a link.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
pub(crate) struct Changed {
    pub(crate) booking: BookingId,
    pub(crate) link: Option<BookingTokenId>,
}

impl Changed {
    pub(super) async fn seen(&self, ctx: &Context<'_>) -> Option<Result<Booking>> {
        seen(ctx, self.booking, self.link).await.transpose()
    }
}

/// Whose booking: staff name it, a client shows the link.
pub(super) fn which(
    id: Option<BookingId>,
    token: Option<&str>,
) -> std::result::Result<Which<BookingId>, UserError> {
    Which::read("bookingId", (id, token), |text| {
        token::read_link(text, Purpose::Manage)
    })
}

/// What staff say to a booking, whatever it is.
struct Decision {
    booking_id: BookingId,
    reason: Option<String>,
    expected_version: Option<i64>,
    manner: Manner,
}

/// Makes the inputs by which staff say something to a booking.
macro_rules! decisions {
    ($($(#[doc = $doc:literal])* $name:ident;)*) => {
        $($(#[doc = $doc])*
        #[derive(InputObject)]
        pub(crate) struct $name {
            /// Which booking.
            booking_id: BookingId,
            /// What is said about it; clients read it.
            reason: Option<String>,
            /// The version that was read; refused if somebody changed it since.
            expected_version: Option<i64>,
            /// Two requests with the same key have one effect and the same answer.
            idempotency_key: Option<String>,
            /// Only say whether it would be done.
            validate_only: Option<bool>,
        }

        impl From<$name> for Decision {
            fn from(it: $name) -> Self {
                Self {
                    booking_id: it.booking_id,
                    reason: it.reason,
                    expected_version: it.expected_version,
                    manner: Manner::of(it.idempotency_key, it.validate_only),
                }
            }
        })*
    };
}

decisions! {
    /// Which booking that waits will take place.
    BookingConfirmInput;
    /// Which booking that waits will not be.
    BookingRejectInput;
    /// Which booking took place.
    BookingCompleteInput;
    /// Which booking's client did not come.
    BookingNoShowInput;
}

/// Which booking to call off: staff name it, a client shows the token that came with it.
#[derive(InputObject)]
pub(crate) struct BookingCancelInput {
    /// Which booking, for staff.
    booking_id: Option<BookingId>,
    /// The `manageToken` of the booking, for its client. Of a class, only the client's own seat.
    token: Option<String>,
    /// Why; both sides read it.
    reason: Option<String>,
    /// Whether the client asked staff for it: then it costs what it would cost the client.
    is_for_client: Option<bool>,
    /// The version that was read; refused if somebody changed it since.
    expected_version: Option<i64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// Makes the payloads of changes that show the booking.
macro_rules! changes {
    ($($(#[doc = $doc:literal])* $name:ident;)*) => {
        $(payload! {
            $(#[doc = $doc])*
            $name(Changed) {
                /// The booking as it is now. Null if it is no longer shown to you.
                async fn booking(&self, ctx: &Context<'_>) -> Option<Result<Booking>> {
                    self.0.done()?.seen(ctx).await
                }
            }
        })*
    };
}
pub(super) use changes;

changes! {
    /// It will take place.
    BookingConfirmPayload;
    /// It will not be.
    BookingRejectPayload;
    /// It is called off.
    BookingCancelPayload;
    /// It took place.
    BookingCompletePayload;
    /// The client did not come.
    BookingNoShowPayload;
}

/// Answering, calling off and noting.
#[derive(Debug, Default)]
pub(crate) struct BookingChangeMutation;

/// Answering, calling off and noting. Needs the right `diary:write`, or `own_diary:write` for one's own bookings.
#[Object]
impl BookingChangeMutation {
    /// Says yes to a booking that waits. Needs the right `diary:write`, or `own_diary:write` for one's own.
    async fn booking_confirm(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which booking that waits will take place.")] input: BookingConfirmInput,
    ) -> Option<Result<BookingConfirmPayload>> {
        let verb: Verb = |work, id, how| Box::pin(scheduling::booking::confirm(work, id, how));
        Some(note(ctx, input.into(), verb).await.map(BookingConfirmPayload))
    }

    /// Says no to a booking that waits. Needs the right `diary:write`, or `own_diary:write` for one's own.
    async fn booking_reject(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which booking that waits will not be.")] input: BookingRejectInput,
    ) -> Option<Result<BookingRejectPayload>> {
        let verb: Verb = |work, id, how| Box::pin(scheduling::booking::reject(work, id, how));
        Some(note(ctx, input.into(), verb).await.map(BookingRejectPayload))
    }

    /// Calls a booking off. Public with the booking's token; otherwise needs the right `diary:write`, or `own_diary:write` for
    /// one's own. What it costs the client is `cancellationFee`.
    async fn booking_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Which booking to call off: staff name it, a client shows the token that came with it."
        )]
        input: BookingCancelInput,
    ) -> Option<Result<BookingCancelPayload>> {
        Some(cancel(ctx, input).await.map(BookingCancelPayload))
    }

    /// Notes that it took place. Needs the right `diary:write`, or `own_diary:write` for one's own.
    async fn booking_complete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which booking took place.")] input: BookingCompleteInput,
    ) -> Option<Result<BookingCompletePayload>> {
        let verb: Verb = |work, id, how| Box::pin(scheduling::booking::complete(work, id, how));
        Some(note(ctx, input.into(), verb).await.map(BookingCompletePayload))
    }

    /// Notes that the client did not come. Needs the right `diary:write`, or `own_diary:write` for one's own.
    async fn booking_no_show(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which booking's client did not come.")] input: BookingNoShowInput,
    ) -> Option<Result<BookingNoShowPayload>> {
        let verb: Verb = |work, id, how| Box::pin(scheduling::booking::mark_no_show(work, id, how));
        Some(note(ctx, input.into(), verb).await.map(BookingNoShowPayload))
    }
}

/// One of the verbs that staff have.
type Verb = for<'a> fn(
    &'a Work<Tenant>,
    BookingId,
    Closing,
) -> BoxFuture<'a, std::result::Result<BookingChanged, Refusal>>;

async fn note(ctx: &Context<'_>, said: Decision, verb: Verb) -> Result<Outcome<Changed>> {
    let tenant = Caller::of(ctx).tenant()?;
    let closing = match closing(said.reason.as_deref(), said.expected_version) {
        Ok(closing) => closing,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let act = Act::new(ctx, tenant, said.manner)?;
    let id = said.booking_id;
    let outcome = act
        .run(ctx, move |work| {
            Box::pin(async move { verb(work, id, closing).await.map(by_staff) })
        })
        .await?;
    Ok(about_no_start(outcome, None))
}

async fn cancel(ctx: &Context<'_>, input: BookingCancelInput) -> Result<Outcome<Changed>> {
    let which = match which(input.booking_id, input.token.as_deref()) {
        Ok(which) => which,
        Err(error) => return Ok(Outcome::Refused(vec![error])),
    };
    let closing = match closing(input.reason.as_deref(), input.expected_version) {
        Ok(closing) => closing,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let closing = Closing {
        is_for_client: input.is_for_client.unwrap_or(false),
        ..closing
    };
    let act = Act::new(
        ctx,
        which.place(ctx)?,
        Manner::of(input.idempotency_key, input.validate_only),
    )?;
    act.run(ctx, |work| {
        Box::pin(async move {
            match which {
                Which::Id(id) => scheduling::booking::cancel(work, id, closing).await.map(by_staff),
                Which::Link(link) => {
                    let opened = token::open(work, &link, Purpose::Manage).await?;
                    let done = scheduling::booking::cancel_by_token(work, &link, closing).await?;
                    Ok(Changed {
                        booking: done.booking,
                        link: Some(opened.id),
                    })
                }
            }
        })
    })
    .await
}

pub(crate) fn by_staff(done: BookingChanged) -> Changed {
    Changed {
        booking: done.booking,
        link: None,
    }
}

/// What is said about a change, and against which version.
pub(crate) fn closing(
    reason: Option<&str>,
    expected_version: Option<i64>,
) -> std::result::Result<Closing, Vec<UserError>> {
    let mut form = Form::default();
    let reason = form.parse_if("reason", reason);
    form.done(reason.map(|reason| Closing {
        expected_version,
        reason,
        is_for_client: false,
    }))
}
