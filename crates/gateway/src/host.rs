//! The house behind the door: finds out who asks, takes what it costs, and runs it.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Request, Response};
use db::rate::{Balance, Budgets, Limit};
use db::{Asker, Store};
use door::{Bill, Credentials, Denied, Throttle, Throttled, Vetting};
use flows::hearing::Reaches;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use kernel::Actor;
use kernel::id::ErrorId;
use tokio_util::task::TaskTracker;

use crate::Schemas;
use crate::act::CLIENT_SECRET_MIN;
use crate::asked::Asked;
use crate::caller::Caller;
use crate::flood::Flood;
use crate::reads::Reads;
use crate::recognise::{Credential, Recogniser};
use crate::rehearsal;

/// What the host is made from.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The limits of everything that is counted.
    pub limits: tenancy::RateLimits,
    /// Requests that one address may send in a second, whatever they are. Counted in memory, before anything else.
    pub flood_per_second: NonZeroU32,
    /// Whether strangers may ask for the schema.
    pub is_open_to_introspection: bool,
}

/// The house. Cheap to clone.
#[derive(Clone)]
pub struct Host(Arc<Inner>);

struct Inner {
    schemas: Schemas,
    store: Store,
    budgets: Budgets,
    flood: Flood,
    settings: Settings,
    recogniser: Recogniser,
    /// The services whose starts somebody watches.
    reaches: Reaches,
    /// Works and letters that go on when their request has gone away.
    tasks: TaskTracker,
}

impl Host {
    /// A house over a store.
    #[must_use]
    pub fn new(schemas: Schemas, store: Store, budgets: Budgets, settings: Settings) -> Self {
        let recogniser = Recogniser::new(store.clone());
        Self(Arc::new(Inner {
            schemas,
            store,
            budgets,
            flood: Flood::new(settings.flood_per_second),
            settings,
            recogniser,
            reaches: Reaches::default(),
            tasks: TaskTracker::new(),
        }))
    }

    /// The schema's text, as it is published.
    #[must_use]
    pub fn sdl(&self) -> String {
        crate::published(&self.0.schemas.checked)
    }

    /// Forgets who everybody is: something was revoked on this node, and that must be felt at once.
    pub fn forget(&self) {
        self.0.recogniser.forget();
    }

    /// Forgets addresses that have been quiet; the worker calls it.
    pub fn sweep(&self) {
        self.0.flood.sweep();
    }
}

impl door::Host for Host {
    type Caller = Caller;

    fn knock(&self, peer: IpAddr) -> Result<(), Throttled> {
        self.0.flood.knock(network(peer)).map_err(|wait| {
            let limit = u64::from(self.0.flood.per_second());
            Throttled {
                throttle: Throttle {
                    limit,
                    remaining: 0,
                    reset: wait,
                },
                retry_after: wait,
            }
        })
    }

    async fn greet(&self, ask: Credentials) -> Result<Caller, Denied> {
        let credential = ask.authorization.as_deref().map(Credential::read).transpose()?;
        let known = self
            .0
            .recogniser
            .recognise(credential.as_ref(), ask.organization.as_deref())
            .await?;
        let client = match ask.client_secret.as_deref() {
            Some(secret) if secret.len() < CLIENT_SECRET_MIN => {
                let why =
                    format!("Horarium-Client-Secret needs {CLIENT_SECRET_MIN} random characters or more.");
                return Err(Denied::Unauthenticated(why));
            }
            Some(secret) => Some(self.0.store.key().fingerprint("client", &[secret.as_bytes()])),
            None => None,
        };
        let user_agent = ask
            .user_agent
            .map(|it| it.chars().filter(|it| !it.is_control()).take(200).collect());
        Ok(Caller {
            asker: Asker {
                actor: known.actor,
                rights: known.rights,
                ip: Some(ask.peer),
                user_agent,
            },
            place: known.place,
            session: known.session,
            client,
            rate_per_minute: known.rate_per_minute,
            credential,
            named: ask.organization,
        })
    }

    async fn still_welcome(&self, caller: &Caller) -> bool {
        if caller.asker.actor == Actor::Anonymous {
            return true;
        }
        // Not from memory: a socket on another node must feel a revocation too.
        let found = self
            .0
            .recogniser
            .look(caller.credential.as_ref(), caller.named.as_deref())
            .await;
        match found {
            Ok(found) => found.rights == caller.asker.rights && found.place == caller.place,
            // A database that cannot be asked says nothing about the credential; the next look will.
            Err(Denied::Fault(_)) => true,
            Err(Denied::Unauthenticated(_) | Denied::Forbidden(_)) => false,
        }
    }

