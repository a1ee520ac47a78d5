//! What a request carries to its resolvers: one thing, since each is a box and a place in a map.

use std::sync::{Arc, OnceLock};

use async_graphql::Context;
use async_graphql::dataloader::DataLoader;

use crate::host::Host;
use crate::loaders::{Loaders, loaders};
use crate::reads::Reads;

/// The host that runs a request, the snapshots that it reads from, and its loaders.
pub(crate) struct Asked {
    pub(crate) host: Host,
    pub(crate) reads: Arc<Reads>,
    loaders: OnceLock<DataLoader<Loaders>>,
}

impl Asked {
    pub(crate) fn new(host: Host, reads: Reads) -> Self {
        Self {
            host,
            reads: Arc::new(reads),
            loaders: OnceLock::new(),
        }
    }

    /// That of this request.
    pub(crate) fn of<'a>(ctx: &Context<'a>) -> &'a Self {
        #[expect(
            clippy::expect_used,
            reason = "the host gives every request what it asks with"
        )]
        ctx.data::<Self>().expect("what was asked")
    }

    /// The loaders, made when the first thing is loaded.
    pub(crate) fn loaders(&self) -> &DataLoader<Loaders> {
        self.loaders.get_or_init(|| loaders(Arc::clone(&self.reads)))
    }
}
