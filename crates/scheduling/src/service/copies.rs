//! Copies of a template: a service of their own for every member of a MANAGED team.
//!
//! What the team locks is the template's on every copy; the rest is taken from it once and is the copy's afterwards.
//!
//! **Invariant:** a copy is in the catalogue exactly while its template is, and whoever gives it belongs to the team.
//! **Invariant:** whoever changes a template, what its team locks or who belongs to that holds the organization, then
//! templates and copies in the order of their ids, then the team, then whoever gives any of them.

use std::collections::BTreeSet;

use db::{Tenant, Work, lock};
use kernel::EventType;
use kernel::id::{CancellationPolicyId, ResourceId, ServiceHostId, ServiceId, TeamId};
use serde_json::json;

use super::template::free_slug;
use super::terms::Part;
use super::{Service, ServiceHost, hosts, room_for};
use crate::error::Refusal;
use crate::patch::{Shelf, write_down};
use crate::store;
use crate::store::cancellation_policy::Entity as Policies;
use crate::store::service::Entity;
use crate::team::{Locks, Strategy, Team};

/// The most copies of one template: its team has so many members at most.
pub const COPIES_MAX: usize = 250;

/// Whether a service is an ordinary one. What it is, it is from the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kin {
    /// Neither template nor copy.
    None,
    /// Copied from, for a team.
    Template(TeamId),
    /// Copied.
    Copy(ServiceId),
}

impl Kin {
    /// What a service is that need not be held.
    pub(super) async fn of(work: &Work<Tenant>, id: ServiceId) -> Result<Self, Refusal> {
        let found = store::find::<Entity>(work, &[id]).await?;
        let it = found.first().ok_or(Refusal::NotFound("service"))?;
        Ok(match (it.managed_by, it.template_id) {
            (Some(team), _) => Self::Template(team),
            (None, Some(template)) => Self::Copy(template),
            (None, None) => Self::None,
        })
    }
}

/// A team that is held, and before it its templates and whatever was copied from them.
#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) team: Team,
    templates: Vec<Service>,
    copies: Vec<Service>,
}

impl Family {
    /// Holds a team with all its templates.
    pub(crate) async fn hold(work: &Work<Tenant>, team: TeamId) -> Result<Self, Refusal> {
        lock::organization(work).await?;
        let ids = store::service::managed_by(work, team).await?;
        Self::held(work, team, &ids).await
    }

    /// Holds one template, its copies, its team, and whoever gives any of them.
    pub(super) async fn of(
        work: &Work<Tenant>,
        (team, template): (TeamId, ServiceId),
    ) -> Result<Self, Refusal> {
        lock::organization(work).await?;
        let mut ids = store::service::copied_from(work, template).await?;
        ids.push(template);
        let family = Self::held(work, team, &ids).await?;
        let members = store::team_member::of_teams(work, &[team]).await?;
        let mut everybody = family.givers(work).await?;
        everybody.extend(members.iter().map(|it| it.resource_id));
        store::hold_all::<store::resource::Entity>(work, &everybody).await?;
        Ok(family)
    }

    /// A new template's: nothing is copied from it yet.
    pub(super) async fn begin(work: &Work<Tenant>, team: TeamId) -> Result<Self, Refusal> {
        let family = Self::held(work, team, &[]).await?;
        family.need_managed()?;
        let members = family.members(work).await?;
        store::hold_all::<store::resource::Entity>(work, &members).await?;
        Ok(family)
    }

    async fn held(work: &Work<Tenant>, team: TeamId, ids: &[ServiceId]) -> Result<Self, Refusal> {
        let all = store::hold_all::<Entity>(work, ids).await?;
        let (copies, templates) = all.into_iter().partition(|it| it.template_id.is_some());
        Ok(Self {
            team: store::hold::<store::team::Entity>(work, team).await?,
            templates,
            copies,
        })
    }

    /// The template of a family that has one.
    pub(super) fn template(&mut self) -> Result<&mut Service, Refusal> {
        self.templates.first_mut().ok_or(Refusal::NotFound("service"))
    }

    pub(super) fn adopt(&mut self, template: Service) {
        self.templates.push(template);
    }

    /// Whether it is a team that can have templates.
    pub(super) fn need_managed(&self) -> Result<(), Refusal> {
        match (self.team.archived_at, self.team.strategy) {
            (Some(_), _) => Err(Refusal::NotFound("team")),
            (None, Strategy::Managed) => Ok(()),
            (None, other @ (Strategy::RoundRobin | Strategy::Collective | Strategy::Fixed)) => {
                Err(Refusal::wanted("managedBy", "a MANAGED team", other))
            }
        }
    }

