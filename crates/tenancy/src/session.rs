//! Sessions: signing in, refreshing, signing out.
//!
//! A session has a chain of generations, each a pair of tokens. Refreshing makes the next generation. Within
//! [`GRACE`] of that, the same refresh token gives the same successor again, so that two tabs or a lost answer do no harm;
//! after it, a re-used refresh token must have been copied, and ends its session.
//!
//! **Invariant:** whatever makes, refreshes or ends sessions holds the account's row first, so none slips past an "end all".

use chrono::{DateTime, TimeDelta, Utc};
use db::{Account, Fault, Reading, Scope, ServerKey, Token, Work};
use kernel::Id as _;
use kernel::id::{GenerationId, SessionId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::Refusal;
use crate::password::Proof;
use crate::store;
use crate::store::generation::Model as Generation;
use crate::user::{User, hold_self};

pub use store::session::Model as Session;

/// How access tokens begin.
pub const ACCESS: &str = "hor_session_";

/// How refresh tokens begin.
pub const REFRESH: &str = "hor_refresh_";

/// How long an access token is good.
pub const ACCESS_FOR: TimeDelta = TimeDelta::minutes(15);

/// How long a session lasts that nobody refreshes.
pub const REFRESH_FOR: TimeDelta = TimeDelta::days(30);

/// How long a session lasts at the most.
pub const SESSION_FOR: TimeDelta = TimeDelta::days(180);

/// How long after its first use a refresh token gives the same successor again.
pub const GRACE: TimeDelta = TimeDelta::seconds(10);

/// Sessions that one person can have at once; signing in once more ends the one that was used longest ago.
pub const LIVING_MAX: usize = 100;

/// What is kept of a program's name for itself, in characters.
pub const USER_AGENT_MAX: usize = 200;

/// Somebody is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// Who.
    pub user: UserId,
    /// In which session.
    pub session: SessionId,
    /// With which pair of tokens.
    pub generation: GenerationId,
}

/// A pair of tokens, for their owner's eyes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// Goes with every request.
    pub access: Token,
    /// When the access token ends.
    pub access_expires_at: DateTime<Utc>,
    /// Buys the next pair.
    pub refresh: Token,
    /// When the session ends unless it is refreshed.
    pub refresh_expires_at: DateTime<Utc>,
}

/// Signs in whoever has proved to know the password.
///
/// # Errors
/// If the proof no longer holds.
pub async fn sign_in(work: &Work<Account>, proof: Proof) -> Result<SignedIn, Refusal> {
    let user = store::user::hold(work, proof.user()).await?;
    let user = user
        .filter(|it| proof.holds_for(it))
        .ok_or(Refusal::InvalidCredentials)?;
    open(work, user.id).await
}

/// Opens a session for an account that is held (or was just made).
pub(crate) async fn open(work: &Work<Account>, user: UserId) -> Result<SignedIn, Refusal> {
    let living = store::session::living(work, user).await?;
    let surplus: Vec<SessionId> = living.iter().skip(LIVING_MAX - 1).map(|it| it.id).collect();
    store::session::revoke(work, &surplus).await?;
    let session = Session {
        id: work.mint(),
        user_id: user,
        user_agent: user_agent(work),
        ip: work.asker().ip.map(|it| it.to_string()),
        signed_in_at: work.now(),
        refreshed_at: work.now(),
        expires_at: work.now() + REFRESH_FOR,
        revoked_at: None,
    };
    let generation = next_generation(work, &session);
    let signed_in = SignedIn {
        user,
        session: session.id,
        generation: generation.id,
    };
    store::insert(work, session).await?;
    store::insert(work, generation).await?;
    let facts = json!({ "session": signed_in.session, "ended": surplus });
    work.account_event(user, "session.created", facts).await?;
    Ok(signed_in)
}

fn next_generation<S: Scope>(work: &Work<S>, session: &Session) -> Generation {
    let id: GenerationId = work.mint();
    Generation {
        id,
        session_id: session.id,
        access_digest: access_token(work.key(), id).digest(),
        access_expires_at: session.expires_at.min(work.now() + ACCESS_FOR),
        refresh_digest: refresh_token(work.key(), id).digest(),
        rotated_at: None,
        successor_id: None,
        created_at: work.now(),
    }
}

fn user_agent<S: Scope>(work: &Work<S>) -> Option<String> {
    let said = work.asker().user_agent.as_ref()?;
    Some(said.chars().take(USER_AGENT_MAX).collect())
}

/// What a refresh token is good for at some moment.
#[derive(Debug, PartialEq, Eq)]
enum Worth {
    /// The next generation.
    Next,
    /// The successor that it was given a moment ago.
    Same(GenerationId),
    /// The end of its session: it was copied.
    Reused,
    /// Nothing.
    Nothing,
}

