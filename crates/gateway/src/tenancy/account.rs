//! Accounts: registering, proving an address, passwords.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, Result};
use db::Account;
use kernel::id::{SessionId, UserId};
use tenancy::{Ended, SignedIn, Touched};

use super::session::{Session, signed_in_payload};
use super::user::User;
use super::{budget, outside, post};
use crate::act::{Act, Manner, Outcome, payload};
use crate::caller::Caller;
use crate::errors::{Form, denied, in_payload};
use crate::host::Host;
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::{EmailAddress, Locale, PhoneNumber, TimeZone};

/// A new account.
#[derive(InputObject)]
pub struct UserRegisterInput {
    /// The address to sign in with.
    email: EmailAddress,
    /// What the person is called, 1 to 120 characters.
    name: String,
    /// 10 to 200 characters.
    password: String,
    /// The zone that times are shown in; UTC if absent.
    time_zone: Option<TimeZone>,
    /// The language that the person reads; `en` if absent.
    locale: Option<Locale>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// Changes to the account that asks. What is absent stays as it is.
#[derive(InputObject)]
pub struct UserUpdateInput {
    /// What the person is called.
    name: Option<String>,
    /// The person's telephone; null takes it away.
    phone: MaybeUndefined<PhoneNumber>,
    /// The zone that times are shown in.
    time_zone: Option<TimeZone>,
    /// The language that the person reads.
    locale: Option<Locale>,
    /// The version that was read; refused if somebody changed it since.
    expected_version: Option<u64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
}

/// A new password for the account that asks.
#[derive(InputObject)]
pub struct PasswordChangeInput {
    /// The password as it is.
    current_password: String,
    /// 10 to 200 characters.
    new_password: String,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
}

/// Asks for a code to reset a password with.
#[derive(InputObject)]
pub struct PasswordResetRequestInput {
    /// The address of the account.
    email: EmailAddress,
}

/// Sets a new password with a code from an e-mail.
#[derive(InputObject)]
pub struct PasswordResetInput {
    /// The address of the account.
    email: EmailAddress,
    /// The code from the e-mail.
    code: String,
    /// 10 to 200 characters.
    new_password: String,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
}

/// Proves with a code from an e-mail that the address is one's own.
#[derive(InputObject)]
pub struct EmailVerifyInput {
    /// The code from the e-mail.
    code: String,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
}

signed_in_payload! {
    /// Somebody has an account, and is signed in.
    UserRegisterPayload(SignedIn)
}

payload! {
    /// The account has changed.
    UserUpdatePayload(Touched) {
        /// The account as it is now.
        async fn user(&self, ctx: &Context<'_>) -> Option<Result<User>> {
            load::<UserId, User>(ctx, self.0.done()?.user).await
        }
    }
}

payload! {
    /// The password has changed, and every other session has ended.
    PasswordChangePayload(Ended) {
        /// How many sign-ins ended.
        async fn ended_count(&self) -> Option<u32> {
            self.0.done().map(|ended| ended.count)
        }
    }
}

payload! {
    /// If the address has an account, a code is on its way. The answer is the same if it has none.
    PasswordResetRequestPayload(()) {
        /// Whether the request was taken.
        async fn is_accepted(&self) -> bool {
            self.0.done().is_some()
        }
    }
}

payload! {
    /// The password is reset, and every session has ended.
    PasswordResetPayload(Ended) {
        /// How many sign-ins ended.
        async fn ended_count(&self) -> Option<u32> {
            self.0.done().map(|ended| ended.count)
        }
    }
}

payload! {
    /// A code is on its way.
    EmailVerificationRequestPayload(()) {
        /// Whether the request was taken.
        async fn is_accepted(&self) -> bool {
            self.0.done().is_some()
        }
    }
}

payload! {
    /// The address is proved.
    EmailVerifyPayload(Touched) {
        /// The account as it is now.
        async fn user(&self, ctx: &Context<'_>) -> Option<Result<User>> {
            load::<UserId, User>(ctx, self.0.done()?.user).await
        }
    }
}

/// Accounts: registering, proving an address, passwords.
#[derive(Debug, Default)]
pub struct AccountMutation;

/// Accounts: registering, proving an address, passwords.
#[Object]
impl AccountMutation {
    /// Makes an account and signs in. A code to verify the address is sent to it.
    async fn user_register(&self, ctx: &Context<'_>, input: UserRegisterInput) -> Option<Result<UserRegisterPayload>> {
        Some(register(ctx, input).await.map(UserRegisterPayload))
    }

    /// Changes the account that asks.
    async fn user_update(&self, ctx: &Context<'_>, input: UserUpdateInput) -> Option<Result<UserUpdatePayload>> {
        Some(update(ctx, input).await.map(UserUpdatePayload))
    }

    /// Changes the password and ends every other session.
    async fn password_change(&self, ctx: &Context<'_>, input: PasswordChangeInput) -> Option<Result<PasswordChangePayload>> {
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
    async fn password_reset(&self, ctx: &Context<'_>, input: PasswordResetInput) -> Option<Result<PasswordResetPayload>> {
        Some(reset(ctx, input).await.map(PasswordResetPayload))
    }

    /// Sends a code to verify the address of the account that asks, valid for 24 hours.
    async fn email_verification_request(&self, ctx: &Context<'_>) -> Option<Result<EmailVerificationRequestPayload>> {
        Some(request_verification(ctx).await.map(EmailVerificationRequestPayload))
    }

    /// Proves the address of the account that asks.
    async fn email_verify(&self, ctx: &Context<'_>, input: EmailVerifyInput) -> Option<Result<EmailVerifyPayload>> {
        Some(verify(ctx, input).await.map(EmailVerifyPayload))
    }
}

async fn register(ctx: &Context<'_>, input: UserRegisterInput) -> Result<Outcome<SignedIn>> {
    let mut form = Form::default();
    let email = form.parse("email", &input.email.0);
    let name = form.parse("name", &input.name);
    let timezone = form.parse_if("timeZone", input.time_zone.as_ref().map(|it| it.0.as_str()));
    let locale = form.parse_if("locale", input.locale.as_ref().map(|it| it.0.as_str()));
    let password = form.read("password", tenancy::Password::new(&input.password));
    let read = (|| Some((email?, name?, timezone?, locale?, password?)))();
    let (email, name, timezone, locale, password) = match form.done(read) {
        Ok(read) => read,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    budget(ctx, "register", Host::of(ctx).limits().register).await?;
    let manner = Manner { idempotency_key: input.idempotency_key, validate_only: input.validate_only };
    let act = Act::new(ctx, Account, manner)?;
    let hash = outside(ctx).hasher.hash(&password).await.map_err(door::fault)?;
    let registration = tenancy::Registration { email, name, hash, timezone, locale };
    let outcome = act.run(ctx, |work| Box::pin(tenancy::register(work, registration))).await?;
    if let Some(done) = outcome.done() {
        post(ctx, tenancy::verification_letter(done.user)).await;
    }
    Ok(outcome)
}
