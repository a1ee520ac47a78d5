//! Time that staff take out of a resource's calendar: lunch with the bank, a lift that is being mended.
//!
//! A block takes time as a booking does, every lane that the resource has when it is made or moved. It pushes nobody out:
//! where something is already, it is refused, and whoever may see the calendar from within hears what is there.

use chrono::{DateTime, TimeDelta, Utc};
use db::paging::{Page, Slice};
use db::{Reading, Tenant, Work};
use kernel::id::{BlockId, BookingId, HoldId, ResourceId};
use kernel::{EventType, Id as _, Line, Right, Span};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::Refusal;
use crate::fairness::Shifts;
use crate::occupancy::{self, Occupancy, Owner, OwnerKind, Place};
use crate::patch::{expect_version, named, set, write_down};
use crate::provider::{Sight, need_calendar, need_sight, need_some_calendar, not_there};
use crate::resource::Resource;
use crate::store;
use crate::store::block::Entity;

pub use store::block::{Entity as Blocks, Model as Block};

/// Blocks of one resource that are not over.
pub const BLOCKS_MAX: u64 = 500;

/// The longest block, in days. Who is away for longer is out of office.
pub const DAYS_MAX: i64 = 31;

/// How many things in the way of a block are told.
pub const TOLD_MAX: usize = 20;

/// What a block is made from.
#[derive(Debug, Clone)]
pub struct BlockDraft {
    /// Of which resource.
    pub resource: ResourceId,
    /// From when until when; at most [`DAYS_MAX`] days.
    pub span: Span,
    /// Why.
    pub reason: Option<Line>,
}

/// A change of a block: what is left out stays, `Some(None)` takes away.
#[derive(Debug, Clone, Default)]
pub struct BlockEdit {
    /// From when.
    pub starts_at: Option<DateTime<Utc>>,
    /// Until when.
    pub ends_at: Option<DateTime<Utc>>,
    /// Why.
    pub reason: Option<Option<Line>>,
}

/// A block was made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockChanged {
    /// Which.
    pub block: BlockId,
    /// Of which resource.
    pub resource: ResourceId,
}

/// Something that is where a block was to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InTheWay {
    /// What sort of thing.
    pub kind: OwnerKind,
    /// Which.
    pub id: uuid::Uuid,
    /// From when until when, buffers inside.
    pub span: Span,
}

impl std::fmt::Display for InTheWay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.kind {
            OwnerKind::Hold => write!(f, "{}", HoldId::from_uuid(self.id)),
            OwnerKind::Booking => write!(f, "{}", BookingId::from_uuid(self.id)),
            OwnerKind::Block => write!(f, "{}", BlockId::from_uuid(self.id)),
        }?;
        let minute = |at: DateTime<Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        write!(
            f,
            " from {} to {}",
            minute(self.span.start()),
            minute(self.span.end())
        )
    }
}

impl Block {
    fn span(&self) -> Result<Span, Refusal> {
        let span =
            Span::new(self.starts_at, self.ends_at).map_err(|wrong| Refusal::invalid("endsAt", wrong))?;
        if span.length() > TimeDelta::days(DAYS_MAX) {
            return Err(Refusal::wanted(
                "endsAt",
                "an end at most 31 days after the start",
                self.ends_at,
            ));
        }
        Ok(span)
    }

    fn changed(&self) -> BlockChanged {
        BlockChanged {
            block: self.id,
            resource: self.resource_id,
        }
    }
}

/// Takes time out. Providers may of their own calendar.
///
/// # Errors
/// If the right is missing, the resource is not there, something is there already, it is too long, or there are too many.
pub async fn create_block(work: &Work<Tenant>, draft: BlockDraft) -> Result<BlockChanged, Refusal> {
    need_calendar(work, draft.resource).await?;
    let resource = store::hold::<store::resource::Entity>(work, draft.resource).await?;
    let block = Block {
        organization_id: work.organization(),
        id: work.mint(),
        resource_id: draft.resource,
        starts_at: draft.span.start(),
        ends_at: draft.span.end(),
        reason: draft.reason,
        version: 1,
        archived_at: None,
        created_at: work.now(),
        updated_at: work.now(),
    };
    let span = block.span()?;
    room_for_one_more(work, draft.resource).await?;
    let done = block.changed();
    take(work, (&resource, done.block), span).await?;
    let diff = json!({ "resource": done.resource, "startsAt": block.starts_at, "endsAt": block.ends_at });
    store::insert(work, block).await?;
    write_down(work, EventType::BlockCreated, (done.block, 1), diff).await?;
    Ok(done)
}

/// Moves a block, or says otherwise why it is there. A change that changes nothing counts as none.
///
/// # Errors
/// As [`create_block`], or if it is not there, taken back, or has another version than expected.
pub async fn update_block(
    work: &Work<Tenant>,
    id: BlockId,
    edit: BlockEdit,
    expected_version: Option<i64>,
) -> Result<BlockChanged, Refusal> {
    let (resource, mut block) = hold_for_change(work, id, expected_version).await?;
    let was_over = block.ends_at <= work.now();
    let changed = named(&[
        ("startsAt", set(&mut block.starts_at, edit.starts_at)),
        ("endsAt", set(&mut block.ends_at, edit.ends_at)),
        ("reason", set(&mut block.reason, edit.reason)),
    ]);
    let done = block.changed();
    if changed.is_empty() {
        return Ok(done);
    }
    let span = block.span()?;
    if was_over && span.end() > work.now() {
        room_for_one_more(work, done.resource).await?;
    }
    occupancy::release(work, id.uuid()).await?;
    take(work, (&resource, id), span).await?;
    let version = block.touch(work.now());
    let diff = json!({ "resource": done.resource, "changed": changed,
        "startsAt": block.starts_at, "endsAt": block.ends_at });
    store::save(work, block).await?;
    write_down(work, EventType::BlockUpdated, (id, version), diff).await?;
    Ok(done)
}

