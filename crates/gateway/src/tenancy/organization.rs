//! Organizations.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use db::{Account, Tenant};
use kernel::id::OrganizationId;
use kernel::{Denied, Right, Rights};
use tenancy::{
    BrandingEdit, Deletion, Founded, Founding, OrganizationChanged, OrganizationEdit, SettingsEdit, WeekStart,
};

use super::budget;
use crate::act::{Act, Manner, Outcome, payload};
use crate::caller::{Caller, Place};
use crate::errors::{Form, UserError, broken, denied};
use crate::host::Host;
use crate::reads::Reads;
use crate::scalars::{CountryCode, CurrencyCode, EmailAddress, Instant, Locale, PhoneNumber, TimeZone};

/// One organization.
#[derive(Debug, Clone)]
pub(crate) struct Organization(pub(crate) tenancy::Organization);

/// One practice, school or shop: the boundary that no query crosses.
#[Object]
impl Organization {
    /// The organization's global id.
    pub(crate) async fn id(&self) -> OrganizationId {
        self.0.id
    }

    /// Its part of a public address.
    async fn slug(&self) -> &str {
        self.0.slug.as_str()
    }

    /// What it is called.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// The zone of its local times.
    async fn time_zone(&self) -> TimeZone {
        TimeZone::of(&self.0.timezone)
    }

    /// The language that it writes in.
    async fn locale(&self) -> Locale {
        Locale::of(&self.0.locale)
    }

    /// The currency of its prices.
    async fn currency(&self) -> CurrencyCode {
        CurrencyCode::of(&self.0.currency)
    }

    /// Where it is.
    async fn country(&self) -> Option<CountryCode> {
        self.0.country.as_ref().map(CountryCode::of)
    }

    /// How it looks.
    async fn branding(&self) -> Branding {
        let branding = &self.0.branding;
        Branding {
            logo_url: branding.logo_url.as_ref().map(ToString::to_string),
            primary_color: branding.primary_color.as_ref().map(ToString::to_string),
            accent_color: branding.accent_color.as_ref().map(ToString::to_string),
        }
    }

    /// Where clients can write to.
    async fn contact_email(&self) -> Option<EmailAddress> {
        self.0.settings.contact_email.as_ref().map(EmailAddress::of)
    }

    /// Where clients can call.
    async fn contact_phone(&self) -> Option<PhoneNumber> {
        self.0.settings.contact_phone.as_ref().map(PhoneNumber::of)
    }

    /// The day that its calendars begin with.
    async fn week_starts_on(&self) -> WeekStart {
        self.0.settings.week_starts_on
    }

    /// Whether it appears where organizations are listed for everybody. Null unless you may read the settings.
    async fn is_listed(&self, ctx: &Context<'_>) -> Option<bool> {
        self.private(ctx).map(|it| it.settings.is_listed)
    }

    /// Counts the changes; hand it back as `expectedVersion`. Null unless you may read the settings.
    async fn version(&self, ctx: &Context<'_>) -> Option<i64> {
        self.private(ctx).map(|it| it.version)
    }

    /// When somebody asked last for it to be deleted. Null unless you may read the settings.
    async fn deletion_requested_at(&self, ctx: &Context<'_>) -> Option<Instant> {
        self.private(ctx)?.deletion_requested_at.map(Instant)
    }

    /// When it was made. Null unless you may read the settings.
    async fn created_at(&self, ctx: &Context<'_>) -> Option<Instant> {
        self.private(ctx).map(|it| it.created_at.into())
    }
}

impl Organization {
    /// What only members see who may read the settings.
    fn private(&self, ctx: &Context<'_>) -> Option<&tenancy::Organization> {
        let caller = Caller::of(ctx);
        let belongs = caller.place == Place::Member(self.0.id);
        (belongs && caller.asker.rights.has(Right::OrganizationRead)).then_some(&self.0)
    }
}

/// How an organization looks to its clients.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct Branding {
    /// Where its logo is, over https.
    logo_url: Option<String>,
    /// The colour of buttons and links, `#rrggbb`.
    primary_color: Option<String>,
    /// The colour that goes with it, `#rrggbb`.
    accent_color: Option<String>,
}

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

