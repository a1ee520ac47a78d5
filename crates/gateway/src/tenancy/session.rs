//! One sign-in, and the verbs that make, refresh and end one.

use async_graphql::{Context, InputObject, Object, Result};
use db::Account;
use kernel::id::SessionId;
use kernel::{Code, Denied};
use secrecy::SecretString;
use tenancy::{SessionsEnded, SignedIn};

use super::{Outside, budget, budget_of};
use crate::act::{Act, Manner, Outcome, payload, refused};
use crate::caller::Caller;
use crate::errors::{broken, denied};
use crate::host::Host;
use crate::reads::Reads;
use crate::scalars::{EmailAddress, Instant};

/// One sign-in of one person, on one device.
#[derive(Debug, Clone)]
pub(crate) struct Session(pub(crate) tenancy::Session);

/// One sign-in of one person, on one device. Refreshing it keeps it the same sign-in.
#[Object]
impl Session {
    /// The session's global id.
    pub(crate) async fn id(&self) -> SessionId {
        self.0.id
    }

    /// The program that signed in, as it calls itself.
    async fn user_agent(&self) -> Option<&String> {
        self.0.user_agent.as_ref()
    }

    /// The address that it was last refreshed from.
    async fn ip_address(&self) -> Option<&String> {
        self.0.ip.as_ref()
    }

    /// When the person signed in.
    async fn signed_in_at(&self) -> Instant {
        self.0.signed_in_at.into()
    }

    /// When it was last refreshed.
    async fn refreshed_at(&self) -> Instant {
        self.0.refreshed_at.into()
    }

    /// When it ends unless it is refreshed.
    async fn expires_at(&self) -> Instant {
        self.0.expires_at.into()
    }

    /// Whether it is the one that asks.
    async fn is_current(&self, ctx: &Context<'_>) -> bool {
        Caller::of(ctx)
            .session
            .as_ref()
            .is_some_and(|it| it.id == self.0.id)
    }
}

/// A pair of tokens.
#[derive(Debug, Clone)]
pub(crate) struct Tokens(pub(crate) tenancy::Tokens);

/// A pair of tokens. Keep them as you would keep the password.
#[Object(name = "SessionTokens")]
impl Tokens {
    /// Sent as `Authorization: Bearer …`.
    async fn access_token(&self) -> &str {
        self.0.access.reveal()
    }

    /// When the access token ends.
    async fn access_token_expires_at(&self) -> Instant {
        self.0.access_expires_at.into()
    }

    /// Exchanged for the next pair by `sessionRefresh`.
    async fn refresh_token(&self) -> &str {
        self.0.refresh.reveal()
    }

    /// When the session ends unless it is refreshed.
    async fn refresh_token_expires_at(&self) -> Instant {
        self.0.refresh_expires_at.into()
    }
}

/// What a verb, or its replay, has issued.
pub(super) async fn issued(
    ctx: &Context<'_>,
    signed_in: &impl IsSignedIn,
) -> Result<Option<tenancy::Issued>> {
    let reading = Reads::of(ctx).account().await?;
    tenancy::issued(&reading, &signed_in.signed_in())
        .await
        .map_err(broken)
}

/// What leaves somebody signed in.
pub(super) trait IsSignedIn {
    fn signed_in(&self) -> SignedIn;
}

impl IsSignedIn for SignedIn {
    fn signed_in(&self) -> SignedIn {
        *self
    }
}

impl IsSignedIn for tenancy::Registered {
    fn signed_in(&self) -> SignedIn {
        self.signed_in
    }
}

/// An e-mail address and its password.
#[derive(InputObject)]
pub(crate) struct SessionCreateInput {
    /// The address of the account.
    email: EmailAddress,
    /// Its password.
    password: String,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
}

/// A token of an identity provider that this installation trusts.
#[derive(InputObject)]
pub(crate) struct SessionCreateWithTokenInput {
    /// The JWT that the provider issued.
    token: String,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
}

/// A refresh token.
#[derive(InputObject)]
pub(crate) struct SessionRefreshInput {
    /// The token as it was given with the session.
    refresh_token: String,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
}

