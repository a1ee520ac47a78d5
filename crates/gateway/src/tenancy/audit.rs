//! The audit log: what was done, by whom; as a list and as it happens.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use async_graphql::{Context, Object, Result, Subscription};
use chrono::{DateTime, TimeDelta, Utc};
use db::audit::{Entity, Line};
use db::paging::Cursor;
use db::wake::Listener;
use db::{Asker, Store, Tenant};
use futures::Stream;
use kernel::Right;
use kernel::id::AuditId;

use crate::caller::Caller;
use crate::errors::{broken, coded, denied};
use crate::list::{connection, counted, page};
use crate::reads::Reads;
use crate::scalars::{Instant, Json};

/// One line of the audit log.
#[derive(Debug, Clone)]
pub(crate) struct AuditLine(pub(crate) Line);

/// One line of the audit log. It is never changed and never goes.
#[Object]
impl AuditLine {
    /// The line's global id.
    pub(crate) async fn id(&self) -> AuditId {
        self.0.id
    }

    /// Where the line stands in the log; hand it back as `after`.
    async fn cursor(&self) -> String {
        Cursor::of::<Entity>(&self.0).to_string()
    }

    /// What sort of actor did it: `USER`, `API_KEY`, `ANONYMOUS` or `SYSTEM`.
    async fn actor_kind(&self) -> &str {
        &self.0.actor_kind
    }

    /// Which one: a global id, or the part of the system. Null for somebody unknown.
    async fn actor_id(&self) -> Option<&str> {
        self.0.actor_id.as_deref()
    }

    /// What was done: the thing, then the verb in the past, such as `member.role_changed`.
    async fn action(&self) -> &str {
        &self.0.action
    }

    /// The global id of the thing that it was done to.
    async fn entity_id(&self) -> &str {
        &self.0.entity_id
    }

    /// What changed: names of fields; ids, enum values and instants. Nothing personal.
    async fn diff(&self) -> Json {
        Json(self.0.diff.clone())
    }

    /// From which address. Null for the system.
    async fn ip_address(&self) -> Option<&str> {
        self.0.ip.as_deref()
    }

    /// When.
    async fn occurred_at(&self) -> Instant {
        self.0.at.into()
    }
}

connection! {
    /// Lines of the audit log.
    AuditLineConnection, AuditLineEdge of AuditLine
}

/// The audit log.
#[derive(Debug, Default)]
pub(crate) struct AuditQuery;

/// The audit log.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl AuditQuery {
    /// The audit log of the organization, oldest first. Needs the right `audit:read`.
    async fn audit_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<AuditLineConnection>> {
        Some(log(ctx, page::<Entity>(first, after, last, before)).await)
    }
}

async fn log(ctx: &Context<'_>, page: Result<db::paging::Page>) -> Result<AuditLineConnection> {
    let reading = Reads::of(ctx).tenant().await?;
    reading.need(Right::AuditRead).map_err(denied)?;
    let slice = db::audit::page(&reading, &page?).await.map_err(broken)?;
    let count = counted(|reading| Box::pin(db::audit::count(reading)));
    Ok(AuditLineConnection {
        slice: slice.map(AuditLine),
        count,
    })
}

/// The audit log, as it grows.
#[derive(Debug, Default)]
pub(crate) struct AuditSubscription;

