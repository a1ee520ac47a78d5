//! What one is told inside, as it is told.

use std::collections::VecDeque;
use std::time::Duration;

use async_graphql::{Context, Result, SimpleObject, Subscription};
use db::journal::Entity;
use db::paging::Cursor;
use db::wake::Notices;
use db::{Asker, Store, Tenant};
use futures::{Stream, stream};
use kernel::{Code, Denied};
use messaging::notification::{count_notifications, received, received_until};

use super::notification::Notification;
use crate::caller::Caller;
use crate::errors::{broken, coded, denied, on_top};
use crate::reads::Reads;

/// Notifications read at once.
const BATCH: u64 = 100;

/// How often somebody looks by themselves, for what no bell has told.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// You were told something.
#[derive(Debug, SimpleObject)]
pub(crate) struct NotificationReceived {
    /// What you were told.
    notification: Notification,
    /// How many of your notifications wait to be read; counting stops at 10,000.
    unread_count: u64,
    /// Where what happened stands in the journal; hand it back as `after`.
    cursor: String,
}

/// Hearing what one is told.
#[derive(Debug, Default)]
pub(crate) struct NotificationSubscription;

/// Hearing what one is told.
#[Subscription]
impl NotificationSubscription {
    /// Your own notifications as you are told, from now on or from a cursor: nothing is lost, and nothing comes twice. Leaving the
    /// organization, or the end of the session, ends the stream. It needs a person; a key is told nothing.
    async fn notification_received(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where you stopped: the last `cursor` that you saw, of this or of `events`.")] after: Option<String>,
    ) -> Result<impl Stream<Item = Result<NotificationReceived>> + use<>> {
        let inbox = Inbox::open(ctx, after.as_deref()).await?;
        Ok(stream::try_unfold(inbox, |mut inbox| async move {
            let told = inbox.next().await?;
            Ok(Some((told, inbox)))
        }))
    }
}

/// Somebody who waits to be told.
struct Inbox {
    store: Store,
    tenant: Tenant,
    asker: Asker,
    ears: Notices,
    /// Of events up to here everything was read.
    position: i64,
    ready: VecDeque<NotificationReceived>,
}

impl Inbox {
    async fn open(ctx: &Context<'_>, after: Option<&str>) -> Result<Self> {
        let (store, caller) = (Reads::of(ctx).store().clone(), Caller::of(ctx));
        let (tenant, asker) = (caller.tenant()?, caller.asker.clone());
        let user = asker
            .actor
            .user()
            .ok_or_else(|| denied(Denied::Unauthenticated))?;
        // Before the first look: what is told after it is heard.
        let ears = Notices::of(&store, tenant.0, user);
        let wrong = || coded(Code::InvalidInput, &"`after` is no cursor of the journal");
        let position = match after {
            Some(text) => Cursor::read::<Entity>(text)
                .and_then(|it| it.number())
                .ok_or_else(wrong)?,
            None => {
                let reading = store.read(tenant, &asker).await.map_err(broken)?;
                received_until(&reading).await.map_err(on_top)?
            }
        };
        Ok(Self {
            store,
            tenant,
            asker,
            ears,
            position,
            ready: VecDeque::new(),
        })
    }

    async fn next(&mut self) -> Result<NotificationReceived> {
        loop {
            if let Some(told) = self.ready.pop_front() {
                return Ok(told);
            }
            self.look().await?;
            if self.ready.is_empty() {
                // Either way it is time to look.
                let _ = tokio::time::timeout(LOOK_EVERY, self.ears.heard()).await;
            }
        }
    }

    /// Reads what was told since the last look, with what waits to be read then, in a snapshot of its own.
    async fn look(&mut self) -> Result<()> {
        let reading = self.store.read(self.tenant, &self.asker).await.map_err(broken)?;
        let told = received(&reading, self.position, BATCH).await.map_err(on_top)?;
        let Some(last) = told.last().and_then(|it| it.position) else {
            return Ok(());
        };
        let unread_count = count_notifications(&reading, true).await.map_err(on_top)?;
        self.position = last;
        self.ready = told
            .into_iter()
            .map(|it| NotificationReceived {
                cursor: Cursor::at::<Entity>(it.position.unwrap_or(last)).to_string(),
                notification: Notification(it),
                unread_count,
            })
            .collect();
        Ok(())
    }
}
