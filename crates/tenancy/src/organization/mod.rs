//! Organizations: founding, changing, and closing them for good.

mod branding;
mod deletion;
mod settings;

use db::audit::Deed;
use db::{Account, Fault, Reading, Scope, Tenant, Work};
use kernel::id::{MembershipId, OrganizationId};
use kernel::{CountryCode, CurrencyCode, EventType, Locale, Name, Right, Slug, Zone};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::Refusal;
use crate::membership::{self, Membership};
use crate::reach;
use crate::role::Role;
use crate::store;
use crate::user::hold_self;

pub use branding::{Branding, BrandingEdit, Color, LogoUrl};
pub use deletion::{
    CONFIRM_WITHIN, Deletion, OrganizationChanged, delete_organization, deletion_token, request_deletion,
};
pub use settings::{Settings, SettingsEdit, WeekStart};
pub use store::organization::Model as Organization;

/// Organizations that one person may own.
pub const OWNED_MAX: u64 = 20;

/// Words that are no organization's, because addresses, headers or people would mistake them for the house's own.
pub const RESERVED: &[&str] = &[
    "about",
    "account",
    "accounts",
    "admin",
    "api",
    "app",
    "apps",
    "assets",
    "auth",
    "billing",
    "blog",
    "book",
    "booking",
    "cdn",
    "console",
    "contact",
    "dashboard",
    "demo",
    "dev",
    "developers",
    "docs",
    "download",
    "email",
    "events",
    "graphiql",
    "graphql",
    "healthz",
    "help",
    "home",
    "hooks",
    "horarium",
    "ics",
    "internal",
    "invite",
    "legal",
    "login",
    "logout",
    "mail",
    "me",
    "metrics",
    "new",
    "node",
    "null",
    "oauth",
    "organization",
    "organizations",
    "owner",
    "pricing",
    "privacy",
    "public",
    "readyz",
    "register",
    "root",
    "security",
    "settings",
    "sign-in",
    "sign-up",
    "signin",
    "signup",
    "sse",
    "staff",
    "static",
    "status",
    "support",
    "system",
    "terms",
    "test",
    "undefined",
    "unknown",
    "webhooks",
    "ws",
    "www",
];

/// What an organization is made from.
#[derive(Debug, Clone)]
pub struct Founding {
    /// Its part of a public address.
    pub slug: Slug,
    /// What it is called.
    pub name: Name,
    /// The zone of its local times.
    pub timezone: Zone,
    /// The language that it writes in.
    pub locale: Locale,
    /// The currency of its prices.
    pub currency: CurrencyCode,
    /// Where it is.
    pub country: Option<CountryCode>,
}

/// An organization was made, and whoever made it owns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Founded {
    /// Which.
    pub organization: OrganizationId,
    /// The founder's place in it.
    pub membership: MembershipId,
}

/// Founds an organization, owned by whoever is signed in. The work is that of a freshly minted organization; its
/// idempotency key is claimed under [`db::Account`], since the next try would mint another.
///
/// # Errors
/// If nobody is signed in, the slug is reserved or taken, or they own or belong to as many as they may.
pub async fn create_organization(work: &Work<Tenant>, it: Founding) -> Result<Founded, Refusal> {
    let user = hold_self(work).await?.id;
    unreserved(&it.slug)?;
    let places = membership::room_for_one_more(work, user).await?;
    let owned = places.iter().filter(|it| it.role == Role::Owner).count();
    if owned as u64 >= OWNED_MAX {
        return Err(Refusal::LimitReached {
            what: "organizations that one person owns",
            max: OWNED_MAX,
        });
    }
    let organization = Organization {
        id: work.organization(),
        slug: it.slug,
        name: it.name,
        timezone: it.timezone,
        locale: it.locale,
        currency: it.currency,
        country: it.country,
        branding: Branding::default(),
        settings: Settings::default(),
        version: 1,
        deletion_requested_at: None,
        deleted_at: None,
        created_at: work.now(),
        updated_at: work.now(),
    };
    store::organization::insert(work, organization).await?;
    let membership = Membership::fresh(work, user, Role::Owner);
    let founded = Founded {
        organization: work.organization(),
        membership: membership.id,
    };
    store::membership::insert(work, membership).await?;
    work.audit(Deed {
        what: EventType::OrganizationCreated,
        thing: founded.organization.to_string(),
        version: 1,
        diff: json!({ "membership": founded.membership }),
    })
    .await?;
    Ok(founded)
}

fn unreserved(slug: &Slug) -> Result<(), Refusal> {
    if RESERVED.contains(&slug.as_str()) {
        Err(Refusal::SlugReserved(slug.clone()))
    } else {
        Ok(())
    }
}

