//! Booking requests: staff send somebody a link, by which they book one service once.
//!
//! Who it is for, what for and with whom are filled in already; when is theirs to choose. Only the hash of the link's token
//! is stored, and the booking that it makes closes it in the same transaction.
//!
//! **Invariant:** a link that has been booked with, has expired or was taken back books nothing, and says which it is.
//! Whether it has expired is the clock's to say; no row is changed by it.

use chrono::{DateTime, TimeDelta, Utc};
use db::paging::{Page, Slice};
use db::{Reading, Tenant, Token, Work};
use kernel::id::{BookingId, BookingRequestId, ResourceId, ServiceId};
use kernel::{EventType, Id as _, Line, Prose, Right};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::booking::BookingDraft;
use crate::contact::Contact;
use crate::diary;
use crate::error::Refusal;
use crate::needs;
use crate::patch::{expect_version, write_down};
use crate::store::{self, Table as _};
use crate::word::words;

pub use store::booking_request::{Entity as BookingRequests, Model as BookingRequest};

/// How long a link is good unless it says.
pub const LASTS: TimeDelta = TimeDelta::days(14);

/// The longest that a link is good.
pub const LASTS_MAX: TimeDelta = TimeDelta::days(90);

/// How a link's token begins.
const TOKEN: &str = "hor_request_";

words! {
    /// Where a booking request stands.
    #[cfg_attr(feature = "graphql", graphql(name = "BookingRequestStatus"))]
    pub enum RequestStatus {
        /// The link is out.
        Sent = "SENT",
        /// The client has looked at it.
        Opened = "OPENED",
        /// The client has booked by it.
        Booked = "BOOKED",
        /// Nobody booked by it in time.
        Expired = "EXPIRED",
        /// Staff have taken it back.
        Cancelled = "CANCELLED",
    }
}

impl RequestStatus {
    /// Whether it can still be booked by.
    #[must_use]
    pub fn is_open(self) -> bool {
        match self {
            Self::Sent | Self::Opened => true,
            Self::Booked | Self::Expired | Self::Cancelled => false,
        }
    }
}

impl BookingRequest {
    /// Where it stands by now.
    #[must_use]
    pub fn status_at(&self, now: DateTime<Utc>) -> RequestStatus {
        if self.status.is_open() && self.expires_at <= now {
            RequestStatus::Expired
        } else {
            self.status
        }
    }

    /// Refuses by name what can no longer be booked by.
    fn need_open(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        let status = self.status_at(now);
        if status.is_open() {
            Ok(())
        } else {
            Err(Refusal::RequestClosed(status))
        }
    }
}

/// What a link is made from.
#[derive(Debug, Clone)]
pub struct RequestDraft {
    /// What is to be booked.
    pub service: ServiceId,
    /// Given by this one; by whoever can, unless said.
    pub host: Option<ResourceId>,
    /// The client, as staff know them.
    pub client: Contact,
    /// What is said to them.
    pub message: Option<Prose>,
    /// Until when it is good, up to [`LASTS_MAX`]; for [`LASTS`] unless said.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Which links are asked for; what is left out does not matter.
#[derive(Debug, Clone, Default)]
pub struct RequestFilter {
    /// Standing so by now; none of them is all of them.
    pub statuses: Vec<RequestStatus>,
    /// Whose contact has this in it, whatever the case and accents.
    pub text: Option<Line>,
    /// Naming this host.
    pub host: Option<ResourceId>,
}

/// A link was made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestChanged {
    /// Which; [`token`] says its token.
    pub request: BookingRequestId,
}

/// Staff make a link for somebody. Whoever keeps an own diary only, for themselves.
///
/// # Errors
/// If the right is missing, the service is not offered or not given by the host, nobody could be reached, or it would be
/// good for no time or too long.
pub async fn send(work: &Work<Tenant>, draft: RequestDraft) -> Result<RequestChanged, Refusal> {
    need_theirs(work, draft.host).await?;
    draft.client.need_reachable()?;
    needs::can_be_given(work, draft.service, draft.host).await?;
    let row = row(work, draft)?;
    let made = RequestChanged { request: row.id };
    let diff = json!({ "service": row.service_id, "host": row.host_id, "expiresAt": row.expires_at });
    store::insert(work, row).await?;
    write_down(work, EventType::BookingRequestSent, (made.request, 1), diff).await?;
    Ok(made)
}

