//! Invitations: a secret that lets the person with one address join with one role.
//!
//! Whoever accepts holds the secret **and** is signed in with the address that it was made for. The address need not have
//! been verified: the secret is beyond guessing and was given to its owner. Accepting does not verify it either, since the
//! secret may have travelled by another way than mail.
//!
//! **Invariant:** whoever changes invitations holds the organization's row first.

mod shown;

use chrono::{DateTime, TimeDelta, Utc};
use db::audit::Deed;
use db::{Fault, Tenant, Token, Work};
use kernel::id::{InvitationId, MembershipId, OrganizationId, UserId};
use kernel::{Email, EventType, Id as _, Right, Rights};
use serde::{Deserialize, Serialize};
use serde_json::json;

use self::shown::{masked, open};
use crate::error::Refusal;
use crate::membership::{self, Membership};
use crate::reach;
use crate::role::{Role, role_rights, within_reach};
use crate::store;
use crate::store::credential::{self, Kind};
use crate::user::hold_self;

pub use shown::{
    Outlook, count_invitations, find_invitations, invitation_by_token, invitation_letter, invitation_token,
    invitations, locate_invitation,
};
pub use store::invitation::{Entity as Invitations, Model as Invitation};

/// How an invitation's secret begins.
pub const TOKEN: &str = "hor_invite_";

/// How long an invitation is open.
pub const OPEN_FOR: TimeDelta = TimeDelta::days(7);

/// Invitations that an organization can have open at once.
pub const OPEN_MAX: u64 = 100;

/// How an invitation stands at some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "graphql", derive(async_graphql::Enum))]
#[cfg_attr(feature = "graphql", graphql(name = "InvitationStatus"))]
pub enum Status {
    /// It can be accepted.
    Open,
    /// Somebody has joined with it.
    Accepted,
    /// It was taken back.
    Revoked,
    /// Nobody accepted it in time.
    Expired,
}

impl Invitation {
    /// How it stands.
    #[must_use]
    pub fn status(&self, now: DateTime<Utc>) -> Status {
        if self.accepted_at.is_some() {
            Status::Accepted
        } else if self.revoked_at.is_some() {
            Status::Revoked
        } else if now >= self.expires_at {
            Status::Expired
        } else {
            Status::Open
        }
    }
}

/// An invitation was made or taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    /// Which.
    pub invitation: InvitationId,
}

/// Invites the person with an address. Its secret is said by [`invitation_token`].
///
/// # Errors
/// If the right is missing, the role is beyond one's own, the person belongs already, an invitation for the address is open,
/// or too many are.
pub async fn invite(work: &Work<Tenant>, email: Email, role: Role) -> Result<Invited, Refusal> {
    let own = reach::hold(work, Right::MembersWrite).await?.rights;
    within_reach(own, role_rights(role))?;
    if let Some(user) = store::user::by_email(work, &email).await?
        && !store::membership::of_users(work, &[user.id]).await?.is_empty()
    {
        return Err(Refusal::AlreadyMember);
    }
    make_way(work, &email).await?;
    if store::invitation::open_count(work).await? >= OPEN_MAX {
        return Err(Refusal::LimitReached {
            what: "open invitations",
            max: OPEN_MAX,
        });
    }
    let id: InvitationId = work.mint();
    let digest = invitation_token(work.key(), id).digest();
    let invitation = Invitation {
        organization_id: work.organization(),
        id,
        email,
        role,
        digest: digest.clone(),
        invited_by: work.actor().user(),
        expires_at: work.now() + OPEN_FOR,
        accepted_at: None,
        accepted_by: None,
        revoked_at: None,
        created_at: work.now(),
    };
    store::invitation::insert(work, invitation).await?;
    credential::insert(work, Kind::Invitation, digest, id.uuid()).await?;
    audit(
        work,
        EventType::InvitationCreated,
        (id, 1),
        json!({ "role": role }),
    )
    .await?;
    Ok(Invited { invitation: id })
}

/// An expired invitation for the same address gives way to a new one.
async fn make_way(work: &Work<Tenant>, email: &Email) -> Result<(), Fault> {
    let unanswered = store::invitation::unanswered_for(work, email).await?;
    let expired: Vec<_> = unanswered
        .into_iter()
        .filter(|it| it.status(work.now()) == Status::Expired)
        .collect();
    take_back(work, &expired).await
}

async fn take_back(work: &Work<Tenant>, invitations: &[Invitation]) -> Result<(), Fault> {
    let ids: Vec<InvitationId> = invitations.iter().map(|it| it.id).collect();
    store::invitation::revoke(work, &ids).await?;
    credential::delete(work, ids.into_iter().map(InvitationId::uuid)).await
}

