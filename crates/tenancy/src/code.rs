//! One-time codes: eight digits that prove an e-mail address.
//!
//! Only the newest code of a purpose is good, once, and for [`ATTEMPTS_MAX`] tries: three codes an hour make fifteen guesses
//! at a hundred million. Asking for a reset says nothing about whether the address has an account.

use chrono::{DateTime, TimeDelta, Utc};
use db::{Account, Digest, Fault, Reading, ServerKey, Work};
use kernel::id::{OneTimeCodeId, UserId};
use kernel::{Email, Id as _};
use sea_orm::{DeriveActiveEnum, EnumIter};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;
use subtle::ConstantTimeEq as _;

use crate::error::Refusal;
use crate::letter::{Letter, Matter};
use crate::password::PasswordHash;
use crate::store::one_time_code::{self, Model as Code};
use crate::user::hold_self;
use crate::{session, store};

/// Codes of one purpose that one person is sent within [`WINDOW`].
pub const PER_WINDOW: u64 = 3;

/// The window in which codes are counted.
pub const WINDOW: TimeDelta = TimeDelta::hours(1);

/// Tries that one code allows.
pub const ATTEMPTS_MAX: i64 = 5;

/// What a code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Purpose {
    /// To choose a new password.
    #[sea_orm(string_value = "PASSWORD_RESET")]
    PasswordReset,
    /// To show that the address is one's own.
    #[sea_orm(string_value = "EMAIL_VERIFICATION")]
    EmailVerification,
}

impl Purpose {
    /// How long a code is good.
    #[must_use]
    pub fn lifetime(self) -> TimeDelta {
        match self {
            Self::PasswordReset => TimeDelta::minutes(10),
            Self::EmailVerification => TimeDelta::hours(24),
        }
    }
}

/// What came of asking for a code. Who asked without being signed in must not be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeRequested {
    /// The code to send, if one is to be sent.
    pub code: Option<OneTimeCodeId>,
}

/// Makes a code for an account that is held (or was just made).
pub(crate) async fn issue(
    work: &Work<Account>,
    user: UserId,
    purpose: Purpose,
) -> Result<OneTimeCodeId, Refusal> {
    let recent = one_time_code::recent(work, (user, purpose), WINDOW, PER_WINDOW).await?;
    if recent.len() as u64 >= PER_WINDOW {
        let oldest = recent.last().map_or(work.now(), |it| it.created_at);
        return Err(Refusal::TooManyCodes {
            max: PER_WINDOW,
            wait: oldest + WINDOW - work.now(),
        });
    }
    let id: OneTimeCodeId = work.mint();
    let code = Code {
        id,
        user_id: user,
        purpose,
        digest: digest(work.key(), id, &digits(work.key(), id)),
        attempts: 0,
        expires_at: work.now() + purpose.lifetime(),
        used_at: None,
        created_at: work.now(),
    };
    store::insert(work, code).await?;
    Ok(id)
}

/// What a code's letter says.
fn digits(key: &ServerKey, id: OneTimeCodeId) -> String {
    key.digits("one_time_code", id.uuid())
}

/// What is stored: eight digits hashed without a key could be searched through in a second.
fn digest(key: &ServerKey, id: OneTimeCodeId, digits: &str) -> Digest {
    key.fingerprint("one_time_code.digest", &[id.uuid().as_bytes(), digits.as_bytes()])
}

/// What a try at a code comes to.
#[derive(Debug, PartialEq, Eq)]
enum Try {
    Right,
    /// Counts.
    Wrong,
    /// Does not count any more.
    TooLate,
}

fn attempt(code: &Code, offered: &Digest, now: DateTime<Utc>) -> Try {
    if code.used_at.is_some() || now >= code.expires_at || code.attempts >= ATTEMPTS_MAX {
        Try::TooLate
    } else if bool::from(code.digest.ct_eq(offered)) {
        Try::Right
    } else {
        Try::Wrong
    }
}

/// Uses up the newest code of an account that is held.
async fn redeem(work: &Work<Account>, user: UserId, purpose: Purpose, typed: &str) -> Result<(), Refusal> {
    let newest = one_time_code::newest(work, user, purpose).await?;
    let mut code = newest.ok_or(Refusal::CodeInvalid)?;
    let offered = digest(work.key(), code.id, typed.trim());
    match attempt(&code, &offered, work.now()) {
        Try::Right => {
            code.used_at = Some(work.now());
            Ok(store::save(work, code).await?)
        }
        Try::Wrong => {
            code.attempts += 1;
            store::save(work, code).await?;
            Err(Refusal::CodeInvalid)
        }
        Try::TooLate => Err(Refusal::CodeInvalid),
    }
}

/// Asks for a code to choose a new password with. The outcome is for the courier, never for whoever asked.
///
/// # Errors
/// If the database refuses; an unknown address and one that was sent enough codes are no errors.
pub async fn request_password_reset(work: &Work<Account>, email: &Email) -> Result<CodeRequested, Refusal> {
    let user = store::user::hold_by_email(work, email).await?;
    let Some(user) = user.filter(|it| it.disabled_at.is_none()) else {
        return Ok(CodeRequested { code: None });
    };
    match issue(work, user.id, Purpose::PasswordReset).await {
        Ok(code) => {
            work.account_event(user.id, "password.reset_requested", json!({}))
                .await?;
            Ok(CodeRequested { code: Some(code) })
        }
        Err(Refusal::TooManyCodes { .. }) => Ok(CodeRequested { code: None }),
        Err(refusal) => Err(refusal),
    }
}