/// Refuses whoever may write neither everybody's bookings nor this host's. A link to anybody is nobody's own.
async fn need_theirs(work: &Work<Tenant>, host: Option<ResourceId>) -> Result<(), Refusal> {
    let hosts: Vec<ResourceId> = host.into_iter().collect();
    diary::need_write_of(work, &hosts, store::booking_request::Entity::WHAT).await
}

fn row(work: &Work<Tenant>, draft: RequestDraft) -> Result<BookingRequest, Refusal> {
    let now = work.now();
    let expires_at = draft.expires_at.unwrap_or(now + LASTS);
    if expires_at <= now || expires_at > now + LASTS_MAX {
        return Err(Refusal::wanted(
            "expiresAt",
            "a time within the next 90 days",
            expires_at,
        ));
    }
    let id: BookingRequestId = work.mint();
    Ok(BookingRequest {
        organization_id: work.organization(),
        id,
        service_id: draft.service,
        host_id: draft.host,
        search: draft.client.search(),
        name: draft.client.name,
        email: draft.client.email,
        phone: draft.client.phone,
        message: draft.message,
        status: RequestStatus::Sent,
        digest: token(work, id).digest(),
        booking_id: None,
        version: 1,
        expires_at,
        opened_at: None,
        closed_at: None,
        created_at: now,
        updated_at: now,
    })
}

/// Staff take a link back.
///
/// # Errors
/// If the right is missing, it is not there, has another version than expected, or can no longer be booked by.
pub async fn cancel(
    work: &Work<Tenant>,
    id: BookingRequestId,
    expected_version: Option<i64>,
) -> Result<RequestChanged, Refusal> {
    diary::need_some_write(work)?;
    let mut request: BookingRequest = store::hold::<store::booking_request::Entity>(work, id).await?;
    need_theirs(work, request.host_id).await?;
    expect_version(expected_version, request.version)?;
    request.need_open(work.now())?;
    request.status = RequestStatus::Cancelled;
    request.closed_at = Some(work.now());
    let version = request.touch(work.now());
    store::save(work, request).await?;
    write_down(work, EventType::BookingRequestCancelled, (id, version), json!({})).await?;
    Ok(RequestChanged { request: id })
}

/// Says a link's token again. Whoever calls has checked that it was theirs.
#[must_use]
pub fn token(reading: &Reading<Tenant>, request: BookingRequestId) -> Token {
    reading.key().token(TOKEN, request.uuid())
}

/// Reads text as a link's token.
///
/// # Errors
/// If it is none.
pub fn read_token(text: &str) -> Result<Token, Refusal> {
    Token::read(TOKEN, text).ok_or(Refusal::TokenInvalid)
}

/// What a link is for, whatever came of it. Looking changes nothing: programs that preview links do not open them.
///
/// # Errors
/// If there is no such link.
pub async fn by_token(reading: &Reading<Tenant>, token: &Token) -> Result<BookingRequest, Refusal> {
    let found = store::booking_request::by_digest(reading, &token.digest()).await?;
    found.ok_or(Refusal::TokenInvalid)
}

/// The client opens a link: the first time is written down.
///
/// # Errors
/// If there is no such link, or it can no longer be booked by.
pub async fn open(work: &Work<Tenant>, token: &Token) -> Result<RequestChanged, Refusal> {
    let mut request = held(work, token).await?;
    let opened = RequestChanged { request: request.id };
    if request.status == RequestStatus::Sent {
        request.status = RequestStatus::Opened;
        request.opened_at = Some(work.now());
        let version = request.touch(work.now());
        store::save(work, request).await?;
        write_down(
            work,
            EventType::BookingRequestOpened,
            (opened.request, version),
            json!({}),
        )
        .await?;
    }
    Ok(opened)
}

/// The link that a token opens, held, if it can be booked by.
async fn held(work: &Work<Tenant>, token: &Token) -> Result<BookingRequest, Refusal> {
    let seen = by_token(work, token).await?;
    let request: BookingRequest = store::hold::<store::booking_request::Entity>(work, seen.id).await?;
    request.need_open(work.now())?;
    Ok(request)
}

