//! Events: one envelope, whichever door they come by.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use db::journal::{Entity, Sought};
use db::paging::{Cursor, Page};
use flows::hearing;
use kernel::id::EventId;
use kernel::{EventType, Right, Rights};

use super::follow::forgotten;
use crate::caller::Caller;
use crate::errors::{broken, denied, on_top};
use crate::list::{Count, PageInfo, page};
use crate::reads::Reads;
use crate::scalars::{Instant, Json};

/// One thing that happened, of a kind that this version knows.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    row: Arc<db::journal::Event>,
    kind: EventType,
}

impl Event {
    /// Whatever of these this version knows. A later version on the same database may tell of more.
    pub(crate) fn of(row: Arc<db::journal::Event>) -> Option<Self> {
        let kind = row.type_.parse().ok()?;
        Some(Self { row, kind })
    }
}

/// Who did something.
#[derive(Debug, SimpleObject)]
pub(crate) struct EventActor {
    /// `USER`, `API_KEY`, `BOOKING_TOKEN`, `ANONYMOUS` or `SYSTEM`.
    kind: String,
    /// Which one: a global id, or the part of the system. Null for somebody unknown.
    id: Option<String>,
}

/// What something happened to.
#[derive(Debug, SimpleObject)]
pub(crate) struct EventAggregate {
    /// The global id of the thing.
    id: ID,
    /// The version that the thing came to by it.
    version: i64,
}

/// One thing that happened. It is never changed; `id` tells whether you have seen it, `cursor` where to go on.
#[Object]
impl Event {
    /// The event's global id: the same by whichever door it comes.
    pub(crate) async fn id(&self) -> EventId {
        self.row.id
    }

    /// Where the event stands in the journal; hand it back as `after`.
    async fn cursor(&self) -> String {
        Cursor::of::<Entity>(&self.row).to_string()
    }

    /// What happened.
    async fn r#type(&self) -> EventType {
        self.kind
    }

    /// When.
    async fn occurred_at(&self) -> Instant {
        self.row.occurred_at.into()
    }

    /// Who did it.
    async fn actor(&self) -> EventActor {
        EventActor {
            kind: self.row.actor_kind.clone(),
            id: self.row.actor_id.clone(),
        }
    }

    /// What it happened to.
    async fn aggregate(&self) -> EventAggregate {
        EventAggregate {
            id: self.row.aggregate_id.clone().into(),
            version: self.row.aggregate_version,
        }
    }

    /// The facts: ids, words, instants and the names of what changed. Nothing personal.
    async fn payload(&self) -> Json {
        Json(self.row.payload.clone())
    }
}

/// Events of the journal. A page says where it ends in the journal, also where you may hear of nothing on it.
pub(crate) struct EventConnection {
    rows: Vec<(Cursor, Event)>,
    page_info: PageInfo,
    count: Count,
}

/// Events of the journal. A page says where it ends in the journal, also where you may hear of nothing on it.
#[Object]
impl EventConnection {
    /// The events of this page with their cursors.
    async fn edges(&self) -> Vec<EventEdge<'_>> {
        self.rows
            .iter()
            .map(|(cursor, node)| EventEdge { cursor, node })
            .collect()
    }

    /// The events of this page.
    async fn nodes(&self) -> Vec<&Event> {
        self.rows.iter().map(|(_, node)| node).collect()
    }

    /// Where this page lies in the journal.
    async fn page_info(&self) -> PageInfo {
        self.page_info.clone()
    }

    /// How many there are in all, of the kinds that you may hear of whatever they happen to; counting stops at 10,000.
    async fn total_count(&self, ctx: &Context<'_>) -> Option<Result<u64>> {
        let reading = match Reads::of(ctx).tenant().await {
            Ok(reading) => reading,
            Err(error) => return Some(Err(error)),
        };
        Some((self.count)(reading).await)
    }
}

/// One event of the list with its cursor.
pub(crate) struct EventEdge<'a> {
    cursor: &'a Cursor,
    node: &'a Event,
}

/// One event of the list with its cursor.
#[Object]
impl EventEdge<'_> {
    /// Where this event stands in the journal; hand it back as `after` or `before`.
    async fn cursor(&self) -> String {
        self.cursor.to_string()
    }

    /// The event.
    async fn node(&self) -> &Event {
        self.node
    }
}

/// What happened.
#[derive(Debug, Default)]
pub(crate) struct EventQuery;

/// What happened.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl EventQuery {
    /// What happened in the organization, oldest first, for 35 days. Whoever has the right `audit:read` sees everything; others
    /// what they may read, and providers what happens to their own bookings and calendar: then a page may hold fewer
    /// than were asked for. A cursor from before what is kept is refused with `SNAPSHOT_REQUIRED`.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of these kinds; all if absent.")] types: Option<Vec<EventType>>,
        #[graphql(desc = "Only what happened to the thing with this global id.")] aggregate: Option<ID>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<EventConnection>> {
        let from = after.as_deref().and_then(Cursor::read::<Entity>);
        let page = page::<Entity>(first, after, last, before);
        Some(list(ctx, (types, aggregate), (from, page)).await)
    }
}

async fn list(
    ctx: &Context<'_>,
    (types, aggregate): (Option<Vec<EventType>>, Option<ID>),
    (from, page): (Option<Cursor>, Result<Page>),
) -> Result<EventConnection> {
    let reading = Reads::of(ctx).tenant().await?;
    let sought = sought(Caller::of(ctx), types, aggregate)?;
    let page = page?;
    if let Some(position) = from.and_then(|it| it.number())
        && !db::journal::is_kept_after(&reading, position)
            .await
            .map_err(broken)?
    {
        return Err(forgotten());
    }
    let slice = db::journal::page(&reading, &sought, &page)
        .await
        .map_err(broken)?;
    let page_info = PageInfo::of(&slice);
    let rows = slice.rows.into_iter().map(|(_, row)| Arc::new(row)).collect();
    let heard = hearing::audible(&reading, rows).await.map_err(on_top)?;
    let rows = heard.into_iter().filter_map(|row| {
        let cursor = Cursor::of::<Entity>(&row);
        Event::of(row).map(|event| (cursor, event))
    });
    Ok(EventConnection {
        rows: rows.collect(),
        page_info,
        count: counting(sought, reading.asker().rights),
    })
}

/// Counts what whoever asks may hear of whatever it happens to: the number of others' would tell of them.
fn counting(mut sought: Sought, rights: Rights) -> Count {
    if let Some(types) = &mut sought.types {
        types.retain(|it| rights.has(it.right()) || rights.has(Right::AuditRead));
    }
    Box::new(move |reading| {
        let sought = sought.clone();
        Box::pin(async move { db::journal::count(&reading, &sought).await.map_err(broken) })
    })
}

/// What of the journal is meant, as far as the caller may hear of it.
pub(super) fn sought(
    caller: &Caller,
    types: Option<Vec<EventType>>,
    aggregate: Option<ID>,
) -> Result<Sought> {
    caller.tenant()?;
    let audible = hearing::audible_types(caller.asker.rights).map_err(denied)?;
    let types = match (types, audible) {
        (Some(asked), Some(audible)) => Some(asked.into_iter().filter(|it| audible.contains(it)).collect()),
        (asked, audible) => asked.or(audible),
    };
    let aggregate = aggregate.map(|it| it.0);
    Ok(Sought { types, aggregate })
}
