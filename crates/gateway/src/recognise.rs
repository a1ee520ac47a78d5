//! Who is this? The answer to a credential and the organization that a request names, remembered for a few seconds.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use db::{Account, Asker, Reading, Store, Tenant, Token};
use door::Denied;
use kernel::{Actor, Rights, SystemKind};

use crate::caller::{Place, Session};

/// How long an answer is believed. Revoking on this node is felt at once, on others within this time.
pub const RECOGNISED_FOR: Duration = Duration::from_secs(5);

/// Answers remembered at once.
const RECOGNISED_MAX: u64 = 20_000;

/// What a request shows of itself: the hash of its credential, and the place it names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Card {
    digest: Option<Vec<u8>>,
    organization: Option<String>,
}

/// What a card stands for.
#[derive(Debug, Clone)]
pub(crate) struct Recognised {
    pub(crate) actor: Actor,
    pub(crate) rights: Rights,
    pub(crate) place: Place,
    pub(crate) session: Option<Session>,
    pub(crate) rate_per_minute: Option<u32>,
}

impl Recognised {
    /// Somebody who shows nothing.
    fn stranger(place: Place) -> Self {
        Self {
            actor: Actor::Anonymous,
            rights: Rights::NONE,
            place,
            session: None,
            rate_per_minute: None,
        }
    }
}

/// Finds out who is asking.
pub(crate) struct Recogniser {
    store: Store,
    cache: moka::future::Cache<Card, Recognised>,
    /// Counts what was forgotten: an answer that was looked up before that is not remembered after it.
    epoch: AtomicU64,
}

impl Recogniser {
    pub(crate) fn new(store: Store) -> Self {
        let cache = moka::future::Cache::builder()
            .max_capacity(RECOGNISED_MAX)
            .time_to_live(RECOGNISED_FOR)
            .build();
        Self {
            store,
            cache,
            epoch: AtomicU64::new(0),
        }
    }

    /// Forgets who everybody is: something was revoked on this node, and that must be felt at once.
    pub(crate) fn forget(&self) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
        self.cache.invalidate_all();
    }

    pub(crate) async fn recognise(
        &self,
        credential: Option<&Credential>,
        named: Option<&str>,
    ) -> Result<Recognised, Denied> {
        // Nobody, nowhere: there is nothing to find out and nothing to remember.
        if credential.is_none() && named.is_none() {
            return Ok(Recognised::stranger(Place::Nowhere));
        }
        let digest = credential.map(|it| it.token().digest());
        let card = Card {
            digest,
            organization: named.map(ToOwned::to_owned),
        };
        if let Some(known) = self.cache.get(&card).await
            && known
                .session
                .as_ref()
                .is_none_or(|it| it.expires_at > self.store.now())
        {
            return Ok(known);
        }
        // Boxed, since it is seldom: every request that is recognised would carry the room for it.
        Box::pin(self.learn(card, credential, named)).await
    }

    /// Asks the database, and remembers.
    async fn learn(
        &self,
        card: Card,
        credential: Option<&Credential>,
        named: Option<&str>,
    ) -> Result<Recognised, Denied> {
        let epoch = self.epoch.load(Ordering::SeqCst);
        let found = self.look(credential, named).await?;
        self.cache.insert(card.clone(), found.clone()).await;
        if self.epoch.load(Ordering::SeqCst) != epoch {
            // Something was revoked meanwhile: this may be of before.
            self.cache.invalidate(&card).await;
        }
        Ok(found)
    }

    /// Asks the database, whatever was known before.
    pub(crate) async fn look(
        &self,
        credential: Option<&Credential>,
        named: Option<&str>,
    ) -> Result<Recognised, Denied> {
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
        self.store.read(Account, &asker).await.map_err(fault)
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
        Ok(Recognised::stranger(place))
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
            .store
            .read(Tenant(organization), &asker)
            .await
            .map_err(fault)?;
        let key = tenancy::key_in_force(&reading, id)
            .await
            .map_err(fault)?
            .ok_or_else(unknown)?;
        drop(reading);
        let store = self.store.clone();
        // Bookkeeping: it neither delays nor refuses a good key.
        tokio::spawn(async move {
            if let Err(fault) = tenancy::note_key_used(&store, organization, id).await {
                tracing::warn!(%fault, "the use of a key was not noted");
            }
        });
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
    pub(crate) fn read(authorization: &str) -> Result<Self, Denied> {
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
