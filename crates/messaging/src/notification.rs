//! What somebody is told inside: once for each event, theirs alone to read.

use db::journal::Event;
use db::paging::{Page, Slice};
use db::{Fault, Reading, Tenant, Work};
use kernel::Invalid;
use kernel::id::{NotificationId, UserId};
use serde::{Deserialize, Serialize};

use crate::error::Refusal;
use crate::store;

pub use store::notification::{Entity as Notifications, Model as Notification};

/// Notifications that one request marks by their ids.
pub const MARKED_MAX: usize = 100;

/// Notifications were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkedRead {
    /// How many were not read before.
    pub count: u64,
}

/// Tells people of an event. Part of a flow, so it asks for no right.
///
/// # Errors
/// If the database refuses.
pub async fn notify(work: &Work<Tenant>, users: &[UserId], event: &Event) -> Result<(), Fault> {
    for user in users {
        let row = Notification {
            organization_id: work.organization(),
            id: work.mint(),
            user_id: *user,
            event_id: event.id,
            type_: event.type_.clone(),
            subject_id: event.aggregate_id.clone(),
            read_at: None,
            created_at: work.now(),
            position: event.position,
        };
        store::notification::insert_once(work, row).await?;
    }
    Ok(())
}

/// Notes that whoever asks has read these of their own notifications, or all of them.
///
/// # Errors
/// If it is no person who asks, or there are too many ids.
pub async fn mark_read(work: &Work<Tenant>, which: Option<&[NotificationId]>) -> Result<MarkedRead, Refusal> {
    let user = work.need_user()?;
    if let Some(ids) = which
        && ids.len() > MARKED_MAX
    {
        let wanted = format!("{MARKED_MAX} ids at most, or none for all");
        let wrong = Invalid::new(&wanted, &ids.len().to_string());
        return Err(Refusal::Invalid {
            field: "notificationIds",
            wrong,
        });
    }
    let count = store::notification::mark_read(work, user, which).await?;
    Ok(MarkedRead { count })
}

/// A page of one's own notifications, earliest first.
///
/// # Errors
/// If it is no person who asks.
pub async fn notifications(
    reading: &Reading<Tenant>,
    only_unread: bool,
    page: &Page,
) -> Result<Slice<Notification>, Refusal> {
    let user = reading.need_user()?;
    Ok(store::notification::page(reading, (user, only_unread), page).await?)
}

/// What whoever asks was told of events after a position of the journal, so many at most, in its order.
///
/// # Errors
/// If it is no person who asks.
pub async fn received(
    reading: &Reading<Tenant>,
    after: i64,
    most: u64,
) -> Result<Vec<Notification>, Refusal> {
    let user = reading.need_user()?;
    Ok(store::notification::after(reading, user, (after, most)).await?)
}

/// The position of the last event of which whoever asks was told; 0 if there is none.
///
/// # Errors
/// If it is no person who asks.
pub async fn received_until(reading: &Reading<Tenant>) -> Result<i64, Refusal> {
    let user = reading.need_user()?;
    let last = store::notification::last_position(reading, user).await?;
    Ok(last.unwrap_or_default())
}

/// How many there are, counting no further than the cap.
///
/// # Errors
/// If it is no person who asks.
pub async fn count_notifications(reading: &Reading<Tenant>, only_unread: bool) -> Result<u64, Refusal> {
    let user = reading.need_user()?;
    Ok(store::notification::count(reading, (user, only_unread)).await?)
}

/// One's own notifications by their ids.
///
/// # Errors
/// If it is no person who asks.
pub async fn find_notifications(
    reading: &Reading<Tenant>,
    ids: &[NotificationId],
) -> Result<Vec<Notification>, Refusal> {
    let user = reading.need_user()?;
    Ok(store::notification::find(reading, user, ids).await?)
}