/// Holds the link that a draft is booked by, before anything of the diary is held, and lets it name the host.
pub(crate) async fn redeem(
    work: &Work<Tenant>,
    draft: &mut BookingDraft,
) -> Result<Option<BookingRequest>, Refusal> {
    let Some(token) = &draft.request else {
        return Ok(None);
    };
    let request = held(work, token).await?;
    let with = request.host_id.or(draft.host);
    if request.service_id != draft.service || draft.host.is_some_and(|it| Some(it) != with) {
        return Err(Refusal::wanted(
            "request",
            "a start of the service and with the host that the link is for",
            "another",
        ));
    }
    draft.host = with;
    Ok(Some(request))
}

/// The booking is made: the link has done what it was for.
pub(crate) async fn close(
    work: &Work<Tenant>,
    mut request: BookingRequest,
    booking: BookingId,
) -> Result<(), Refusal> {
    let id = request.id;
    request.status = RequestStatus::Booked;
    request.booking_id = Some(booking);
    request.closed_at = Some(work.now());
    let version = request.touch(work.now());
    store::save(work, request).await?;
    write_down(
        work,
        EventType::BookingRequestBooked,
        (id, version),
        json!({ "booking": booking }),
    )
    .await?;
    Ok(())
}

/// A page of links by when they were made; those that name oneself only, for whoever has no more than an own diary.
///
/// # Errors
/// If the right is missing.
pub async fn requests(
    reading: &Reading<Tenant>,
    filter: &RequestFilter,
    page: &Page,
) -> Result<Slice<BookingRequest>, Refusal> {
    let filter = narrowed(reading, filter).await?;
    Ok(store::page(reading, store::booking_request::select(reading, &filter), page).await?)
}

/// How many there are, counting no further than the cap.
///
/// # Errors
/// If the right is missing.
pub async fn count_requests(reading: &Reading<Tenant>, filter: &RequestFilter) -> Result<u64, Refusal> {
    let filter = narrowed(reading, filter).await?;
    Ok(store::count(reading, store::booking_request::select(reading, &filter)).await?)
}

/// Those of these links that whoever asks may see.
///
/// # Errors
/// If nobody is signed in who may see any.
pub async fn find_requests(
    reading: &Reading<Tenant>,
    ids: &[BookingRequestId],
) -> Result<Vec<BookingRequest>, Refusal> {
    let mut found = store::find::<store::booking_request::Entity>(reading, ids).await?;
    if !reading.asker().rights.has(Right::DiaryRead) {
        reading.need(Right::OwnDiaryWrite)?;
        let own = diary::own(reading).await?;
        found.retain(|it| it.host_id.is_some() && it.host_id == own);
    }
    Ok(found)
}

async fn narrowed(reading: &Reading<Tenant>, filter: &RequestFilter) -> Result<RequestFilter, Refusal> {
    let mut filter = filter.clone();
    filter.host = diary::narrowed(reading, filter.host).await?;
    Ok(filter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(status: RequestStatus) -> BookingRequest {
        BookingRequest {
            organization_id: kernel::Id::from_uuid(uuid::Uuid::nil()),
            id: kernel::Id::from_uuid(uuid::Uuid::nil()),
            service_id: kernel::Id::from_uuid(uuid::Uuid::nil()),
            host_id: None,
            name: "Ana Prado".parse().unwrap(),
            email: None,
            phone: None,
            message: None,
            status,
            digest: Vec::new(),
            booking_id: None,
            search: String::new(),
            version: 1,
            expires_at: DateTime::UNIX_EPOCH,
            opened_at: None,
            closed_at: None,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn what_is_open_expires_at_its_moment_and_what_is_closed_stays_what_it_is() {
        let (before, at) = (
            DateTime::UNIX_EPOCH - TimeDelta::microseconds(1),
            DateTime::UNIX_EPOCH,
        );
        for status in RequestStatus::ALL {
            let request = request(*status);
            assert_eq!(request.status_at(before), *status);
            let then = if status.is_open() {
                RequestStatus::Expired
            } else {
                *status
            };
            assert_eq!(request.status_at(at), then);
            assert_eq!(request.need_open(before).is_ok(), status.is_open());
        }
    }
}
