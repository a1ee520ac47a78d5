//! Who belongs to an organization, and as what.
//!
//! **Invariant:** whoever changes memberships holds the organization's row first, so that two owners cannot leave at once.

use db::{Account, Fault, Reading, Scope, Tenant, Work};
use kernel::id::{OrganizationId, UserId};

use crate::error::Refusal;
use crate::organization::Organization;
use crate::role::Role;
use crate::store;

pub use store::membership::Model as Membership;

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
