//! What one is told inside.

use async_graphql::{Context, InputObject, Object, Result};
use db::paging::Page;
use kernel::id::NotificationId;
use messaging::notification::{self, MarkedRead, Notifications};

use crate::act::{Outcome, payload};
use crate::errors::on_top;
use crate::list::{Count, connection, page};
use crate::reads::Reads;
use crate::scalars::Instant;
use crate::scheduling::act;

/// One notification.
#[derive(Debug, Clone)]
pub(crate) struct Notification(pub(crate) notification::Notification);

/// One thing that somebody is told. Only they see it.
#[Object]
impl Notification {
    /// The notification's global id.
    pub(crate) async fn id(&self) -> NotificationId {
        self.0.id
    }

    /// What happened, such as `booking.moved`.
    async fn event_type(&self) -> &str {
        &self.0.type_
    }

    /// The global id of what it happened to: ask `node` for it.
    async fn subject_id(&self) -> async_graphql::ID {
        async_graphql::ID(self.0.subject_id.clone())
    }

    /// When it was read.
    async fn read_at(&self) -> Option<Instant> {
        self.0.read_at.map(Instant)
    }

    /// When it was told.
    async fn created_at(&self) -> Instant {
        self.0.created_at.into()
    }
}

connection! {
    /// What one is told.
    NotificationConnection, NotificationEdge of Notification {
        /// How many of all your notifications wait to be read, whichever are listed; counting stops at 10,000.
        async fn unread_count(&self, ctx: &async_graphql::Context<'_>) -> Option<async_graphql::Result<u64>> {
            Some(unread(ctx).await)
        }
    }
}

async fn unread(ctx: &Context<'_>) -> Result<u64> {
    let reading = Reads::of(ctx).tenant().await?;
    notification::count_notifications(&reading, true)
        .await
        .map_err(on_top)
}

/// What one is told.
#[derive(Debug, Default)]
pub(crate) struct NotificationQuery;

/// What one is told.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl NotificationQuery {
    /// Your own notifications in the organization, earliest first: `unreadCount` is how many wait to be read. They are kept 180
    /// days after you have read them, a year if you do not.
    async fn notifications(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            default_with = "Some(false)",
            desc = "Whether only what was not read is listed."
        )]
        is_unread: Option<bool>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<NotificationConnection>> {
        let page = page::<Notifications>(first, after, last, before);
        Some(list(ctx, is_unread.unwrap_or_default(), page).await)
    }
}

async fn list(ctx: &Context<'_>, is_unread: bool, page: Result<Page>) -> Result<NotificationConnection> {
    let reading = Reads::of(ctx).tenant().await?;
    let slice = notification::notifications(&reading, is_unread, &page?)
        .await
        .map_err(on_top)?
        .map(Notification);
    let count: Count = Box::new(move |reading| {
        Box::pin(async move {
            notification::count_notifications(&reading, is_unread)
                .await
                .map_err(on_top)
        })
    });
    Ok(NotificationConnection { slice, count })
}

/// What was read.
#[derive(InputObject)]
pub(crate) struct NotificationsMarkReadInput {
    /// Which of your notifications, 100 at most; all of them if absent.
    notification_ids: Option<Vec<NotificationId>>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

payload! {
    /// Notifications are read.
    NotificationsMarkReadPayload(MarkedRead) {
        /// How many were not read before.
        async fn marked_count(&self) -> Option<u64> {
            Some(self.0.done()?.count)
        }

        /// How many wait to be read now; counting stops at 10,000.
        async fn unread_count(&self, ctx: &Context<'_>) -> Option<Result<u64>> {
            self.0.done()?;
            Some(unread(ctx).await)
        }
    }
}

/// Reading what one is told.
#[derive(Debug, Default)]
pub(crate) struct NotificationMutation;

/// Reading what one is told.
#[Object]
impl NotificationMutation {
    /// Notes that you have read some of your notifications, or all of them.
    async fn notifications_mark_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was read.")] input: NotificationsMarkReadInput,
    ) -> Option<Result<NotificationsMarkReadPayload>> {
        Some(mark(ctx, input).await.map(NotificationsMarkReadPayload))
    }
}

async fn mark(ctx: &Context<'_>, input: NotificationsMarkReadInput) -> Result<Outcome<MarkedRead>> {
    let ids = input.notification_ids;
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(async move { notification::mark_read(work, ids.as_deref()).await })
        })
        .await
}
