//! Changing an organization.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, Result};
use tenancy::{BrandingEdit, OrganizationChanged, OrganizationEdit, SettingsEdit, WeekStart};

use super::{Organization, find};
use crate::act::{Act, Manner, Outcome, payload};
use crate::caller::Caller;
use crate::errors::{Form, UserError};
use crate::host::Host;
use crate::scalars::{CountryCode, CurrencyCode, EmailAddress, Locale, PhoneNumber, TimeZone};

/// Changes to the organization that the request names. What is absent stays as it is.
#[derive(InputObject)]
pub(crate) struct OrganizationUpdateInput {
    /// Its part of a public address. Links with the old one end, and somebody else may take it.
    slug: Option<String>,
    /// What it is called.
    name: Option<String>,
    /// The zone of its local times.
    time_zone: Option<TimeZone>,
    /// The language that it writes in.
    locale: Option<Locale>,
    /// The currency of its prices from now on.
    currency: Option<CurrencyCode>,
    /// Where it is; null takes it away.
    country: MaybeUndefined<CountryCode>,
    /// How it looks.
    branding: Option<BrandingInput>,
    /// Whether it appears where organizations are listed for everybody.
    is_listed: Option<bool>,
    /// Where clients can write to; null takes it away.
    contact_email: MaybeUndefined<EmailAddress>,
    /// Where clients can call; null takes it away.
    contact_phone: MaybeUndefined<PhoneNumber>,
    /// The day that its calendars begin with.
    week_starts_on: Option<WeekStart>,
    /// The version that was read; refused if somebody changed it since.
    expected_version: Option<i64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// Changes to how an organization looks. What is absent stays as it is; null takes it away.
#[derive(InputObject)]
pub(crate) struct BrandingInput {
    /// Where its logo is, over https.
    logo_url: MaybeUndefined<String>,
    /// The colour of buttons and links, `#rrggbb`.
    primary_color: MaybeUndefined<String>,
    /// The colour that goes with it, `#rrggbb`.
    accent_color: MaybeUndefined<String>,
}

payload! {
    /// The organization has changed.
    OrganizationUpdatePayload(OrganizationChanged) {
        /// The organization as it is now.
        async fn organization(&self, ctx: &Context<'_>) -> Option<Result<Organization>> {
            find(ctx, self.0.done()?.organization).await.transpose()
        }
    }
}

/// Changing an organization.
#[derive(Debug, Default)]
pub(crate) struct ChangeMutation;

/// Changing an organization.
#[Object]
impl ChangeMutation {
    /// Changes the organization that the request names. Needs the right `organization:write`.
    async fn organization_update(
        &self,
        ctx: &Context<'_>,
        input: OrganizationUpdateInput,
    ) -> Option<Result<OrganizationUpdatePayload>> {
        Some(update(ctx, input).await.map(OrganizationUpdatePayload))
    }
}

async fn update(ctx: &Context<'_>, input: OrganizationUpdateInput) -> Result<Outcome<OrganizationChanged>> {
    let act = Act::new(
        ctx,
        Caller::of(ctx).tenant()?,
        Manner::of(input.idempotency_key.clone(), input.validate_only),
    )?;
    let expected = input.expected_version;
    let edit = match edit(input) {
        Ok(edit) => edit,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let outcome = act
        .run(ctx, move |work| {
            Box::pin(tenancy::update_organization(work, edit, expected))
        })
        .await;
    Host::of(ctx).forget();
    outcome
}

fn edit(input: OrganizationUpdateInput) -> Result<OrganizationEdit, Vec<UserError>> {
    let mut form = Form::default();
    let slug = form.parse_if("slug", input.slug.as_deref());
    let name = form.parse_if("name", input.name.as_deref());
    let timezone = form.parse_if("timeZone", input.time_zone.as_ref().map(|it| it.0.as_str()));
    let locale = form.parse_if("locale", input.locale.as_ref().map(|it| it.0.as_str()));
    let currency = form.parse_if("currency", input.currency.as_ref().map(|it| it.0.as_str()));
    let country = form.parse_patch("country", input.country.map_value(|it| it.0));
    let branding = branding(&mut form, input.branding);
    let contact_email = form.parse_patch("contactEmail", input.contact_email.map_value(|it| it.0));
    let contact_phone = form.parse_patch("contactPhone", input.contact_phone.map_value(|it| it.0));
    let edit = (|| {
        Some(OrganizationEdit {
            slug: slug?,
            name: name?,
            timezone: timezone?,
            locale: locale?,
            currency: currency?,
            country: country?,
            branding: branding?,
            settings: SettingsEdit {
                is_listed: input.is_listed,
                contact_email: contact_email?,
                contact_phone: contact_phone?,
                week_starts_on: input.week_starts_on,
            },
        })
    })();
    form.done(edit)
}

fn branding(form: &mut Form, input: Option<BrandingInput>) -> Option<BrandingEdit> {
    let Some(input) = input else {
        return Some(BrandingEdit::default());
    };
    let logo_url = form.parse_patch("branding.logoUrl", input.logo_url);
    let primary_color = form.parse_patch("branding.primaryColor", input.primary_color);
    let accent_color = form.parse_patch("branding.accentColor", input.accent_color);
    Some(BrandingEdit {
        logo_url: logo_url?,
        primary_color: primary_color?,
        accent_color: accent_color?,
    })
}
