//! Which thing is meant: staff name it by its id, a client shows the token of a link.

use async_graphql::{Context, Result};
use db::{Tenant, Token};
use kernel::{Code, Refuse as _};
use scheduling::Refusal;

use crate::caller::Caller;
use crate::errors::UserError;

/// One of the two.
#[derive(Debug, Clone)]
pub(super) enum Which<I> {
    /// By its id.
    Id(I),
    /// By a link to it.
    Link(Token),
}

impl<I> Which<I> {
    /// Reads an input's id, which is called `field`, and its token: one of the two is to be there.
    ///
    /// # Errors
    /// If it is none or both, or the token is none of its kind.
    pub(super) fn read(
        field: &str,
        (id, token): (Option<I>, Option<&str>),
        kind: impl FnOnce(&str) -> std::result::Result<Token, Refusal>,
    ) -> std::result::Result<Self, UserError> {
        match (id, token) {
            (Some(id), None) => Ok(Self::Id(id)),
            (None, Some(text)) => kind(text)
                .map(Self::Link)
                .map_err(|wrong| UserError::about("token", wrong.code(), &wrong)),
            (Some(_), Some(_)) | (None, None) => {
                let wanted = format!("expected either a {field} or a token");
                Err(UserError::about(field, Code::InvalidInput, &wanted))
            }
        }
    }

    /// Where it is looked for: by members where they belong, by whoever holds a link where they visit.
    pub(super) fn place(&self, ctx: &Context<'_>) -> Result<Tenant> {
        match self {
            Self::Id(_) => Caller::of(ctx).tenant(),
            Self::Link(_) => Caller::of(ctx).visited(),
        }
    }
}