/// Gives the time back.
///
/// # Errors
/// If the right is missing, it is not there or given back already, or has another version than expected.
pub async fn delete_block(
    work: &Work<Tenant>,
    id: BlockId,
    expected_version: Option<i64>,
) -> Result<BlockChanged, Refusal> {
    let (_, mut block) = hold_for_change(work, id, expected_version).await?;
    let done = block.changed();
    occupancy::release(work, id.uuid()).await?;
    block.archived_at = Some(work.now());
    let version = block.touch(work.now());
    store::save(work, block).await?;
    write_down(
        work,
        EventType::BlockDeleted,
        (id, version),
        json!({ "resource": done.resource }),
    )
    .await?;
    Ok(done)
}

/// Holds the resource of a block that stands, then the block, for whoever may change it.
async fn hold_for_change(
    work: &Work<Tenant>,
    id: BlockId,
    expected_version: Option<i64>,
) -> Result<(Resource, Block), Refusal> {
    need_some_calendar(work)?;
    let found = store::find::<Entity>(work, &[id]).await?.pop();
    let resource = found.ok_or_else(|| not_there(work, Right::CalendarsWrite, "block"))?;
    let resource = resource.resource_id;
    need_calendar(work, resource).await?;
    let resource = store::hold::<store::resource::Entity>(work, resource).await?;
    let block: Block = store::hold::<Entity>(work, id).await?;
    if block.archived_at.is_some() {
        return Err(Refusal::NotFound("block"));
    }
    expect_version(expected_version, block.version)?;
    Ok((resource, block))
}

/// Takes every lane of a resource that is held, or says what is there.
async fn take(work: &Work<Tenant>, (resource, id): (&Resource, BlockId), span: Span) -> Result<(), Refusal> {
    let shifts: Shifts = occupancy::clear(work, &[resource.id], span).await?;
    store::fairness_balance::shift(work, &shifts).await?;
    let there = store::occupancy::meeting(work, &[resource.id], span).await?;
    if !there.is_empty() {
        return Err(Refusal::Occupied(told(work, &there).await?));
    }
    let place = Place {
        resource: resource.id,
        lanes: resource.capacity,
    };
    let owner = Owner {
        kind: OwnerKind::Block,
        id: id.uuid(),
        expires_at: None,
    };
    occupancy::take_all(work, owner, place, span).await
}

/// What is in the way, once each, as far as whoever asks may see it.
async fn told(work: &Work<Tenant>, there: &[Occupancy]) -> Result<Vec<InTheWay>, Refusal> {
    let sight = Sight::of(work).await?;
    let mut told: Vec<InTheWay> = Vec::new();
    for it in there.iter().filter(|it| sight.reaches(it.resource_id)) {
        let span = Span::new(it.starts_at, it.ends_at).map_err(|_| db::Fault::Corrupt(it.id.to_string()))?;
        if told.len() < TOLD_MAX && !told.iter().any(|other| other.id == it.owner_id) {
            told.push(InTheWay {
                kind: it.owner_kind,
                id: it.owner_id,
                span,
            });
        }
    }
    Ok(told)
}

/// The resource is held.
async fn room_for_one_more(work: &Work<Tenant>, resource: ResourceId) -> Result<(), Refusal> {
    if store::block::ahead(work, resource).await? < BLOCKS_MAX {
        return Ok(());
    }
    Err(Refusal::LimitReached {
        what: "blocks of one resource that are not over",
        max: BLOCKS_MAX,
    })
}

/// A page of the blocks of a resource that meet a span, by their beginning, for whoever may see its calendar.
///
/// # Errors
/// If the right is missing.
pub async fn blocks_of(
    reading: &Reading<Tenant>,
    (resource, span): (ResourceId, Span),
    page: &Page,
) -> Result<Slice<Block>, Refusal> {
    need_sight(reading, resource).await?;
    let list = store::block::meeting(reading, resource, span);
    Ok(store::page(reading, list, page).await?)
}

/// How many blocks of a resource meet a span, counting no further than the cap.
///
/// # Errors
/// If the right is missing.
pub async fn count_blocks(
    reading: &Reading<Tenant>,
    (resource, span): (ResourceId, Span),
) -> Result<u64, Refusal> {
    need_sight(reading, resource).await?;
    let list = store::block::meeting(reading, resource, span);
    Ok(store::count(reading, list).await?)
}

/// Blocks by their ids, for whoever may see the calendars they are in; those of others are left out.
///
/// # Errors
/// If the database refuses.
pub async fn find_blocks(reading: &Reading<Tenant>, ids: &[BlockId]) -> Result<Vec<Block>, Refusal> {
    let sight = Sight::of(reading).await?;
    let mut found = store::find::<Entity>(reading, ids).await?;
    found.retain(|it| sight.reaches(it.resource_id));
    Ok(found)
}
