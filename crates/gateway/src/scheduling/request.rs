//! Booking requests: links that staff send, by which somebody books.

use async_graphql::{Context, InputObject, Object, Result};
use db::paging::Page;
use kernel::Line;
use kernel::id::{BookingId, BookingRequestId, ResourceId, ServiceId};
use scheduling::request::{BookingRequests, RequestChanged, RequestDraft, RequestFilter, RequestStatus};

use super::booking::Booking;
use super::resource::Resource;
use super::service::Service;
use super::wanted::{budget, contact};
use super::{act, shelf_inputs};
use crate::act::{Act, Manner, Outcome, payload, refused};
use crate::caller::Caller;
use crate::errors::{Form, UserError, asked, found, on_top};
use crate::host::Host;
use crate::list::{Count, connection, page};
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::{EmailAddress, Instant, PhoneNumber};

/// One link, through somebody's eyes.
#[derive(Debug, Clone)]
pub(crate) struct BookingRequest {
    row: scheduling::request::BookingRequest,
    /// Whether whoever looks came by the link itself.
    is_by_link: bool,
}

/// A link that staff sent, by which its client books one service once.
#[Object]
impl BookingRequest {
    /// The request's global id.
    pub(crate) async fn id(&self) -> BookingRequestId {
        self.row.id
    }

    /// Where it stands by now.
    async fn status(&self, ctx: &Context<'_>) -> RequestStatus {
        self.row.status_at(Host::of(ctx).now())
    }

    /// What is to be booked.
    async fn service_id(&self) -> ServiceId {
        self.row.service_id
    }

    /// What is to be booked. Null if it is not offered any more.
    async fn service(&self, ctx: &Context<'_>) -> Option<Result<Service>> {
        load::<ServiceId, Service>(ctx, self.row.service_id)
            .await
            .transpose()
    }

    /// Who is to give it; whoever can if null.
    async fn host(&self, ctx: &Context<'_>) -> Option<Result<Resource>> {
        load::<ResourceId, Resource>(ctx, self.row.host_id?)
            .await
            .transpose()
    }

    /// What staff call the client. Null to whoever comes by the link once it is closed.
    async fn name(&self, ctx: &Context<'_>) -> Option<String> {
        self.shown(ctx).map(|it| it.name.to_string())
    }

    /// Where staff write to the client. Null to whoever comes by the link once it is closed.
    async fn email(&self, ctx: &Context<'_>) -> Option<EmailAddress> {
        self.shown(ctx)?.email.as_ref().map(EmailAddress::of)
    }

    /// Where staff call the client. Null to whoever comes by the link once it is closed.
    async fn phone(&self, ctx: &Context<'_>) -> Option<PhoneNumber> {
        self.shown(ctx)?.phone.as_ref().map(PhoneNumber::of)
    }

    /// What staff say to the client. Null to whoever comes by the link once it is closed.
    async fn message(&self, ctx: &Context<'_>) -> Option<String> {
        self.shown(ctx)?.message.as_ref().map(ToString::to_string)
    }

    /// What was booked by it. Null for whoever came by the link.
    async fn booking(&self, ctx: &Context<'_>) -> Option<Result<Booking>> {
        let booking = self.row.booking_id.filter(|_| !self.is_by_link)?;
        load::<BookingId, Booking>(ctx, booking).await.transpose()
    }

    /// Counts the changes; hand it back as `expectedVersion`.
    async fn version(&self) -> i64 {
        self.row.version
    }

    /// Until when it is good.
    async fn expires_at(&self) -> Instant {
        self.row.expires_at.into()
    }

    /// When it was opened first.
    async fn opened_at(&self) -> Option<Instant> {
        self.row.opened_at.map(Instant)
    }

    /// When it was booked or taken back.
    async fn closed_at(&self) -> Option<Instant> {
        self.row.closed_at.map(Instant)
    }

    /// When it was made.
    async fn created_at(&self) -> Instant {
        self.row.created_at.into()
    }
}

impl BookingRequest {
    /// As staff see it.
    pub(crate) fn of(row: scheduling::request::BookingRequest) -> Self {
        Self {
            row,
            is_by_link: false,
        }
    }

    /// The contact: a link that is closed tells it to nobody who finds it.
    fn shown(&self, ctx: &Context<'_>) -> Option<&scheduling::request::BookingRequest> {
        let is_open = self.row.status_at(Host::of(ctx).now()).is_open();
        (is_open || !self.is_by_link).then_some(&self.row)
    }
}