/// A change of an organization: what is left out stays, `Some(None)` takes away.
#[derive(Debug, Clone, Default)]
pub struct OrganizationEdit {
    /// Its part of a public address. Links with the old one end; somebody else may take it.
    pub slug: Option<Slug>,
    /// What it is called.
    pub name: Option<Name>,
    /// The zone of its local times.
    pub timezone: Option<Zone>,
    /// The language that it writes in.
    pub locale: Option<Locale>,
    /// The currency of its prices from now on.
    pub currency: Option<CurrencyCode>,
    /// Where it is.
    pub country: Option<Option<CountryCode>>,
    /// How it looks.
    pub branding: BrandingEdit,
    /// How it works.
    pub settings: SettingsEdit,
}

impl OrganizationEdit {
    /// Applies itself and names what has changed.
    fn apply(self, to: &mut Organization) -> Vec<&'static str> {
        let mut changed = crate::named(&[
            ("slug", crate::set(&mut to.slug, self.slug)),
            ("name", crate::set(&mut to.name, self.name)),
            ("timeZone", crate::set(&mut to.timezone, self.timezone)),
            ("locale", crate::set(&mut to.locale, self.locale)),
            ("currency", crate::set(&mut to.currency, self.currency)),
            ("country", crate::set(&mut to.country, self.country)),
        ]);
        changed.extend(self.branding.apply(&mut to.branding));
        changed.extend(self.settings.apply(&mut to.settings));
        changed
    }
}

/// Changes an organization. A change that changes nothing counts as none.
///
/// # Errors
/// If the right is missing, the new slug is reserved or taken, or the organization has another version than expected.
pub async fn update_organization(
    work: &Work<Tenant>,
    edit: OrganizationEdit,
    expected_version: Option<i64>,
) -> Result<OrganizationChanged, Refusal> {
    let mut organization = reach::hold(work, Right::OrganizationWrite).await?.organization;
    crate::expect_version(expected_version, organization.version)?;
    let changed = edit.apply(&mut organization);
    if changed.contains(&"slug") {
        unreserved(&organization.slug)?;
    }
    let id = organization.id;
    if !changed.is_empty() {
        organization.touch(work.now());
        let version = organization.version;
        store::organization::save(work, organization).await?;
        let diff = json!({ "changed": changed });
        work.audit(Deed {
            what: EventType::OrganizationUpdated,
            thing: id.to_string(),
            version,
            diff,
        })
        .await?;
    }
    Ok(OrganizationChanged { organization: id })
}

/// The organization that a request names, by slug or by id; what of it is public is everybody's to see.
///
/// # Errors
/// If the database refuses.
pub async fn organization_named<S: Scope>(
    reading: &Reading<S>,
    named: &str,
) -> Result<Option<Organization>, Fault> {
    // A slug has no underscore and an id has one: no text is both.
    if let Ok(id) = named.parse::<OrganizationId>() {
        return Ok(store::organization::find(reading, &[id]).await?.pop());
    }
    match named.parse::<Slug>() {
        Ok(slug) => store::organization::by_slug(reading, &slug).await,
        Err(_) => Ok(None),
    }
}

/// Organizations by their ids; what of them is public is everybody's to see, the rest needs
/// [`Right::OrganizationRead`].
///
/// # Errors
/// If the database refuses.
pub async fn find_organizations<S: Scope>(
    reading: &Reading<S>,
    ids: &[OrganizationId],
) -> Result<Vec<Organization>, Fault> {
    store::organization::find(reading, ids).await
}

/// Every organization that is not deleted, for the house itself when it looks over everything.
///
/// # Errors
/// If the database refuses.
pub async fn every_organization(reading: &Reading<Account>) -> Result<Vec<OrganizationId>, Fault> {
    store::organization::every(reading).await
}

/// What is not public of an organization, for whoever may read it.
///
/// # Errors
/// If the right is missing.
pub async fn own_organization(reading: &Reading<Tenant>) -> Result<Option<Organization>, Refusal> {
    reading.need(Right::OrganizationRead)?;
    Ok(store::organization::find(reading, &[reading.organization()])
        .await?
        .pop())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_words_are_slugs_in_order() {
        assert!(RESERVED.is_sorted_by(|a, b| a < b));
        for word in RESERVED {
            let slug: Slug = word.parse().unwrap();
            assert!(
                matches!(unreserved(&slug), Err(Refusal::SlugReserved(_))),
                "{word}"
            );
        }
        assert!(unreserved(&"clinica-aurora".parse().unwrap()).is_ok());
    }
}
