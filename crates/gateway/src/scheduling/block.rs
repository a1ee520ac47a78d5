//! Time that staff take out of a calendar.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, Result};
use db::paging::Page;
use kernel::Span;
use kernel::id::{BlockId, ResourceId};
use scheduling::block::{BlockChanged, BlockDraft, BlockEdit, Blocks};

use super::{act, between, shelf_inputs};
use crate::act::{Outcome, payload};
use crate::caller::Caller;
use crate::errors::{Form, on_top};
use crate::list::{Count, connection, page};
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::Instant;

/// One block.
#[derive(Debug, Clone)]
pub(crate) struct Block(pub(crate) scheduling::block::Block);

/// A stretch of time that is taken out of a resource's calendar.
#[Object]
impl Block {
    /// The block's global id.
    pub(crate) async fn id(&self) -> BlockId {
        self.0.id
    }

    /// Of which resource.
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

    /// Counts the changes; hand it back as `expectedVersion`.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// Since when the time is given back.
    async fn archived_at(&self) -> Option<Instant> {
        self.0.archived_at.map(Instant)
    }
}

connection! {
    /// Blocks of a resource.
    BlockConnection, BlockEdge of Block
}

/// Which time to take out.
#[derive(InputObject)]
pub(crate) struct BlockCreateInput {
    /// Of which resource; every lane of it.
    resource_id: ResourceId,
    /// From when.
    starts_at: Instant,
    /// Until when, 31 days later at most.
    ends_at: Instant,
    /// Why; not public.
    reason: Option<String>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// What changes in a block. What is absent stays; null takes away.
#[derive(InputObject)]
pub(crate) struct BlockUpdateInput {
    /// Which block.
    block_id: BlockId,
    /// From when.
    starts_at: Option<Instant>,
    /// Until when.
    ends_at: Option<Instant>,
    /// Why; not public.
    reason: MaybeUndefined<String>,
    /// The version that was read; refused if somebody changed it since.
    expected_version: Option<i64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

shelf_inputs! {
    block_id: BlockId,
    /// Which block gives its time back.
    BlockDeleteInput,
}

payload! {
    /// Time is taken out.
    BlockCreatePayload(BlockChanged) {
        /// The block.
        async fn block(&self, ctx: &Context<'_>) -> Option<Result<Block>> {
            load::<BlockId, Block>(ctx, self.0.done()?.block).await.transpose()
        }
    }
}

payload! {
    /// The block is elsewhere, or there for another reason.
    BlockUpdatePayload(BlockChanged) {
        /// The block.
        async fn block(&self, ctx: &Context<'_>) -> Option<Result<Block>> {
            load::<BlockId, Block>(ctx, self.0.done()?.block).await.transpose()
        }
    }
}

payload! {
    /// The time is given back.
    BlockDeletePayload(BlockChanged) {
        /// The block that is no more.
        async fn deleted_block_id(&self) -> Option<BlockId> {
            self.0.done().map(|done| done.block)
        }
    }
}

/// Which time is taken out.
#[derive(Debug, Default)]
pub(crate) struct BlockQuery;

/// Which time is taken out.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl BlockQuery {
    /// The blocks of a resource that meet a span of time, by their beginning. Needs the right `calendars:read`, or
    /// `own_calendar:write` for one's own.
    async fn blocks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Of which resource.")] resource_id: ResourceId,
        #[graphql(desc = "Only what ends after this.")] from: Instant,
        #[graphql(desc = "Only what begins before this.")] to: Instant,
    ) -> Option<Result<BlockConnection>> {
        let page = page::<Blocks>(first, after, last, before);
        Some(list(ctx, page, resource_id, (from, to)).await)
    }
}

async fn list(
    ctx: &Context<'_>,
    page: Result<Page>,
    resource: ResourceId,
    (from, to): (Instant, Instant),
) -> Result<BlockConnection> {
    let page = page?;
    let span = between(from, to)?;
    let reading = Reads::of(ctx).tenant().await?;
    let slice = scheduling::block::blocks_of(&reading, (resource, span), &page)
        .await
        .map_err(on_top)?
        .map(Block);
    let count: Count = Box::new(move |reading| {
        Box::pin(async move {
            let counted = scheduling::block::count_blocks(&reading, (resource, span)).await;
            counted.map_err(on_top)
        })
    });
    Ok(BlockConnection { slice, count })
}

/// Taking time out and giving it back.
#[derive(Debug, Default)]
pub(crate) struct BlockMutation;

/// Taking time out and giving it back.
#[Object]
impl BlockMutation {
    /// Takes time out of a resource's calendar. Refused where something is already, with what is there. Needs the right
    /// `calendars:write`, or `own_calendar:write` for one's own.
    async fn block_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which time to take out.")] input: BlockCreateInput,
    ) -> Option<Result<BlockCreatePayload>> {
        Some(create(ctx, input).await.map(BlockCreatePayload))
    }

    /// Moves a block, or says otherwise why it is there. Needs the right `calendars:write`, or `own_calendar:write` for
    /// one's own.
    async fn block_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes in a block.")] input: BlockUpdateInput,
    ) -> Option<Result<BlockUpdatePayload>> {
        Some(update(ctx, input).await.map(BlockUpdatePayload))
    }

    /// Gives the time of a block back. Needs the right `calendars:write`, or `own_calendar:write` for one's own.
    async fn block_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which block gives its time back.")] input: BlockDeleteInput,
    ) -> Option<Result<BlockDeletePayload>> {
        Some(delete(ctx, input).await.map(BlockDeletePayload))
    }
}

async fn create(ctx: &Context<'_>, input: BlockCreateInput) -> Result<Outcome<BlockChanged>> {
    Caller::of(ctx).tenant()?;
    let mut form = Form::default();
    let span = form.read("endsAt", Span::new(input.starts_at.0, input.ends_at.0));
    let reason = form.parse_if("reason", input.reason.as_deref());
    let draft = span.zip(reason).map(|(span, reason)| BlockDraft {
        resource: input.resource_id,
        span,
        reason,
    });
    let draft = match form.done(draft) {
        Ok(draft) => draft,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, |work| Box::pin(scheduling::block::create_block(work, draft)))
        .await
}

async fn update(ctx: &Context<'_>, input: BlockUpdateInput) -> Result<Outcome<BlockChanged>> {
    Caller::of(ctx).tenant()?;
    let mut form = Form::default();
    let reason = form.parse_patch("reason", input.reason);
    let edit = reason.map(|reason| BlockEdit {
        starts_at: input.starts_at.map(|it| it.0),
        ends_at: input.ends_at.map(|it| it.0),
        reason,
    });
    let edit = match form.done(edit) {
        Ok(edit) => edit,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let (id, expected) = (input.block_id, input.expected_version);
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(scheduling::block::update_block(work, id, edit, expected))
        })
        .await
}

async fn delete(ctx: &Context<'_>, input: BlockDeleteInput) -> Result<Outcome<BlockChanged>> {
    let (id, expected) = (input.block_id, input.expected_version);
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(scheduling::block::delete_block(work, id, expected))
        })
        .await
}
