//! The audit of `scheduling::proof`, asked beside the server on a connection of its own.

use std::sync::Arc;

use db::{Asker, ServerKey, Settings, Store, Synchronous, Tenant};
use kernel::id::OrganizationId;
use kernel::{IdSource, SystemClock, SystemKind};
use scheduling::proof::{self, Audit};

use crate::Outcome;
use crate::place::Place;

/// Looks at the rows themselves.
pub(crate) struct Auditor(Store);

impl Auditor {
    /// On a database that a server has migrated.
    pub(crate) async fn on(place: &Place) -> Outcome<Self> {
        let settings = Settings {
            url: place.url().into(),
            replica_url: None,
            connections: 2,
            replica_connections: 2,
            synchronous: Synchronous::Normal,
        };
        let ids = Arc::new(IdSource::system());
        let key = ServerKey::new(b"an auditor signs nothing");
        Ok(Self(
            Store::connect(&settings, Arc::new(SystemClock), ids, key).await?,
        ))
    }

    /// Looks at everything that one organization has booked.
    pub(crate) async fn audit(&self, organization: &str) -> Outcome<Audit> {
        let organization: OrganizationId = organization.parse()?;
        let asker = Asker::system(SystemKind::Operator);
        let reading = self.0.read(Tenant(organization), &asker).await?;
        Ok(proof::audit(&reading).await?)
    }
}
