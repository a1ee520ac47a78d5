//! The house behind the door: finds out who asks, takes what it costs, and runs it.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Request, Response};
use db::rate::{Balance, Budgets, Limit};
use db::{Account, Asker, Reading, Store, Tenant, Token};
use door::{Bill, Credentials, Denied, Throttle, Throttled};
use futures::stream::BoxStream;
use kernel::id::ErrorId;
use kernel::{Actor, Rights, SystemKind};

use crate::Schema;
use crate::act::CLIENT_SECRET_MIN;
use crate::caller::{Caller, Place, Session};
use crate::flood::Flood;
use crate::loaders::loaders;
use crate::reads::Reads;
use crate::rehearsal;

/// How long an answer to "who is this?" is believed. Revoking on this node is felt at once, on others within this time.
pub const RECOGNISED_FOR: Duration = Duration::from_secs(5);

/// Credentials remembered at once.
const RECOGNISED_MAX: u64 = 20_000;

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
    recognised: moka::future::Cache<Card, Recognised>,
}

/// What a request shows of itself: the hash of its credential, and the place it names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Card {
    digest: Option<Vec<u8>>,
    organization: Option<String>,
}

/// What a card stands for.
#[derive(Debug, Clone)]
struct Recognised {
    actor: Actor,
    rights: Rights,
    place: Place,
    session: Option<Session>,
    rate_per_minute: Option<u32>,
}

impl Host {
    /// A house over a store.
    #[must_use]
    pub fn new(schema: Schema, store: Store, budgets: Budgets, settings: Settings) -> Self {
        let recognised = moka::future::Cache::builder()
            .max_capacity(RECOGNISED_MAX)
            .time_to_live(RECOGNISED_FOR)
            .build();
        Self(Arc::new(Inner {
            schema,
            store,
            budgets,
            flood: Flood::new(settings.flood_per_second),
            settings,
            recognised,
        }))
    }

    /// Forgets who everybody is: something was revoked on this node, and that must be felt at once.
    pub fn forget(&self) {
        self.0.recognised.invalidate_all();
    }

    /// Forgets addresses that have been quiet; the worker calls it.
    pub fn sweep(&self) {
        self.0.flood.sweep();
    }

    async fn recognise(
        &self,
        credential: Option<&Credential>,
        named: Option<&str>,
    ) -> Result<Recognised, Denied> {
        let digest = credential.map(|it| it.token().digest());
        let card = Card {
            digest,
            organization: named.map(ToOwned::to_owned),
        };
        if let Some(known) = self.0.recognised.get(&card).await
            && known
                .session
                .as_ref()
                .is_none_or(|it| it.expires_at > self.0.store.now())
        {
            return Ok(known);
        }
        let found = self.look(credential, named).await?;
        self.0.recognised.insert(card, found.clone()).await;
        Ok(found)
    }

    /// Asks the database, whatever was known before.
    async fn look(&self, credential: Option<&Credential>, named: Option<&str>) -> Result<Recognised, Denied> {
        match credential {
            None => self.stranger(named).await,
            Some(Credential::Session(token)) => self.by_session(token, named).await,
            Some(Credential::Key(token)) => self.by_key(token, named).await,
        }
    }

    async fn account(&self, actor: Actor) -> Result<Reading<Account>, Denied> {
        let asker = Asker {
            actor,
            ..Asker::anonymous()
        };
        self.0.store.read(Account, &asker).await.map_err(fault)
    }

    async fn stranger(&self, named: Option<&str>) -> Result<Recognised, Denied> {
        let place = match named {
            None => Place::Nowhere,
            Some(named) => {
                let reading = self.account(Actor::Anonymous).await?;
                match tenancy::organization_named(&reading, named)
                    .await
                    .map_err(fault)?
                {
                    Some(organization) => Place::Stranger(organization.id),
                    None => Place::Unknown,
                }
            }
        };
        Ok(Recognised {
            actor: Actor::Anonymous,
            rights: Rights::NONE,
            place,
            session: None,
            rate_per_minute: None,
        })
    }

