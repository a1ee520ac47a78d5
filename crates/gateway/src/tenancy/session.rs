//! One sign-in, and the verbs that make, refresh and end one.

use async_graphql::{Context, InputObject, Object, Result};
use db::Account;
use kernel::Id as _;
use kernel::id::{SessionId, UserId};
use tenancy::{Ended, SignedIn};

use super::user::User;
use super::{budget, outside};
use crate::act::{Act, Manner, Outcome, payload};
use crate::caller::Caller;
use crate::errors::{Form, in_payload};
use crate::host::Host;
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::{EmailAddress, Instant};

/// One sign-in of one person, on one device.
#[derive(Debug, Clone)]
pub struct Session(pub(crate) tenancy::Session);

/// One sign-in of one person, on one device. Refreshing it keeps it the same sign-in.
#[Object]
impl Session {
    /// The session's global id. It changes when the session is refreshed.
    async fn id(&self) -> SessionId {
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
        self.0.created_at.into()
    }

    /// When it ends unless it is refreshed.
    async fn expires_at(&self) -> Instant {
        self.0.expires_at.into()
    }

    /// Whether it is the one that asks.
    async fn is_current(&self, ctx: &Context<'_>) -> bool {
        Caller::of(ctx).session.as_ref().is_some_and(|it| it.id == self.0.id)
    }
}

/// An e-mail address and its password.
#[derive(InputObject)]
pub struct SessionCreateInput {
    /// The address of the account.
    email: EmailAddress,
    /// Its password.
    password: String,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
}

/// A token of an identity provider that this installation trusts.
#[derive(InputObject)]
pub struct SessionCreateWithTokenInput {
    /// The JWT that the provider issued.
    token: String,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
}

/// A refresh token.
#[derive(InputObject)]
pub struct SessionRefreshInput {
    /// The token as it was given with the session.
    refresh_token: String,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
}

/// Which session to end.
#[derive(InputObject)]
pub struct SessionRevokeInput {
    /// The session; the one that asks if absent, which is signing out.
    session_id: Option<SessionId>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
}

/// Ends every session but the one that asks.
#[derive(InputObject)]
pub struct SessionRevokeOthersInput {
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
}