connection! {
    /// Booking requests of an organization.
    BookingRequestConnection, BookingRequestEdge of BookingRequest
}

/// Which booking requests are asked for; what is absent does not matter.
#[derive(Debug, Default, InputObject)]
pub(crate) struct BookingRequestFilterInput {
    /// Standing so by now.
    statuses: Option<Vec<RequestStatus>>,
    /// Whose name, address or number has this in it, whatever the case and accents.
    text: Option<String>,
    /// Naming this host.
    host_id: Option<ResourceId>,
}

/// To whom a link is sent, and what for.
#[derive(InputObject)]
pub(crate) struct BookingRequestCreateInput {
    /// What is to be booked.
    service_id: ServiceId,
    /// Given by this one; by whoever can if absent.
    host_id: Option<ResourceId>,
    /// What the client is called, 1 to 120 characters.
    name: String,
    /// Where they are written to; this, a telephone number, or both.
    email: Option<EmailAddress>,
    /// Where they are called.
    phone: Option<PhoneNumber>,
    /// What is said to them.
    message: Option<String>,
    /// Until when it is good, 90 days at most; 14 days if absent.
    expires_at: Option<Instant>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// Which link is opened.
#[derive(InputObject)]
pub(crate) struct BookingRequestOpenInput {
    /// The link's token.
    token: String,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

shelf_inputs! {
    booking_request_id: BookingRequestId,
    /// Which link is taken back.
    BookingRequestCancelInput,
}

payload! {
    /// The link is there to be sent.
    BookingRequestCreatePayload(RequestChanged) {
        /// The request.
        async fn booking_request(&self, ctx: &Context<'_>) -> Option<Result<BookingRequest>> {
            load::<BookingRequestId, BookingRequest>(ctx, self.0.done()?.request).await.transpose()
        }

        /// The link's secret: `bookingRequestByToken`, `bookingRequestOpen`, and `bookingCreate` as `request`.
        async fn token(&self, ctx: &Context<'_>) -> Option<Result<String>> {
            let reading = match Reads::of(ctx).tenant().await {
                Ok(reading) => reading,
                Err(error) => return Some(Err(error)),
            };
            let token = scheduling::request::token(&reading, self.0.done()?.request);
            Some(Ok(token.reveal().to_owned()))
        }
    }
}

payload! {
    /// The link is no longer good.
    BookingRequestCancelPayload(RequestChanged) {
        /// The request as it is now.
        async fn booking_request(&self, ctx: &Context<'_>) -> Option<Result<BookingRequest>> {
            load::<BookingRequestId, BookingRequest>(ctx, self.0.done()?.request).await.transpose()
        }
    }
}

payload! {
    /// The link is open.
    BookingRequestOpenPayload(RequestChanged) {
        /// What is filled in already.
        async fn booking_request(&self, ctx: &Context<'_>) -> Option<Result<BookingRequest>> {
            again(ctx, self.0.done()?.request).await.transpose()
        }
    }
}

/// Booking requests.
#[derive(Debug, Default)]
pub(crate) struct RequestQuery;

/// Booking requests.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl RequestQuery {
    /// The booking requests of the organization, by when they were made. Needs the right `diary:read`; with
    /// `own_diary:write`, those that name oneself.
    async fn booking_requests(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all if absent.")] filter: Option<BookingRequestFilterInput>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<BookingRequestConnection>> {
        let page = page::<BookingRequests>(first, after, last, before);
        Some(list(ctx, filter.unwrap_or_default(), page).await)
    }

    /// What a link is for, and with whom; looking does not open it. Public: null for a link that never was.
    async fn booking_request_by_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token of the link.")] token: String,
    ) -> Option<Result<BookingRequest>> {
        by_link(ctx, &token).await.transpose()
    }
}