    /// Refuses what a team cannot do as long as something is copied for it.
    pub(crate) fn need_no_template(&self) -> Result<(), Refusal> {
        if self.templates.iter().any(|it| it.archived_at.is_none()) {
            return Err(Refusal::InUse("a template"));
        }
        Ok(())
    }

    pub(super) async fn members(&self, work: &Work<Tenant>) -> Result<Vec<ResourceId>, Refusal> {
        let members = store::team_member::of_teams(work, &[self.team.id]).await?;
        Ok(members.iter().map(|it| it.resource_id).collect())
    }

    /// Everybody and everything that gives a template or a copy.
    pub(crate) async fn givers(&self, work: &Work<Tenant>) -> Result<Vec<ResourceId>, Refusal> {
        let all = self.templates.iter().chain(&self.copies);
        let ids: Vec<ServiceId> = all.map(|it| it.id).collect();
        let rows = store::service_host::of(work, &ids).await?;
        Ok(rows.iter().filter_map(|it| it.resource_id).collect())
    }

    /// Gives everybody who belongs to the team their copies, and puts away those of whoever does not.
    pub(crate) async fn follow(&self, work: &Work<Tenant>, members: &[ResourceId]) -> Result<(), Refusal> {
        let members: BTreeSet<ResourceId> = members.iter().copied().collect();
        for template in self.templates.iter().filter(|it| it.archived_at.is_none()) {
            if members.len() > COPIES_MAX {
                return Err(Refusal::LimitReached {
                    what: "copies of one template",
                    max: COPIES_MAX as u64,
                });
            }
            let (mut joining, mut back) = (members.clone(), Vec::new());
            for copy in self.copies_of(template.id) {
                let belongs = copy.given_by.is_some_and(|it| joining.remove(&it));
                match (belongs, copy.archived_at) {
                    (false, None) => put(work, copy.clone(), Shelf::Away).await?,
                    (true, Some(_)) => back.push(copy.clone()),
                    (false, Some(_)) | (true, None) => {}
                }
            }
            room_for(work, (joining.len() + back.len()) as u64).await?;
            self.take_out(work, template, back).await?;
            copy(work, template, &joining).await?;
        }
        Ok(())
    }

    fn copies_of(&self, template: ServiceId) -> impl Iterator<Item = &Service> {
        let of = move |it: &&Service| it.template_id == Some(template);
        self.copies.iter().filter(of)
    }

    /// Takes copies out again: bound by what is locked now, at an address that is free now.
    async fn take_out(
        &self,
        work: &Work<Tenant>,
        template: &Service,
        back: Vec<Service>,
    ) -> Result<(), Refusal> {
        let policies: Vec<CancellationPolicyId> =
            back.iter().filter_map(|it| it.cancellation_policy_id).collect();
        let policies = store::hold_all::<Policies>(work, &policies).await?;
        let is_gone = |id| policies.iter().any(|it| it.id == id && it.archived_at.is_some());
        for mut copy in back {
            self.team.locks.bind(&mut copy, template);
            if copy.cancellation_policy_id.is_some_and(is_gone) {
                copy.cancellation_policy_id = template.cancellation_policy_id;
            }
            let taken = store::service::slugs(work, copy.slug.as_str()).await?;
            if taken.contains(copy.slug.as_str()) {
                copy.slug = free_slug(copy.slug.as_str(), &taken)?;
                copy.find_by_its_words();
            }
            if self.team.locks.cover("price") {
                store::service_host::forget_prices(work, &[copy.id]).await?;
            }
            put(work, copy, Shelf::Back).await?;
        }
        Ok(())
    }

    /// Puts every copy away whose template is.
    pub(super) async fn put_away(&self, work: &Work<Tenant>) -> Result<(), Refusal> {
        for copy in self.copies.iter().filter(|it| it.archived_at.is_none()) {
            put(work, copy.clone(), Shelf::Away).await?;
        }
        Ok(())
    }

