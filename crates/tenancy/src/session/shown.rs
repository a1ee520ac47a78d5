//! What of a session is shown, and to whom its tokens point.

use chrono::{DateTime, Utc};
use db::{Account, Fault, Reading, ServerKey, Token};
use kernel::Id as _;
use kernel::id::{GenerationId, SessionId, UserId};

use super::{ACCESS, REFRESH, Session, SignedIn};
use crate::error::Refusal;
use crate::store;
use crate::user::User;

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
