//! What one booking of a service needs: hosts, rooms, equipment.

use std::collections::BTreeSet;

use db::{Reading, Tenant, Work};
use kernel::id::{ResourceId, ServiceId, TeamId};
use kernel::{EventType, Right};
use serde_json::json;

use super::terms::Part;
use super::{Service, ServiceChanged};
use crate::error::Refusal;
use crate::patch::{expect_version, write_down};
use crate::resource::{Resource, ResourceKind};
use crate::store;
use crate::store::service::Entity;
use crate::team::within_weights;

pub use store::service_host::Model as ServiceHost;

/// The most rows of one service. A thousand hosts are a team.
pub const HOSTS_MAX: usize = 100;

/// The most rooms, and the most pieces of equipment, that one booking needs at once.
pub const NEEDS_MAX: i64 = 10;

/// Who or what gives a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// A resource.
    Resource(ResourceId),
    /// Any member of a team.
    Team(TeamId),
}

/// One resource or team that can give a part of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePart {
    /// Which part.
    pub part: Part,
    /// Which of several rooms or pieces of equipment that are needed at once, from 0; those with one number are
    /// alternatives. A host's is 0.
    pub need: i64,
    /// Who or what.
    pub who: Who,
    /// Who comes first, 0 to 1,000; the lowest number does.
    pub priority: i64,
    /// How much of the bookings, 0 to 1,000, beside the others' weights.
    pub weight: i64,
    /// Whether a FIXED service can do nothing without them.
    pub is_fixed: bool,
    /// What it costs with them, if that differs, in the smallest unit of the service's currency.
    pub price_minor: Option<i64>,
}

impl ServicePart {
    /// An ordinary host.
    #[must_use]
    pub fn host(who: Who) -> Self {
        Self {
            part: Part::Host,
            need: 0,
            who,
            priority: 0,
            weight: 100,
            is_fixed: false,
            price_minor: None,
        }
    }

    /// A room.
    #[must_use]
    pub fn room(resource: ResourceId) -> Self {
        Self {
            part: Part::Room,
            ..Self::host(Who::Resource(resource))
        }
    }