    /// Makes what is locked as the templates have it, on every copy that is not put away; and whether it can be booked, if
    /// that has just been said of the template.
    pub(crate) async fn carry(&self, work: &Work<Tenant>, is_switched: bool) -> Result<(), Refusal> {
        for template in self.templates.iter().filter(|it| it.archived_at.is_none()) {
            let live = self.copies_of(template.id).filter(|it| it.archived_at.is_none());
            let live: Vec<Service> = live.cloned().collect();
            let priced = self.forget_prices(work, &live).await?;
            for mut copy in live {
                let mut changed = self.team.locks.bind(&mut copy, template);
                if is_switched && copy.is_active != template.is_active {
                    copy.is_active = template.is_active;
                    changed.push("isActive");
                }
                if priced.contains(&copy.id) {
                    changed.push("hosts");
                }
                if changed.is_empty() {
                    continue;
                }
                let version = copy.touch(work.now());
                let id = copy.id;
                store::service::save(work, copy).await?;
                let diff = json!({ "changed": changed, "template": template.id.to_string() });
                write_down(work, EventType::ServiceUpdated, (id, version), diff).await?;
            }
        }
        Ok(())
    }

    /// A locked price is everybody's: no host has another. Says which copies had one.
    async fn forget_prices(
        &self,
        work: &Work<Tenant>,
        copies: &[Service],
    ) -> Result<BTreeSet<ServiceId>, Refusal> {
        if !self.team.locks.cover("price") {
            return Ok(BTreeSet::new());
        }
        let ids: Vec<ServiceId> = copies.iter().map(|it| it.id).collect();
        let rows = store::service_host::of(work, &ids).await?;
        let priced = rows.iter().filter(|it| it.price_minor.is_some());
        let priced = priced.map(|it| it.service_id).collect();
        store::service_host::forget_prices(work, &ids).await?;
        Ok(priced)
    }
}

/// What a copy that is held was copied from, and what of it is locked. Whoever locks more holds the copy first.
pub(super) async fn terms(work: &Work<Tenant>, template: ServiceId) -> Result<(Service, Locks), Refusal> {
    let found = store::find::<Entity>(work, &[template]).await?;
    let template = found.into_iter().next().ok_or(Refusal::NotFound("service"))?;
    let teams: Vec<TeamId> = template.managed_by.into_iter().collect();
    let team = store::find::<store::team::Entity>(work, &teams).await?;
    let locks = team.into_iter().next().map(|it| it.locks);
    Ok((template, locks.unwrap_or_default()))
}

async fn put(work: &Work<Tenant>, mut copy: Service, shelf: Shelf) -> Result<(), Refusal> {
    shelf.put(&mut copy.archived_at, work.now());
    let version = copy.touch(work.now());
    let (id, template) = (copy.id, copy.template_id.map(|it| it.to_string()));
    store::service::save(work, copy).await?;
    let what = shelf.word([EventType::ServiceArchived, EventType::ServiceRestored]);
    write_down(work, what, (id, version), json!({ "template": template })).await?;
    Ok(())
}

/// Makes a copy for everybody who has none: theirs to give, in the template's rooms and with its equipment.
async fn copy(
    work: &Work<Tenant>,
    template: &Service,
    joining: &BTreeSet<ResourceId>,
) -> Result<(), Refusal> {
    let who: Vec<ResourceId> = joining.iter().copied().collect();
    let who = store::find::<store::resource::Entity>(work, &who).await?;
    let beginning = template.slug.as_str().chars().take(32).collect::<String>();
    let mut taken = store::service::slugs(work, &beginning).await?;
    let places = store::service_host::of(work, &[template.id]).await?;
    let (mut copies, mut given) = (Vec::new(), Vec::new());
    for member in who {
        let mut copy = Service {
            id: work.mint(),
            slug: free_slug(&format!("{}-{}", template.slug, member.slug), &taken)?,
            managed_by: None,
            template_id: Some(template.id),
            given_by: Some(member.id),
            version: 1,
            created_at: work.now(),
            updated_at: work.now(),
            ..template.clone()
        };
        copy.find_by_its_words();
        taken.insert(copy.slug.to_string());
        given.push(hosts::given_by(work, copy.id, member.id));
        given.extend(
            places
                .iter()
                .filter(|it| it.part != Part::Host)
                .map(|it| ServiceHost {
                    id: work.mint::<ServiceHostId>(),
                    service_id: copy.id,
                    ..it.clone()
                }),
        );
        copies.push(copy);
    }
    let ids: Vec<ServiceId> = copies.iter().map(|it| it.id).collect();
    store::service::insert_many(work, copies).await?;
    store::service_host::add(work, given).await?;
    for id in ids {
        let diff = json!({ "template": template.id.to_string() });
        write_down(work, EventType::ServiceCreated, (id, 1), diff).await?;
    }
    Ok(())
}
