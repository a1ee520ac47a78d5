//! Signing in with a token that somebody else has issued.
//!
//! An identity is linked to an existing account only where both sides have proved the address: otherwise whoever registers
//! somebody else's address first, here or there, would get into the other's account. And where the first proof of an address
//! is a password reset, the identities that the account had until then are forgotten: their owner never proved it.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use db::{Account, Work};
use kernel::{Code, Email, Kind, Locale, Name, Refuse, Zone};
use serde_json::json;

use crate::error::Refusal;
use crate::session::{self, SignedIn};
use crate::store;
use crate::store::identity::Model as Identity;
use crate::user::{self, User};

/// Somebody, as an issuer has vouched for them. Whoever makes one has checked the signature.
#[derive(Clone, PartialEq, Eq)]
pub struct Verified {
    /// The issuer, exactly as its tokens spell it.
    pub issuer: String,
    /// The issuer's own name for the person; never given to another.
    pub subject: String,
    /// Their address, if the issuer says one.
    pub email: Option<Email>,
    /// Whether the issuer has proved that the address is theirs.
    pub is_email_verified: bool,
    /// What they are called, if the issuer says so.
    pub name: Option<Name>,
}

impl std::fmt::Debug for Verified {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Who it is is personal.
        f.debug_struct("Verified")
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

/// Why a token was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum IdentityRefusal {
    /// Not a token of an issuer we trust, made for us and still good. The reason is shown to whoever sent the token: it
    /// says what is wrong with it and repeats nothing that it says.
    #[error("the identity provider's token is not accepted: {0}")]
    Rejected(Reason),
    /// The issuer's keys could not be had. The reason is for the log.
    #[error("the identity provider cannot be reached; try again in a moment")]
    Unreachable(#[source] Reason),
}

/// What was wrong.
pub type Reason = Box<dyn std::error::Error + Send + Sync>;

impl Refuse for IdentityRefusal {
    fn kind(&self) -> Kind {
        match self {
            Self::Rejected(_) => Kind::Invalid,
            Self::Unreachable(_) => Kind::Unavailable,
        }
    }

    fn code(&self) -> Code {
        match self {
            Self::Rejected(_) => Code::TokenInvalid,
            Self::Unreachable(_) => Code::Unavailable,
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Rejected(_) => Some("token"),
            Self::Unreachable(_) => None,
        }
    }
}

/// Verifies tokens of the issuers that this installation trusts. Asked before a work is opened.
#[async_trait]
pub trait IdentityProvider: std::fmt::Debug + Send + Sync + 'static {
    /// Who the token stands for at `now`.
    ///
    /// # Errors
    /// If it is not accepted, or the issuer's keys cannot be had.
    async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Verified, IdentityRefusal>;
}

/// What an account gets that an issuer's token says nothing about.
const FIRST_ZONE: Zone = Zone::UTC;
const FIRST_LOCALE: &str = "en";

/// Signs in somebody an issuer has vouched for: whoever came with this identity before; else the account with the same
/// proved address; else a new account.
///
/// # Errors
/// If the account is disabled, or there is one with this address that is not proved to be the same person's.
pub async fn sign_in_with_identity(work: &Work<Account>, it: Verified) -> Result<SignedIn, Refusal> {
    if let Some(known) = store::identity::find(work, &it.issuer, &it.subject).await? {
        return return_to(work, known).await;
    }
    let email = it.email.clone().ok_or(Refusal::IdentityWithoutEmail)?;
    let mut newcomer = newcomer(work, &it, email.clone())?;
    newcomer.verified_at = it.is_email_verified.then(|| work.now());
    let id = newcomer.id;
    let user = if store::user::insert_unless_taken(work, newcomer).await? {
        work.account_event(id, "user.registered", json!({ "with": "IDENTITY" }))
            .await?;
        id
    } else {
        let held = store::user::hold_by_email(work, &email)
            .await?
            .ok_or(Refusal::IdentityUnlinked)?;
        // Two first sign-ins at once: the other was faster, and is the same person.
        if let Some(known) = store::identity::find(work, &it.issuer, &it.subject).await? {
            return return_to(work, known).await;
        }
        may_link(&held, &it)?;
        held.id
    };
    let identity = Identity {
        id: work.mint(),
        user_id: user,
        issuer: it.issuer,
        subject: it.subject,
        created_at: work.now(),
        last_used_at: work.now(),
    };
    work.account_event(user, "identity.linked", json!({ "identity": identity.id }))
        .await?;
    store::insert(work, identity).await?;
    session::open(work, user).await
}

/// Signs in whoever an identity is known to be.
async fn return_to(work: &Work<Account>, mut known: Identity) -> Result<SignedIn, Refusal> {
    let user = store::user::hold(work, known.user_id).await?;
    let user = user
        .filter(|it| it.disabled_at.is_none())
        .ok_or(Refusal::InvalidCredentials)?;
    known.last_used_at = work.now();
    store::save(work, known).await?;
    session::open(work, user.id).await
}

fn newcomer(work: &Work<Account>, it: &Verified, email: Email) -> Result<User, Refusal> {
    let said = it.name.clone();
    let mailbox = || email.as_str().split('@').next().and_then(|it| it.parse().ok());
    let name: Name = said
        .or_else(mailbox)
        .ok_or(Refusal::Broken("a mailbox is no name"))?;
    let locale: Locale = FIRST_LOCALE
        .parse()
        .map_err(|_| Refusal::Broken("the first locale is none"))?;
    Ok(user::fresh(work, (email, name), (FIRST_ZONE, locale), None))
}

/// Whether an account may be entered by this identity from now on.
fn may_link(user: &User, it: &Verified) -> Result<(), Refusal> {
    if user.disabled_at.is_some() {
        return Err(Refusal::InvalidCredentials);
    }
    if user.verified_at.is_some() && it.is_email_verified {
        Ok(())
    } else {
        Err(Refusal::IdentityUnlinked)
    }
}
