//! Closing an organization for good, in two steps.

use chrono::{DateTime, TimeDelta, Utc};
use db::audit::Deed;
use db::{ServerKey, Tenant, Token, Work};
use kernel::id::OrganizationId;
use kernel::{EventType, Id as _, Right};
use serde::{Deserialize, Serialize};
use serde_json::json;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::error::Refusal;
use crate::organization::Organization;
use crate::reach;
use crate::store;

/// How a confirmation begins.
const KIND: &str = "hor_delete_";

/// How long a confirmation is good.
pub const CONFIRM_WITHIN: TimeDelta = TimeDelta::hours(24);

/// An organization was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationChanged {
    /// Which.
    pub organization: OrganizationId,
}

/// The first step: nothing is lost yet. The confirmation is said by [`deletion_token`]; asking again replaces it.
///
/// # Errors
/// If the right is missing.
pub async fn request_deletion(work: &Work<Tenant>) -> Result<OrganizationChanged, Refusal> {
    let mut organization = reach::hold(work, Right::OrganizationDelete).await?.organization;
    let id = organization.id;
    organization.deletion_requested_at = Some(work.now());
    organization.touch(work.now());
    let version = organization.version;
    store::organization::save(work, organization).await?;
    let diff = json!({ "confirmBy": work.now() + CONFIRM_WITHIN });
    work.audit(Deed {
        what: EventType::OrganizationDeletionRequested,
        thing: id.to_string(),
        version,
        diff,
    })
    .await?;
    Ok(OrganizationChanged { organization: id })
}

/// The confirmation that belongs to the latest request, if there is one. For whoever made it.
#[must_use]
pub fn deletion_token(key: &ServerKey, organization: &Organization) -> Option<Token> {
    let at = organization.deletion_requested_at?;
    Some(confirmation(key, organization.id, at))
}

/// Another moment, another confirmation.
fn confirmation(key: &ServerKey, organization: OrganizationId, at: DateTime<Utc>) -> Token {
    let moment = at.timestamp_micros().to_be_bytes();
    let mac = key.fingerprint(
        "organization.deletion",
        &[organization.uuid().as_bytes(), &moment],
    );
    let mut row = [0; 16];
    row.copy_from_slice(&mac[..16]);
    key.token(KIND, Uuid::from_bytes(row))
}

/// What confirms a deletion.
#[derive(Debug, Clone)]
pub struct Deletion {
    /// As the request answered.
    pub token: String,
    /// The organization's slug, typed again.
    pub slug: String,
}

/// The second step: the organization is gone, with its memberships, open invitations and keys; its slug is free. What is
/// evidence stays: the row itself and the audit log.
///
/// # Errors
/// If the right is missing, the confirmation is not the latest or too old, or the slug is not the organization's.
pub async fn delete_organization(work: &Work<Tenant>, it: Deletion) -> Result<OrganizationChanged, Refusal> {
    let mut organization = reach::hold(work, Right::OrganizationDelete).await?.organization;
    confirm(work, &organization, &it)?;
    let id = organization.id;
    organization.deleted_at = Some(work.now());
    organization.touch(work.now());
    let version = organization.version;
    store::organization::save(work, organization).await?;
    let invitations = store::invitation::revoke_all(work).await?;
    let keys = store::api_key::revoke_all(work).await?;
    store::credential::delete_all(work).await?;
    let members = store::membership::delete_all(work).await?;
    let diff =
        json!({ "membershipsEnded": members, "invitationsRevoked": invitations, "apiKeysRevoked": keys });
    work.audit(Deed {
        what: EventType::OrganizationDeleted,
        thing: id.to_string(),
        version,
        diff,
    })
    .await?;
    Ok(OrganizationChanged { organization: id })
}

fn confirm(work: &Work<Tenant>, organization: &Organization, it: &Deletion) -> Result<(), Refusal> {
    let requested = organization.deletion_requested_at.ok_or(Refusal::TokenInvalid)?;
    let right = confirmation(work.key(), organization.id, requested);
    let is_right = bool::from(right.reveal().as_bytes().ct_eq(it.token.trim().as_bytes()));
    if !is_right || work.now() >= requested + CONFIRM_WITHIN {
        return Err(Refusal::TokenInvalid);
    }
    if it.slug.trim() != organization.slug.as_str() {
        return Err(Refusal::ConfirmationMismatch);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confirmation_is_of_one_organization_and_one_moment() {
        let key = ServerKey::new(b"one");
        let [one, two] = [1, 2].map(|bits| OrganizationId::from_uuid(Uuid::from_u128(bits)));
        let noon: DateTime<Utc> = "2026-03-02T12:00:00Z".parse().unwrap();
        let token = confirmation(&key, one, noon);
        assert_eq!(confirmation(&key, one, noon), token);
        assert_ne!(confirmation(&key, two, noon), token);
        assert_ne!(confirmation(&key, one, noon + TimeDelta::microseconds(1)), token);
        assert_ne!(confirmation(&ServerKey::new(b"two"), one, noon), token);
    }
}
