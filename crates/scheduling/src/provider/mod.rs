//! The profiles of people who can be booked, and how they are found.
//!
//! **Invariant:** a provider may change their own profile (not their admission, rate or caseload) and their own calendar,
//! and nobody else's.

mod access;
mod review;
mod search;
mod shelf;
mod tags;

use db::{Tenant, Work};
use kernel::id::{ProviderId, ResourceId, UserId};
use kernel::{Denied, Email, EventType, Line, Money, Phone, Prose, Right, WebAddress};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::Refusal;
use crate::folded::folded;
use crate::patch::{expect_version, named, set, write_down};
use crate::resource::{Resource, ResourceDraft, ResourceKind, create_resource};
use crate::store;
use crate::store::provider::Entity;

pub use access::own_resource;
pub(crate) use access::{Sight, need_calendar, need_sight, need_some_calendar, need_some_sight, not_there};
pub use review::{ReviewState, Verdict, review_provider};
pub(crate) use search::resources_matching;
pub use search::{
    FILTER_TAGS_MAX, ProviderFilter, count_providers, find_providers, provider_named, providers, providers_of,
};
pub use shelf::{archive_provider, restore_provider};
pub use store::provider::{Entity as Providers, Model as Provider};
pub use tags::{ProviderTag, TAGS_MAX, TagFilter, TagKind, set_provider_tags, tags_of_providers};

/// The most clients that a provider can say to take.
pub const CASELOAD_MAX: i64 = 10_000;

/// The most that an hour can cost, in minor units.
pub const RATE_MAX: i64 = 1_000_000_000_000;

/// What a provider is made from.
#[derive(Debug, Clone)]
pub struct ProviderDraft {
    /// The person as something that can be booked.
    pub person: Person,
    /// The profile; what is left out has its default.
    pub details: ProviderEdit,
    /// How far their admission is.
    pub review_state: ReviewState,
}

/// Whom a profile is of.
#[derive(Debug, Clone)]
pub enum Person {
    /// A resource that is there already.
    Known(ResourceId),
    /// A resource that is made with it; its kind is PERSON.
    New(Box<ResourceDraft>),
}

/// A change of a profile: what is left out stays, `Some(None)` takes away.
#[derive(Debug, Clone, Default)]
pub struct ProviderEdit {
    /// The person as somebody who signs in.
    pub user: Option<Option<UserId>>,
    /// What they do.
    pub profession: Option<Option<Line>>,
    /// What they say about themselves.
    pub bio: Option<Option<Prose>>,
    /// Their picture.
    pub avatar_url: Option<Option<WebAddress>>,
    /// Where the organization reaches them.
    pub contact_email: Option<Option<Email>>,
    /// Where the organization calls them.
    pub contact_phone: Option<Option<Phone>>,
    /// What an hour costs, 0 to [`RATE_MAX`] minor units.
    pub hourly_rate: Option<Option<Money>>,
    /// Where they meet.
    pub meeting_url: Option<Option<WebAddress>>,
    /// What whoever books is told.
    pub welcome_message: Option<Option<Prose>>,
    /// Whether they take people who come without a booking; they do not unless said.
    pub accepts_walk_ins: Option<bool>,
    /// How many clients they take, 0 to [`CASELOAD_MAX`].
    pub caseload_limit: Option<Option<i64>>,
}

impl ProviderEdit {
    /// Whether it changes what the organization decides, not the provider.
    fn is_for_the_organization(&self) -> bool {
        self.user.is_some() || self.hourly_rate.is_some() || self.caseload_limit.is_some()
    }

    /// Applies itself and names what has changed.
    fn apply(self, to: &mut Provider) -> Result<Vec<&'static str>, Refusal> {
        if let Some(Some(rate)) = &self.hourly_rate
            && !(0..=RATE_MAX).contains(&rate.amount_minor())
        {
            return Err(Refusal::wanted(
                "hourlyRate",
                "0 to 1,000,000,000,000 minor units",
                rate,
            ));
        }
        if let Some(Some(limit)) = self.caseload_limit
            && !(0..=CASELOAD_MAX).contains(&limit)
        {
            return Err(Refusal::wanted("caseloadLimit", "0 to 10,000 clients", limit));
        }
        let rate = self.hourly_rate.map(|rate| match rate {
            Some(rate) => (Some(rate.amount_minor()), Some(rate.currency().clone())),
            None => (None, None),
        });
        let (rate_minor, rate_currency) = rate.unzip();
        let amount = set(&mut to.rate_minor, rate_minor);
        let currency = set(&mut to.rate_currency, rate_currency);
        Ok(named(&[
            ("userId", set(&mut to.user_id, self.user)),
            ("profession", set(&mut to.profession, self.profession)),
            ("bio", set(&mut to.bio, self.bio)),
            ("avatarUrl", set(&mut to.avatar_url, self.avatar_url)),
            ("contactEmail", set(&mut to.contact_email, self.contact_email)),
            ("contactPhone", set(&mut to.contact_phone, self.contact_phone)),
            ("hourlyRate", amount || currency),
            ("meetingUrl", set(&mut to.meeting_url, self.meeting_url)),
            (
                "welcomeMessage",
                set(&mut to.welcome_message, self.welcome_message),
            ),
            (
                "acceptsWalkIns",
                set(&mut to.accepts_walk_ins, self.accepts_walk_ins),
            ),
            ("caseloadLimit", set(&mut to.caseload_limit, self.caseload_limit)),
        ]))
    }
}

