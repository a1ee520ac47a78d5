//! The waiting list: whoever finds nothing free waits for a service within a window, and is offered what comes free.
//!
//! Who came first is offered first; nobody can be moved. Whoever passes on an offer, or does not answer it in time, keeps
//! their place for other times and is not offered the same start again.
//!
//! **Invariant:** an offer takes its time or seat as a hold does, but never frees itself: [`expire_due`], [`decline`],
//! [`leave`] and [`accept`] end it, and each of the first three offers it to the next in the same transaction.
//! **Invariant:** whoever offers holds the service's hosts before the booking that frees them: see [`prepare`].

mod join;
mod offer;

use chrono::{DateTime, TimeDelta, Utc};
use db::paging::{Page, Slice};
use db::{Reading, Tenant, Token};
use kernel::id::{ResourceId, ServiceId, WaitlistEntryId};
use kernel::{Id as _, Line, Right};
use serde::{Deserialize, Serialize};

use crate::diary;
use crate::error::Refusal;
use crate::store;
use crate::word::words;

pub use self::join::{WaitDraft, join, leave, leave_by_token};
pub use self::offer::{OFFER, accept, decline, expire_due, offered};
pub use store::waitlist::{Entity as Waitlist, Model as WaitlistEntry};
pub use store::waitlist_offer::Model as WaitlistOffer;

pub(crate) use self::offer::{Freed, offer_next, prepare, withdraw};

/// Who may wait for one service at once.
pub const WAITING_MAX: u64 = 500;

/// The longest window that somebody waits for.
pub const WINDOW_MAX: TimeDelta = TimeDelta::days(366);

/// How long somebody may take to answer an offer; less, if it begins before.
pub const OFFER_LASTS: TimeDelta = TimeDelta::minutes(30);

/// Offers that one call of [`expire_due`] ends.
pub const ENDED_MAX: u64 = 100;

/// How a link's token begins.
const TOKEN: &str = "hor_wait_";

words! {
    /// Where somebody who waits stands.
    #[cfg_attr(feature = "graphql", graphql(name = "WaitlistStatus"))]
    pub enum WaitlistStatus {
        /// They wait.
        Waiting = "WAITING",
        /// Something is offered to them.
        Offered = "OFFERED",
        /// They took it.
        Booked = "BOOKED",
        /// They wait no more.
        Left = "LEFT",
        /// What they waited for is over.
        Expired = "EXPIRED",
    }
}

words! {
    /// What came of an offer.
    #[cfg_attr(feature = "graphql", graphql(name = "WaitlistOutcome"))]
    pub enum Outcome {
        /// It was booked.
        Accepted = "ACCEPTED",
        /// They passed on it.
        Declined = "DECLINED",
        /// They did not answer in time.
        Lapsed = "LAPSED",
        /// It takes place no more.
        Withdrawn = "WITHDRAWN",
    }
}

impl WaitlistEntry {
    /// Where they stand by now: an offer that was not answered in time is none, ended or not.
    #[must_use]
    pub fn status_at(&self, now: DateTime<Utc>) -> WaitlistStatus {
        match self.status {
            WaitlistStatus::Offered if self.offered_until.is_some_and(|until| now < until) => {
                WaitlistStatus::Offered
            }
            WaitlistStatus::Offered | WaitlistStatus::Waiting if self.window_ends_at <= now => {
                WaitlistStatus::Expired
            }
            WaitlistStatus::Offered | WaitlistStatus::Waiting => WaitlistStatus::Waiting,
            closed @ (WaitlistStatus::Booked | WaitlistStatus::Left | WaitlistStatus::Expired) => closed,
        }
    }
}

/// Which of those who wait are asked for; what is left out does not matter.
#[derive(Debug, Clone, Default)]
pub struct WaitlistFilter {
    /// Standing so by now; none of them is all of them.
    pub statuses: Vec<WaitlistStatus>,
    /// For this service.
    pub service: Option<ServiceId>,
    /// For this host.
    pub host: Option<ResourceId>,
    /// Whose contact has this in it, whatever the case and accents.
    pub text: Option<Line>,
}

/// Somebody's place was made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitChanged {
    /// Whose; [`token`] says their token.
    pub entry: WaitlistEntryId,
}

/// Says a link's token again. Whoever calls has checked that it was theirs.
#[must_use]
pub fn token(reading: &Reading<Tenant>, entry: WaitlistEntryId) -> Token {
    reading.key().token(TOKEN, entry.uuid())
}

/// Reads text as a link's token.
///
/// # Errors
/// If it is none.
pub fn read_token(text: &str) -> Result<Token, Refusal> {
    Token::read(TOKEN, text).ok_or(Refusal::TokenInvalid)
}

/// The place that a link is for, whatever came of it.
///
/// # Errors
/// If there is no such link.
pub async fn by_token(reading: &Reading<Tenant>, token: &Token) -> Result<WaitlistEntry, Refusal> {
    let found = store::waitlist::by_digest(reading, &token.digest()).await?;
    found.ok_or(Refusal::TokenInvalid)
}

/// How many wait for the same service and came before.
///
/// # Errors
/// If the database refuses.
pub async fn ahead_of(reading: &Reading<Tenant>, entry: &WaitlistEntry) -> Result<u64, Refusal> {
    Ok(store::waitlist::waiting(reading, entry.service_id, Some(entry)).await?)
}

/// What is offered to some who wait by now, as far as the caller has found them.
///
/// # Errors
/// If the database refuses.
pub async fn offers_to(
    reading: &Reading<Tenant>,
    entries: &[WaitlistEntryId],
) -> Result<Vec<WaitlistOffer>, Refusal> {
    let mut open = store::waitlist_offer::open_of(reading, entries).await?;
    open.retain(|it| reading.now() < it.offered_until);
    Ok(open)
}

/// A page of those who wait or waited, in the order in which they came; those who wait for oneself only, for whoever has no
/// more than an own diary.
///
/// # Errors
/// If the right is missing.
pub async fn waitlist(
    reading: &Reading<Tenant>,
    filter: &WaitlistFilter,
    page: &Page,
) -> Result<Slice<WaitlistEntry>, Refusal> {
    let filter = narrowed(reading, filter).await?;
    Ok(store::page(reading, store::waitlist::select(reading, &filter), page).await?)
}

/// How many there are, counting no further than the cap.
///
/// # Errors
/// If the right is missing.
pub async fn count_waitlist(reading: &Reading<Tenant>, filter: &WaitlistFilter) -> Result<u64, Refusal> {
    let filter = narrowed(reading, filter).await?;
    Ok(store::count(reading, store::waitlist::select(reading, &filter)).await?)
}

/// Those of these entries that whoever asks may see.
///
/// # Errors
/// If nobody is signed in who may see any.
pub async fn find_entries(
    reading: &Reading<Tenant>,
    ids: &[WaitlistEntryId],
) -> Result<Vec<WaitlistEntry>, Refusal> {
    let mut found = store::find::<store::waitlist::Entity>(reading, ids).await?;
    if !reading.asker().rights.has(Right::DiaryRead) {
        reading.need(Right::OwnDiaryWrite)?;
        let own = diary::own(reading).await?;
        found.retain(|it| it.host_id.is_some() && it.host_id == own);
    }
    Ok(found)
}

async fn narrowed(reading: &Reading<Tenant>, filter: &WaitlistFilter) -> Result<WaitlistFilter, Refusal> {
    let mut filter = filter.clone();
    filter.host = diary::narrowed(reading, filter.host).await?;
    Ok(filter)
}