async fn list(
    ctx: &Context<'_>,
    filter: BookingRequestFilterInput,
    page: Result<Page>,
) -> Result<BookingRequestConnection> {
    let text: Option<Line> = filter.text.map(|it| asked("filter.text", &it)).transpose()?;
    let filter = RequestFilter {
        statuses: filter.statuses.unwrap_or_default(),
        text,
        host: filter.host_id,
    };
    let reading = Reads::of(ctx).tenant().await?;
    let slice = scheduling::request::requests(&reading, &filter, &page?)
        .await
        .map_err(on_top)?
        .map(BookingRequest::of);
    let count: Count = Box::new(move |reading| {
        let filter = filter.clone();
        Box::pin(async move {
            let counted = scheduling::request::count_requests(&reading, &filter).await;
            counted.map_err(on_top)
        })
    });
    Ok(BookingRequestConnection { slice, count })
}

async fn by_link(ctx: &Context<'_>, text: &str) -> Result<Option<BookingRequest>> {
    let reading = Reads::of(ctx).public().await?;
    let Some(token) = found(scheduling::request::read_token(text))? else {
        return Ok(None);
    };
    let opened = found(scheduling::request::by_token(&reading, &token).await)?;
    Ok(opened.map(|row| BookingRequest {
        row,
        is_by_link: true,
    }))
}

/// What a link that was opened is for, as whoever opened it sees it.
async fn again(ctx: &Context<'_>, request: BookingRequestId) -> Result<Option<BookingRequest>> {
    let reading = Reads::of(ctx).public().await?;
    let token = scheduling::request::token(&reading, request);
    by_link(ctx, token.reveal()).await
}

/// Sending, opening and taking back links.
#[derive(Debug, Default)]
pub(crate) struct RequestMutation;

/// Sending, opening and taking back links.
#[Object]
impl RequestMutation {
    /// Makes a link by which somebody books, and shows its token. Needs the right `diary:write`, or `own_diary:write` for
    /// one's own diary.
    async fn booking_request_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "To whom a link is sent, and what for.")] input: BookingRequestCreateInput,
    ) -> Option<Result<BookingRequestCreatePayload>> {
        Some(create(ctx, input).await.map(BookingRequestCreatePayload))
    }

    /// Takes a link back before somebody books by it. Needs the right `diary:write`, or `own_diary:write` for one's own.
    async fn booking_request_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which link is taken back.")] input: BookingRequestCancelInput,
    ) -> Option<Result<BookingRequestCancelPayload>> {
        Some(cancel(ctx, input).await.map(BookingRequestCancelPayload))
    }

    /// Notes that the client looks at the link, the first time, and tells what it fills in. Public: the token is what is
    /// asked for.
    async fn booking_request_open(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which link is opened.")] input: BookingRequestOpenInput,
    ) -> Option<Result<BookingRequestOpenPayload>> {
        Some(open(ctx, input).await.map(BookingRequestOpenPayload))
    }
}

fn draft(input: &BookingRequestCreateInput) -> std::result::Result<RequestDraft, Vec<UserError>> {
    let mut form = Form::default();
    let client = contact(
        &mut form,
        &input.name,
        (input.email.as_ref(), input.phone.as_ref()),
    );
    let message = form.parse_if("message", input.message.as_deref());
    let whole = || {
        Some(RequestDraft {
            service: input.service_id,
            host: input.host_id,
            client: client?,
            message: message?,
            expires_at: input.expires_at.map(|it| it.0),
        })
    };
    let whole = whole();
    form.done(whole)
}

async fn create(ctx: &Context<'_>, input: BookingRequestCreateInput) -> Result<Outcome<RequestChanged>> {
    Caller::of(ctx).tenant()?;
    let draft = match draft(&input) {
        Ok(draft) => draft,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, |work| Box::pin(scheduling::request::send(work, draft)))
        .await
}

async fn cancel(ctx: &Context<'_>, input: BookingRequestCancelInput) -> Result<Outcome<RequestChanged>> {
    let (id, expected) = (input.booking_request_id, input.expected_version);
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(scheduling::request::cancel(work, id, expected))
        })
        .await
}

async fn open(ctx: &Context<'_>, input: BookingRequestOpenInput) -> Result<Outcome<RequestChanged>> {
    let tenant = Caller::of(ctx).visited()?;
    budget(ctx, "request").await?;
    let token = match scheduling::request::read_token(&input.token) {
        Ok(token) => token,
        Err(refusal) => return refused(refusal),
    };
    let manner = Manner::of(input.idempotency_key, input.validate_only);
    Act::new(ctx, tenant, manner)?
        .run(ctx, |work| {
            Box::pin(async move { scheduling::request::open(work, &token).await })
        })
        .await
}