impl Provider {
    /// What an hour costs.
    #[must_use]
    pub fn hourly_rate(&self) -> Option<Money> {
        self.rate_minor
            .zip(self.rate_currency.clone())
            .map(|(amount, currency)| Money::new(amount, currency))
    }

    fn index(&mut self, tags: &[ProviderTag]) {
        let words = [
            Some(self.name.as_str()),
            self.profession.as_ref().map(Line::as_str),
        ];
        let labels = tags.iter().map(|it| it.label.as_str());
        let words: Vec<&str> = words.into_iter().flatten().chain(labels).collect();
        self.search = folded(&words.join(" "));
    }
}

/// A profile was made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderChanged {
    /// Which.
    pub provider: ProviderId,
    /// Of which resource.
    pub resource: ResourceId,
}

/// Makes a profile, and the resource that it is of unless that is there already.
///
/// # Errors
/// If the right is missing, the resource is not there, no person or has a profile, the user has one, or a value is out of
/// range or taken.
pub async fn create_provider(work: &Work<Tenant>, draft: ProviderDraft) -> Result<ProviderChanged, Refusal> {
    work.need(Right::CatalogueWrite)?;
    let resource = match draft.person {
        Person::Known(resource) => resource,
        Person::New(person) => create_resource(work, *person).await?.resource,
    };
    let resource = store::hold::<store::resource::Entity>(work, resource).await?;
    if resource.kind != ResourceKind::Person {
        return Err(Refusal::wanted(
            "resourceId",
            "a resource that is a PERSON",
            resource.id,
        ));
    }
    let mut provider = Provider {
        organization_id: work.organization(),
        id: work.mint(),
        resource_id: resource.id,
        user_id: None,
        profession: None,
        bio: None,
        avatar_url: None,
        contact_email: None,
        contact_phone: None,
        rate_minor: None,
        rate_currency: None,
        meeting_url: None,
        welcome_message: None,
        review_state: draft.review_state,
        review_reason: None,
        accepts_walk_ins: false,
        caseload_limit: None,
        name: resource.name,
        search: String::new(),
        version: 1,
        created_at: work.now(),
        updated_at: work.now(),
    };
    draft.details.apply(&mut provider)?;
    provider.index(&[]);
    let made = ProviderChanged {
        provider: provider.id,
        resource: provider.resource_id,
    };
    store::provider::insert(work, provider).await?;
    let diff = json!({ "resource": made.resource, "reviewState": draft.review_state });
    write_down(work, EventType::ProviderCreated, (made.provider, 1), diff).await?;
    Ok(made)
}

/// Changes a profile. Providers may change their own, but for their user, rate and caseload.
///
/// # Errors
/// If the right is missing, it is not there, has another version than expected, or a value is out of range or taken.
pub async fn update_provider(
    work: &Work<Tenant>,
    id: ProviderId,
    edit: ProviderEdit,
    expected_version: Option<i64>,
) -> Result<ProviderChanged, Refusal> {
    let mut provider = hold_for_change(work, id, edit.is_for_the_organization()).await?;
    expect_version(expected_version, provider.version)?;
    let changed = edit.apply(&mut provider)?;
    let of = ProviderChanged {
        provider: id,
        resource: provider.resource_id,
    };
    if !changed.is_empty() {
        provider.index(&store::provider_tag::of(work, &[id]).await?);
        let version = provider.touch(work.now());
        store::provider::save(work, provider).await?;
        write_down(
            work,
            EventType::ProviderUpdated,
            (id, version),
            json!({ "changed": changed }),
        )
        .await?;
    }
    Ok(of)
}

/// Holds a profile and the resource it is of, for whoever may change it.
async fn hold_for_change(
    work: &Work<Tenant>,
    id: ProviderId,
    is_for_the_organization: bool,
) -> Result<Provider, Refusal> {
    if work.need(Right::CatalogueWrite).is_ok() {
        return store::hold::<Entity>(work, id).await;
    }
    work.need(Right::OwnCalendarWrite)?;
    // Another's profile and one that is not there are answered alike.
    let denied = || Denied::Forbidden(Right::CatalogueWrite);
    let provider = match store::hold::<Entity>(work, id).await {
        Err(Refusal::NotFound(_)) => return Err(denied().into()),
        held => held?,
    };
    let own = provider.user_id.is_some() && provider.user_id == work.actor().user();
    if own && !is_for_the_organization {
        Ok(provider)
    } else {
        Err(denied().into())
    }
}

/// A resource that is held has another name: its profile is listed by it.
pub(crate) async fn renamed(work: &Work<Tenant>, resource: &Resource) -> Result<(), Refusal> {
    if let Some(mut provider) = store::provider::hold_of(work, resource.id).await? {
        provider.name = resource.name.clone();
        provider.index(&store::provider_tag::of(work, &[provider.id]).await?);
        store::provider::save(work, provider).await?;
    }
    Ok(())
}
