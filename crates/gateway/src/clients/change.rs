//! Changing the directory of clients.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, Result};
use clients::{ClientChanged, ClientDraft, ClientEdit, Contact};
use kernel::id::{ClientId, ProviderId};

use super::Client;
use crate::act::{Outcome, payload};
use crate::caller::Caller;
use crate::errors::{Form, patched};
use crate::loaders::load;
use crate::scalars::{CountryCode, EmailAddress, Locale, PhoneNumber, TimeZone};
use crate::scheduling::{act, shelf_inputs};

/// A new client.
#[derive(InputObject)]
pub(crate) struct ClientCreateInput {
    /// What they are called, 1 to 120 characters.
    name: String,
    /// Where they are written to; no other client's.
    email: Option<EmailAddress>,
    /// Where they are called.
    phone: Option<PhoneNumber>,
    /// The zone of their clock.
    time_zone: Option<TimeZone>,
    /// The language that they read.
    locale: Option<Locale>,
    /// In which country they are.
    country: Option<CountryCode>,
    /// In which city.
    city: Option<String>,
    /// Who serves them first of all.
    primary_provider_id: Option<ProviderId>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// Changes to a client. What is absent stays as it is; null takes away.
#[derive(InputObject)]
pub(crate) struct ClientUpdateInput {
    /// Which client.
    client_id: ClientId,
    /// What they are called.
    name: Option<String>,
    /// Where they are written to; no other client's.
    email: MaybeUndefined<EmailAddress>,
    /// Where they are called.
    phone: MaybeUndefined<PhoneNumber>,
    /// The zone of their clock.
    time_zone: MaybeUndefined<TimeZone>,
    /// The language that they read.
    locale: MaybeUndefined<Locale>,
    /// In which country they are.
    country: MaybeUndefined<CountryCode>,
    /// In which city.
    city: MaybeUndefined<String>,
    /// Who serves them first of all.
    primary_provider_id: MaybeUndefined<ProviderId>,
    /// The version that was read; refused if somebody changed it since.
    expected_version: Option<i64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

shelf_inputs! {
    client_id: ClientId,
    /// Which client is put away.
    ClientArchiveInput,
    /// Which client is taken out again.
    ClientRestoreInput,
}

macro_rules! client_payload {
    ($(#[doc = $doc:literal] $name:ident,)*) => {$(
        payload! {
            #[doc = $doc]
            $name(ClientChanged) {
                /// The client as they are now. Null unless you may see clients.
                async fn client(&self, ctx: &Context<'_>) -> Option<Result<Client>> {
                    load::<ClientId, Client>(ctx, self.0.done()?.client).await.transpose()
                }
            }
        }
    )*};
}

client_payload! {
    /// There is another client.
    ClientCreatePayload,
    /// A client has changed.
    ClientUpdatePayload,
    /// A client is put away.
    ClientArchivePayload,
    /// A client is taken out again.
    ClientRestorePayload,
}

/// Changing clients.
#[derive(Debug, Default)]
pub(crate) struct ClientMutation;

/// Changing clients.
#[Object]
impl ClientMutation {
    /// Enters a client in the directory; whoever books is entered without it. Needs the right `clients:write`.
    async fn client_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A new client.")] input: ClientCreateInput,
    ) -> Option<Result<ClientCreatePayload>> {
        Some(create(ctx, input).await.map(ClientCreatePayload))
    }

    /// Changes a client. Bookings that were made keep what was typed then. Needs the right `clients:write`.
    async fn client_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Changes to a client. What is absent stays as it is; null takes away.")]
        input: ClientUpdateInput,
    ) -> Option<Result<ClientUpdatePayload>> {
        Some(update(ctx, input).await.map(ClientUpdatePayload))
    }

    /// Puts a client away. What is booked stays booked, and their address stays theirs. Needs the right `clients:write`.
    async fn client_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which client is put away.")] input: ClientArchiveInput,
    ) -> Option<Result<ClientArchivePayload>> {
        Some(archive(ctx, input).await.map(ClientArchivePayload))
    }

    /// Takes a client out again. Needs the right `clients:write`.
    async fn client_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which client is taken out again.")] input: ClientRestoreInput,
    ) -> Option<Result<ClientRestorePayload>> {
        Some(restore(ctx, input).await.map(ClientRestorePayload))
    }
}

async fn create(ctx: &Context<'_>, input: ClientCreateInput) -> Result<Outcome<ClientChanged>> {
    Caller::of(ctx).tenant()?;
    let mut form = Form::default();
    let name = form.parse("name", &input.name);
    let email = form.parse_if("email", input.email.as_ref().map(|it| it.0.as_str()));
    let phone = form.parse_if("phone", input.phone.as_ref().map(|it| it.0.as_str()));
    let timezone = form.parse_if("timeZone", input.time_zone.as_ref().map(|it| it.0.as_str()));
    let locale = form.parse_if("locale", input.locale.as_ref().map(|it| it.0.as_str()));
    let country = form.parse_if("country", input.country.as_ref().map(|it| it.0.as_str()));
    let city = form.parse_if("city", input.city.as_deref());
    let draft = (|| {
        Some(ClientDraft {
            contact: Contact {
                name: name?,
                email: email?,
                phone: phone?,
                timezone: timezone?,
                locale: locale?,
            },
            user: None,
            country: country?,
            city: city?,
            primary_provider: input.primary_provider_id,
        })
    })();
    let draft = match form.done(draft) {
        Ok(draft) => draft,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, |work| Box::pin(flows::create_client(work, draft)))
        .await
}

async fn update(ctx: &Context<'_>, input: ClientUpdateInput) -> Result<Outcome<ClientChanged>> {
    Caller::of(ctx).tenant()?;
    let mut form = Form::default();
    let name = form.parse_if("name", input.name.as_deref());
    let email = form.parse_patch("email", input.email.map_value(|it| it.0));
    let phone = form.parse_patch("phone", input.phone.map_value(|it| it.0));
    let timezone = form.parse_patch("timeZone", input.time_zone.map_value(|it| it.0));
    let locale = form.parse_patch("locale", input.locale.map_value(|it| it.0));
    let country = form.parse_patch("country", input.country.map_value(|it| it.0));
    let city = form.parse_patch("city", input.city);
    let primary_provider = patched(input.primary_provider_id);
    let edit = (|| {
        Some(ClientEdit {
            name: name?,
            email: email?,
            phone: phone?,
            timezone: timezone?,
            locale: locale?,
            country: country?,
            city: city?,
            primary_provider,
        })
    })();
    let edit = match form.done(edit) {
        Ok(edit) => edit,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let (id, expected) = (input.client_id, input.expected_version);
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(flows::update_client(work, id, edit, expected))
        })
        .await
}

async fn archive(ctx: &Context<'_>, input: ClientArchiveInput) -> Result<Outcome<ClientChanged>> {
    let (id, expected) = (input.client_id, input.expected_version);
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(clients::archive_client(work, id, expected))
        })
        .await
}

async fn restore(ctx: &Context<'_>, input: ClientRestoreInput) -> Result<Outcome<ClientChanged>> {
    let (id, expected) = (input.client_id, input.expected_version);
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(clients::restore_client(work, id, expected))
        })
        .await
}
