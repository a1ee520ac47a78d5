//! One snapshot per request: everything a query shows is of one moment, and costs one transaction.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Context, Result};
use db::{Account, Asker, Reading, Store, Tenant};
use kernel::Actor;
use kernel::id::UserId;

use crate::caller::Caller;
use crate::errors::broken;

/// Opens snapshots, and keeps them for the request where that is right.
pub(crate) struct Reads {
    store: Store,
    caller: Caller,
    keeps: bool,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    tenant: Option<Arc<Reading<Tenant>>>,
    account: Option<Arc<Reading<Account>>>,
}

impl Reads {
    /// For a query or a mutation.
    pub(crate) fn keeping(store: Store, caller: Caller) -> Self {
        Self {
            store,
            caller,
            keeps: true,
            kept: Mutex::default(),
        }
    }

    /// For a subscription, which lives long: a snapshot kept would show the past.
    pub(crate) fn fleeting(store: Store, caller: Caller) -> Self {
        Self {
            store,
            caller,
            keeps: false,
            kept: Mutex::default(),
        }
    }

    /// Those of this request.
    pub(crate) fn of<'a>(ctx: &Context<'a>) -> &'a Self {
        #[expect(clippy::expect_used, reason = "the host gives every request its reads")]
        ctx.data::<Arc<Self>>().expect("reads")
    }

    /// The named organization's rows, for whoever belongs there.
    ///
    /// # Errors
    /// If the caller does not belong there, or the database is busy.
    pub(crate) async fn tenant(&self) -> Result<Arc<Reading<Tenant>>> {
        self.of_tenant(self.caller.tenant()?).await
    }

    /// The named organization's rows, for whoever asks: without rights, what the verbs show to everybody.
    ///
    /// # Errors
    /// If there is no such organization, or the database is busy.
    pub(crate) async fn public(&self) -> Result<Arc<Reading<Tenant>>> {
        self.of_tenant(self.caller.visited()?).await
    }

    async fn of_tenant(&self, tenant: Tenant) -> Result<Arc<Reading<Tenant>>> {
        if let Some(open) = &self.kept().tenant {
            return Ok(Arc::clone(open));
        }
        let opened = self
            .store
            .read(tenant, &self.caller.asker)
            .await
            .map_err(broken)?;
        let opened = Arc::new(opened);
        if self.keeps {
            self.kept().tenant = Some(Arc::clone(&opened));
        }
        Ok(opened)
    }

    /// Accounts.
    ///
    /// # Errors
    /// If the database is busy.
    pub(crate) async fn account(&self) -> Result<Arc<Reading<Account>>> {
        if let Some(open) = &self.kept().account {
            return Ok(Arc::clone(open));
        }
        let opened = Arc::new(
            self.store
                .read(Account, &self.caller.asker)
                .await
                .map_err(broken)?,
        );
        if self.keeps {
            self.kept().account = Some(Arc::clone(&opened));
        }
        Ok(opened)
    }

    /// Accounts, as this person sees them: for whoever has just signed in.
    ///
    /// # Errors
    /// If the database is busy.
    pub(crate) async fn account_of(&self, user: UserId) -> Result<Reading<Account>> {
        let asker = Asker {
            actor: Actor::User(user),
            ..self.caller.asker.clone()
        };
        self.store.read(Account, &asker).await.map_err(broken)
    }

    /// Forgets the snapshots: something was written, and what is shown next must show it.
    pub(crate) fn refresh(&self) {
        *self.kept() = Kept::default();
    }

    /// The store behind it.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