macro_rules! signed_in_payload {
    ($(#[doc = $doc:literal])* $name:ident($done:ty)) => {
        payload! {
            $(#[doc = $doc])*
            $name($done) {
                /// Who is signed in.
                async fn user(&self, ctx: &Context<'_>) -> Option<Result<User>> {
                    let id = self.0.done()?.user;
                    load::<UserId, User>(ctx, id).await
                }

                /// The session that was made.
                async fn session(&self, ctx: &Context<'_>) -> Option<Result<Session>> {
                    let id = self.0.done()?.session;
                    load::<SessionId, Session>(ctx, id).await
                }

                /// Sent as `Authorization: Bearer …`. Valid for 15 minutes.
                async fn access_token(&self, ctx: &Context<'_>) -> Option<String> {
                    let key = Reads::of(ctx).store().key();
                    Some(tenancy::session::access_token(key, self.0.done()?.session).reveal().to_owned())
                }

                /// Exchanged once for the next pair by `sessionRefresh`.
                async fn refresh_token(&self, ctx: &Context<'_>) -> Option<String> {
                    let key = Reads::of(ctx).store().key();
                    Some(tenancy::session::refresh_token(key, self.0.done()?.session).reveal().to_owned())
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
    SessionRevokePayload(Ended) {
        /// How many sign-ins ended.
        async fn ended_count(&self) -> Option<u32> {
            self.0.done().map(|ended| ended.count)
        }
    }
}

payload! {
    /// Every other session has ended.
    SessionRevokeOthersPayload(Ended) {
        /// How many sign-ins ended.
        async fn ended_count(&self) -> Option<u32> {
            self.0.done().map(|ended| ended.count)
        }
    }
}

/// Signing in and out.
#[derive(Debug, Default)]
pub struct SessionMutation;

/// Signing in and out.
#[Object]
impl SessionMutation {
    /// Signs in with an e-mail address and a password. An unknown address and a wrong password get the same answer in the same time.
    async fn session_create(&self, ctx: &Context<'_>, input: SessionCreateInput) -> Option<Result<SessionCreatePayload>> {
        Some(create(ctx, input).await.map(SessionCreatePayload))
    }

    /// Signs in with the token of an identity provider. A person whose verified address is known here is the same person.
    async fn session_create_with_token(
        &self,
        ctx: &Context<'_>,
        input: SessionCreateWithTokenInput,
    ) -> Option<Result<SessionCreateWithTokenPayload>> {
        Some(create_with_token(ctx, input).await.map(SessionCreateWithTokenPayload))
    }

    /// Exchanges a refresh token for the next pair. Within ten seconds the same token gives the same pair again; later its
    /// return means that it was copied, and ends every session of the family.
    async fn session_refresh(&self, ctx: &Context<'_>, input: SessionRefreshInput) -> Option<Result<SessionRefreshPayload>> {
        Some(refresh(ctx, input).await.map(SessionRefreshPayload))
    }

    /// Ends a session of yours; without an id, the one that asks.
    async fn session_revoke(&self, ctx: &Context<'_>, input: SessionRevokeInput) -> Option<Result<SessionRevokePayload>> {
        Some(revoke(ctx, input).await.map(SessionRevokePayload))
    }

    /// Ends every session of yours but the one that asks.
    async fn session_revoke_others(
        &self,
        ctx: &Context<'_>,
        input: SessionRevokeOthersInput,
    ) -> Option<Result<SessionRevokeOthersPayload>> {
        Some(revoke_others(ctx, input).await.map(SessionRevokeOthersPayload))
    }
}

async fn create(ctx: &Context<'_>, input: SessionCreateInput) -> Result<Outcome<SignedIn>> {
    let mut form = Form::default();
    let email = form.parse("email", &input.email.0);
    let email: kernel::Email = match form.done(email) {
        Ok(email) => email,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    budget(ctx, "sign_in", Host::of(ctx).limits().sign_in).await?;
    let act = Act::new(ctx, Account, Manner::once(input.idempotency_key))?;
    let proof = match outside(ctx).hasher.prove(Reads::of(ctx).store(), &email, &input.password).await {
        Ok(proof) => proof,
        Err(refusal) => return in_payload(refusal),
    };
    act.run(ctx, |work| Box::pin(tenancy::sign_in(work, proof))).await
}

async fn create_with_token(ctx: &Context<'_>, input: SessionCreateWithTokenInput) -> Result<Outcome<SignedIn>> {
    budget(ctx, "sign_in", Host::of(ctx).limits().sign_in).await?;
    let act = Act::new(ctx, Account, Manner::once(input.idempotency_key))?;
    let now = Reads::of(ctx).store().now();
    let verified = match outside(ctx).identities.verify(&input.token, now).await {
        Ok(verified) => verified,
        Err(refusal) => return in_payload(refusal),
    };
    act.run(ctx, |work| Box::pin(tenancy::sign_in_with_identity(work, verified))).await
}

async fn refresh(ctx: &Context<'_>, input: SessionRefreshInput) -> Result<Outcome<SignedIn>> {
    budget(ctx, "refresh", Host::of(ctx).limits().refresh).await?;
    let act = Act::new(ctx, Account, Manner::once(input.idempotency_key))?;
    let outcome = act.run(ctx, move |work| Box::pin(async move { tenancy::refresh(work, &input.refresh_token).await })).await;
    // A family may have ended here.
    Host::of(ctx).forget();
    outcome
}

async fn revoke(ctx: &Context<'_>, input: SessionRevokeInput) -> Result<Outcome<Ended>> {
    let session = input.session_id.or(Caller::of(ctx).session.as_ref().map(|it| it.id));
    let act = Act::new(ctx, Account, Manner::once(input.idempotency_key))?;
    let outcome = act.run(ctx, move |work| Box::pin(tenancy::revoke_session(work, session))).await;
    Host::of(ctx).forget();
    outcome
}

async fn revoke_others(ctx: &Context<'_>, input: SessionRevokeOthersInput) -> Result<Outcome<Ended>> {
    let current = Caller::of(ctx).session.as_ref().map(|it| it.id);
    let act = Act::new(ctx, Account, Manner::once(input.idempotency_key))?;
    let outcome = act.run(ctx, move |work| Box::pin(tenancy::revoke_other_sessions(work, current))).await;
    Host::of(ctx).forget();
    outcome
}
