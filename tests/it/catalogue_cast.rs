//! The cast of the catalogue's stories: a practice with an owner, and shorthand for what it keeps.

use availability::Hours;
use availability::recurrence::Rule;
use chrono::{DateTime, NaiveDate, Utc};
use db::paging::{Asked, Keyed, Page};
use db::{Asker, Reading, Tenant, Work};
use kernel::id::{OrganizationId, ResourceId, RuleId, ServiceId, TeamId, UserId};
use kernel::{Actor, Id as _, Money, Refuse, Span};
use scheduling::Refusal;
use scheduling::calendar::Candidates;
use scheduling::provider::{Person, ProviderChanged, ProviderDraft, ProviderEdit, ReviewState};
use scheduling::resource::{ResourceDraft, ResourceEdit, ResourceKind};
use scheduling::rule::{RuleDraft, RuleEdit};
use scheduling::service::{ServiceDraft, ServiceEdit, ServicePart, Who};
use scheduling::slots::SlotsAsk;
use scheduling::team::{Locks, Strategy, TeamDraft, TeamPlace};
use tenancy::Role;

use crate::world::World;

/// An organization, and somebody for every role in it.
#[derive(Debug)]
pub(crate) struct Practice {
    pub(crate) world: World,
    pub(crate) id: OrganizationId,
    pub(crate) owner: Asker,
}

/// Somebody of a role.
pub(crate) fn acting(user: UserId, role: Role) -> Asker {
    Asker {
        actor: Actor::User(user),
        rights: tenancy::role_rights(role),
        ..Asker::anonymous()
    }
}

/// The code of a refusal; whatever is done against expectation fails the story.
pub(crate) fn code<T: std::fmt::Debug>(came_to: Result<T, Refusal>) -> &'static str {
    came_to.map_or_else(|refusal| refusal.code().word(), |done| panic!("done: {done:?}"))
}