    fn check(&self) -> Result<(), Refusal> {
        within_weights(self.priority, self.weight)?;
        let needs = if self.part == Part::Host {
            0..1
        } else {
            0..NEEDS_MAX
        };
        if !needs.contains(&self.need) {
            return Err(Refusal::wanted(
                "need",
                "0 for hosts and 0 to 9 for the rest",
                self.need,
            ));
        }
        if self.part != Part::Host && matches!(self.who, Who::Team(_)) {
            return Err(Refusal::wanted(
                "teamId",
                "a team for hosts only",
                "a team elsewhere",
            ));
        }
        match self.price_minor {
            Some(price) if !(0..=Service::PRICE_MAX).contains(&price) => {
                let wanted = "0 to 1,000,000,000,000 minor units";
                Err(Refusal::wanted("price", wanted, price))
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// Puts other givers in the place of a service's.
///
/// # Errors
/// If the right is missing, the service or one of them is not there, is of another kind than its part, or comes twice in
/// it, it has another version than expected, a number is out of range, or there are too many.
pub async fn set_service_hosts(
    work: &Work<Tenant>,
    id: ServiceId,
    parts: Vec<ServicePart>,
    expected_version: Option<i64>,
) -> Result<ServiceChanged, Refusal> {
    work.need(Right::CatalogueWrite)?;
    check(&parts)?;
    let mut service = store::hold::<Entity>(work, id).await?;
    expect_version(expected_version, service.version)?;
    let new: Vec<ServiceHost> = parts.iter().map(|it| row(work, id, it)).collect();
    let mut all = store::service_host::of(work, &[id]).await?;
    all.extend(new.iter().cloned());
    let givers = hold_givers(work, &all).await?;
    kinds_fit(&parts, &givers)?;
    let count = new.len();
    store::service_host::replace(work, id, new).await?;
    teams_are_there(work, id).await?;
    let version = service.touch(work.now());
    store::service::save(work, service).await?;
    write_down(
        work,
        EventType::ServiceHostsSet,
        (id, version),
        json!({ "hosts": count }),
    )
    .await?;
    Ok(ServiceChanged { service: id })
}

fn check(parts: &[ServicePart]) -> Result<(), Refusal> {
    if parts.len() > HOSTS_MAX {
        return Err(Refusal::LimitReached {
            what: "hosts, rooms and equipment of one service",
            max: HOSTS_MAX as u64,
        });
    }
    parts.iter().try_for_each(ServicePart::check)?;
    let mut seen = BTreeSet::new();
    // Whoever could fill two needs would be free for each of them and not for both.
    let twice = parts.iter().find(|it| !seen.insert(it.who));
    match twice {
        Some(twice) => Err(Refusal::wanted(
            "hosts",
            "each of them once, in one need",
            format!("{:?}", twice.who),
        )),
        None => Ok(()),
    }
}

/// A room is a ROOM, equipment is EQUIPMENT; anything that can be booked may host.
fn kinds_fit(parts: &[ServicePart], givers: &[Resource]) -> Result<(), Refusal> {
    for it in parts {
        let wanted = match it.part {
            Part::Host => continue,
            Part::Room => ResourceKind::Room,
            Part::Equipment => ResourceKind::Equipment,
        };
        let is = |resource: &&Resource| it.who == Who::Resource(resource.id);
        if givers
            .iter()
            .find(is)
            .is_some_and(|resource| resource.kind != wanted)
        {
            let wanted = format!("a resource of the kind that its part says, {wanted:?}");
            return Err(Refusal::wanted("resourceId", &wanted, format!("{:?}", it.who)));
        }
    }
    Ok(())
}

fn row(work: &Work<Tenant>, service: ServiceId, it: &ServicePart) -> ServiceHost {
    let (resource_id, team_id) = match it.who {
        Who::Resource(id) => (Some(id), None),
        Who::Team(id) => (None, Some(id)),
    };
    ServiceHost {
        organization_id: work.organization(),
        id: work.mint(),
        service_id: service,
        part: it.part,
        need: it.need,
        resource_id,
        team_id,
        priority: it.priority,
        weight: it.weight,
        is_fixed: it.is_fixed,
        price_minor: it.price_minor,
    }
}

/// Holds the teams of a service that is held, then every resource that can give it, each in the order of their ids.
pub(super) async fn hold_givers(work: &Work<Tenant>, rows: &[ServiceHost]) -> Result<Vec<Resource>, Refusal> {
    let teams: Vec<TeamId> = rows.iter().filter_map(|it| it.team_id).collect();
    store::hold_all::<store::team::Entity>(work, &teams).await?;
    let mut resources: Vec<ResourceId> = rows.iter().filter_map(|it| it.resource_id).collect();
    let members = store::team_member::of_teams(work, &teams).await?;
    resources.extend(members.iter().map(|it| it.resource_id));
    store::hold_all::<store::resource::Entity>(work, &resources).await
}

/// No team of a service that can be booked is put away.
pub(super) async fn teams_are_there(work: &Work<Tenant>, service: ServiceId) -> Result<(), Refusal> {
    let rows = store::service_host::of(work, &[service]).await?;
    let teams: Vec<TeamId> = rows.iter().filter_map(|it| it.team_id).collect();
    let teams = store::find::<store::team::Entity>(work, &teams).await?;
    if teams.iter().any(|it| it.archived_at.is_some()) {
        return Err(Refusal::NotFound("team"));
    }
    Ok(())
}

/// What some services need, by service and part. The caller found the services, so they may be seen.
///
/// # Errors
/// If the database refuses.
pub async fn hosts_of_services(
    reading: &Reading<Tenant>,
    services: &[ServiceId],
) -> Result<Vec<ServiceHost>, Refusal> {
    Ok(store::service_host::of(reading, services).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Id as _;

    fn somebody(bits: u128) -> Who {
        Who::Resource(ResourceId::from_uuid(uuid::Uuid::from_u128(bits)))
    }

    #[test]
    fn a_hundred_givers_pass_and_one_more_does_not() {
        let of = |count: u128| {
            (0..count)
                .map(|it| ServicePart::host(somebody(it)))
                .collect::<Vec<_>>()
        };
        assert!(check(&of(100)).is_ok() && check(&of(101)).is_err());
    }

    #[test]
    fn one_gives_one_part_once() {
        let host = ServicePart::host(somebody(1));
        assert!(check(&[host.clone(), host.clone()]).is_err());
        let room = |bits, need| ServicePart {
            part: Part::Room,
            need,
            ..ServicePart::host(somebody(bits))
        };
        assert!(check(&[host.clone(), room(2, 0), room(3, 0), room(4, 1)]).is_ok());
        assert!(
            check(&[host.clone(), room(1, 0)]).is_err(),
            "host and room at once"
        );
        assert!(
            check(&[room(2, 0), room(2, 1)]).is_err(),
            "free for each need, not for both"
        );
        assert!(check(&[room(2, 9)]).is_ok() && check(&[room(2, 10)]).is_err());
        assert!(
            check(&[ServicePart {
                need: 1,
                ..host.clone()
            }])
            .is_err()
        );
        for (priority, weight, wanted) in [
            (0, 1_000, true),
            (1_000, 0, true),
            (1_001, 0, false),
            (0, 1_001, false),
        ] {
            let it = ServicePart {
                priority,
                weight,
                ..host.clone()
            };
            assert_eq!(check(&[it]).is_ok(), wanted, "{priority} {weight}");
        }
    }
}
