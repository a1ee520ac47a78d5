//! Keys that integrators call with.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, Result};
use db::paging::Page;
use kernel::Right;
use kernel::id::{ApiKeyId, UserId};
use tenancy::{ApiKeys, KeyChanged, KeyEdit, KeyWanted};

use super::user::User;
use crate::act::{Act, Manner, Outcome, payload};
use crate::caller::Caller;
use crate::errors::{Form, on_top, patched};
use crate::host::Host;
use crate::list::{connection, counted, page};
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::Instant;

/// One key.
#[derive(Debug, Clone)]
pub(crate) struct ApiKey(pub(crate) tenancy::ApiKey);

/// One key that an integrator's program calls with. It belongs to the organization, and outlives whoever made it.
#[Object]
impl ApiKey {
    /// The key's global id.
    pub(crate) async fn id(&self) -> ApiKeyId {
        self.0.id
    }

    /// What it is for.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// How its secret begins: enough to tell two keys apart.
    async fn prefix(&self) -> &str {
        &self.0.prefix
    }

    /// What it may do.
    async fn scopes(&self) -> Vec<Right> {
        self.0.scopes.0.iter().collect()
    }

    /// Requests a minute. Null is the house's default; 0 lets nothing pass.
    async fn rate_per_minute(&self) -> Option<i64> {
        self.0.rate_per_minute
    }

    /// When it ends, if ever.
    async fn expires_at(&self) -> Option<Instant> {
        self.0.expires_at.map(Instant)
    }

    /// When it was used last, to the minute.
    async fn last_used_at(&self) -> Option<Instant> {
        self.0.last_used_at.map(Instant)
    }

    /// When it was revoked.
    async fn revoked_at(&self) -> Option<Instant> {
        self.0.revoked_at.map(Instant)
    }

    /// Who made it. Null for a key, and for whoever has left.
    async fn created_by(&self, ctx: &Context<'_>) -> Option<Result<User>> {
        if !Caller::of(ctx).may(Right::MembersRead) {
            return None;
        }
        load::<UserId, User>(ctx, self.0.created_by?).await.transpose()
    }

    /// Counts the changes; hand it back as `expectedVersion`.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// When it was made.
    async fn created_at(&self) -> Instant {
        self.0.created_at.into()
    }
}

connection! {
    /// Keys of an organization.
    ApiKeyConnection, ApiKeyEdge of ApiKey
}

/// A new key.
#[derive(InputObject)]
pub(crate) struct ApiKeyCreateInput {
    /// What it is for, 1 to 120 characters.
    name: String,
    /// What it may do; nothing that is not named here, and nothing that you may not do yourself.
    scopes: Vec<Right>,
    /// Requests a minute. Absent is the house's default; 0 lets nothing pass.
    rate_per_minute: Option<u32>,
    /// When it ends; never if absent, two years from now at most.
    expires_at: Option<Instant>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// Changes to a key. What is absent stays as it is.
#[derive(InputObject)]
pub(crate) struct ApiKeyUpdateInput {
    /// Which key.
    api_key_id: ApiKeyId,
    /// What it is for.
    name: Option<String>,
    /// What it may do.
    scopes: Option<Vec<Right>>,
    /// Requests a minute; null is the house's default.
    rate_per_minute: MaybeUndefined<u32>,
    /// When it ends; null is never.
    expires_at: MaybeUndefined<Instant>,
    /// The version that was read; refused if somebody changed it since.
    expected_version: Option<i64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// Which key to revoke.
#[derive(InputObject)]
pub(crate) struct ApiKeyRevokeInput {
    /// The key.
    api_key_id: ApiKeyId,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

payload! {
    /// There is a new key.
    ApiKeyCreatePayload(KeyChanged) {
        /// The key.
        async fn api_key(&self, ctx: &Context<'_>) -> Option<Result<ApiKey>> {
            load::<ApiKeyId, ApiKey>(ctx, self.0.done()?.api_key).await.transpose()
        }

        /// Its secret. It is shown here and nowhere else; only its hash is kept.
        async fn secret(&self, ctx: &Context<'_>) -> Option<String> {
            let key = Reads::of(ctx).store().key();
            Some(tenancy::api_key_secret(key, self.0.done()?.api_key).reveal().to_owned())
        }
    }
}

payload! {
    /// The key has changed.
    ApiKeyUpdatePayload(KeyChanged) {
        /// The key as it is now.
        async fn api_key(&self, ctx: &Context<'_>) -> Option<Result<ApiKey>> {
            load::<ApiKeyId, ApiKey>(ctx, self.0.done()?.api_key).await.transpose()
        }
    }
}

payload! {
    /// The key is revoked: it opens nothing any more.
    ApiKeyRevokePayload(KeyChanged) {
        /// The key as it is now.
        async fn api_key(&self, ctx: &Context<'_>) -> Option<Result<ApiKey>> {
            load::<ApiKeyId, ApiKey>(ctx, self.0.done()?.api_key).await.transpose()
        }
    }
}

/// Keys.
#[derive(Debug, Default)]
pub(crate) struct ApiKeyQuery;

/// Keys.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl ApiKeyQuery {
    /// The keys of the organization, earliest first, revoked ones too. Needs the right `api_keys:read`.
    async fn api_keys(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<ApiKeyConnection>> {
        Some(list(ctx, page::<ApiKeys>(first, after, last, before)).await)
    }
}

async fn list(ctx: &Context<'_>, page: Result<Page>) -> Result<ApiKeyConnection> {
    let reading = Reads::of(ctx).tenant().await?;
    let slice = tenancy::api_keys(&reading, &page?)
        .await
        .map_err(on_top)?
        .map(ApiKey);
    Ok(ApiKeyConnection {
        slice,
        count: counted(|reading| Box::pin(tenancy::count_api_keys(reading))),
    })
}

/// Making, changing and revoking keys.
#[derive(Debug, Default)]
pub(crate) struct ApiKeyMutation;

/// Making, changing and revoking keys.
#[Object]
impl ApiKeyMutation {
    /// Makes a key and shows its secret, once. Needs the right `api_keys:write`.
    async fn api_key_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A new key.")] input: ApiKeyCreateInput,
    ) -> Option<Result<ApiKeyCreatePayload>> {
        Some(create(ctx, input).await.map(ApiKeyCreatePayload))
    }

