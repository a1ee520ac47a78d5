//! People: registering, and what they may change about themselves.

use db::{Account, Fault, Reading, Scope, Tenant, Work};
use kernel::id::{OneTimeCodeId, SessionId, UserId};
use kernel::{Email, Locale, Name, Phone, Right, Zone};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::code::{self, Purpose};
use crate::error::Refusal;
use crate::password::{PasswordHash, Proof};
use crate::session::{self, SignedIn};
use crate::store;

pub use store::user::Model as User;

/// What an account is made from.
#[derive(Debug)]
pub struct Registration {
    /// The address to sign in with.
    pub email: Email,
    /// What the person is called.
    pub name: Name,
    /// Of the password.
    pub hash: PasswordHash,
    /// The zone that times are shown in.
    pub timezone: Zone,
    /// The language that the person reads.
    pub locale: Locale,
}

/// An account was made, its owner is signed in, and a code is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// Who, in which session, with which tokens.
    #[serde(flatten)]
    pub signed_in: SignedIn,
    /// The code that is to prove the address.
    pub code: OneTimeCodeId,
}

/// Makes an account and signs its owner in. A taken address is said to be taken, as everywhere: whoever registers must
/// learn it anyway, and the gateway lets nobody ask often.
///
/// # Errors
/// If the address is taken.
pub async fn register(work: &Work<Account>, it: Registration) -> Result<Registered, Refusal> {
    let user = fresh(work, (it.email, it.name), (it.timezone, it.locale), Some(it.hash));
    let id = user.id;
    store::user::insert(work, user).await?;
    work.account_event(id, "user.registered", json!({ "with": "PASSWORD" }))
        .await?;
    let code = code::issue(work, id, Purpose::EmailVerification).await?;
    let signed_in = session::open(work, id).await?;
    Ok(Registered { signed_in, code })
}

/// A new account's row.
pub(crate) fn fresh<S: Scope>(
    work: &Work<S>,
    (email, name): (Email, Name),
    (timezone, locale): (Zone, Locale),
    password_hash: Option<PasswordHash>,
) -> User {
    User {
        id: work.mint(),
        email,
        name,
        phone: None,
        timezone,
        locale,
        password_hash,
        verified_at: None,
        disabled_at: None,
        version: 1,
        created_at: work.now(),
        updated_at: work.now(),
    }
}

/// What somebody changes about themselves; what is left out stays.
#[derive(Debug, Clone, Default)]
pub struct UserEdit {
    /// What the person is called.
    pub name: Option<Name>,
    /// Where the person can be called; `Some(None)` forgets it.
    pub phone: Option<Option<Phone>>,
    /// The zone that times are shown in.
    pub timezone: Option<Zone>,
    /// The language that the person reads.
    pub locale: Option<Locale>,
}

/// An account was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserChanged {
    /// Whose.
    pub user: UserId,
}

/// Changes what somebody says about themselves. A change that changes nothing counts as none.
///
/// # Errors
/// If nobody is signed in, or the account has another version than expected.
pub async fn update_user(
    work: &Work<Account>,
    edit: UserEdit,
    expected_version: Option<i64>,
) -> Result<UserChanged, Refusal> {
    let mut user = hold_self(work).await?;
    crate::expect_version(expected_version, user.version)?;
    let id = user.id;
    let changed = edit.apply(&mut user);
    if !changed.is_empty() {
        user.touch(work.now());
        store::save(work, user).await?;
        work.account_event(id, "user.updated", json!({ "changed": changed }))
            .await?;
    }
    Ok(UserChanged { user: id })
}

impl UserEdit {
    /// Applies itself and names what has changed.
    fn apply(self, user: &mut User) -> Vec<&'static str> {
        let changes = [
            ("name", crate::set(&mut user.name, self.name)),
            ("phone", crate::set(&mut user.phone, self.phone)),
            ("timeZone", crate::set(&mut user.timezone, self.timezone)),
            ("locale", crate::set(&mut user.locale, self.locale)),
        ];
        crate::named(&changes)
    }
}

/// Replaces the password and ends every other session.
///
/// # Errors
/// If nobody is signed in, or the proof is not theirs or no longer holds.
pub async fn change_password(
    work: &Work<Account>,
    proof: Proof,
    hash: PasswordHash,
    current: SessionId,
) -> Result<UserChanged, Refusal> {
    let mut user = hold_self(work).await?;
    if !proof.holds_for(&user) {
        return Err(Refusal::InvalidCredentials);
    }
    let id = user.id;
    user.password_hash = Some(hash);
    user.touch(work.now());
    store::save(work, user).await?;
    let ended = session::end_all_but(work, id, Some(current)).await?;
    work.account_event(id, "password.changed", json!({ "sessionsEnded": ended.len() }))
        .await?;
    Ok(UserChanged { user: id })
}

/// Whoever is signed in.
///
/// # Errors
/// If the database refuses.
pub async fn viewer(reading: &Reading<Account>) -> Result<Option<User>, Fault> {
    match reading.actor().user() {
        Some(id) => Ok(store::user::find(reading, &[id]).await?.pop()),
        None => Ok(None),
    }
}

/// People who belong to this organization, for whoever may see its members. Strangers are not there.
///
/// # Errors
/// If the right is missing.
pub async fn find_users(reading: &Reading<Tenant>, ids: &[UserId]) -> Result<Vec<User>, Refusal> {
    reading.need(Right::MembersRead)?;
    let members = store::membership::of_users(reading, ids).await?;
    let members: Vec<UserId> = members.into_iter().map(|it| it.user_id).collect();
    Ok(store::user::find(reading, &members).await?)
}

/// The account of whoever is signed in, held.
pub(crate) async fn hold_self<S: Scope>(work: &Work<S>) -> Result<User, Refusal> {
    let id = work.need_user()?;
    let user = store::user::hold(work, id).await?;
    // An access token outlives a disabled account by seconds.
    user.filter(|it| it.disabled_at.is_none())
        .ok_or(Refusal::Denied(kernel::Denied::Unauthenticated))
}
