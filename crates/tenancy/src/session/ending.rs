//! Ending sessions.

use db::{Account, Fault, Work};
use kernel::id::{SessionId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::Refusal;
use crate::store;
use crate::user::hold_self;

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
