//! Who is who, in which organization, and what they may do.

pub(crate) mod account;
pub(crate) mod api_key;
pub(crate) mod audit;
pub(crate) mod invitation;
pub(crate) mod membership;
pub(crate) mod organization;
pub(crate) mod password;
pub(crate) mod session;
pub(crate) mod user;

use std::fmt;
use std::sync::Arc;

use async_graphql::{Context, MergedObject, MergedSubscription, Result};
use db::rate::Limit;
use db::{Account, Asker, Fault, Store};
use kernel::SystemKind;
use kernel::id::OneTimeCodeId;
use tenancy::{Courier, Hasher, IdentityProvider, Letter};

use crate::caller::Caller;
use crate::errors::{broken, later};
use crate::host::Host;
use crate::reads::Reads;

/// What can be asked about people and organizations.
#[derive(Debug, Default, MergedObject)]
pub(crate) struct TenancyQuery(
    user::UserQuery,
    organization::OrganizationQuery,
    membership::MembershipQuery,
    invitation::InvitationQuery,
    api_key::ApiKeyQuery,
    audit::AuditQuery,
);

/// What can be done about people and organizations.
#[derive(Debug, Default, MergedObject)]
pub(crate) struct TenancyMutation(
    account::AccountMutation,
    password::PasswordMutation,
    session::SessionMutation,
    organization::OrganizationMutation,
    membership::MembershipMutation,
    invitation::InvitationMutation,
    api_key::ApiKeyMutation,
);

/// What can be watched about organizations.
#[derive(Debug, Default, MergedSubscription)]
pub(crate) struct TenancySubscription(audit::AuditSubscription);

/// What lies outside: who hashes passwords, verifies tokens and carries letters.
#[derive(Clone)]
pub struct Outside {
    /// Hashes passwords, a few at a time.
    pub hasher: Hasher,
    /// Verifies tokens of the identity providers that this installation trusts.
    pub identities: Arc<dyn IdentityProvider>,
    /// Carries letters.
    pub courier: Arc<dyn Courier>,
}

impl Outside {
    fn of<'a>(ctx: &Context<'a>) -> &'a Self {
        #[expect(clippy::expect_used, reason = "the schema is built over what lies outside")]
        ctx.data::<Self>().expect("the outside")
    }
}

impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outside").finish_non_exhaustive()
    }
}

/// Spends one of what an address may do.
pub(crate) async fn budget(ctx: &Context<'_>, scope: &'static str, limit: Limit) -> Result<()> {
    let subject = crate::host::address(Caller::of(ctx).asker.ip);
    budget_of(ctx, scope, &subject, limit).await
}

/// Spends several of what an address may do, all or none.
pub(crate) async fn budget_of_several(
    ctx: &Context<'_>,
    scope: &'static str,
    spent: (Limit, u32),
) -> Result<()> {
    let subject = crate::host::address(Caller::of(ctx).asker.ip);
    spend(ctx, scope, &subject, spent).await
}

/// Spends one of what somebody may do, or be done to.
async fn budget_of(ctx: &Context<'_>, scope: &'static str, subject: &str, limit: Limit) -> Result<()> {
    spend(ctx, scope, subject, (limit, 1)).await
}

async fn spend(ctx: &Context<'_>, scope: &'static str, subject: &str, spent: (Limit, u32)) -> Result<()> {
    let host = Host::of(ctx);
    let balance = host
        .budgets()
        .spend_several(scope, subject, spent)
        .await
        .map_err(broken)?;
    if balance.allowed {
        return Ok(());
    }
    let wait = balance.resets_at - host.now();
    Err(later(
        kernel::Code::RateLimited,
        &"too often; wait as long as retryAfterMs says",
        Some(wait),
    ))
}

/// Hands the letter with a code over, if there is one.
fn post_code(ctx: &Context<'_>, code: Option<OneTimeCodeId>) {
    post(ctx, |store| async move {
        let Some(code) = code else {
            return Ok(None);
        };
        let reading = store.read(Account, &Asker::system(SystemKind::Worker)).await?;
        tenancy::code_letter(&reading, code).await
    });
}

/// Finds a letter and hands it over without being waited for: how long it takes must not tell whether there was one.
fn post<F>(ctx: &Context<'_>, find: impl FnOnce(Store) -> F)
where
    F: Future<Output = std::result::Result<Option<Letter>, Fault>> + Send + 'static,
{
    let courier = Arc::clone(&Outside::of(ctx).courier);
    let letter = find(Reads::of(ctx).store().clone());
    Host::of(ctx).tasks().spawn(async move {
        match letter.await {
            Ok(None) => {}
            Ok(Some(letter)) => {
                if let Err(undelivered) = courier.deliver(letter).await {
                    tracing::error!(error = ?undelivered, "a letter could not be handed over");
                }
            }
            Err(fault) => tracing::error!(%fault, "a letter could not be found"),
        }
    });
}
