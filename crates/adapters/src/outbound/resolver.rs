//! Names become addresses here, and only those of the public network go on: the connection is made to exactly what was
//! looked at, so a name that says something else the next time gains nothing.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::is_public;

/// Whoever knows the addresses of a name.
#[async_trait]
pub(super) trait Lookup: Send + Sync + 'static {
    /// The addresses, whatever they are.
    async fn lookup(&self, name: &str) -> io::Result<Vec<SocketAddr>>;
}

/// The machine's own resolver.
pub(super) struct Machine;

#[async_trait]
impl Lookup for Machine {
    async fn lookup(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((name, 0)).await?.collect())
    }
}

/// A name of which no address is of the public network.
#[derive(Debug, thiserror::Error)]
#[error("{0} has no address of the public network")]
pub(super) struct Private(pub(super) String);

/// Lets through what may be asked.
pub(super) struct Filter {
    pub(super) lookup: Arc<dyn Lookup>,
    /// Whether this machine is asked where it is called by its own name.
    pub(super) admits_loopback: bool,
}

impl Resolve for Filter {
    fn resolve(&self, name: Name) -> Resolving {
        let (lookup, admits_loopback) = (Arc::clone(&self.lookup), self.admits_loopback);
        Box::pin(async move {
            let name = name.as_str().to_owned();
            let found = lookup.lookup(&name).await?;
            let admitted = |at: &SocketAddr| {
                is_public(at.ip()) || (admits_loopback && name == "localhost" && at.ip().is_loopback())
            };
            let admitted: Vec<SocketAddr> = found.into_iter().filter(admitted).collect();
            if admitted.is_empty() {
                return Err(Private(name).into());
            }
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}
