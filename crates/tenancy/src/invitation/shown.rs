//! What of an invitation is shown, and to whom.

use chrono::{DateTime, Utc};
use db::paging::{Page, Slice};
use db::{Account, Fault, Reading, ServerKey, Tenant, Token};
use kernel::id::{InvitationId, OrganizationId};
use kernel::{Email, Id as _, Name, Right, Slug};

use super::{Invitation, Status, TOKEN};
use crate::error::Refusal;
use crate::letter::{Letter, Matter};
use crate::role::Role;
use crate::store;
use crate::store::credential::{self, Kind};

/// The secret of an invitation, for whoever may make one.
#[must_use]
pub fn invitation_token(key: &ServerKey, id: InvitationId) -> Token {
    key.token(TOKEN, id.uuid())
}

/// The open invitation behind a secret. Whoever changes it holds the organization.
pub(super) async fn open(reading: &Reading<Tenant>, token: &Token) -> Result<Option<Invitation>, Fault> {
    let found = store::invitation::by_digest(reading, token.digest()).await?;
    Ok(found.filter(|it| it.status(reading.now()) == Status::Open))
}

/// Which organization an invitation is from.
///
/// # Errors
/// If the database refuses.
pub async fn locate_invitation(
    reading: &Reading<Account>,
    token: &str,
) -> Result<Option<OrganizationId>, Fault> {
    let Some(token) = Token::read(TOKEN, token) else {
        return Ok(None);
    };
    let found = credential::find(reading, Kind::Invitation, token.digest()).await?;
    Ok(found.map(|(organization, _)| organization))
}

/// What whoever holds an invitation's secret may see before signing in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// The organization's slug.
    pub slug: Slug,
    /// What the organization is called.
    pub organization: Name,
    /// As what they would join.
    pub role: Role,
    /// For which address, masked.
    pub email: String,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// What an open invitation says, to whoever holds its secret.
///
/// # Errors
/// If the database refuses.
pub async fn invitation_by_token(reading: &Reading<Tenant>, token: &str) -> Result<Option<Outlook>, Fault> {
    let Some(token) = Token::read(TOKEN, token) else {
        return Ok(None);
    };
    let organization = store::organization::find(reading, &[reading.organization()])
        .await?
        .pop();
    let (Some(organization), Some(invitation)) = (organization, open(reading, &token).await?) else {
        return Ok(None);
    };
    Ok(Some(Outlook {
        slug: organization.slug,
        organization: organization.name,
        role: invitation.role,
        email: masked(&invitation.email),
        expires_at: invitation.expires_at,
    }))
}

/// Enough of an address to know one's own by: `a…@example.com`.
pub(super) fn masked(email: &Email) -> String {
    let (mailbox, host) = email.as_str().split_once('@').unwrap_or_default();
    format!("{}…@{host}", mailbox.chars().take(1).collect::<String>())
}

/// The letter that carries an open invitation, in the organization's language.
///
/// # Errors
/// If the right is missing.
pub async fn invitation_letter(
    reading: &Reading<Tenant>,
    id: InvitationId,
) -> Result<Option<Letter>, Refusal> {
    reading.need(Right::MembersWrite)?;
    let organization = store::organization::find(reading, &[reading.organization()])
        .await?
        .pop();
    let invitation = store::invitation::find(reading, &[id]).await?.pop();
    let (Some(organization), Some(invitation)) = (organization, invitation) else {
        return Ok(None);
    };
    if invitation.status(reading.now()) != Status::Open {
        return Ok(None);
    }
    let token = invitation_token(reading.key(), id);
    Ok(Some(Letter {
        id: id.uuid(),
        to: invitation.email,
        name: None,
        locale: organization.locale,
        matter: Matter::Invitation {
            organization: organization.name,
            token,
        },
    }))
}

/// A page of the organization's invitations, earliest first.
///
/// # Errors
/// If the right is missing.
pub async fn invitations(reading: &Reading<Tenant>, page: &Page) -> Result<Slice<Invitation>, Refusal> {
    reading.need(Right::MembersRead)?;
    Ok(store::invitation::page(reading, page).await?)
}

/// How many invitations there are, counting no further than the cap.
///
/// # Errors
/// If the right is missing.
pub async fn count_invitations(reading: &Reading<Tenant>) -> Result<u64, Refusal> {
    reading.need(Right::MembersRead)?;
    Ok(store::invitation::count(reading).await?)
}

/// Invitations by their ids.
///
/// # Errors
/// If the right is missing.
pub async fn find_invitations(
    reading: &Reading<Tenant>,
    ids: &[InvitationId],
) -> Result<Vec<Invitation>, Refusal> {
    reading.need(Right::MembersRead)?;
    Ok(store::invitation::find(reading, ids).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_address_shows_its_first_letter_and_host() {
        assert_eq!(masked(&"bruno@example.com".parse().unwrap()), "b…@example.com");
        assert_eq!(masked(&"é@example.com".parse().unwrap()), "é…@example.com");
    }
}