/// The audit log, as it grows.
#[Subscription]
impl AuditSubscription {
    /// Lines of the audit log after a cursor (from now on if absent), then as they are written. Nothing is lost; after resuming,
    /// lines of the minute before the cursor may come again, with the same ids. Needs the right `audit:read`; losing it ends
    /// the stream.
    async fn audit_logged(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where you stopped: the `cursor` of the last line that you saw.")] after: Option<
            String,
        >,
    ) -> Result<impl Stream<Item = Result<AuditLine>> + use<>> {
        let caller = Caller::of(ctx).clone();
        let tenant = caller.tenant()?;
        if !caller.asker.rights.has(Right::AuditRead) {
            return Err(denied(kernel::Denied::Forbidden(Right::AuditRead)));
        }
        let store = Reads::of(ctx).store().clone();
        let from = match after {
            Some(text) => {
                let cursor = Cursor::read::<Entity>(&text);
                let wrong = || {
                    coded(
                        kernel::Code::InvalidInput,
                        &"`after` is no cursor of the audit log",
                    )
                };
                Some(cursor.ok_or_else(wrong)?)
            }
            None => None,
        };
        let tail = Tail::new(store, tenant, caller.asker, from).await?;
        Ok(futures::stream::try_unfold(tail, |mut tail| async move {
            let line = tail.next().await?;
            Ok(Some((AuditLine(line), tail)))
        }))
    }
}

/// How long a transaction may still be open that has read its clock already: a line may appear this late.
const LATE: TimeDelta = TimeDelta::seconds(60);

/// How often a reader looks by itself, for what other nodes write.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Lines read at once.
const BATCH: u64 = 100;

/// Follows the log. Since a line may appear late, it looks back as far as that is possible and tells repeats by their ids.
/// The door asks every few seconds whether the caller may still read.
struct Tail {
    store: Store,
    tenant: Tenant,
    asker: Asker,
    listener: Listener,
    /// Lines before this moment do not appear any more.
    floor: DateTime<Utc>,
    /// How far this pass over the lines since then has come.
    reached: (DateTime<Utc>, Option<AuditId>),
    /// What has been told of them.
    told: HashMap<AuditId, DateTime<Utc>>,
    ready: VecDeque<Line>,
}

impl Tail {
    /// From a cursor on, or from now on.
    async fn new(store: Store, tenant: Tenant, asker: Asker, from: Option<Cursor>) -> Result<Self> {
        let listener = store.wake().listen();
        let start = from.as_ref().and_then(Cursor::moment);
        let floor = start.unwrap_or_else(|| store.now()) - LATE;
        let (told, ready) = (HashMap::new(), VecDeque::new());
        let mut tail = Self {
            store,
            tenant,
            asker,
            listener,
            floor,
            reached: (floor, None),
            told,
            ready,
        };
        if start.is_none() {
            // What is there already is past.
            while !tail.look().await? {}
            tail.ready.clear();
        }
        Ok(tail)
    }

    async fn next(&mut self) -> Result<Line> {
        loop {
            if let Some(line) = self.ready.pop_front() {
                return Ok(line);
            }
            let is_up_to_date = self.look().await?;
            if self.ready.is_empty() && is_up_to_date {
                let rung = self.listener.heard(self.tenant.0);
                // Either way it is time to look.
                let _ = tokio::time::timeout(LOOK_EVERY, rung).await;
            }
        }
    }

    /// Reads one batch, in a snapshot of its own, and keeps what was not told. Says whether it came to the end of the log;
    /// the next pass then begins at the floor again.
    async fn look(&mut self) -> Result<bool> {
        let reading = self.store.read(self.tenant, &self.asker).await.map_err(broken)?;
        let lines = db::audit::since(&reading, self.reached, BATCH)
            .await
            .map_err(broken)?;
        let is_last = (lines.len() as u64) < BATCH;
        if let Some(last) = lines.last() {
            self.reached = (last.at, Some(last.id));
        }
        let read_again_from = reading.now() - LATE;
        for line in lines {
            // Older lines are not read again, so they need not be remembered: a long absence costs no memory.
            let is_repeat = line.at >= read_again_from && self.told.insert(line.id, line.at).is_some();
            if !is_repeat {
                self.ready.push_back(line);
            }
        }
        if is_last {
            self.floor = self.floor.max(reading.now() - LATE);
            self.reached = (self.floor, None);
            self.told.retain(|_, at| *at >= self.floor);
        }
        Ok(is_last)
    }
}
