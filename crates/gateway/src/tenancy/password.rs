//! Passwords: changing one, and choosing another when it is forgotten.

use async_graphql::{Context, InputObject, Object, Result};
use db::Account;
use kernel::id::UserId;
use kernel::{Denied, Email};
use secrecy::SecretString;
use tenancy::{CodeRequested, Password, PasswordReset, UserChanged};

use super::account::hash;
use super::user::{User, oneself};
use super::{Outside, budget, budget_of, post_code};
use crate::act::{Act, Manner, Outcome, payload, refused};
use crate::caller::Caller;
use crate::errors::{Form, broken, denied};
use crate::host::Host;
use crate::reads::Reads;
use crate::scalars::EmailAddress;

/// A new password for the account that asks.
#[derive(InputObject)]
pub(crate) struct PasswordChangeInput {
    /// The password as it is.
    current_password: String,
    /// 10 to 200 characters.
    new_password: String,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
}

/// Asks for a code to reset a password with.
#[derive(InputObject)]
pub(crate) struct PasswordResetRequestInput {
    /// The address of the account.
    email: EmailAddress,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
}

/// Sets a new password with a code from an e-mail.
#[derive(InputObject)]
pub(crate) struct PasswordResetInput {
    /// The address of the account.
    email: EmailAddress,
    /// The code from the e-mail.
    code: String,
    /// 10 to 200 characters.
    new_password: String,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
}

payload! {
    /// The password has changed, and every other session has ended.
    PasswordChangePayload(UserChanged) {
        /// The account as it is now.
        async fn user(&self, ctx: &Context<'_>) -> Option<Result<User>> {
            oneself(ctx, self.0.done()?.user).await.transpose()
        }
    }
}

payload! {
    /// If the address has an account, a code is on its way. The answer is the same if it has none.
    PasswordResetRequestPayload(CodeRequested) {
        /// Whether the request was taken; it does not say whether there is an account.
        async fn is_accepted(&self) -> bool {
            self.0.done().is_some()
        }
    }
}

payload! {
    /// The password is reset, and every session has ended.
    PasswordResetPayload(PasswordReset) {
        /// Whose password it was.
        async fn user_id(&self) -> Option<UserId> {
            self.0.done().map(|done| done.user)
        }
    }
}

/// Passwords.
#[derive(Debug, Default)]
pub(crate) struct PasswordMutation;

/// Passwords.
#[Object]
impl PasswordMutation {
    /// Changes the password and ends every other session.
    async fn password_change(
        &self,
        ctx: &Context<'_>,
        input: PasswordChangeInput,
    ) -> Option<Result<PasswordChangePayload>> {
        Some(change_password(ctx, input).await.map(PasswordChangePayload))
    }

    /// Sends a code to reset the password with, valid for ten minutes. The answer never says whether the address has an account.
    async fn password_reset_request(
        &self,
        ctx: &Context<'_>,
        input: PasswordResetRequestInput,
    ) -> Option<Result<PasswordResetRequestPayload>> {
        Some(request_reset(ctx, input).await.map(PasswordResetRequestPayload))
    }

    /// Sets a new password with a code from an e-mail, and ends every session.
    async fn password_reset(
        &self,
        ctx: &Context<'_>,
        input: PasswordResetInput,
    ) -> Option<Result<PasswordResetPayload>> {
        Some(reset(ctx, input).await.map(PasswordResetPayload))
    }
}

async fn change_password(ctx: &Context<'_>, input: PasswordChangeInput) -> Result<Outcome<UserChanged>> {
    let viewer = viewer(ctx).await?;
    let current = Caller::of(ctx)
        .session
        .as_ref()
        .map(|it| it.id)
        .ok_or_else(|| denied(Denied::Unauthenticated))?;
    let mut form = Form::default();
    let password = form.read("newPassword", Password::new(&input.new_password, &viewer.email));
    let password = match form.done(password) {
        Ok(password) => password,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let limits = *Host::of(ctx).limits();
    budget_of(
        ctx,
        "sign_in_account",
        viewer.email.as_str(),
        limits.sign_in_account,
    )
    .await?;
    let act = Act::new(ctx, Account, Manner::once(input.idempotency_key))?;
    // The old password proves nothing any more once this has been done.
    if let Some(before) = act.replay(ctx).await? {
        return Ok(before);
    }
    let (store, known) = (Reads::of(ctx).store(), SecretString::from(input.current_password));
    let proof = match tenancy::prove(store, &Outside::of(ctx).hasher, viewer.email.as_str(), &known).await {
        Ok(proof) => proof,
        Err(refusal) => return refused(refusal),
    };
    let hash = match hash(ctx, &password).await {
        Ok(hash) => hash,
        Err(refusal) => return refused(refusal),
    };
    let outcome = act
        .run(ctx, move |work| {
            Box::pin(tenancy::change_password(work, proof, hash, current))
        })
        .await;
    Host::of(ctx).forget();
    outcome
}

async fn viewer(ctx: &Context<'_>) -> Result<tenancy::User> {
    let reading = Reads::of(ctx).account().await?;
    let viewer = tenancy::viewer(&reading).await.map_err(broken)?;
    viewer.ok_or_else(|| denied(Denied::Unauthenticated))
}

async fn request_reset(
    ctx: &Context<'_>,
    input: PasswordResetRequestInput,
) -> Result<Outcome<CodeRequested>> {
    let mut form = Form::default();
    let email: Option<Email> = form.parse("email", &input.email.0);
    let email = match form.done(email) {
        Ok(email) => email,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    budget(ctx, "reset", Host::of(ctx).limits().reset).await?;
    let act = Act::new(ctx, Account, Manner::once(input.idempotency_key))?;
    let outcome = act
        .run(ctx, |work| {
            Box::pin(async move { tenancy::request_password_reset(work, &email).await })
        })
        .await?;
    post_code(ctx, outcome.done().and_then(|done| done.code));
    Ok(outcome)
}

async fn reset(ctx: &Context<'_>, input: PasswordResetInput) -> Result<Outcome<PasswordReset>> {
    let mut form = Form::default();
    let email: Option<Email> = form.parse("email", &input.email.0);
    let password = email
        .as_ref()
        .and_then(|email| form.read("newPassword", Password::new(&input.new_password, email)));
    let read = (|| Some((email?, password?)))();
    let (email, password) = match form.done(read) {
        Ok(read) => read,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    budget(ctx, "reset", Host::of(ctx).limits().reset).await?;
    let act = Act::new(ctx, Account, Manner::once(input.idempotency_key))?;
    let hash = match hash(ctx, &password).await {
        Ok(hash) => hash,
        Err(refusal) => return refused(refusal),
    };
    let code = input.code;
    let outcome = act
        .run(ctx, |work| {
            Box::pin(async move { tenancy::reset_password(work, &email, &code, hash).await })
        })
        .await;
    Host::of(ctx).forget();
    outcome
}