/// The first of two steps to delete the organization that the request names.
#[derive(InputObject)]
pub(crate) struct OrganizationDeletionRequestInput {
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// The second of two steps to delete the organization that the request names.
#[derive(InputObject)]
pub(crate) struct OrganizationDeleteInput {
    /// The token from the first step.
    token: String,
    /// The organization's slug, typed again.
    slug: String,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
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

payload! {
    /// The organization can be deleted with this token, within 24 hours.
    OrganizationDeletionRequestPayload(OrganizationChanged) {
        /// The token for `organizationDelete`.
        async fn token(&self, ctx: &Context<'_>) -> Option<Result<String>> {
            let id = self.0.done()?.organization;
            deletion_token(ctx, id).await.transpose()
        }
    }
}

payload! {
    /// The organization is deleted: nobody belongs to it, no key opens it, its slug is free. Its audit log stays.
    OrganizationDeletePayload(OrganizationChanged) {
        /// The organization that is no more.
        async fn deleted_organization_id(&self) -> Option<OrganizationId> {
            self.0.done().map(|done| done.organization)
        }
    }
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

/// Finds an organization that stands; what of it is public is everybody's to see.
pub(crate) async fn find(ctx: &Context<'_>, id: OrganizationId) -> Result<Option<Organization>> {
    let reading = Reads::of(ctx).account().await?;
    let found = tenancy::find_organizations(&reading, &[id])
        .await
        .map_err(broken)?;
    Ok(found.into_iter().next().map(Organization))
}

/// Organizations.
#[derive(Debug, Default)]
pub(crate) struct OrganizationQuery;

/// Organizations.
#[Object]
impl OrganizationQuery {
    /// An organization by its slug; without one, the organization that the request names. Public, but for the fields that say otherwise.
    async fn organization(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its part of a public address.")] slug: Option<String>,
    ) -> Option<Result<Organization>> {
        named(ctx, slug).await.transpose()
    }
}

async fn named(ctx: &Context<'_>, slug: Option<String>) -> Result<Option<Organization>> {
    let reading = Reads::of(ctx).account().await?;
    if let Some(slug) = slug {
        let found = tenancy::organization_named(&reading, &slug)
            .await
            .map_err(broken)?;
        return Ok(found.map(Organization));
    }
    match Caller::of(ctx).place {
        Place::Member(id) | Place::Stranger(id) => find(ctx, id).await,
        Place::Nowhere | Place::Unknown => Ok(None),
    }
}

/// Organizations.
#[derive(Debug, Default)]
pub(crate) struct OrganizationMutation;

/// Organizations.
#[Object]
impl OrganizationMutation {
    /// Founds an organization. Whoever does owns it.
    async fn organization_create(
        &self,
        ctx: &Context<'_>,
        input: OrganizationCreateInput,
    ) -> Option<Result<OrganizationCreatePayload>> {
        Some(create(ctx, input).await.map(OrganizationCreatePayload))
    }

    /// Changes the organization that the request names. Needs the right `organization:write`.
    async fn organization_update(
        &self,
        ctx: &Context<'_>,
        input: OrganizationUpdateInput,
    ) -> Option<Result<OrganizationUpdatePayload>> {
        Some(update(ctx, input).await.map(OrganizationUpdatePayload))
    }

    /// Asks for a token to delete the organization with. Needs the right `organization:delete`.
    async fn organization_deletion_request(
        &self,
        ctx: &Context<'_>,
        input: OrganizationDeletionRequestInput,
    ) -> Option<Result<OrganizationDeletionRequestPayload>> {
        Some(
            request_deletion(ctx, input)
                .await
                .map(OrganizationDeletionRequestPayload),
        )
    }

    /// Deletes the organization for good. Needs the right `organization:delete`.
    async fn organization_delete(
        &self,
        ctx: &Context<'_>,
        input: OrganizationDeleteInput,
    ) -> Option<Result<OrganizationDeletePayload>> {
        Some(delete(ctx, input).await.map(OrganizationDeletePayload))
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

async fn request_deletion(
    ctx: &Context<'_>,
    input: OrganizationDeletionRequestInput,
) -> Result<Outcome<OrganizationChanged>> {
    let tenant = Caller::of(ctx).tenant()?;
    let act = Act::new(
        ctx,
        tenant,
        Manner::of(input.idempotency_key, input.validate_only),
    )?;
    act.run(ctx, |work| Box::pin(tenancy::request_deletion(work)))
        .await
}

async fn deletion_token(ctx: &Context<'_>, id: OrganizationId) -> Result<Option<String>> {
    let reading = Reads::of(ctx).account().await?;
    let found = tenancy::find_organizations(&reading, &[id])
        .await
        .map_err(broken)?
        .pop();
    let token = found.and_then(|it| tenancy::deletion_token(reading.key(), &it));
    Ok(token.map(|it| it.reveal().to_owned()))
}

async fn delete(ctx: &Context<'_>, input: OrganizationDeleteInput) -> Result<Outcome<OrganizationChanged>> {
    let tenant = Caller::of(ctx).tenant()?;
    let act = Act::new(
        ctx,
        tenant,
        Manner::of(input.idempotency_key, input.validate_only),
    )?;
    let deletion = Deletion {
        token: input.token,
        slug: input.slug,
    };
    let outcome = act
        .run(ctx, |work| Box::pin(tenancy::delete_organization(work, deletion)))
        .await;
    Host::of(ctx).forget();
    outcome
}