    async fn by_session(&self, token: &Token, named: Option<&str>) -> Result<Recognised, Denied> {
        let reading = self.account(Actor::System(SystemKind::Door)).await?;
        let found = tenancy::recognise_session(&reading, token).await.map_err(fault)?;
        drop(reading);
        let Some(found) = found else {
            return Err(Denied::Unauthenticated(
                "The session has ended; sign in again or refresh it.".to_owned(),
            ));
        };
        let actor = Actor::User(found.user);
        let session = Some(Session {
            id: found.session,
            expires_at: found.expires_at,
        });
        let mut known = Recognised {
            actor,
            rights: Rights::NONE,
            place: Place::Nowhere,
            session,
            rate_per_minute: None,
        };
        if let Some(named) = named {
            // A person's own memberships are visible only to that person's transaction.
            let reading = self.account(actor).await?;
            known.place = match tenancy::organization_named(&reading, named)
                .await
                .map_err(fault)?
            {
                None => Place::Unknown,
                Some(organization) => match tenancy::role_in(&reading, found.user, organization.id)
                    .await
                    .map_err(fault)?
                {
                    None => Place::Stranger(organization.id),
                    Some(role) => {
                        known.rights = tenancy::role_rights(role);
                        Place::Member(organization.id)
                    }
                },
            };
        }
        Ok(known)
    }

    async fn by_key(&self, token: &Token, named: Option<&str>) -> Result<Recognised, Denied> {
        let unknown = || Denied::Unauthenticated("The API key is unknown, expired or revoked.".to_owned());
        let reading = self.account(Actor::System(SystemKind::Door)).await?;
        let found = tenancy::recognise_key(&reading, token).await.map_err(fault)?;
        let (organization, id) = found.ok_or_else(unknown)?;
        if let Some(named) = named {
            let meant = tenancy::organization_named(&reading, named)
                .await
                .map_err(fault)?;
            if meant.is_none_or(|it| it.id != organization) {
                let why = "An API key belongs to one organization, and the request names another.";
                return Err(Denied::Forbidden(why.to_owned()));
            }
        }
        drop(reading);
        let asker = Asker::system(SystemKind::Door);
        let reading = self
            .0
            .store
            .read(Tenant(organization), &asker)
            .await
            .map_err(fault)?;
        let key = tenancy::key_in_force(&reading, id)
            .await
            .map_err(fault)?
            .ok_or_else(unknown)?;
        drop(reading);
        tenancy::note_key_used(&self.0.store, organization, id)
            .await
            .map_err(fault)?;
        Ok(Recognised {
            actor: Actor::ApiKey(id),
            rights: key.rights,
            place: Place::Member(organization),
            session: None,
            rate_per_minute: key.rate_per_minute,
        })
    }
}

/// What stands behind `Bearer`.
#[derive(Debug, Clone)]
pub(crate) enum Credential {
    /// A session's access token.
    Session(Token),
    /// An API key.
    Key(Token),
}

impl Credential {
    fn read(authorization: &str) -> Result<Self, Denied> {
        let text = match authorization.split_once(' ') {
            Some((scheme, text)) if scheme.eq_ignore_ascii_case("bearer") => text.trim(),
            _ => {
                return Err(Denied::Unauthenticated(
                    "Send `Authorization: Bearer <token>`.".to_owned(),
                ));
            }
        };
        let session = Token::read(tenancy::session::ACCESS, text).map(Self::Session);
        let key = || Token::read(tenancy::api_key::KIND, text).map(Self::Key);
        // A wrong checksum is a typing error: say no without asking the database.
        session.or_else(key).ok_or_else(|| {
            Denied::Unauthenticated("The token is not one of ours, or is incomplete.".to_owned())
        })
    }

    fn token(&self) -> &Token {
        match self {
            Self::Session(token) | Self::Key(token) => token,
        }
    }
}

fn fault(cause: impl std::error::Error + Send + Sync + 'static) -> Denied {
    Denied::Fault(Box::new(cause))
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
