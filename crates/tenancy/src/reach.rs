//! What whoever asks may do, decided under the lock that the change needs.
//!
//! A request was greeted a moment ago, a socket perhaps seconds ago; since then somebody may have taken the right away.

use db::{Tenant, Work};
use kernel::{Actor, Denied, Right, Rights};

use crate::error::Refusal;
use crate::organization::Organization;
use crate::{api_key, role, store};

/// The organization, held, and what whoever asks may do in it from this moment until the work ends.
pub(crate) struct Held {
    /// The organization's row.
    pub(crate) organization: Organization,
    /// What they may still do.
    pub(crate) rights: Rights,
}

/// Holds the organization for whoever has the right, and looks again whether they still have it.
pub(crate) async fn hold(work: &Work<Tenant>, right: Right) -> Result<Held, Refusal> {
    work.need(right)?;
    let organization = store::organization::hold(work).await?;
    let now = match work.actor() {
        Actor::User(id) => store::membership::at(work, id, work.organization())
            .await?
            .map_or(Rights::NONE, |it| role::role_rights(it.role)),
        Actor::ApiKey(id) => api_key::key_in_force(work, id)
            .await?
            .map_or(Rights::NONE, |it| it.rights),
        Actor::Anonymous | Actor::System(_) => work.asker().rights,
    };
    let rights = now.and(work.asker().rights);
    if rights.has(right) {
        Ok(Held { organization, rights })
    } else {
        Err(Denied::Forbidden(right).into())
    }
}
