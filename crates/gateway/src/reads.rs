//! One snapshot per request and scope: what a query shows of an organization is of one moment, and costs one transaction.

use std::sync::Arc;

use async_graphql::{Context, Result};
use db::{Account, Reading, Store, Tenant};
use tokio::sync::{Mutex, OwnedSemaphorePermit};

use crate::asked::Asked;
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
    /// Whoever keeps a snapshot and may ask for another has a place among so many that the pool suffices.
    place: Option<OwnedSemaphorePermit>,
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
        &Asked::of(ctx).reads
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

    async fn of_tenant(&self, scope: Tenant) -> Result<Arc<Reading<Tenant>>> {
        let open = || self.store.read(scope, &self.caller.asker);
        if !self.keeps {
            return Ok(Arc::new(open().await.map_err(broken)?));
        }
        // Held across the database on purpose: fields that run at once share what the first of them opens.
        let mut kept = self.kept.lock().await;
        if let Some(opened) = &kept.tenant {
            return Ok(Arc::clone(opened));
        }
        self.take_place(&mut kept).await?;
        let opened = Arc::new(open().await.map_err(broken)?);
        kept.tenant = Some(Arc::clone(&opened));
        Ok(opened)
    }

    /// Accounts.
    ///
    /// # Errors
    /// If the database is busy.
    pub(crate) async fn account(&self) -> Result<Arc<Reading<Account>>> {
        if !self.keeps {
            return Ok(Arc::new(self.brief_account().await?));
        }
        let mut kept = self.kept.lock().await;
        if let Some(opened) = &kept.account {
            return Ok(Arc::clone(opened));
        }
        self.take_place(&mut kept).await?;
        let opened = Arc::new(self.brief_account().await?);
        kept.account = Some(Arc::clone(&opened));
        Ok(opened)
    }

    /// Accounts, for a look before a mutation's work: not kept, since what comes next may wait long or write.
    ///
    /// # Errors
    /// If the database is busy.
    pub(crate) async fn brief_account(&self) -> Result<Reading<Account>> {
        self.store.read(Account, &self.caller.asker).await.map_err(broken)
    }

    /// Forgets the snapshots: something is about to be written, or was, and what is shown next must show it.
    pub(crate) async fn refresh(&self) {
        *self.kept.lock().await = Kept::default();
    }

    /// Who asks.
    pub(crate) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The store behind it.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    async fn take_place(&self, kept: &mut Kept) -> Result<()> {
        if kept.place.is_none() {
            kept.place = Some(self.store.keep().await.map_err(broken)?);
        }
        Ok(())
    }
}
