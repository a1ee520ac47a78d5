//! Sessions: signing in, refreshing, signing out.
//!
//! A session has a chain of generations, each a pair of tokens. Refreshing makes the next generation. Within
//! [`GRACE`] of that, the same refresh token gives the same successor again, so that two tabs or a lost answer do no harm;
//! after it, a re-used refresh token must have been copied, and ends its session.
//!
//! **Invariant:** whatever makes, refreshes or ends sessions holds the account's row first, so none slips past an "end all".

mod ending;
mod shown;
mod worth;

use chrono::TimeDelta;
use db::{Account, Scope, Token, Work};
use kernel::id::{GenerationId, SessionId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use self::worth::{Worth, worth};
use crate::error::Refusal;
use crate::password::Proof;
use crate::store;
use crate::store::generation::Model as Generation;

pub(crate) use ending::end_all_but;
pub use ending::{SessionsEnded, revoke_other_sessions, revoke_session};
pub use shown::{
    Issued, Recognised, Tokens, access_token, find_session, issued, recognise_session, refresh_token,
    sessions,
};
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
