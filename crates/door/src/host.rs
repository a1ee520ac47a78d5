//! What the house behind the door gives it: who callers are, what they may spend, and what runs.

use std::{error::Error as StdError, net::IpAddr, time::Duration};

use async_graphql::{Request, Response};
use async_graphql_parser::types::OperationType;
use futures::stream::BoxStream;

use crate::Vetting;

/// The house behind the door.
pub trait Host: Clone + Send + Sync + 'static {
    /// Somebody who was let in, with or without a credential.
    type Caller: Clone + Send + Sync + 'static;

    /// Counts a request before any work is done for it, so that a flood of nonsense is turned away cheaply.
    ///
    /// # Errors
    /// When this address has sent too much; 429 with `Retry-After`.
    fn knock(&self, _peer: IpAddr) -> Result<(), Throttled> {
        Ok(())
    }

    /// Says who is asking. No credential at all is a caller too, if the public may ask something.
    fn greet(&self, ask: Credentials) -> impl Future<Output = Result<Self::Caller, Denied>> + Send;

    /// Whether the credential still stands. Open sockets and event streams ask every few seconds and close when
    /// it does not.
    fn still_welcome(&self, caller: &Self::Caller) -> impl Future<Output = bool> + Send;

    /// Takes what the request will cost from what the caller may spend, before it runs.
    fn spend(
        &self,
        caller: &Self::Caller,
        bill: Bill,
    ) -> impl Future<Output = Result<Throttle, Throttled>> + Send;

    /// Whether this caller may see the schema: introspection, and names suggested in error texts.
    fn introspection(&self, caller: &Self::Caller) -> bool;

    /// Runs a query or a mutation. The request carries the parsed document, and its [`Charge`] as data for resolvers.
    ///
    /// What the executor's validator has passed before, it need not see again, if the host says when it has ([`Vetting`]).
    fn execute(
        &self,
        caller: Self::Caller,
        request: Request,
        vetting: Vetting,
    ) -> impl Future<Output = Response> + Send;

    /// Runs a subscription. Dropping the stream ends it.
    fn subscribe(&self, caller: Self::Caller, request: Request) -> BoxStream<'static, Response>;

    /// A fresh id, by which the log finds a request or an error again.
    fn mint(&self) -> String;
}

/// What a request says about who sends it. Its `Debug` shows no secret.
#[derive(Clone)]
pub struct Credentials {
    /// `Authorization`, as it was sent.
    pub authorization: Option<String>,
    /// `Horarium-Organization`.
    pub organization: Option<String>,
    /// `Horarium-Client-Secret`: by which a caller without a credential proves to be the same one as before.
    pub client_secret: Option<String>,
    /// `User-Agent`.
    pub user_agent: Option<String>,
    /// The address it came from, seen through the trusted proxies.
    pub peer: IpAddr,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("has_authorization", &self.authorization.is_some())
            .field("organization", &self.organization)
            .field("has_client_secret", &self.client_secret.is_some())
            .finish_non_exhaustive()
    }
}

/// The caller is not let in.
#[derive(Debug)]
pub enum Denied {
    /// The credential is missing or not valid: 401, or close 4401.
    Unauthenticated(String),
    /// The credential does not open this: 403, or close 4403.
    Forbidden(String),
    /// It could not be found out: 503, or close 1013. The cause is logged and never told.
    Fault(Box<dyn StdError + Send + Sync>),
}

/// What a request will cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bill {
    /// What it is.
    pub kind: OperationType,
    /// Points at most.
    pub cost: u64,
    /// The part of them that does not depend on what is found.
    pub extra: u64,
}

/// What the caller may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttle {
    /// Points in a full bucket.
    pub limit: u64,
    /// Points left, this request taken off.
    pub remaining: u64,
    /// Until the bucket is full again.
    pub reset: Duration,
}

/// What a request costs, and what it leaves: for its resolvers.
#[derive(Debug, Clone, Copy)]
pub struct Charge {
    /// What it will cost.
    pub bill: Bill,
    /// What the caller may spend after it.
    pub throttle: Throttle,
}

/// The caller has spent too much: 429.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttled {
    /// What it may spend, for the headers.
    pub throttle: Throttle,
    /// When there is enough for this request.
    pub retry_after: Duration,
}