/// Which session to end.
#[derive(InputObject)]
pub(crate) struct SessionRevokeInput {
    /// The session; the one that asks if absent, which is signing out.
    session_id: Option<SessionId>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
}

/// Ends every session but the one that asks.
#[derive(InputObject)]
pub(crate) struct SessionRevokeOthersInput {
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
}

/// What somebody who has just signed in is shown, resolved from ids: so a replay shows the same.
macro_rules! signed_in_payload {
    ($(#[doc = $doc:literal])* $name:ident($done:ty)) => {
        $crate::act::payload! {
            $(#[doc = $doc])*
            $name($done) {
                /// Who is signed in.
                async fn user(&self, ctx: &async_graphql::Context<'_>) -> Option<async_graphql::Result<$crate::tenancy::user::User>> {
                    let issued = $crate::tenancy::session::issued(ctx, self.0.done()?).await.transpose()?;
                    Some(issued.map(|it| $crate::tenancy::user::User(it.user)))
                }

                /// The session.
                async fn session(&self, ctx: &async_graphql::Context<'_>) -> Option<async_graphql::Result<$crate::tenancy::session::Session>> {
                    let issued = $crate::tenancy::session::issued(ctx, self.0.done()?).await.transpose()?;
                    Some(issued.map(|it| $crate::tenancy::session::Session(it.session)))
                }

                /// The tokens of the session. Keep them as you would keep the password.
                async fn tokens(&self, ctx: &async_graphql::Context<'_>) -> Option<async_graphql::Result<$crate::tenancy::session::Tokens>> {
                    let issued = $crate::tenancy::session::issued(ctx, self.0.done()?).await.transpose()?;
                    Some(issued.map(|it| $crate::tenancy::session::Tokens(it.tokens)))
                }
            }
        }
    };
}
pub(super) use signed_in_payload;

signed_in_payload! {
    /// Somebody is signed in.
    SessionCreatePayload(SignedIn)
}
signed_in_payload! {
    /// Somebody is signed in through an identity provider.
    SessionCreateWithTokenPayload(SignedIn)
}
signed_in_payload! {
    /// The next pair of tokens.
    SessionRefreshPayload(SignedIn)
}

payload! {
    /// A session has ended.
    SessionRevokePayload(SessionsEnded) {
        /// The sessions that ended.
        async fn ended_session_ids(&self) -> Vec<SessionId> {
            self.0.done().map(|ended| ended.sessions.clone()).unwrap_or_default()
        }
    }
}

payload! {
    /// Every other session has ended.
    SessionRevokeOthersPayload(SessionsEnded) {
        /// The sessions that ended.
        async fn ended_session_ids(&self) -> Vec<SessionId> {
            self.0.done().map(|ended| ended.sessions.clone()).unwrap_or_default()
        }
    }
}

/// Signing in and out.
#[derive(Debug, Default)]
pub(crate) struct SessionMutation;

/// Signing in and out.
#[Object]
impl SessionMutation {
    /// Signs in with an e-mail address and a password. An unknown address and a wrong password get the same answer in the same time.
    async fn session_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "An e-mail address and its password.")] input: SessionCreateInput,
    ) -> Option<Result<SessionCreatePayload>> {
        Some(create(ctx, input).await.map(SessionCreatePayload))
    }

    /// Signs in with the token of an identity provider. A person whose verified address is known here is the same person.
    async fn session_create_with_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A token of an identity provider that this installation trusts.")]
        input: SessionCreateWithTokenInput,
    ) -> Option<Result<SessionCreateWithTokenPayload>> {
        Some(
            create_with_token(ctx, input)
                .await
                .map(SessionCreateWithTokenPayload),
        )
    }

    /// Exchanges a refresh token for the next pair. Within ten seconds the same token gives the same pair again; later its
    /// return means that it was copied, and ends every session of the family.
    async fn session_refresh(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A refresh token.")] input: SessionRefreshInput,
    ) -> Option<Result<SessionRefreshPayload>> {
        Some(refresh(ctx, input).await.map(SessionRefreshPayload))
    }

    /// Ends a session of yours; without an id, the one that asks.
    async fn session_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session to end.")] input: SessionRevokeInput,
    ) -> Option<Result<SessionRevokePayload>> {
        Some(revoke(ctx, input).await.map(SessionRevokePayload))
    }

    /// Ends every session of yours but the one that asks.
    async fn session_revoke_others(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Ends every session but the one that asks.")] input: SessionRevokeOthersInput,
    ) -> Option<Result<SessionRevokeOthersPayload>> {
        Some(revoke_others(ctx, input).await.map(SessionRevokeOthersPayload))
    }
}

