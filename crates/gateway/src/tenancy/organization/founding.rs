//! Founding an organization.

use async_graphql::{Context, InputObject, Object, Result};
use db::{Account, Tenant};
use kernel::{Denied, Rights};
use tenancy::{Founded, Founding};

use super::super::budget;
use super::{Organization, find};
use crate::act::{Act, Manner, Outcome, payload};
use crate::caller::Caller;
use crate::errors::{Form, denied};
use crate::host::Host;
use crate::reads::Reads;
use crate::scalars::{CountryCode, CurrencyCode, Locale, TimeZone};

/// A new organization.
#[derive(InputObject)]
pub(crate) struct OrganizationCreateInput {
    /// Its part of a public address: 2 to 63 lower-case letters, digits and hyphens.
    slug: String,
    /// What it is called, 1 to 120 characters.
    name: String,
    /// The zone of its local times.
    time_zone: TimeZone,
    /// The language that it writes in; `en` if absent.
    locale: Option<Locale>,
    /// The currency of its prices.
    currency: CurrencyCode,
    /// Where it is.
    country: Option<CountryCode>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

payload! {
    /// There is a new organization, and you own it.
    OrganizationCreatePayload(Founded) {
        /// The organization.
        async fn organization(&self, ctx: &Context<'_>) -> Option<Result<Organization>> {
            find(ctx, self.0.done()?.organization).await.transpose()
        }
    }
}

/// Founding an organization.
#[derive(Debug, Default)]
pub(crate) struct FoundingMutation;

/// Founding an organization.
#[Object]
impl FoundingMutation {
    /// Founds an organization. Whoever does owns it.
    async fn organization_create(
        &self,
        ctx: &Context<'_>,
        input: OrganizationCreateInput,
    ) -> Option<Result<OrganizationCreatePayload>> {
        Some(create(ctx, input).await.map(OrganizationCreatePayload))
    }
}

async fn create(ctx: &Context<'_>, input: OrganizationCreateInput) -> Result<Outcome<Founded>> {
    let caller = Caller::of(ctx);
    caller
        .asker
        .actor
        .user()
        .ok_or_else(|| denied(Denied::Unauthenticated))?;
    let mut form = Form::default();
    let slug = form.parse("slug", &input.slug);
    let name = form.parse("name", &input.name);
    let timezone = form.parse("timeZone", &input.time_zone.0);
    let locale = form.parse("locale", input.locale.as_ref().map_or("en", |it| &it.0));
    let currency = form.parse("currency", &input.currency.0);
    let country = form.parse_if("country", input.country.as_ref().map(|it| it.0.as_str()));
    let founding = (|| {
        Some(Founding {
            slug: slug?,
            name: name?,
            timezone: timezone?,
            locale: locale?,
            currency: currency?,
            country: country?,
        })
    })();
    let founding = match form.done(founding) {
        Ok(founding) => founding,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    budget(ctx, "onboarding", Host::of(ctx).limits().onboarding).await?;
    // The work is that of an organization which does not exist yet; its key is claimed where the next try will look.
    let store = Reads::of(ctx).store();
    let fresh = Tenant(store.ids().mint(store.now()));
    let act = Act::new(ctx, fresh, Manner::of(input.idempotency_key, input.validate_only))?
        .claiming(Account)
        .by(caller.with_rights(Rights::NONE));
    let outcome = act
        .run(ctx, |work| Box::pin(tenancy::create_organization(work, founding)))
        .await;
    Host::of(ctx).forget();
    outcome
}
