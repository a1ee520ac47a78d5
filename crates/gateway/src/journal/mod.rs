//! What happened, and what is promised: read page by page, or as it happens.

mod event;
mod follow;
mod timer;
mod watch;

use async_graphql::{MergedObject, MergedSubscription};

/// What can be asked about what happened and what is promised.
#[derive(Debug, Default, MergedObject)]
pub(crate) struct JournalQuery(event::EventQuery, timer::TimerQuery);

/// What can be done about what is promised.
#[derive(Debug, Default, MergedObject)]
pub(crate) struct JournalMutation(timer::TimerMutation);

/// What can be watched as it happens.
#[derive(Debug, Default, MergedSubscription)]
pub(crate) struct JournalSubscription(watch::WatchSubscription);