    async fn spend(&self, caller: &Caller, _: Bill) -> Result<Throttle, Throttled> {
        let limits = &self.0.settings.limits;
        let (scope, subject, limit) = match caller.asker.actor {
            Actor::ApiKey(id) => {
                let limit = caller
                    .rate_per_minute
                    .map_or(limits.key, |max| Limit::new(max, 60));
                ("key", id.to_string(), limit)
            }
            Actor::User(id) => ("user", id.to_string(), limits.user),
            Actor::Anonymous | Actor::System(_) => ("api", address(caller.asker.ip), limits.api),
        };
        match self.0.budgets.spend(scope, subject, limit).await {
            Ok(balance) => self.throttle(balance),
            Err(fault) => {
                // A database that cannot count must not shut the door; what runs next will say what is wrong with it.
                tracing::warn!(%fault, "a request was not counted");
                Ok(Throttle {
                    limit: u64::from(limit.max),
                    remaining: 0,
                    reset: Duration::ZERO,
                })
            }
        }
    }

    fn introspection(&self, caller: &Caller) -> bool {
        self.0.settings.is_open_to_introspection || caller.asker.actor != Actor::Anonymous
    }

    fn execute(
        &self,
        caller: Caller,
        request: Request,
        vetting: Vetting,
    ) -> impl Future<Output = Response> + Send {
        self.run(caller, request, vetting)
    }

    fn subscribe(&self, caller: Caller, request: Request) -> BoxStream<'static, Response> {
        self.follow(caller, request)
    }

    fn mint(&self) -> String {
        self.0.store.ids().mint::<ErrorId>(self.0.store.now()).to_string()
    }
}

impl Host {
    // What is awaited by its own name is compiled again, with every resolver in it, by each crate that awaits it.
    #[inline(never)]
    fn run(&self, caller: Caller, request: Request, vetting: Vetting) -> BoxFuture<'_, Response> {
        let reads = Reads::keeping(self.0.store.clone(), caller);
        let (request, is_dry) = rehearsal::only_if_dry(request);
        let request = request.data(Asked::new(self.clone(), reads));
        if vetting.is_done() {
            return Box::pin(self.0.schemas.vetted.execute(request));
        }
        let checked = self.0.schemas.checked.execute(request);
        Box::pin(async move {
            let response = checked.await;
            // Of what is not run, the validator has not seen everything.
            if !is_dry {
                vetting.learn(&response);
            }
            response
        })
    }

    #[inline(never)]
    fn follow(&self, caller: Caller, request: Request) -> BoxStream<'static, Response> {
        let reads = Reads::fleeting(self.0.store.clone(), caller);
        let request = request.data(Asked::new(self.clone(), reads));
        Box::pin(self.0.schemas.checked.execute_stream(request))
    }

    fn throttle(&self, balance: Balance) -> Result<Throttle, Throttled> {
        let reset = (balance.resets_at - self.0.store.now())
            .to_std()
            .unwrap_or_default();
        let throttle = Throttle {
            limit: u64::from(balance.limit),
            remaining: u64::from(balance.remaining),
            reset,
        };
        if balance.allowed {
            Ok(throttle)
        } else {
            Err(Throttled {
                throttle,
                retry_after: reset,
            })
        }
    }

    /// The host that runs this request.
    pub(crate) fn of<'a>(ctx: &async_graphql::Context<'a>) -> &'a Self {
        &Asked::of(ctx).host
    }

    /// Where works and letters run, so that the end of the process waits for them.
    pub(crate) fn tasks(&self) -> &TaskTracker {
        &self.0.tasks
    }

    /// The services whose starts somebody watches.
    pub(crate) fn reaches(&self) -> &Reaches {
        &self.0.reaches
    }

    /// Waits until every work and letter that was begun has ended.
    pub async fn settle(&self) {
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    /// The present moment.
    pub(crate) fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.0.store.now()
    }

    /// The budgets, for verbs that are limited beyond the request itself.
    pub(crate) fn budgets(&self) -> &Budgets {
        &self.0.budgets
    }

    /// The limits, for the same.
    pub(crate) fn limits(&self) -> &tenancy::RateLimits {
        &self.0.settings.limits
    }
}

/// Whom an address stands for: one machine with IPv4, one network with IPv6.
pub(crate) fn address(ip: Option<IpAddr>) -> String {
    // Room for the longest, since every request of a stranger is counted by it.
    let mut text = String::with_capacity(48);
    let written = match ip.map(network) {
        Some(IpAddr::V6(network)) => write!(text, "{network}/64"),
        Some(IpAddr::V4(machine)) => write!(text, "{machine}"),
        None => write!(text, "unknown"),
    };
    debug_assert!(written.is_ok(), "a string takes whatever is written to it");
    text
}

/// The address with what its holder may choose freely taken off: an IPv6 network has as many addresses as it likes.
fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            std::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        machine @ IpAddr::V4(_) => machine,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_is_one_caller_and_a_mapped_address_its_machine() {
        let told = |text: &str| address(Some(text.parse().unwrap()));
        assert_eq!(told("2001:db8:1:2:3:4:5:6"), told("2001:db8:1:2:ffff::1"));
        assert_ne!(told("2001:db8:1:2::1"), told("2001:db8:1:3::1"));
        assert_eq!(told("::ffff:192.0.2.7"), "192.0.2.7");
    }
}
