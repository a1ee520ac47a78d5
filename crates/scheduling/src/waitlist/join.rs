//! Coming to wait, and going.

use db::{Tenant, Token, Work};
use kernel::id::{ResourceId, ServiceId, WaitlistEntryId};
use kernel::{EventType, Span};
use serde_json::json;

use super::offer;
use super::{WAITING_MAX, WINDOW_MAX, WaitChanged, WaitlistEntry, WaitlistStatus, by_token, token};
use crate::contact::Contact;
use crate::diary;
use crate::error::Refusal;
use crate::needs;
use crate::patch::{expect_version, write_down};
use crate::store::{self, Table as _};

/// What a place on the list is made from.
#[derive(Debug, Clone)]
pub struct WaitDraft {
    /// What they wait for.
    pub service: ServiceId,
    /// Given by this one; by whoever can, unless said.
    pub host: Option<ResourceId>,
    /// When it may start, up to [`WINDOW_MAX`] from now.
    pub window: Span,
    /// Who waits.
    pub client: Contact,
}

/// Somebody comes to wait. Nothing is offered to them before something comes free: what is free already can be booked.
///
/// # Errors
/// If the service is not offered or not given by the host, nobody could be reached, the window is over or reaches too far,
/// or too many wait already.
pub async fn join(work: &Work<Tenant>, draft: WaitDraft) -> Result<WaitChanged, Refusal> {
    draft.client.need_reachable()?;
    let end = draft.window.end();
    if end <= work.now() || end > work.now() + WINDOW_MAX {
        return Err(Refusal::wanted(
            "windowEndsAt",
            "an end within the next 366 days",
            end,
        ));
    }
    needs::can_be_given(work, draft.service, draft.host).await?;
    // Whoever comes to wait takes turns, so that they can be counted.
    store::hold::<store::service::Entity>(work, draft.service).await?;
    if store::waitlist::waiting(work, draft.service, None).await? >= WAITING_MAX {
        return Err(Refusal::LimitReached {
            what: "people who wait for one service",
            max: WAITING_MAX,
        });
    }
    let id: WaitlistEntryId = work.mint();
    let row = WaitlistEntry {
        organization_id: work.organization(),
        id,
        service_id: draft.service,
        host_id: draft.host,
        window_starts_at: draft.window.start(),
        window_ends_at: end,
        search: draft.client.search(),
        name: draft.client.name,
        email: draft.client.email,
        phone: draft.client.phone,
        status: WaitlistStatus::Waiting,
        offered_until: None,
        digest: token(work, id).digest(),
        booking_id: None,
        version: 1,
        created_at: work.now(),
        updated_at: work.now(),
    };
    let diff = json!({ "service": row.service_id, "host": row.host_id });
    store::insert(work, row).await?;
    write_down(work, EventType::WaitlistJoined, (id, 1), diff).await?;
    Ok(WaitChanged { entry: id })
}

/// Staff take somebody off the list; what was offered to them goes to the next.
///
/// # Errors
/// If the right is missing, they are not there, have another version than expected, or wait no more.
pub async fn leave(
    work: &Work<Tenant>,
    id: WaitlistEntryId,
    expected_version: Option<i64>,
) -> Result<WaitChanged, Refusal> {
    diary::need_some_write(work)?;
    let none = || Refusal::NotFound(store::waitlist::Entity::WHAT);
    let found = store::find::<store::waitlist::Entity>(work, &[id]).await?;
    let seen = found.into_iter().next().ok_or_else(none)?;
    let hosts: Vec<ResourceId> = seen.host_id.into_iter().collect();
    diary::need_write_of(work, &hosts, store::waitlist::Entity::WHAT).await?;
    expect_version(expected_version, seen.version)?;
    go(work, &seen).await
}

/// Somebody leaves by the link that came with their place; what was offered to them goes to the next.
///
/// # Errors
/// If there is no such link, or they wait no more.
pub async fn leave_by_token(work: &Work<Tenant>, token: &Token) -> Result<WaitChanged, Refusal> {
    let seen = by_token(work, token).await?;
    go(work, &seen).await
}

async fn go(work: &Work<Tenant>, seen: &WaitlistEntry) -> Result<WaitChanged, Refusal> {
    let version = match seen.status {
        WaitlistStatus::Waiting => {
            let mut entry: WaitlistEntry = store::hold::<store::waitlist::Entity>(work, seen.id).await?;
            // What was offered meanwhile has to be given back under other locks: read again.
            expect_version(Some(seen.version), entry.version)?;
            entry.status = WaitlistStatus::Left;
            let version = entry.touch(work.now());
            store::save(work, entry).await?;
            version
        }
        WaitlistStatus::Offered => offer::pass_on(work, seen, WaitlistStatus::Left).await?,
        WaitlistStatus::Booked | WaitlistStatus::Left | WaitlistStatus::Expired => {
            return Err(Refusal::NotWaiting);
        }
    };
    write_down(work, EventType::WaitlistLeft, (seen.id, version), json!({})).await?;
    Ok(WaitChanged { entry: seen.id })
}
