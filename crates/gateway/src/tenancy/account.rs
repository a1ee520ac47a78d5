//! Accounts: registering, proving an address, passwords.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, Result};
use db::Account;
use kernel::Email;
use tenancy::{CodeRequested, Password, Registered, Registration, UserChanged, UserEdit};

use super::session::signed_in_payload;
use super::user::{User, oneself};
use super::{Outside, budget, post_code};
use crate::act::{Act, Manner, Outcome, payload, refused};
use crate::errors::Form;
use crate::host::Host;
use crate::reads::Reads;
use crate::scalars::{EmailAddress, Locale, PhoneNumber, TimeZone};

/// A new account.
#[derive(InputObject)]
pub(crate) struct UserRegisterInput {
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
pub(crate) struct UserUpdateInput {
    /// What the person is called.
    name: Option<String>,
    /// The person's telephone; null takes it away.
    phone: MaybeUndefined<PhoneNumber>,
    /// The zone that times are shown in.
    time_zone: Option<TimeZone>,
    /// The language that the person reads.
    locale: Option<Locale>,
    /// The version that was read; refused if somebody changed it since.
    expected_version: Option<i64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// Asks for a code to verify one's address with.
#[derive(InputObject)]
pub(crate) struct EmailVerificationRequestInput {
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
}

/// Proves with a code from an e-mail that the address is one's own.
#[derive(InputObject)]
pub(crate) struct EmailVerifyInput {
    /// The code from the e-mail.
    code: String,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
}

signed_in_payload! {
    /// Somebody has an account, and is signed in.
    UserRegisterPayload(Registered)
}

payload! {
    /// The account has changed.
    UserUpdatePayload(UserChanged) {
        /// The account as it is now.
        async fn user(&self, ctx: &Context<'_>) -> Option<Result<User>> {
            oneself(ctx, self.0.done()?.user).await.transpose()
        }
    }
}

payload! {
    /// Unless the address is verified already, a code is on its way.
    EmailVerificationRequestPayload(CodeRequested) {
        /// Whether a code is on its way.
        async fn is_sent(&self) -> bool {
            self.0.done().is_some_and(|done| done.code.is_some())
        }
    }
}

payload! {
    /// The address is proved.
    EmailVerifyPayload(UserChanged) {
        /// The account as it is now.
        async fn user(&self, ctx: &Context<'_>) -> Option<Result<User>> {
            oneself(ctx, self.0.done()?.user).await.transpose()
        }
    }
}

/// Accounts: registering, proving an address, passwords.
#[derive(Debug, Default)]
pub(crate) struct AccountMutation;

/// Accounts: registering, proving an address, passwords.
#[Object]
impl AccountMutation {
    /// Makes an account and signs in. A code to verify the address is sent to it.
    async fn user_register(
        &self,
        ctx: &Context<'_>,
        input: UserRegisterInput,
    ) -> Option<Result<UserRegisterPayload>> {
        Some(register(ctx, input).await.map(UserRegisterPayload))
    }

    /// Changes the account that asks.
    async fn user_update(
        &self,
        ctx: &Context<'_>,
        input: UserUpdateInput,
    ) -> Option<Result<UserUpdatePayload>> {
        Some(update(ctx, input).await.map(UserUpdatePayload))
    }

    /// Sends a code to verify the address of the account that asks, valid for 24 hours.
    async fn email_verification_request(
        &self,
        ctx: &Context<'_>,
        input: EmailVerificationRequestInput,
    ) -> Option<Result<EmailVerificationRequestPayload>> {
        Some(
            request_verification(ctx, input)
                .await
                .map(EmailVerificationRequestPayload),
        )
    }

    /// Proves the address of the account that asks.
    async fn email_verify(
        &self,
        ctx: &Context<'_>,
        input: EmailVerifyInput,
    ) -> Option<Result<EmailVerifyPayload>> {
        Some(verify(ctx, input).await.map(EmailVerifyPayload))
    }
}

async fn register(ctx: &Context<'_>, input: UserRegisterInput) -> Result<Outcome<Registered>> {
    let mut form = Form::default();
    let email: Option<Email> = form.parse("email", &input.email.0);
    let name = form.parse("name", &input.name);
    let timezone = form.parse("timeZone", input.time_zone.as_ref().map_or("UTC", |it| &it.0));
    let locale = form.parse("locale", input.locale.as_ref().map_or("en", |it| &it.0));
    let password = email
        .as_ref()
        .and_then(|email| form.read("password", Password::new(&input.password, email)));
    let read = (|| Some((email?, name?, timezone?, locale?, password?)))();
    let (email, name, timezone, locale, password) = match form.done(read) {
        Ok(read) => read,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    budget(ctx, "register", Host::of(ctx).limits().register).await?;
    let act = Act::new(
        ctx,
        Account,
        Manner::of(input.idempotency_key, input.validate_only),
    )?;
    let hash = match hash(ctx, &password).await {
        Ok(hash) => hash,
        Err(refusal) => return refused(refusal),
    };
    let registration = Registration {
        email,
        name,
        hash,
        timezone,
        locale,
    };
    let outcome = act
        .run(ctx, |work| Box::pin(tenancy::register(work, registration)))
        .await?;
    post_code(ctx, outcome.done().map(|done| done.code));
    Ok(outcome)
}

pub(super) async fn hash(
    ctx: &Context<'_>,
    password: &Password,
) -> Result<tenancy::PasswordHash, tenancy::Refusal> {
    Outside::of(ctx)
        .hasher
        .hash(password, Reads::of(ctx).store().ids())
        .await
}

async fn update(ctx: &Context<'_>, input: UserUpdateInput) -> Result<Outcome<UserChanged>> {
    let mut form = Form::default();
    let name = form.parse_if("name", input.name.as_deref());
    let phone = form.parse_patch("phone", input.phone.map_value(|it| it.0));
    let timezone = form.parse_if("timeZone", input.time_zone.as_ref().map(|it| it.0.as_str()));
    let locale = form.parse_if("locale", input.locale.as_ref().map(|it| it.0.as_str()));
    let edit = (|| {
        Some(UserEdit {
            name: name?,
            phone: phone?,
            timezone: timezone?,
            locale: locale?,
        })
    })();
    let edit = match form.done(edit) {
        Ok(edit) => edit,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let act = Act::new(
        ctx,
        Account,
        Manner::of(input.idempotency_key, input.validate_only),
    )?;
    let expected = input.expected_version;
    act.run(ctx, move |work| {
        Box::pin(tenancy::update_user(work, edit, expected))
    })
    .await
}

async fn request_verification(
    ctx: &Context<'_>,
    input: EmailVerificationRequestInput,
) -> Result<Outcome<CodeRequested>> {
    let act = Act::new(ctx, Account, Manner::once(input.idempotency_key))?;
    let outcome = act
        .run(ctx, |work| Box::pin(tenancy::request_email_verification(work)))
        .await?;
    post_code(ctx, outcome.done().and_then(|done| done.code));
    Ok(outcome)
}

async fn verify(ctx: &Context<'_>, input: EmailVerifyInput) -> Result<Outcome<UserChanged>> {
    budget(ctx, "reset", Host::of(ctx).limits().reset).await?;
    let act = Act::new(ctx, Account, Manner::once(input.idempotency_key))?;
    let code = input.code;
    act.run(ctx, |work| {
        Box::pin(async move { tenancy::verify_email(work, &code).await })
    })
    .await
}