    /// Changes a key. Needs the right `api_keys:write`.
    async fn api_key_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Changes to a key. What is absent stays as it is.")] input: ApiKeyUpdateInput,
    ) -> Option<Result<ApiKeyUpdatePayload>> {
        Some(update(ctx, input).await.map(ApiKeyUpdatePayload))
    }

    /// Revokes a key at once and for good. Needs the right `api_keys:write`.
    async fn api_key_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which key to revoke.")] input: ApiKeyRevokeInput,
    ) -> Option<Result<ApiKeyRevokePayload>> {
        Some(revoke(ctx, input).await.map(ApiKeyRevokePayload))
    }
}

async fn create(ctx: &Context<'_>, input: ApiKeyCreateInput) -> Result<Outcome<KeyChanged>> {
    let tenant = Caller::of(ctx).tenant()?;
    let mut form = Form::default();
    let name = form.parse("name", &input.name);
    let wanted = name.map(|name| KeyWanted {
        name,
        scopes: input.scopes.iter().copied().collect(),
        rate_per_minute: input.rate_per_minute,
        expires_at: input.expires_at.map(|it| it.0),
    });
    let wanted = match form.done(wanted) {
        Ok(wanted) => wanted,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let act = Act::new(
        ctx,
        tenant,
        Manner::of(input.idempotency_key, input.validate_only),
    )?;
    act.run(ctx, |work| Box::pin(tenancy::create_api_key(work, wanted)))
        .await
}

async fn update(ctx: &Context<'_>, input: ApiKeyUpdateInput) -> Result<Outcome<KeyChanged>> {
    let tenant = Caller::of(ctx).tenant()?;
    let mut form = Form::default();
    let name = form.parse_if("name", input.name.as_deref());
    let edit = name.map(|name| KeyEdit {
        name,
        scopes: input.scopes.map(|scopes| scopes.into_iter().collect()),
        rate_per_minute: patched(input.rate_per_minute),
        expires_at: patched(input.expires_at).map(|it| it.map(|it| it.0)),
    });
    let edit = match form.done(edit) {
        Ok(edit) => edit,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let act = Act::new(
        ctx,
        tenant,
        Manner::of(input.idempotency_key, input.validate_only),
    )?;
    let (id, expected) = (input.api_key_id, input.expected_version);
    let outcome = act
        .run(ctx, move |work| {
            Box::pin(tenancy::update_api_key(work, id, edit, expected))
        })
        .await;
    Host::of(ctx).forget();
    outcome
}

async fn revoke(ctx: &Context<'_>, input: ApiKeyRevokeInput) -> Result<Outcome<KeyChanged>> {
    let act = Act::new(
        ctx,
        Caller::of(ctx).tenant()?,
        Manner::of(input.idempotency_key, input.validate_only),
    )?;
    let id = input.api_key_id;
    let outcome = act
        .run(ctx, move |work| Box::pin(tenancy::revoke_api_key(work, id)))
        .await;
    Host::of(ctx).forget();
    outcome
}
