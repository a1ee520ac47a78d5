//! What one booking of a service needs, and who could give it, read under the locks that booking it needs.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use db::{Fault, Tenant, Work};
use kernel::id::{ResourceId, ServiceId, TeamId};
use kernel::{Id as _, Money, Span};
use uuid::Uuid;

use crate::cancellation::Tiers;
use crate::error::Refusal;
use crate::resource::Resource;
use crate::service::{LimitScope, Part, PriceMode, Service, ServiceHost};
use crate::store;
use crate::team::Strategy;

/// One who could give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Giver {
    pub resource: ResourceId,
    pub priority: i64,
    pub weight: i64,
    pub is_fixed: bool,
    /// What it costs with them, if that differs.
    pub price_minor: Option<i64>,
}

/// Who may give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Who {
    /// Whoever can.
    Anybody,
    /// Not without this one, asked for by name.
    With(ResourceId),
    /// These and nobody else, all of them: who gives it already.
    Exactly(Vec<ResourceId>),
}

/// What a booking needs. The service's and the pool's rows are held if they decide; the resources are held.
#[derive(Debug)]
pub(crate) struct Needs {
    pub service: Service,
    pub strategy: Strategy,
    pub who: Who,
    /// Who could give their time.
    pub hosts: Vec<Giver>,
    /// Of each room or piece of equipment that it takes, which could be it.
    pub parts: Vec<(Part, Vec<Giver>)>,
    /// Who keeps the ledger of turns: the team, or the service whose own hosts share.
    pub pool: Option<Uuid>,
    pub tiers: Tiers,
    pub resources: Vec<Resource>,
}

impl Needs {
    /// Reads what a booking of a service needs, and holds it.
    pub(crate) async fn hold(work: &Work<Tenant>, service: ServiceId, who: Who) -> Result<Self, Refusal> {
        let rows = store::service_host::of(work, &[service]).await?;
        let service = held_service(work, service, &rows, &who).await?;
        let teams: Vec<TeamId> = rows.iter().filter_map(|it| it.team_id).collect();
        let host_teams: Vec<TeamId> = rows
            .iter()
            .filter(|it| it.part == Part::Host)
            .filter_map(|it| it.team_id)
            .collect();
        let strategy = strategy(work, &service, &host_teams).await?;
        let mut needs = Self {
            pool: pool(&service, strategy, (&rows, &who)),
            tiers: tiers(work, &service).await?,
            service,
            strategy,
            who,
            hosts: Vec::new(),
            parts: Vec::new(),
            resources: Vec::new(),
        };
        if let (Some(pool), Some(team)) = (needs.pool, host_teams.first())
            && team.uuid() == pool
        {
            store::hold::<store::team::Entity>(work, *team).await?;
        }
        needs.fill(work, &rows, &teams).await?;
        let ids: Vec<ResourceId> = needs.givers().map(|it| it.resource).collect();
        needs.resources = store::hold_all::<store::resource::Entity>(work, &ids).await?;
        Ok(needs)
    }

    async fn fill(
        &mut self,
        work: &Work<Tenant>,
        rows: &[ServiceHost],
        teams: &[TeamId],
    ) -> Result<(), Refusal> {
        let members = store::team_member::of_teams(work, teams).await?;
        let mut parts: BTreeMap<(Part, i64), Vec<Giver>> = BTreeMap::new();
        for row in rows {
            let place = parts.entry((row.part, row.need)).or_default();
            let giver = |resource, priority, weight, is_fixed| Giver {
                resource,
                priority,
                weight,
                is_fixed,
                price_minor: row.price_minor,
            };
            place.extend(
                row.resource_id
                    .map(|it| giver(it, row.priority, row.weight, row.is_fixed)),
            );
            let of_team = members.iter().filter(|it| Some(it.team_id) == row.team_id);
            place.extend(of_team.map(|it| giver(it.resource_id, it.priority, it.weight, it.is_fixed)));
        }
        for ((part, _), mut givers) in parts {
            givers.sort_by_key(|it| (it.priority, it.resource));
            let mut seen = Vec::new();
            givers.retain(|it| {
                !seen.contains(&it.resource) && {
                    seen.push(it.resource);
                    true
                }
            });
            if part == Part::Host {
                self.hosts = givers;
            } else {
                self.parts.push((part, givers));
            }
        }
        if let Who::Exactly(these) = &self.who {
            self.hosts.retain(|it| these.contains(&it.resource));
            // Whoever has left the service since still gives what they were booked for.
            for resource in these {
                if !self.givers().any(|it| it.resource == *resource) {
                    self.hosts.push(Giver {
                        resource: *resource,
                        priority: 0,
                        weight: 0,
                        is_fixed: true,
                        price_minor: None,
                    });
                }
            }
        }
        if let Who::With(named) = self.who
            && !self.hosts.iter().any(|it| it.resource == named)
        {
            return Err(Refusal::NotFound("host of this service"));
        }
        Ok(())
    }