/// A password was reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordReset {
    /// Whose.
    pub user: UserId,
}

/// Chooses a new password with a code, which also proves the address, and ends every session. If nobody had proved the
/// address before, whoever made the account may be somebody else: their identities no longer open it.
///
/// # Errors
/// If the code is not right; the try is counted and kept. An unknown address gets the same words.
pub async fn reset_password(
    work: &Work<Account>,
    email: &Email,
    typed: &str,
    hash: PasswordHash,
) -> Result<PasswordReset, Refusal> {
    let user = store::user::hold_by_email(work, email).await?;
    let mut user = user
        .filter(|it| it.disabled_at.is_none())
        .ok_or(Refusal::CodeInvalid)?;
    let id = user.id;
    redeem(work, id, Purpose::PasswordReset, typed).await?;
    let unlinked = if user.verified_at.is_none() {
        store::identity::delete_of(work, id).await?
    } else {
        0
    };
    user.password_hash = Some(hash);
    user.verified_at = user.verified_at.or(Some(work.now()));
    user.touch(work.now());
    store::save(work, user).await?;
    let ended = session::end_all_but(work, id, None).await?;
    let facts = json!({ "sessionsEnded": ended.len(), "identitiesUnlinked": unlinked });
    work.account_event(id, "password.reset", facts).await?;
    Ok(PasswordReset { user: id })
}

/// Asks for a code to prove one's own address with; none is sent if it is proved already.
///
/// # Errors
/// If nobody is signed in, or enough codes were sent within the hour.
pub async fn request_email_verification(work: &Work<Account>) -> Result<CodeRequested, Refusal> {
    let user = hold_self(work).await?;
    if user.verified_at.is_some() {
        return Ok(CodeRequested { code: None });
    }
    let code = issue(work, user.id, Purpose::EmailVerification).await?;
    work.account_event(user.id, "email.verification_requested", json!({}))
        .await?;
    Ok(CodeRequested { code: Some(code) })
}

/// Proves one's own address with a code. Once proved, it stays so.
///
/// # Errors
/// If nobody is signed in, or the code is not right; the try is counted and kept.
pub async fn verify_email(work: &Work<Account>, typed: &str) -> Result<crate::user::UserChanged, Refusal> {
    let mut user = hold_self(work).await?;
    let id = user.id;
    if user.verified_at.is_none() {
        redeem(work, id, Purpose::EmailVerification, typed).await?;
        user.verified_at = Some(work.now());
        user.touch(work.now());
        store::save(work, user).await?;
        work.account_event(id, "email.verified", json!({})).await?;
    }
    Ok(crate::user::UserChanged { user: id })
}

/// The letter that carries a code; none if the code can no longer be used.
///
/// # Errors
/// If the database refuses.
pub async fn code_letter(reading: &Reading<Account>, id: OneTimeCodeId) -> Result<Option<Letter>, Fault> {
    let code = one_time_code::find(reading, id).await?;
    let Some(code) = code.filter(|it| it.used_at.is_none() && reading.now() < it.expires_at) else {
        return Ok(None);
    };
    let user = store::user::find(reading, &[code.user_id]).await?.pop();
    let digits = SecretString::from(digits(reading.key(), id));
    let matter = match code.purpose {
        Purpose::PasswordReset => Matter::PasswordReset { digits },
        Purpose::EmailVerification => Matter::EmailVerification { digits },
    };
    Ok(user.map(|user| Letter {
        id: id.uuid(),
        to: user.email,
        name: Some(user.name),
        locale: user.locale,
        matter,
    }))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn noon() -> DateTime<Utc> {
        "2026-03-02T12:00:00Z".parse().unwrap()
    }

    fn code() -> Code {
        Code {
            id: OneTimeCodeId::from_uuid(Uuid::from_u128(1)),
            user_id: UserId::from_uuid(Uuid::from_u128(2)),
            purpose: Purpose::PasswordReset,
            digest: vec![7; 32],
            attempts: 0,
            expires_at: noon() + Purpose::PasswordReset.lifetime(),
            used_at: None,
            created_at: noon(),
        }
    }

    #[test]
    fn a_code_is_good_for_ten_minutes_once_and_five_tries() {
        let (right, wrong) = (vec![7; 32], vec![8; 32]);
        let late = noon() + TimeDelta::minutes(10);
        let just = late - TimeDelta::microseconds(1);
        assert_eq!(attempt(&code(), &right, just), Try::Right);
        assert_eq!(attempt(&code(), &right, late), Try::TooLate);
        assert_eq!(attempt(&code(), &wrong, noon()), Try::Wrong);
        let used = Code {
            used_at: Some(noon()),
            ..code()
        };
        assert_eq!(attempt(&used, &right, noon()), Try::TooLate);
        let tried = |attempts| Code { attempts, ..code() };
        assert_eq!(attempt(&tried(ATTEMPTS_MAX - 1), &right, noon()), Try::Right);
        assert_eq!(attempt(&tried(ATTEMPTS_MAX), &right, noon()), Try::TooLate);
    }

    #[test]
    fn what_is_stored_depends_on_the_key_and_the_row() {
        let (one, two) = (ServerKey::new(b"one"), ServerKey::new(b"two"));
        let other = OneTimeCodeId::from_uuid(Uuid::from_u128(9));
        let stored = digest(&one, code().id, "12345678");
        assert_ne!(digest(&two, code().id, "12345678"), stored);
        assert_ne!(digest(&one, other, "12345678"), stored);
    }
}
