//! The house behind the door: finds out who asks, takes what it costs, and runs it.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Request, Response};
use db::rate::{Balance, Budgets, Limit};
use db::{Asker, Store};
use door::{Bill, Credentials, Denied, Throttle, Throttled};
use futures::stream::BoxStream;
use kernel::Actor;
use kernel::id::ErrorId;

use crate::Schema;
use crate::act::CLIENT_SECRET_MIN;
use crate::caller::Caller;
use crate::flood::Flood;
use crate::loaders::loaders;
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
    schema: Schema,
    store: Store,
    budgets: Budgets,
    flood: Flood,
    settings: Settings,
    recogniser: Recogniser,
}

impl Host {
    /// A house over a store.
    #[must_use]
    pub fn new(schema: Schema, store: Store, budgets: Budgets, settings: Settings) -> Self {
        let recogniser = Recogniser::new(store.clone());
        Self(Arc::new(Inner {
            schema,
            store,
            budgets,
            flood: Flood::new(settings.flood_per_second),
            settings,
            recogniser,
        }))
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
        self.0.flood.knock(peer).map_err(|wait| {
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
        found.is_ok_and(|found| found.rights == caller.asker.rights && found.place == caller.place)
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
        match self.0.budgets.spend(scope, &subject, limit).await {
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

    async fn execute(&self, caller: Caller, request: Request) -> Response {
        let reads = Arc::new(Reads::keeping(self.0.store.clone(), caller.clone()));
        self.0
            .schema
            .execute(self.dress(rehearsal::only_if_dry(request), caller, reads))
            .await
    }

    fn subscribe(&self, caller: Caller, request: Request) -> BoxStream<'static, Response> {
        let reads = Arc::new(Reads::fleeting(self.0.store.clone(), caller.clone()));
        Box::pin(self.0.schema.execute_stream(self.dress(request, caller, reads)))
    }

    fn mint(&self) -> String {
        self.0.store.ids().mint::<ErrorId>(self.0.store.now()).to_string()
    }
}

impl Host {
    /// Gives a request what its resolvers need.
    fn dress(&self, request: Request, caller: Caller, reads: Arc<Reads>) -> Request {
        request
            .data(loaders(Arc::clone(&reads)))
            .data(reads)
            .data(caller)
            .data(self.clone())
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
        #[expect(clippy::expect_used, reason = "the host gives every request itself")]
        ctx.data::<Self>().expect("the host")
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
    match ip {
        Some(IpAddr::V6(ip)) if ip.to_ipv4_mapped().is_none() => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Some(ip) => ip.to_canonical().to_string(),
        None => "unknown".to_owned(),
    }
}