    /// Holds the pool whose turn was decided before.
    pub(crate) async fn hold_pool(&mut self, work: &Work<Tenant>, pool: Uuid) -> Result<(), Refusal> {
        if pool == self.service.id.uuid() {
            store::hold::<store::service::Entity>(work, self.service.id).await?;
        } else {
            store::hold::<store::team::Entity>(work, TeamId::from_uuid(pool)).await?;
        }
        Ok(())
    }

    /// Everybody and everything that it could take.
    fn givers(&self) -> impl Iterator<Item = &Giver> {
        self.hosts
            .iter()
            .chain(self.parts.iter().flat_map(|(_, givers)| givers))
    }

    /// When it would take place.
    pub(crate) fn span(&self, starts_at: DateTime<Utc>) -> Result<Span, Refusal> {
        let ends_at = starts_at.checked_add_signed(TimeDelta::minutes(self.service.duration_minutes));
        let ends_at =
            ends_at.ok_or_else(|| Refusal::wanted("startsAt", "a time within the calendar", starts_at))?;
        Span::new(starts_at, ends_at).map_err(|wrong| Refusal::invalid("startsAt", wrong))
    }
}

/// The service, held if it counts its own bookings or keeps its own ledger.
async fn held_service(
    work: &Work<Tenant>,
    id: ServiceId,
    rows: &[ServiceHost],
    who: &Who,
) -> Result<Service, Refusal> {
    let found = store::find::<store::service::Entity>(work, &[id]).await?;
    let seen = found.into_iter().next().ok_or(Refusal::NotFound("service"))?;
    let counts = seen
        .limits
        .as_slice()
        .iter()
        .any(|it| it.scope == LimitScope::Service);
    let one_team = rows
        .iter()
        .filter(|it| it.part == Part::Host)
        .all(|it| it.team_id.is_some());
    let own_ledger = *who == Who::Anybody && !one_team;
    if counts || own_ledger {
        return store::hold::<store::service::Entity>(work, id).await;
    }
    Ok(seen)
}

/// How the hosts share: as the service says, else as its team does, else in turns.
async fn strategy(work: &Work<Tenant>, service: &Service, teams: &[TeamId]) -> Result<Strategy, Refusal> {
    if let Some(strategy) = service.strategy {
        return Ok(strategy);
    }
    match teams {
        [team] => {
            let found = store::find::<store::team::Entity>(work, &[*team]).await?;
            Ok(found.first().map_or(Strategy::RoundRobin, |it| it.strategy))
        }
        _ => Ok(Strategy::RoundRobin),
    }
}

/// Who keeps the ledger, if there are turns to take: nobody where all give it together or one is asked for by name.
fn pool(service: &Service, strategy: Strategy, (rows, who): (&[ServiceHost], &Who)) -> Option<Uuid> {
    let turns = match strategy {
        Strategy::RoundRobin | Strategy::Managed | Strategy::Fixed => *who == Who::Anybody,
        Strategy::Collective => *who == Who::Anybody && service.hosts_required.is_some(),
    };
    let hosts: Vec<&ServiceHost> = rows.iter().filter(|it| it.part == Part::Host).collect();
    match hosts.as_slice() {
        _ if !turns => None,
        [] => None,
        [one] => one.team_id.map(kernel::Id::uuid),
        _ => Some(service.id.uuid()),
    }
}

/// What cancelling costs, as it is now.
async fn tiers(work: &Work<Tenant>, service: &Service) -> Result<Tiers, Refusal> {
    let Some(policy) = service.cancellation_policy_id else {
        return Ok(Tiers::default());
    };
    let found = store::find::<store::cancellation_policy::Entity>(work, &[policy]).await?;
    let found = found
        .into_iter()
        .next()
        .ok_or_else(|| Fault::Corrupt(policy.to_string()))?;
    Ok(found.tiers)
}

/// What it costs with a host, as it is now.
pub(crate) async fn price(
    work: &Work<Tenant>,
    needs: &Needs,
    host: Option<ResourceId>,
) -> Result<Money, Refusal> {
    let service = &needs.service;
    let giver = needs.hosts.iter().find(|it| Some(it.resource) == host);
    if let Some(own) = giver.and_then(|it| it.price_minor) {
        return Ok(Money::new(own, service.currency.clone()));
    }
    if service.price_mode == PriceMode::Fixed {
        return Ok(service.price());
    }
    let rate = match host {
        Some(host) => store::provider::of_resource(work, host)
            .await?
            .and_then(|it| Some(Money::new(it.rate_minor?, it.rate_currency?))),
        None => None,
    };
    Ok(rate.map_or_else(|| service.price(), |rate| service.price_at_rate(&rate)))
}
