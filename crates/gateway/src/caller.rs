//! Who was let in, and where they stand.

use async_graphql::{Context, Result};
use chrono::{DateTime, Utc};
use db::{Asker, Digest, Tenant};
use kernel::id::{OrganizationId, SessionId};
use kernel::{Actor, Code, Denied, Right, Rights};

use crate::errors::{coded, denied};
use crate::reads::Reads;
use crate::recognise::Credential;

/// Somebody who was let in, with or without a credential. Cheap to clone; valid for one request or one socket.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who asks, with what they may do in the named organization.
    pub asker: Asker,
    /// The organization that the request names, if it exists.
    pub place: Place,
    /// The sign-in behind the request.
    pub session: Option<Session>,
    /// The hash of the secret by which an anonymous client proves to be the one that asked before.
    pub client: Option<Digest>,
    /// Requests a minute, where the caller's key says so.
    pub rate_per_minute: Option<u32>,
    /// What it showed, to be looked at again while a socket is open.
    pub(crate) credential: Option<Credential>,
    /// The organization as the request names it.
    pub(crate) named: Option<String>,
}

/// A sign-in.
#[derive(Debug, Clone)]
pub struct Session {
    /// Which.
    pub id: SessionId,
    /// When its access token ends.
    pub expires_at: DateTime<Utc>,
}

/// Where a request wants to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It names no organization.
    Nowhere,
    /// It names one that does not exist.
    Unknown,
    /// It names this one, where the caller belongs.
    Member(OrganizationId),
    /// It names this one, where the caller is a stranger: only what is public is theirs.
    Stranger(OrganizationId),
}

impl Caller {
    /// The caller of this request.
    pub fn of<'a>(ctx: &Context<'a>) -> &'a Self {
        Reads::of(ctx).caller()
    }

    /// The organization that this request acts in, for whoever belongs there.
    ///
    /// # Errors
    /// The same answer for a stranger whether or not the organization exists.
    pub fn tenant(&self) -> Result<Tenant> {
        match self.place {
            Place::Member(organization) => Ok(Tenant(organization)),
            Place::Stranger(_) | Place::Unknown | Place::Nowhere if self.asker.actor == Actor::Anonymous => {
                Err(denied(Denied::Unauthenticated))
            }
            Place::Stranger(_) | Place::Unknown => Err(coded(
                Code::Forbidden,
                &"you do not belong to the organization that the request names",
            )),
            Place::Nowhere => Err(coded(
                Code::OrganizationRequired,
                &"name the organization in the header Horarium-Organization, by slug or id",
            )),
        }
    }

    /// The organization that this request asks about, for whoever asks: the verbs show a stranger what is public.
    ///
    /// # Errors
    /// If the request names no organization, or one that does not exist.
    pub fn visited(&self) -> Result<Tenant> {
        match self.place {
            Place::Member(organization) | Place::Stranger(organization) => Ok(Tenant(organization)),
            Place::Unknown => Err(coded(Code::NotFound, &"no such organization")),
            Place::Nowhere => Err(coded(
                Code::OrganizationRequired,
                &"name the organization in the header Horarium-Organization, by slug or id",
            )),
        }
    }

    /// Whether the caller may do something in the organization that the request names.
    pub fn may(&self, right: Right) -> bool {
        matches!(self.place, Place::Member(_)) && self.asker.rights.has(right)
    }

    /// Refuses whoever may not do something in the organization that the request names.
    ///
    /// # Errors
    /// The same for whatever is asked about, whether or not it exists.
    pub fn need(&self, right: Right) -> Result<()> {
        self.tenant()?;
        if self.asker.rights.has(right) {
            Ok(())
        } else {
            Err(denied(Denied::Forbidden(right)))
        }
    }

    /// Refuses whoever may neither do something nor do it with what is their own.
    ///
    /// # Errors
    /// The same for whatever is asked about, whether or not it exists.
    pub fn need_either(&self, all: Right, own: Right) -> Result<()> {
        self.need(own).or_else(|_| self.need(all))
    }

    /// Refuses whoever showed no credential.
    ///
    /// # Errors
    /// If nobody is signed in.
    pub fn known(&self) -> Result<()> {
        if self.asker.actor == Actor::Anonymous {
            Err(denied(Denied::Unauthenticated))
        } else {
            Ok(())
        }
    }

    /// The caller in another place: with these rights there.
    #[must_use]
    pub fn with_rights(&self, rights: Rights) -> Asker {
        Asker {
            rights,
            ..self.asker.clone()
        }
    }
}
