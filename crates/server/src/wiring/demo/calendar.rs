//! Short words for the verbs by which a catalogue is made.

use availability::recurrence::Rule;
use db::{Tenant, Work};
use kernel::id::{ResourceId, ServiceId, TeamId, UserId};
use kernel::{Money, Zone};
use scheduling::provider::{
    Person, ProviderDraft, ProviderEdit, ReviewState, TagFilter, TagKind, create_provider, set_provider_tags,
};
use scheduling::resource::{ResourceDraft, ResourceEdit, ResourceKind, create_resource};
use scheduling::rule::{RuleDraft, RuleEdit, create_rule};
use scheduling::service::{ServiceDraft, ServiceEdit, ServicePart, create_service, set_service_hosts};
use scheduling::team::{Locks, Strategy, TeamDraft, TeamPlace, create_team, put_team_members};

use super::Made;

/// Somebody who can be booked.
pub(super) struct Somebody {
    pub(super) slug: &'static str,
    pub(super) name: &'static str,
    pub(super) zone: &'static str,
    pub(super) profession: &'static str,
    /// Their account, if they sign in.
    pub(super) user: Option<UserId>,
    /// What an hour costs.
    pub(super) rate: Option<(i64, &'static str)>,
    pub(super) tags: &'static [(TagKind, &'static str)],
}

/// Something that can be booked.
pub(super) struct Offer {
    pub(super) slug: &'static str,
    pub(super) title: &'static str,
    pub(super) minutes: i64,
    pub(super) price: (i64, &'static str),
    pub(super) details: ServiceEdit,
}

/// Enters a person with a profile that is admitted.
pub(super) async fn person(work: &Work<Tenant>, it: Somebody) -> Made<ResourceId> {
    let resource = draft(ResourceKind::Person, (it.slug, it.name), it.zone)?;
    let rate = match it.rate {
        Some((amount, currency)) => Some(Money::new(amount, currency.parse()?)),
        None => None,
    };
    let details = ProviderEdit {
        user: it.user.map(Some),
        profession: Some(Some(it.profession.parse()?)),
        hourly_rate: rate.map(Some),
        ..ProviderEdit::default()
    };
    let draft = ProviderDraft {
        person: Person::New(Box::new(resource)),
        details,
        review_state: ReviewState::Active,
    };
    let made = create_provider(work, draft).await?;
    let mut tags = Vec::new();
    for &(kind, word) in it.tags {
        let word = word.parse()?;
        tags.push(TagFilter { kind, word });
    }
    set_provider_tags(work, made.provider, tags, None).await?;
    Ok(made.resource)
}

/// Enters a room that so many bookings can share.
pub(super) async fn room(
    work: &Work<Tenant>,
    named: (&str, &str),
    zone: &str,
    capacity: i64,
) -> Made<ResourceId> {
    let mut draft = draft(ResourceKind::Room, named, zone)?;
    draft.details.capacity = Some(capacity);
    Ok(create_resource(work, draft).await?.resource)
}

fn draft(kind: ResourceKind, (slug, name): (&str, &str), zone: &str) -> Made<ResourceDraft> {
    Ok(ResourceDraft {
        kind,
        name: name.parse()?,
        slug: slug.parse()?,
        timezone: zone.parse()?,
        details: ResourceEdit::default(),
    })
}

/// Opens somebody's hours on the dates of a recurrence, from today on.
pub(super) async fn hours(
    work: &Work<Tenant>,
    (resource, zone): (ResourceId, &str),
    dates: &str,
    hours: &[&str],
) -> Made<()> {
    for span in hours {
        let rule = RuleDraft {
            resource,
            dates: Rule::for_dates(dates)?,
            starts_on: zone.parse::<Zone>()?.local(work.now()).date(),
            hours: span.parse()?,
            details: RuleEdit::default(),
        };
        create_rule(work, rule).await?;
    }
    Ok(())
}

/// Makes a team whose members take turns.
pub(super) async fn team(
    work: &Work<Tenant>,
    (slug, name): (&str, &str),
    members: &[ResourceId],
) -> Made<TeamId> {
    let draft = TeamDraft {
        name: name.parse()?,
        slug: slug.parse()?,
        strategy: Strategy::RoundRobin,
        locks: Locks::default(),
    };
    let team = create_team(work, draft).await?.team;
    let places = members.iter().map(|it| TeamPlace::of(*it)).collect();
    put_team_members(work, team, places, None).await?;
    Ok(team)
}

/// Offers something that takes these parts.
pub(super) async fn service(work: &Work<Tenant>, it: Offer, parts: Vec<ServicePart>) -> Made<ServiceId> {
    let (amount, currency) = it.price;
    let draft = ServiceDraft {
        slug: it.slug.parse()?,
        title: it.title.parse()?,
        duration_minutes: it.minutes,
        price: Money::new(amount, currency.parse()?),
        details: it.details,
    };
    let made = create_service(work, draft).await?.service;
    set_service_hosts(work, made, parts, None).await?;
    Ok(made)
}
