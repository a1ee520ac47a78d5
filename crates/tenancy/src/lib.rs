//! Who is who, in which organization, and what they may do.
//!
//! One file per aggregate; the verbs in them take a [`db::Work`] and leave committing to whoever opened it. A verb answers
//! with ids only, so that an idempotent replay can be answered from what was stored; secrets are said again from ids too
//! ([`session::issued`]), because only their hashes are kept.
//!
//! **Invariant:** nothing slow happens in a verb. Passwords are hashed and proved before a work is opened
//! ([`password::Hasher`], [`prove`]), tokens of an issuer are verified before ([`IdentityProvider`]), letters leave after.
//! **Invariant:** locks are taken in one order: organization, account, membership or invitation or key.
//!
//! To add a right, add it to [`kernel::Right`] and to [`role_rights`]; the table in `docs/tenancy.md` is generated.

pub mod api_key;
pub mod code;
pub mod error;
pub mod identity;
pub mod invitation;
pub mod letter;
pub mod limits;
pub mod membership;
pub mod organization;
pub mod password;
mod reach;
pub mod role;
pub mod session;
mod store;
pub mod sweep;
pub mod user;

pub use api_key::{
    ApiKey, ApiKeys, InForce, KeyChanged, KeyEdit, KeyWanted, Scopes, api_key_secret, api_keys,
    count_api_keys, create_api_key, find_api_keys, key_in_force, note_key_used, recognise_key,
    revoke_api_key, update_api_key,
};
pub use code::{
    CodeRequested, PasswordReset, code_letter, request_email_verification, request_password_reset,
    reset_password, verify_email,
};
pub use error::Refusal;
pub use identity::{IdentityProvider, IdentityRefusal, Verified, sign_in_with_identity};
pub use invitation::{
    Invitation, Invitations, Invited, Joined, Outlook, accept_invitation, count_invitations,
    find_invitations, invitation_by_token, invitation_letter, invitation_token, invitations, invite,
    locate_invitation, revoke_invitation,
};
pub use letter::{Courier, Letter, Matter, Undelivered};
pub use limits::RateLimits;
pub use membership::{
    Membership, MembershipChanged, Memberships, Place, change_role, count_members, find_members, leave,
    members, my_organizations, remove_member, role_in,
};
pub use organization::{
    Branding, BrandingEdit, Color, Deletion, Founded, Founding, LogoUrl, Organization, OrganizationChanged,
    OrganizationEdit, Settings, SettingsEdit, WeekStart, create_organization, delete_organization,
    deletion_token, every_organization, find_organizations, organization_named, own_organization,
    request_deletion, update_organization,
};
pub use password::{Hasher, Password, PasswordHash, Proof, prove};
pub use role::{Role, role_rights};
pub use session::{
    Issued, Recognised, Session, SessionsEnded, SignedIn, Tokens, find_session, issued, recognise_session,
    refresh, revoke_other_sessions, revoke_session, sessions, sign_in,
};
pub use sweep::{Swept, sweep};
pub use user::{
    Registered, Registration, User, UserChanged, UserEdit, change_password, find_users, register,
    update_user, viewer,
};

/// Refuses a change of something that has changed since it was read.
pub(crate) fn expect_version(expected: Option<i64>, now: i64) -> Result<(), Refusal> {
    match expected {
        Some(expected) if expected != now => Err(Refusal::VersionConflict { now }),
        Some(_) | None => Ok(()),
    }
}

/// Puts a new value in its place, if there is one; says whether that changed anything.
pub(crate) fn set<T: PartialEq>(place: &mut T, new: Option<T>) -> bool {
    match new {
        Some(new) if new != *place => {
            *place = new;
            true
        }
        Some(_) | None => false,
    }
}

/// The names of what has changed.
pub(crate) fn named(changes: &[(&'static str, bool)]) -> Vec<&'static str> {
    changes
        .iter()
        .filter(|(_, is_changed)| *is_changed)
        .map(|(name, _)| *name)
        .collect()
}
