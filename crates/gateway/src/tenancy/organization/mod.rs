//! Organizations: what one is, and how it is founded, changed and deleted.

mod change;
mod deletion;
mod founding;

use async_graphql::{Context, MergedObject, Object, Result, SimpleObject};
use kernel::Right;
use kernel::id::OrganizationId;
use tenancy::WeekStart;

use crate::caller::{Caller, Place};
use crate::errors::broken;
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

/// Founding, changing and deleting organizations.
#[derive(Debug, Default, MergedObject)]
pub(crate) struct OrganizationMutation(
    founding::FoundingMutation,
    change::ChangeMutation,
    deletion::DeletionMutation,
);
