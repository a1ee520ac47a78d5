//! Who belongs to an organization, and as what.
//!
//! **Invariant:** whoever changes memberships holds the organization's row first, so that two owners cannot leave at once.

use db::audit::Deed;
use db::paging::{Page, Slice};
use db::{Account, Fault, Reading, Scope, Tenant, Work};
use kernel::id::{MembershipId, OrganizationId, UserId};
use kernel::{EventType, Right};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::Refusal;
use crate::organization::Organization;
use crate::reach;
use crate::role::{Role, role_rights, within_reach};
use crate::{invitation, store};

pub use store::membership::{Entity as Memberships, Model as Membership};

/// Organizations that one person may belong to.
pub const PLACES_MAX: u64 = 100;

impl Membership {
    /// A new place in the organization of this work.
    pub(crate) fn fresh(work: &Work<Tenant>, user: UserId, role: Role) -> Self {
        Self {
            organization_id: work.organization(),
            id: work.mint(),
            user_id: user,
            role,
            version: 1,
            created_at: work.now(),
            updated_at: work.now(),
        }
    }
}

/// The places of somebody whose account is held, and who is about to get one more.
pub(crate) async fn room_for_one_more(work: &Work<Tenant>, user: UserId) -> Result<Vec<Membership>, Refusal> {
    let places = store::membership::of_user(work, user, PLACES_MAX).await?;
    if places.len() as u64 >= PLACES_MAX {
        return Err(Refusal::LimitReached {
            what: "organizations that one person belongs to",
            max: PLACES_MAX,
        });
    }
    Ok(places)
}

/// Somebody's place in an organization was changed or has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembershipChanged {
    /// Which place.
    pub membership: MembershipId,
    /// Whose.
    pub user: UserId,
}

/// Gives a member another role. Open invitations of theirs that reach beyond it are taken back.
///
/// # Errors
/// If the right is missing, the old or the new role is beyond one's own, it is the last owner's, or it has another version
/// than expected.
pub async fn change_role(
    work: &Work<Tenant>,
    id: MembershipId,
    role: Role,
    expected_version: Option<i64>,
) -> Result<MembershipChanged, Refusal> {
    let own = reach::hold(work, Right::MembersWrite).await?.rights;
    let mut membership = store::membership::hold(work, id).await?;
    let (user, before) = (membership.user_id, membership.role);
    within_reach(own, role_rights(before))?;
    within_reach(own, role_rights(role))?;
    crate::expect_version(expected_version, membership.version)?;
    if role != before {
        spare_last_owner(work, before).await?;
        membership.role = role;
        membership.version += 1;
        membership.updated_at = work.now();
        let version = membership.version;
        store::save(work, membership).await?;
        let taken_back = invitation::take_back_beyond(work, user, role_rights(role)).await?;
        let facts = json!({ "user": user, "from": before, "to": role, "invitationsRevoked": taken_back });
        audit(work, EventType::MembershipRoleChanged, (id, version), facts).await?;
    }
    Ok(MembershipChanged { membership: id, user })
}

/// Lets a member go. Open invitations of theirs are taken back; keys they made stay the organization's.
///
/// # Errors
/// If the right is missing, their role is beyond one's own, or they are the last owner.
pub async fn remove_member(work: &Work<Tenant>, id: MembershipId) -> Result<MembershipChanged, Refusal> {
    let own = reach::hold(work, Right::MembersWrite).await?.rights;
    let membership = store::membership::hold(work, id).await?;
    within_reach(own, role_rights(membership.role))?;
    end(work, membership, EventType::MembershipRemoved).await
}

/// Leaves the organization.
///
/// # Errors
/// If nobody is signed in, or they do not belong, or are the last owner.
pub async fn leave(work: &Work<Tenant>) -> Result<MembershipChanged, Refusal> {
    let user = work.need_user()?;
    store::organization::hold(work).await?;
    let membership = store::membership::hold_of(work, user).await?;
    end(work, membership, EventType::MembershipLeft).await
}

async fn end(work: &Work<Tenant>, it: Membership, what: EventType) -> Result<MembershipChanged, Refusal> {
    spare_last_owner(work, it.role).await?;
    store::membership::delete(work, it.id).await?;
    let taken_back = invitation::take_back_beyond(work, it.user_id, kernel::Rights::NONE).await?;
    let facts = json!({ "user": it.user_id, "role": it.role, "invitationsRevoked": taken_back });
    audit(work, what, (it.id, it.version + 1), facts).await?;
    Ok(MembershipChanged {
        membership: it.id,
        user: it.user_id,
    })
}

/// Refuses to take the last owner away. The organization is held, so nobody else is taking one away.
async fn spare_last_owner(work: &Work<Tenant>, role: Role) -> Result<(), Refusal> {
    if role == Role::Owner && store::membership::owners(work).await? <= 1 {
        return Err(Refusal::LastOwner);
    }
    Ok(())
}

async fn audit(
    work: &Work<Tenant>,
    what: EventType,
    (id, version): (MembershipId, i64),
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

/// A page of the organization's members, earliest first.
///
/// # Errors
/// If the right is missing.
pub async fn members(reading: &Reading<Tenant>, page: &Page) -> Result<Slice<Membership>, Refusal> {
    reading.need(Right::MembersRead)?;
    Ok(store::membership::page(reading, page).await?)
}

/// How many members there are, counting no further than the cap.
///
/// # Errors
/// If the right is missing.
pub async fn count_members(reading: &Reading<Tenant>) -> Result<u64, Refusal> {
    reading.need(Right::MembersRead)?;
    Ok(store::membership::count(reading).await?)
}

/// Members by the ids of their places. Whoever may not see the members sees their own place all the same.
///
/// # Errors
/// If the right is missing and their own place is not among those asked for.
pub async fn find_members(
    reading: &Reading<Tenant>,
    ids: &[MembershipId],
) -> Result<Vec<Membership>, Refusal> {
    let mut found = store::membership::find(reading, ids).await?;
    if let Err(denied) = reading.need(Right::MembersRead) {
        found.retain(|it| reading.actor().user() == Some(it.user_id));
        if found.is_empty() {
            return Err(denied.into());
        }
    }
    Ok(found)
}

/// As what somebody belongs to an organization. In PostgreSQL the reading must be that person's own, or the organization's.
///
/// # Errors
/// If the database refuses.
pub async fn role_in<S: Scope>(
    reading: &Reading<S>,
    user: UserId,
    organization: OrganizationId,
) -> Result<Option<Role>, Fault> {
    let found = store::membership::at(reading, user, organization).await?;
    Ok(found.map(|it| it.role))
}

/// An organization, and one's own place in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Where.
    pub organization: Organization,
    /// As what.
    pub membership: Membership,
}

/// The organizations that whoever is signed in belongs to, earliest first; never more than [`PLACES_MAX`].
///
/// # Errors
/// If nobody is signed in.
pub async fn my_organizations(reading: &Reading<Account>) -> Result<Vec<Place>, Refusal> {
    let user = reading.need_user()?;
    let memberships = store::membership::of_user(reading, user, PLACES_MAX).await?;
    let ids: Vec<OrganizationId> = memberships.iter().map(|it| it.organization_id).collect();
    let mut organizations = store::organization::find(reading, &ids).await?;
    let mut taken = |id| {
        let at = organizations.iter().position(|it| it.id == id)?;
        Some(organizations.swap_remove(at))
    };
    let places = memberships.into_iter().filter_map(|membership| {
        let organization = taken(membership.organization_id)?;
        Some(Place {
            organization,
            membership,
        })
    });
    Ok(places.collect())
}