async fn create(ctx: &Context<'_>, input: SessionCreateInput) -> Result<Outcome<SignedIn>> {
    let limits = *Host::of(ctx).limits();
    budget(ctx, "sign_in", limits.sign_in).await?;
    budget_of(
        ctx,
        "sign_in_account",
        &input.email.0.trim().to_lowercase(),
        limits.sign_in_account,
    )
    .await?;
    let act = Act::new(ctx, Account, Manner::once(input.idempotency_key))?;
    let password = SecretString::from(input.password);
    let store = Reads::of(ctx).store();
    let proof = match tenancy::prove(store, &Outside::of(ctx).hasher, &input.email.0, &password).await {
        Ok(proof) => proof,
        Err(refusal) => return refused(refusal),
    };
    act.run(ctx, |work| Box::pin(tenancy::sign_in(work, proof))).await
}

async fn create_with_token(
    ctx: &Context<'_>,
    input: SessionCreateWithTokenInput,
) -> Result<Outcome<SignedIn>> {
    budget(ctx, "sign_in", Host::of(ctx).limits().sign_in).await?;
    let act = Act::new(ctx, Account, Manner::once(input.idempotency_key))?;
    // The token may have ended since it was good for this.
    if let Some(before) = act.replay(ctx).await? {
        return Ok(before);
    }
    let now = Reads::of(ctx).store().now();
    let verified = match Outside::of(ctx).identities.verify(&input.token, now).await {
        Ok(verified) => verified,
        Err(refusal) => return refused(refusal),
    };
    act.run(ctx, |work| {
        Box::pin(tenancy::sign_in_with_identity(work, verified))
    })
    .await
}

async fn refresh(ctx: &Context<'_>, input: SessionRefreshInput) -> Result<Outcome<SignedIn>> {
    budget(ctx, "refresh", Host::of(ctx).limits().refresh).await?;
    let act = Act::new(ctx, Account, Manner::once(input.idempotency_key))?;
    let token = input.refresh_token;
    let outcome = act
        .run(ctx, |work| {
            Box::pin(async move { tenancy::refresh(work, &token).await })
        })
        .await;
    // A token that came back has ended its session.
    if outcome.as_ref().is_ok_and(|it| it.was_refused(Code::TokenReused)) {
        Host::of(ctx).forget();
    }
    outcome
}

async fn revoke(ctx: &Context<'_>, input: SessionRevokeInput) -> Result<Outcome<SessionsEnded>> {
    let current = Caller::of(ctx).session.as_ref().map(|it| it.id);
    let session = input
        .session_id
        .or(current)
        .ok_or_else(|| denied(Denied::Unauthenticated))?;
    let act = Act::new(ctx, Account, Manner::once(input.idempotency_key))?;
    let outcome = act
        .run(ctx, move |work| Box::pin(tenancy::revoke_session(work, session)))
        .await;
    Host::of(ctx).forget();
    outcome
}

async fn revoke_others(ctx: &Context<'_>, input: SessionRevokeOthersInput) -> Result<Outcome<SessionsEnded>> {
    let current = Caller::of(ctx).session.as_ref().map(|it| it.id);
    let current = current.ok_or_else(|| denied(Denied::Unauthenticated))?;
    let act = Act::new(ctx, Account, Manner::once(input.idempotency_key))?;
    let outcome = act
        .run(ctx, move |work| {
            Box::pin(tenancy::revoke_other_sessions(work, current))
        })
        .await;
    Host::of(ctx).forget();
    outcome
}