/// The code and the field of a refusal.
pub(crate) fn field<T: std::fmt::Debug>(came_to: Result<T, Refusal>) -> (&'static str, String) {
    match came_to {
        Err(refusal) => (refusal.code().word(), refusal.field().unwrap_or("").to_owned()),
        Ok(done) => panic!("done: {done:?}"),
    }
}

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(crate) fn on(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn span(from: &str, to: &str) -> Span {
    Span::new(at(from), at(to)).unwrap()
}

pub(crate) fn hours(text: &str) -> Hours {
    text.parse().unwrap()
}

pub(crate) fn euros(minor: i64) -> Money {
    Money::new(minor, "EUR".parse().unwrap())
}

/// The first hundred of a list.
pub(crate) fn first<E: Keyed>() -> Page {
    let asked = Asked {
        first: Some(100),
        ..Asked::default()
    };
    asked.page::<E>().unwrap()
}

impl Practice {
    /// A practice in Lisbon.
    pub(crate) async fn opens(world: World) -> Self {
        let id = world.organization("aurora").await;
        let owner = acting(world.person("ana@example.com").await, Role::Owner);
        Self { world, id, owner }
    }

    /// Runs one verb as the boundary does.
    pub(crate) async fn does_as<T>(
        &self,
        asker: &Asker,
        verb: impl AsyncFnOnce(&Work<Tenant>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        self.does_in(self.id, asker, verb).await
    }

    /// Runs one verb in some organization.
    pub(crate) async fn does_in<T>(
        &self,
        organization: OrganizationId,
        asker: &Asker,
        verb: impl AsyncFnOnce(&Work<Tenant>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let work = self.world.store.write(Tenant(organization), asker).await.unwrap();
        let came_to = verb(&work).await;
        match &came_to {
            Err(refusal) if !refusal.keeps() => work.undo().await.unwrap(),
            Ok(_) | Err(_) => work.commit().await.unwrap(),
        }
        came_to
    }

    /// Runs one verb of the owner's.
    pub(crate) async fn does<T>(
        &self,
        verb: impl AsyncFnOnce(&Work<Tenant>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        self.does_as(&self.owner, verb).await
    }

    /// A snapshot for whoever asks.
    pub(crate) async fn seen_by(&self, asker: &Asker) -> Reading<Tenant> {
        self.world.store.read(Tenant(self.id), asker).await.unwrap()
    }

    /// A snapshot for the owner.
    pub(crate) async fn seen(&self) -> Reading<Tenant> {
        self.seen_by(&self.owner).await
    }

    /// Somebody of a role.
    pub(crate) async fn somebody(&self, email: &str, role: Role) -> Asker {
        acting(self.world.person(email).await, role)
    }

    pub(crate) fn draft(&self, slug: &str, kind: ResourceKind) -> ResourceDraft {
        ResourceDraft {
            kind,
            name: slug.parse().unwrap(),
            slug: slug.parse().unwrap(),
            timezone: "Europe/Lisbon".parse().unwrap(),
            details: ResourceEdit::default(),
        }
    }

    /// A resource of a kind.
    pub(crate) async fn has(&self, slug: &str, kind: ResourceKind) -> ResourceId {
        let draft = self.draft(slug, kind);
        let made = self.does(async |work| scheduling::resource::create_resource(work, draft).await);
        made.await.unwrap().resource
    }

    /// A person who can be booked, without a profile.
    pub(crate) async fn has_person(&self, slug: &str) -> ResourceId {
        self.has(slug, ResourceKind::Person).await
    }

    /// A person with a profile, who signs in as somebody if that is said.
    pub(crate) async fn has_provider(&self, slug: &str, user: Option<UserId>) -> ProviderChanged {
        let draft = ProviderDraft {
            person: Person::New(Box::new(self.draft(slug, ResourceKind::Person))),
            details: ProviderEdit {
                user: Some(user),
                ..ProviderEdit::default()
            },
            review_state: ReviewState::Active,
        };
        let made = self.does(async |work| scheduling::provider::create_provider(work, draft).await);
        made.await.unwrap()
    }

    /// Hours on some dates, since the beginning of the year.
    pub(crate) async fn opens_on(&self, resource: ResourceId, rrule: &str, from_to: &str) -> RuleId {
        let draft = RuleDraft {
            resource,
            dates: Rule::for_dates(rrule).unwrap(),
            starts_on: on("2026-01-01"),
            hours: hours(from_to),
            details: RuleEdit::default(),
        };
        let made = self.does(async |work| scheduling::rule::create_rule(work, draft).await);
        made.await.unwrap().rule
    }

    /// A service of so many minutes, given by some hosts.
    pub(crate) async fn offers(&self, slug: &str, minutes: i64, hosts: &[ResourceId]) -> ServiceId {
        let parts = hosts.iter().map(|it| ServicePart::host(Who::Resource(*it)));
        self.offers_with(slug, (minutes, ServiceEdit::default()), parts.collect())
            .await
    }

    /// A service with terms and parts of its own.
    pub(crate) async fn offers_with(
        &self,
        slug: &str,
        (minutes, details): (i64, ServiceEdit),
        parts: Vec<ServicePart>,
    ) -> ServiceId {
        let draft = ServiceDraft {
            slug: slug.parse().unwrap(),
            title: slug.parse().unwrap(),
            duration_minutes: minutes,
            price: euros(5_000),
            managed_by: None,
            details,
        };
        let made = self.does(async |work| scheduling::service::create_service(work, draft).await);
        let service = made.await.unwrap().service;
        let verb = async |work: &Work<Tenant>| {
            scheduling::service::set_service_hosts(work, service, parts, None).await
        };
        self.does(verb).await.unwrap();
        service
    }

    /// A team of some members.
    pub(crate) async fn has_team(&self, slug: &str, strategy: Strategy, members: &[ResourceId]) -> TeamId {
        let draft = TeamDraft {
            name: slug.parse().unwrap(),
            slug: slug.parse().unwrap(),
            strategy,
            locks: Locks::default(),
        };
        let made = self.does(async |work| scheduling::team::create_team(work, draft).await);
        let team = made.await.unwrap().team;
        let places: Vec<TeamPlace> = members.iter().map(|it| TeamPlace::of(*it)).collect();
        let verb =
            async |work: &Work<Tenant>| scheduling::team::put_team_members(work, team, places, None).await;
        self.does(verb).await.unwrap();
        team
    }

    /// What the audit log says was done, earliest first.
    pub(crate) async fn deeds(&self) -> Vec<String> {
        let reading = self.seen().await;
        let lines = db::audit::page(&reading, &first::<db::audit::Entity>())
            .await
            .unwrap();
        lines.rows.into_iter().map(|(_, line)| line.action).collect()
    }
}

/// The starts of a service from one instant until another, for whoever looks in Lisbon.
pub(crate) fn ask(service: ServiceId, from: &str, to: &str) -> SlotsAsk {
    SlotsAsk {
        service,
        candidates: Candidates::All,
        from: at(from),
        to: at(to),
        zone: "Europe/Lisbon".parse().unwrap(),
        first: None,
    }
}

/// The id of a resource that nobody has.
pub(crate) fn nobody() -> ResourceId {
    ResourceId::from_uuid(sea_orm::prelude::Uuid::from_u128(7))
}
