//! Letters as rows: ordered because of an event, sent when their promise is kept, and never called sent when they were not.

use db::paging::{Page, Slice};
use db::timer::Promise;
use db::{Fault, Reading, Tenant, Work};
use kernel::id::{AttendeeId, BookingId, BookingTokenId, DeliveryId, EventId};
use kernel::{Email, Locale, Right};
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Key, Unsent};
use crate::error::Refusal;
use crate::store;

pub use store::delivery::{Entity as Deliveries, Model as Delivery};

/// The kind of the promise that sends one letter.
pub const SEND: &str = "mail.send";

/// How often a letter is tried: for some ten hours.
pub const ATTEMPTS_MAX: i64 = 20;

/// How a letter is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(
    feature = "graphql",
    derive(async_graphql::Enum),
    graphql(name = "MessageChannel")
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Channel {
    /// By e-mail.
    #[sea_orm(string_value = "EMAIL")]
    Email,
}

/// Where a letter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(
    feature = "graphql",
    derive(async_graphql::Enum),
    graphql(name = "MessageState")
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum DeliveryState {
    /// It is sent when its time comes.
    #[sea_orm(string_value = "WAITING")]
    Waiting,
    /// The mail server has taken it.
    #[sea_orm(string_value = "SENT")]
    Sent,
    /// It was refused for good, or tried often enough.
    #[sea_orm(string_value = "FAILED")]
    Failed,
    /// What it would have said was no longer true.
    #[sea_orm(string_value = "DROPPED")]
    Dropped,
}

/// A letter to be sent.
#[derive(Debug, Clone)]
pub struct Order {
    /// Which.
    pub template: Key,
    /// Because of which event.
    pub event: EventId,
    /// About which booking.
    pub booking: BookingId,
    /// To whom.
    pub attendee: AttendeeId,
    /// The link in it.
    pub link: Option<BookingTokenId>,
    /// Where they are written to.
    pub recipient: Email,
    /// In which language.
    pub locale: Locale,
}

/// Orders a letter, once for each event, reader and kind. Part of a flow, so it asks for no right.
///
/// # Errors
/// If the database refuses.
pub async fn order(work: &Work<Tenant>, it: Order) -> Result<(), Fault> {
    let row = Delivery {
        organization_id: work.organization(),
        id: work.mint(),
        channel: Channel::Email,
        template: it.template,
        event_id: it.event,
        booking_id: it.booking,
        attendee_id: it.attendee,
        link_id: it.link,
        recipient: it.recipient,
        locale: it.locale,
        state: DeliveryState::Waiting,
        attempts: 0,
        last_error: None,
        ended_at: None,
        created_at: work.now(),
    };
    let subject = row.id.to_string();
    if store::delivery::insert_once(work, row).await? {
        let (payload, due_at) = (json!({}), work.now());
        work.promise(Promise {
            kind: SEND,
            subject,
            payload,
            due_at,
        })
        .await?;
    }
    Ok(())
}

/// A letter that is still to be sent; nothing if it came to its end.
///
/// # Errors
/// If the database refuses.
pub async fn waiting(reading: &Reading<Tenant>, id: DeliveryId) -> Result<Option<Delivery>, Fault> {
    let found = store::delivery::find(reading, &[id]).await?.pop();
    Ok(found.filter(|it| it.state == DeliveryState::Waiting))
}

/// What came of trying to send a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// It was taken.
    Sent,
    /// It was not.
    Unsent(Unsent),
    /// It was not tried: it would not be true.
    Untrue,
}

/// Writes down what came of trying to send a letter. Says whether it is to be tried again.
///
/// # Errors
/// If the database refuses.
pub async fn tried(work: &Work<Tenant>, id: DeliveryId, came: &Came) -> Result<bool, Refusal> {
    let mut row = store::delivery::hold(work, id).await?;
    if row.state != DeliveryState::Waiting {
        return Ok(false);
    }
    if *came != Came::Untrue {
        row.attempts += 1;
    }
    let (state, error) = match came {
        Came::Sent => (DeliveryState::Sent, None),
        Came::Untrue => (DeliveryState::Dropped, None),
        Came::Unsent(why @ Unsent::Refused(_)) => (DeliveryState::Failed, Some(why)),
        Came::Unsent(why @ Unsent::Later(_)) if row.attempts >= ATTEMPTS_MAX => {
            (DeliveryState::Failed, Some(why))
        }
        Came::Unsent(why @ Unsent::Later(_)) => (DeliveryState::Waiting, Some(why)),
    };
    row.state = state;
    row.last_error = error.map(ToString::to_string);
    let is_over = state != DeliveryState::Waiting;
    row.ended_at = is_over.then(|| work.now());
    store::save(work, row).await?;
    Ok(!is_over)
}

/// A page of the letters, of all or about one booking, earliest first.
///
/// # Errors
/// If the right is missing.
pub async fn deliveries(
    reading: &Reading<Tenant>,
    booking: Option<BookingId>,
    page: &Page,
) -> Result<Slice<Delivery>, Refusal> {
    reading.need(Right::MessagesRead)?;
    Ok(store::delivery::page(reading, booking, page).await?)
}

/// How many there are, counting no further than the cap.
///
/// # Errors
/// If the right is missing.
pub async fn count_deliveries(reading: &Reading<Tenant>, booking: Option<BookingId>) -> Result<u64, Refusal> {
    reading.need(Right::MessagesRead)?;
    Ok(store::delivery::count(reading, booking).await?)
}
