//! What one booking of a service needs, and who could give it, read under the locks that booking it needs.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use db::{Fault, Reading, Tenant, Work};
use kernel::id::{ResourceId, ServiceId, TeamId};
use kernel::{Id as _, Money, Span};
use uuid::Uuid;

use crate::calendar::{Candidates, Cast};
use crate::cancellation::Tiers;
use crate::error::Refusal;
use crate::hold::Hold;
use crate::resource::Resource;
use crate::service::{LimitScope, Part, PriceMode, Service, ServiceHost};
use crate::store;
use crate::team::Strategy;

/// Who may give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Who {
    /// Whoever can.
    Anybody,
    /// Not without this one, asked for by name.
    With(ResourceId),
    /// These: who gives it already, or is to.
    These(Vec<ResourceId>),
}

/// What a booking needs. The service's and the pool's rows are held if they decide; the resources are held.
#[derive(Debug)]
pub(crate) struct Needs {
    pub service: Service,
    /// Who and what could give it.
    pub cast: Cast,
    /// Who keeps the ledger of turns: the team, or the service whose own hosts share.
    pub pool: Option<Uuid>,
    pub tiers: Tiers,
    /// Everybody and everything that it could take.
    pub resources: Vec<Resource>,
}

impl Needs {
    /// Reads what a booking of a service needs, and holds it.
    pub(crate) async fn hold(work: &Work<Tenant>, service: ServiceId, who: &Who) -> Result<Self, Refusal> {
        let rows = hosts(work, service).await?;
        let service = held_service(work, service, (&rows, who)).await?;
        if let (Who::Anybody, [one]) = (who, rows.as_slice())
            && let Some(team) = one.team_id
        {
            store::hold::<store::team::Entity>(work, team).await?;
        }
        let cast = Cast::load(work, &service, &Candidates::All).await?;
        let cast = match who {
            Who::Anybody => Some(cast),
            Who::With(named) => cast.with(&[*named]),
            Who::These(these) => cast.with(these),
        };
        let cast = cast.ok_or(Refusal::NotFound("host of this service"))?;
        Ok(Self {
            pool: pool(&service, cast.strategy, (&rows, who)),
            tiers: tiers(work, &service).await?,
            resources: store::hold_all::<store::resource::Entity>(work, &cast.resources()).await?,
            cast,
            service,
        })
    }

    /// What is needed to book what a hold keeps: who gives it was decided when it was made.
    pub(crate) async fn of_hold(work: &Work<Tenant>, hold: &Hold) -> Result<Self, Refusal> {
        let rows = hosts(work, hold.service_id).await?;
        let who = if hold.choice.pool.is_some() {
            Who::Anybody
        } else {
            Who::These(Vec::new())
        };
        let service = held_service(work, hold.service_id, (&rows, &who)).await?;
        if let Some(pool) = hold.choice.pool.as_ref().filter(|it| it.id != service.id.uuid()) {
            store::hold::<store::team::Entity>(work, TeamId::from_uuid(pool.id)).await?;
        }
        let kept: Vec<ResourceId> = hold.choice.hosts.iter().map(|it| it.resource).collect();
        Ok(Self {
            cast: Cast::load(work, &service, &Candidates::All).await?,
            pool: None,
            tiers: tiers(work, &service).await?,
            resources: store::hold_all::<store::resource::Entity>(work, &kept).await?,
            service,
        })
    }

    /// When it would take place.
    pub(crate) fn span(&self, starts_at: DateTime<Utc>) -> Result<Span, Refusal> {
        let ends_at = starts_at.checked_add_signed(TimeDelta::minutes(self.service.duration_minutes));
        let ends_at =
            ends_at.ok_or_else(|| Refusal::wanted("startsAt", "a time within the calendar", starts_at))?;
        Span::new(starts_at, ends_at).map_err(|wrong| Refusal::invalid("startsAt", wrong))
    }
}

/// A service that can be booked, if this host gives it: what a link or a place on a list is for.
pub(crate) async fn can_be_given(
    reading: &Reading<Tenant>,
    service: ServiceId,
    host: Option<ResourceId>,
) -> Result<Service, Refusal> {
    let found = store::find::<store::service::Entity>(reading, &[service]).await?;
    let offered = |it: &Service| it.is_active && it.archived_at.is_none();
    let service = found
        .into_iter()
        .find(offered)
        .ok_or(Refusal::NotFound("service"))?;
    let Some(host) = host else {
        return Ok(service);
    };
    let cast = Cast::load(reading, &service, &Candidates::All).await?;
    if cast.hosts.iter().any(|it| it.resource == host) {
        Ok(service)
    } else {
        Err(Refusal::NotFound("host of this service"))
    }
}

/// The service, held if it counts its own bookings or keeps its own ledger.
async fn held_service(
    work: &Work<Tenant>,
    id: ServiceId,
    (rows, who): (&[ServiceHost], &Who),
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

/// The rows that say who gives their time.
async fn hosts(work: &Work<Tenant>, service: ServiceId) -> Result<Vec<ServiceHost>, Refusal> {
    let rows = store::service_host::of(work, &[service]).await?;
    Ok(rows.into_iter().filter(|it| it.part == Part::Host).collect())
}

/// Who keeps the ledger, if there are turns to take: nobody where all give it together or one is asked for by name.
fn pool(service: &Service, strategy: Strategy, (rows, who): (&[ServiceHost], &Who)) -> Option<Uuid> {
    let turns = match strategy {
        Strategy::RoundRobin | Strategy::Managed | Strategy::Fixed => *who == Who::Anybody,
        Strategy::Collective => *who == Who::Anybody && service.hosts_required.is_some(),
    };
    match rows {
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
    let giver = needs.cast.hosts.iter().find(|it| Some(it.resource) == host);
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

/// Holds everything that bookings of several services could take, in the order in which one of them would be held, so that
/// they can be planned one after the other: whoever may give them, and who gives them now. Says what is held.
pub(crate) async fn reserve(
    work: &Work<Tenant>,
    (services, who): (&BTreeSet<ServiceId>, &Who),
    now: &[ResourceId],
) -> Result<Vec<ResourceId>, Refusal> {
    let (mut held, mut teams) = (Vec::new(), Vec::new());
    for id in services {
        let rows = hosts(work, *id).await?;
        held.push(held_service(work, *id, (&rows, who)).await?);
        if let (Who::Anybody, [one]) = (who, rows.as_slice()) {
            teams.extend(one.team_id);
        }
    }
    store::hold_all::<store::team::Entity>(work, &teams).await?;
    let mut resources = now.to_vec();
    for service in &held {
        resources.extend(Cast::load(work, service, &Candidates::All).await?.resources());
    }
    resources.sort_unstable();
    resources.dedup();
    store::hold_all::<store::resource::Entity>(work, &resources).await?;
    Ok(resources)
}