fn worth(generation: &Generation, session: &Session, now: DateTime<Utc>) -> Worth {
    match (generation.rotated_at, generation.successor_id) {
        _ if !session.is_alive(now) => Worth::Nothing,
        (Some(at), Some(successor)) if now - at <= GRACE => Worth::Same(successor),
        (None, None) => Worth::Next,
        (Some(_), Some(_)) | (None, Some(_)) | (Some(_), None) => Worth::Reused,
    }
}

/// Makes the next pair of tokens.
///
/// # Errors
/// If the token is unknown or its session has ended; if it was used before, that ends its session.
pub async fn refresh(work: &Work<Account>, token: &str) -> Result<SignedIn, Refusal> {
    let token = Token::read(REFRESH, token).ok_or(Refusal::TokenInvalid)?;
    let known = store::generation::by_refresh(work, token.digest()).await?;
    let user = known.ok_or(Refusal::TokenInvalid)?.1.user_id;
    let user = store::user::hold(work, user).await?;
    let user = user
        .filter(|it| it.disabled_at.is_none())
        .ok_or(Refusal::TokenInvalid)?;
    // Read again under the lock: somebody may have been faster.
    let known = store::generation::by_refresh(work, token.digest()).await?;
    let (generation, session) = known.ok_or(Refusal::TokenInvalid)?;
    let (user, of) = (user.id, session.id);
    match worth(&generation, &session, work.now()) {
        Worth::Next => {
            let generation = rotate(work, generation, session).await?;
            Ok(SignedIn {
                user,
                session: of,
                generation,
            })
        }
        Worth::Same(generation) => Ok(SignedIn {
            user,
            session: of,
            generation,
        }),
        Worth::Reused => {
            store::session::revoke(work, &[of]).await?;
            work.account_event(user, "session.reused", json!({ "session": of }))
                .await?;
            Err(Refusal::TokenReused)
        }
        Worth::Nothing => Err(Refusal::TokenInvalid),
    }
}

/// Replaces a session's current generation. No account event: the generation is the record, and there is one every quarter
/// of an hour.
async fn rotate(
    work: &Work<Account>,
    mut old: Generation,
    mut session: Session,
) -> Result<GenerationId, Refusal> {
    session.expires_at = (work.now() + REFRESH_FOR).min(session.signed_in_at + SESSION_FOR);
    session.refreshed_at = work.now();
    session.user_agent = user_agent(work);
    session.ip = work.asker().ip.map(|it| it.to_string());
    let next = next_generation(work, &session);
    let id = next.id;
    old.rotated_at = Some(work.now());
    old.successor_id = Some(id);
    store::save(work, session).await?;
    store::save(work, old).await?;
    store::insert(work, next).await?;
    Ok(id)
}

/// Sessions were ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionsEnded {
    /// Whose.
    pub user: UserId,
    /// Which.
    pub sessions: Vec<SessionId>,
}

/// Ends one of one's own sessions: the present one to sign out, any other to revoke it.
///
/// # Errors
/// If nobody is signed in, or it is not a living session of theirs.
pub async fn revoke_session(work: &Work<Account>, id: SessionId) -> Result<SessionsEnded, Refusal> {
    let user = hold_self(work).await?.id;
    let found = store::session::find(work, id).await?;
    found
        .filter(|it| it.user_id == user && it.is_alive(work.now()))
        .ok_or(Refusal::NotFound("session"))?;
    store::session::revoke(work, &[id]).await?;
    work.account_event(user, "session.revoked", json!({ "sessions": [id] }))
        .await?;
    Ok(SessionsEnded {
        user,
        sessions: vec![id],
    })
}

/// Ends all of one's own sessions but the present one.
///
/// # Errors
/// If nobody is signed in.
pub async fn revoke_other_sessions(
    work: &Work<Account>,
    current: SessionId,
) -> Result<SessionsEnded, Refusal> {
    let user = hold_self(work).await?.id;
    let sessions = end_all_but(work, user, Some(current)).await?;
    work.account_event(user, "session.revoked", json!({ "sessions": sessions }))
        .await?;
    Ok(SessionsEnded { user, sessions })
}

/// Ends the sessions of an account that is held.
pub(crate) async fn end_all_but(
    work: &Work<Account>,
    user: UserId,
    kept: Option<SessionId>,
) -> Result<Vec<SessionId>, Fault> {
    let living = store::session::living(work, user).await?;
    let ended: Vec<SessionId> = living
        .iter()
        .map(|it| it.id)
        .filter(|id| Some(*id) != kept)
        .collect();
    store::session::revoke(work, &ended).await?;
    Ok(ended)
}

/// One's own living sessions, latest used first; never more than [`LIVING_MAX`].
///
/// # Errors
/// If nobody is signed in.
pub async fn sessions(reading: &Reading<Account>) -> Result<Vec<Session>, Refusal> {
    let user = reading.need_user()?;
    Ok(store::session::living(reading, user).await?)
}

/// One of one's own sessions, living or ended.
///
/// # Errors
/// If nobody is signed in.
pub async fn find_session(reading: &Reading<Account>, id: SessionId) -> Result<Option<Session>, Refusal> {
    let user = reading.need_user()?;
    Ok(store::session::find(reading, id)
        .await?
        .filter(|it| it.user_id == user))
}

