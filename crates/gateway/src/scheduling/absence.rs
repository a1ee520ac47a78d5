//! Out of office.

use async_graphql::{Context, InputObject, Object, Result};
use db::paging::Page;
use kernel::Span;
use kernel::id::{AbsenceId, ResourceId};
use scheduling::absence::{AbsenceChanged, AbsenceDraft, Absences};

use super::resource::Resource;
use super::{act, between, shelf_inputs};
use crate::act::{Outcome, payload};
use crate::caller::Caller;
use crate::errors::{Form, on_top};
use crate::list::{Count, connection, page};
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::Instant;

/// One absence.
#[derive(Debug, Clone)]
pub(crate) struct OutOfOffice(pub(crate) scheduling::absence::Absence);

/// A stretch of time in which somebody is away.
#[Object]
impl OutOfOffice {
    /// The absence's global id.
    pub(crate) async fn id(&self) -> AbsenceId {
        self.0.id
    }

    /// Who is away.
    async fn resource_id(&self) -> ResourceId {
        self.0.resource_id
    }

    /// From when.
    async fn starts_at(&self) -> Instant {
        self.0.starts_at.into()
    }

    /// Until when.
    async fn ends_at(&self) -> Instant {
        self.0.ends_at.into()
    }

    /// Why.
    async fn reason(&self) -> Option<String> {
        self.0.reason.as_ref().map(ToString::to_string)
    }

    /// Who can be booked instead.
    async fn redirect_to(&self, ctx: &Context<'_>) -> Option<Result<Resource>> {
        load::<ResourceId, Resource>(ctx, self.0.redirect_to?)
            .await
            .transpose()
    }

    /// Counts the changes; hand it back as `expectedVersion`.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// Since when it is taken back.
    async fn archived_at(&self) -> Option<Instant> {
        self.0.archived_at.map(Instant)
    }
}

connection! {
    /// Absences of a resource.
    OutOfOfficeConnection, OutOfOfficeEdge of OutOfOffice
}

/// Somebody will be away.
#[derive(InputObject)]
pub(crate) struct OutOfOfficeCreateInput {
    /// Who is away.
    resource_id: ResourceId,
    /// From when.
    starts_at: Instant,
    /// Until when, 731 days later at most.
    ends_at: Instant,
    /// Why; not public.
    reason: Option<String>,
    /// Who can be booked instead.
    redirect_to_id: Option<ResourceId>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

shelf_inputs! {
    out_of_office_id: AbsenceId,
    /// Which absence is taken back.
    OutOfOfficeDeleteInput,
}

payload! {
    /// Somebody will be away.
    OutOfOfficeCreatePayload(AbsenceChanged) {
        /// The absence.
        async fn out_of_office(&self, ctx: &Context<'_>) -> Option<Result<OutOfOffice>> {
            load::<AbsenceId, OutOfOffice>(ctx, self.0.done()?.absence).await.transpose()
        }
    }
}

payload! {
    /// An absence is taken back.
    OutOfOfficeDeletePayload(AbsenceChanged) {
        /// The absence that is no more.
        async fn deleted_out_of_office_id(&self) -> Option<AbsenceId> {
            self.0.done().map(|done| done.absence)
        }
    }
}

/// When somebody is away.
#[derive(Debug, Default)]
pub(crate) struct AbsenceQuery;

/// When somebody is away.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl AbsenceQuery {
    /// The absences of a resource that meet a span of time, by their beginning. Needs the right `calendars:read`, or
    /// `own_calendar:write` for one's own.
    async fn out_of_office(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Who is away.")] resource_id: ResourceId,
        #[graphql(desc = "Only what ends after this.")] from: Instant,
        #[graphql(desc = "Only what begins before this.")] to: Instant,
    ) -> Option<Result<OutOfOfficeConnection>> {
        let page = page::<Absences>(first, after, last, before);
        Some(list(ctx, page, resource_id, (from, to)).await)
    }
}

async fn list(
    ctx: &Context<'_>,
    page: Result<Page>,
    resource: ResourceId,
    (from, to): (Instant, Instant),
) -> Result<OutOfOfficeConnection> {
    let page = page?;
    let span = between(from, to)?;
    let reading = Reads::of(ctx).tenant().await?;
    let slice = scheduling::absence::absences_of(&reading, (resource, span), &page)
        .await
        .map_err(on_top)?
        .map(OutOfOffice);
    let count: Count = Box::new(move |reading| {
        Box::pin(async move {
            let counted = scheduling::absence::count_absences(&reading, (resource, span)).await;
            counted.map_err(on_top)
        })
    });
    Ok(OutOfOfficeConnection { slice, count })
}

/// Going away and coming back.
#[derive(Debug, Default)]
pub(crate) struct AbsenceMutation;

/// Going away and coming back.
#[Object]
impl AbsenceMutation {
    /// Notes that somebody will be away. What is booked stays booked. Needs the right `calendars:write`, or
    /// `own_calendar:write` for oneself.
    async fn out_of_office_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Somebody will be away.")] input: OutOfOfficeCreateInput,
    ) -> Option<Result<OutOfOfficeCreatePayload>> {
        Some(create(ctx, input).await.map(OutOfOfficeCreatePayload))
    }

    /// Takes an absence back. Needs the right `calendars:write`, or `own_calendar:write` for oneself.
    async fn out_of_office_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which absence is taken back.")] input: OutOfOfficeDeleteInput,
    ) -> Option<Result<OutOfOfficeDeletePayload>> {
        Some(delete(ctx, input).await.map(OutOfOfficeDeletePayload))
    }
}

async fn create(ctx: &Context<'_>, input: OutOfOfficeCreateInput) -> Result<Outcome<AbsenceChanged>> {
    Caller::of(ctx).tenant()?;
    let mut form = Form::default();
    let span = form.read("endsAt", Span::new(input.starts_at.0, input.ends_at.0));
    let reason = form.parse_if("reason", input.reason.as_deref());
    let draft = span.zip(reason).map(|(span, reason)| AbsenceDraft {
        resource: input.resource_id,
        span,
        reason,
        redirect_to: input.redirect_to_id,
    });
    let draft = match form.done(draft) {
        Ok(draft) => draft,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, |work| {
            Box::pin(scheduling::absence::create_absence(work, draft))
        })
        .await
}

async fn delete(ctx: &Context<'_>, input: OutOfOfficeDeleteInput) -> Result<Outcome<AbsenceChanged>> {
    let (id, expected) = (input.out_of_office_id, input.expected_version);
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(scheduling::absence::archive_absence(work, id, expected))
        })
        .await
}
