//! Following the journal for a caller: from which cursor, and what of it they may hear.

use async_graphql::{Context, Error, Result};
use db::journal::follow::{Follower, Halt};
use db::journal::{Entity, Sought};
use db::paging::Cursor;
use db::{Asker, Store, Tenant};
use kernel::Code;

use crate::caller::Caller;
use crate::errors::{broken, coded};
use crate::reads::Reads;

/// Who hears what happens where.
pub(super) struct Ears {
    pub(super) store: Store,
    pub(super) tenant: Tenant,
    pub(super) asker: Asker,
}

impl Ears {
    /// The caller's, in an organization.
    pub(super) fn of(ctx: &Context<'_>, tenant: Tenant) -> Self {
        Self {
            store: Reads::of(ctx).store().clone(),
            tenant,
            asker: Caller::of(ctx).asker.clone(),
        }
    }

    /// Follows the journal from a cursor on, or from now on.
    pub(super) async fn follow(&self, sought: Sought, after: Option<&str>) -> Result<Follower> {
        let wrong = || coded(Code::InvalidInput, &"`after` is no cursor of the journal");
        let position = |text| Cursor::read::<Entity>(text).and_then(|it| it.number());
        let after = match after {
            Some(text) => Some(position(text).ok_or_else(wrong)?),
            None => None,
        };
        Follower::begin(&self.store, self.tenant, (sought, after))
            .await
            .map_err(halted)
    }
}

/// What came next is no longer there.
pub(super) fn forgotten() -> Error {
    coded(
        Code::SnapshotRequired,
        &"what happened after this cursor is no longer kept: read the present state, then go on from now",
    )
}

/// Why a stream ends.
pub(super) fn halted(why: Halt) -> Error {
    match why {
        Halt::Forgotten => forgotten(),
        Halt::Fault(fault) => broken(fault),
    }
}