/// What somebody who has just signed in or refreshed is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Issued {
    /// Who they are.
    pub user: User,
    /// Their session.
    pub session: Session,
    /// Its tokens.
    pub tokens: Tokens,
}

/// What somebody who has just signed in or refreshed is told. The caller vouches that `signed_in` came from the verb, or
/// from its replay; nothing else entitles anybody to hear it.
///
/// # Errors
/// If the database refuses.
pub async fn issued(reading: &Reading<Account>, signed_in: &SignedIn) -> Result<Option<Issued>, Fault> {
    let found = store::generation::find(reading, signed_in.generation).await?;
    let user = store::user::find(reading, &[signed_in.user]).await?.pop();
    let (Some((generation, session)), Some(user)) = (found, user) else {
        return Ok(None);
    };
    let tokens = Tokens {
        access: access_token(reading.key(), generation.id),
        access_expires_at: generation.access_expires_at,
        refresh: refresh_token(reading.key(), generation.id),
        refresh_expires_at: session.expires_at,
    };
    Ok(Some(Issued {
        user,
        session,
        tokens,
    }))
}

/// The access token of a generation, for its owner.
#[must_use]
pub fn access_token(key: &ServerKey, id: GenerationId) -> Token {
    key.token(ACCESS, id.uuid())
}

/// The refresh token of a generation, for its owner.
#[must_use]
pub fn refresh_token(key: &ServerKey, id: GenerationId) -> Token {
    key.token(REFRESH, id.uuid())
}

/// Whom an access token stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recognised {
    /// Who.
    pub user: UserId,
    /// In which session.
    pub session: SessionId,
    /// Until when the token is good.
    pub expires_at: DateTime<Utc>,
}

/// Finds out whose access token it is. An access token stays good after its generation was replaced, until it expires or
/// its session ends: requests on their way when a refresh happens are not lost.
///
/// # Errors
/// If the database refuses.
pub async fn recognise_session(
    reading: &Reading<Account>,
    access: &Token,
) -> Result<Option<Recognised>, Fault> {
    let now = reading.now();
    let Some((generation, session)) = store::generation::by_access(reading, access.digest()).await? else {
        return Ok(None);
    };
    if now >= generation.access_expires_at || !session.is_alive(now) {
        return Ok(None);
    }
    let user = store::user::find(reading, &[session.user_id]).await?.pop();
    Ok(user.filter(|it| it.disabled_at.is_none()).map(|user| Recognised {
        user: user.id,
        session: session.id,
        expires_at: generation.access_expires_at,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> DateTime<Utc> {
        "2026-03-02T12:00:00Z".parse().unwrap()
    }

    fn session() -> Session {
        Session {
            id: SessionId::from_uuid(uuid(1)),
            user_id: UserId::from_uuid(uuid(2)),
            user_agent: None,
            ip: None,
            signed_in_at: noon(),
            refreshed_at: noon(),
            expires_at: noon() + REFRESH_FOR,
            revoked_at: None,
        }
    }

    fn uuid(bits: u128) -> sea_orm::prelude::Uuid {
        sea_orm::prelude::Uuid::from_u128(bits)
    }

    fn generation(rotated_at: Option<DateTime<Utc>>) -> Generation {
        Generation {
            id: GenerationId::from_uuid(uuid(3)),
            session_id: session().id,
            access_digest: Vec::new(),
            access_expires_at: noon() + ACCESS_FOR,
            refresh_digest: Vec::new(),
            rotated_at,
            successor_id: rotated_at.map(|_| GenerationId::from_uuid(uuid(4))),
            created_at: noon(),
        }
    }

    #[test]
    fn a_refresh_token_is_worth_its_successor_for_ten_seconds_and_then_the_end() {
        let (fresh, used) = (generation(None), generation(Some(noon())));
        let successor = GenerationId::from_uuid(uuid(4));
        let microsecond = TimeDelta::microseconds(1);
        assert_eq!(worth(&fresh, &session(), noon()), Worth::Next);
        assert_eq!(worth(&used, &session(), noon()), Worth::Same(successor));
        assert_eq!(worth(&used, &session(), noon() + GRACE), Worth::Same(successor));
        assert_eq!(
            worth(&used, &session(), noon() + GRACE + microsecond),
            Worth::Reused
        );
    }

    #[test]
    fn nothing_comes_of_an_ended_session() {
        let ended = Session {
            revoked_at: Some(noon()),
            ..session()
        };
        let last = noon() + REFRESH_FOR - TimeDelta::microseconds(1);
        for generation in [generation(None), generation(Some(noon()))] {
            assert_eq!(worth(&generation, &ended, noon()), Worth::Nothing);
            assert_eq!(
                worth(&generation, &session(), noon() + REFRESH_FOR),
                Worth::Nothing
            );
        }
        assert_eq!(worth(&generation(None), &session(), last), Worth::Next);
    }
}