/// Takes back what somebody has invited beyond `rights`: whoever goes, or is given a lesser role, leaves no door open.
pub(crate) async fn take_back_beyond(
    work: &Work<Tenant>,
    user: UserId,
    rights: Rights,
) -> Result<u64, Fault> {
    let mut beyond = store::invitation::unanswered_by(work, user).await?;
    beyond.retain(|it| !rights.has(Right::MembersWrite) || !role_rights(it.role).within(rights));
    take_back(work, &beyond).await?;
    Ok(beyond.len() as u64)
}

/// Takes an open invitation back.
///
/// # Errors
/// If the right is missing, its role is beyond one's own, or it is not open.
pub async fn revoke_invitation(work: &Work<Tenant>, id: InvitationId) -> Result<Invited, Refusal> {
    let own = reach::hold(work, Right::MembersWrite).await?.rights;
    let invitation = store::invitation::find(work, &[id]).await?.pop();
    let invitation = invitation
        .filter(|it| it.status(work.now()) == Status::Open)
        .ok_or(Refusal::NotFound("open invitation"))?;
    within_reach(own, role_rights(invitation.role))?;
    take_back(work, &[invitation]).await?;
    audit(work, EventType::InvitationRevoked, (id, ENDED), json!({})).await?;
    Ok(Invited { invitation: id })
}

/// Somebody has joined an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// Which.
    pub organization: OrganizationId,
    /// Their place in it.
    pub membership: MembershipId,
}

/// Joins the organization that an invitation is from ([`locate_invitation`] tells which).
///
/// # Errors
/// If nobody is signed in, the invitation is not open, it is for another address, or they belong already.
pub async fn accept_invitation(work: &Work<Tenant>, token: &str) -> Result<Joined, Refusal> {
    work.need_user()?;
    let token = Token::read(TOKEN, token).ok_or(Refusal::TokenInvalid)?;
    store::organization::hold(work)
        .await
        .map_err(not_found_is_no_token)?;
    let user = hold_self(work).await?;
    let mut invitation = open(work, &token).await?.ok_or(Refusal::TokenInvalid)?;
    if invitation.email != user.email {
        return Err(Refusal::EmailMismatch {
            meant: masked(&invitation.email),
        });
    }
    membership::room_for_one_more(work, user.id).await?;
    let (id, role) = (invitation.id, invitation.role);
    let membership = Membership::fresh(work, user.id, role);
    let joined = Joined {
        organization: work.organization(),
        membership: membership.id,
    };
    store::membership::insert(work, membership).await?;
    invitation.accepted_at = Some(work.now());
    invitation.accepted_by = Some(user.id);
    store::save(work, invitation).await?;
    credential::delete(work, [id.uuid()]).await?;
    let facts = json!({ "membership": joined.membership, "user": user.id, "role": role });
    audit(work, EventType::InvitationAccepted, (id, ENDED), facts).await?;
    Ok(joined)
}

fn not_found_is_no_token(refusal: Refusal) -> Refusal {
    if matches!(refusal, Refusal::NotFound(_)) {
        Refusal::TokenInvalid
    } else {
        refusal
    }
}

/// An invitation changes once: when it ends.
const ENDED: i64 = 2;

async fn audit(
    work: &Work<Tenant>,
    what: EventType,
    (id, version): (InvitationId, i64),
    diff: serde_json::Value,
) -> Result<(), Fault> {
    work.audit(Deed {
        what,
        thing: id.to_string(),
        version,
        diff,
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> DateTime<Utc> {
        "2026-03-02T12:00:00Z".parse().unwrap()
    }

    fn invitation() -> Invitation {
        let nil = uuid::Uuid::nil();
        Invitation {
            organization_id: OrganizationId::from_uuid(nil),
            id: InvitationId::from_uuid(nil),
            email: "bruno@example.com".parse().unwrap(),
            role: Role::Staff,
            digest: Vec::new(),
            invited_by: None,
            expires_at: noon() + OPEN_FOR,
            accepted_at: None,
            accepted_by: None,
            revoked_at: None,
            created_at: noon(),
        }
    }

    #[test]
    fn an_invitation_is_open_for_seven_days_unless_answered() {
        let end = noon() + OPEN_FOR;
        assert_eq!(
            invitation().status(end - TimeDelta::microseconds(1)),
            Status::Open
        );
        assert_eq!(invitation().status(end), Status::Expired);
        let accepted = Invitation {
            accepted_at: Some(noon()),
            ..invitation()
        };
        assert_eq!(accepted.status(end), Status::Accepted);
        let revoked = Invitation {
            revoked_at: Some(noon()),
            ..invitation()
        };
        assert_eq!(revoked.status(end), Status::Revoked);
    }
}
