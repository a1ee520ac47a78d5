//! Who and what could give one booking of a service.

use std::collections::{BTreeMap, BTreeSet};

use db::{Reading, Tenant};
use kernel::id::{ResourceId, TeamId};

use crate::error::Refusal;
use crate::provider::ProviderFilter;
use crate::service::{Part, Service, ServiceHost};
use crate::store;
use crate::team::Strategy;

/// The most hosts, rooms and pieces of equipment that one question is about.
pub const CANDIDATES_MAX: usize = 1_000;

/// Which of those who give a service are asked. Who must be there is asked in any case: a restriction chooses among those
/// who can stand in for each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Candidates {
    /// Everybody whom the service names.
    #[default]
    All,
    /// Only these hosts; a room or piece of equipment among them is the one that is taken.
    Only(Vec<ResourceId>),
    /// Only the members of this team.
    Team(TeamId),
    /// Only those whose profile this lets through, such as whoever teaches a subject.
    Matching(ProviderFilter),
}

/// One who could give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Giver {
    /// Who.
    pub resource: ResourceId,
    /// Who comes first; the lowest number does.
    pub priority: i64,
    /// How much of the bookings, beside the others' weights.
    pub weight: i64,
    /// Whether a FIXED service can do nothing without them.
    pub is_fixed: bool,
    /// What it costs with them, if that differs, in the smallest unit of the service's currency.
    pub price_minor: Option<i64>,
}

/// Everybody and everything that could give one booking of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cast {
    /// How the hosts share.
    pub strategy: Strategy,
    /// How many hosts it takes; none is as the strategy says.
    pub hosts_required: Option<usize>,
    /// Who could give their time, by priority and id.
    pub hosts: Vec<Giver>,
    /// Of each room and piece of equipment that it takes, which could be it.
    pub parts: Vec<(Part, Vec<Giver>)>,
}

impl Cast {
    /// Reads who could give a service, in at most four statements.
    ///
    /// # Errors
    /// If too many are asked for.
    pub async fn load(
        reading: &Reading<Tenant>,
        service: &Service,
        candidates: &Candidates,
    ) -> Result<Self, Refusal> {
        let rows = store::service_host::of(reading, &[service.id]).await?;
        let teams: Vec<TeamId> = rows.iter().filter_map(|it| it.team_id).collect();
        let members = store::team_member::of_teams(reading, &teams).await?;
        let mut cast = Self {
            strategy: strategy(reading, service, &teams).await?,
            hosts_required: service.hosts_required.and_then(|it| usize::try_from(it).ok()),
            hosts: Vec::new(),
            parts: Vec::new(),
        };
        cast.fill(&rows, &members);
        let wanted: Option<BTreeSet<ResourceId>> = match candidates {
            Candidates::All => None,
            Candidates::Only(these) => Some(these.iter().copied().collect()),
            Candidates::Team(team) => Some(of_team(reading, &members, *team).await?),
            Candidates::Matching(filter) => Some(crate::provider::resources_matching(reading, filter).await?),
        };
        if let Some(wanted) = wanted {
            cast.restrict(&wanted);
        }
        if cast.len() > CANDIDATES_MAX {
            return Err(Refusal::LimitReached {
                what: "hosts, rooms and equipment in one question",
                max: CANDIDATES_MAX as u64,
            });
        }
        Ok(cast)
    }

    fn fill(&mut self, rows: &[ServiceHost], members: &[store::team_member::Model]) {
        let mut parts: BTreeMap<(Part, i64), Vec<Giver>> = BTreeMap::new();
        for row in rows {
            let place = parts.entry((row.part, row.need)).or_default();
            place.extend(row.resource_id.map(|resource| Giver {
                resource,
                priority: row.priority,
                weight: row.weight,
                is_fixed: row.is_fixed,
                price_minor: row.price_minor,
            }));
            let of_team = members.iter().filter(|it| Some(it.team_id) == row.team_id);
            place.extend(of_team.map(|it| Giver {
                resource: it.resource_id,
                priority: it.priority,
                weight: it.weight,
                is_fixed: it.is_fixed,
                price_minor: row.price_minor,
            }));
        }
        let mut seen = BTreeSet::new();
        for ((part, _), givers) in parts {
            // A member of a team may be a room as well. One lane fills one need, so whoever is asked about the first is not
            // asked about another: else the evaluator would find both filled and nobody could book it.
            let mut givers = once_each(givers);
            givers.retain(|it| seen.insert(it.resource));
            match part {
                Part::Host => self.hosts = givers,
                Part::Room | Part::Equipment => self.parts.push((part, givers)),
            }
        }
    }

    /// Leaves out those who are not wanted and are not needed in any case.
    fn restrict(&mut self, wanted: &BTreeSet<ResourceId>) {
        let hosts = std::mem::take(&mut self.hosts);
        let stays = |it: &Giver| self.is_required(it) || wanted.contains(&it.resource);
        self.hosts = hosts.into_iter().filter(stays).collect();
        for (_, givers) in &mut self.parts {
            if givers.iter().any(|it| wanted.contains(&it.resource)) {
                givers.retain(|it| wanted.contains(&it.resource));
            }
        }
    }

    /// Whether nothing can be booked without this host.
    pub(crate) fn is_required(&self, host: &Giver) -> bool {
        match self.strategy {
            Strategy::Collective => self.hosts_required.is_none(),
            Strategy::Fixed => host.is_fixed,
            Strategy::RoundRobin | Strategy::Managed => false,
        }
    }

    /// How many hosts must be there.
    pub(crate) fn needed(&self) -> usize {
        let required = self.hosts.iter().filter(|it| self.is_required(it)).count();
        self.hosts_required.unwrap_or(1).max(required).max(1)
    }

    /// The cast that is left when somebody is wished for; none if somebody wished for is not in it, or there is no place
    /// beside those who must be there.
    pub(crate) fn with(&self, wished: &[ResourceId]) -> Option<Self> {
        let known = self.resources();
        if !wished.iter().all(|it| known.binary_search(it).is_ok()) {
            return None;
        }
        let mut cast = self.clone();
        let is_wished = |it: &Giver| wished.contains(&it.resource);
        for (_, givers) in &mut cast.parts {
            if givers.iter().any(is_wished) {
                givers.retain(is_wished);
            }
        }
        let required = self.hosts.iter().filter(|it| self.is_required(it)).count();
        let needed = self.needed();
        let chosen = |it: &Giver| is_wished(it) && !self.is_required(it);
        match self.hosts.iter().filter(|it| chosen(it)).count() {
            0 => {}
            _ if needed == required => return None,
            count if required == 0 && count >= needed || required > 0 && count > needed - required => {
                cast.hosts.retain(|it| self.is_required(it) || is_wished(it));
            }
            _ => {
                // The engine takes whoever is fixed and fills up with the others.
                for (host, before) in cast.hosts.iter_mut().zip(&self.hosts) {
                    host.is_fixed = self.is_required(before) || is_wished(before);
                }
                cast.strategy = Strategy::Fixed;
                cast.hosts_required = Some(needed);
            }
        }
        Some(cast)
    }

    /// How many there are, each counted where it could give something.
    pub(crate) fn len(&self) -> usize {
        self.hosts.len() + self.parts.iter().map(|(_, givers)| givers.len()).sum::<usize>()
    }

    /// Everybody and everything, each once, in the order of their ids.
    #[must_use]
    pub fn resources(&self) -> Vec<ResourceId> {
        let givers = self.hosts.iter().chain(self.parts.iter().flat_map(|(_, it)| it));
        let unique: BTreeSet<ResourceId> = givers.map(|it| it.resource).collect();
        unique.into_iter().collect()
    }
}

/// Whoever is there twice, alone and in a team, is asked once, in the better place.
fn once_each(mut givers: Vec<Giver>) -> Vec<Giver> {
    givers.sort_by_key(|it| (it.priority, it.resource));
    let mut seen = BTreeSet::new();
    givers.retain(|it| seen.insert(it.resource));
    givers
}

/// How the hosts of a service share: as it says, else as its one team does, else in turns.
async fn strategy(
    reading: &Reading<Tenant>,
    service: &Service,
    teams: &[TeamId],
) -> Result<Strategy, Refusal> {
    match (service.strategy, teams) {
        (Some(strategy), _) => Ok(strategy),
        (None, [only]) => {
            let team = store::find::<store::team::Entity>(reading, &[*only]).await?.pop();
            Ok(team.map_or(Strategy::RoundRobin, |it| it.strategy))
        }
        (None, _) => Ok(Strategy::RoundRobin),
    }
}

async fn of_team(
    reading: &Reading<Tenant>,
    known: &[store::team_member::Model],
    team: TeamId,
) -> Result<BTreeSet<ResourceId>, Refusal> {
    let ids = |members: &[store::team_member::Model]| -> BTreeSet<ResourceId> {
        let of_it = members.iter().filter(|it| it.team_id == team);
        of_it.map(|it| it.resource_id).collect()
    };
    if known.iter().any(|it| it.team_id == team) {
        return Ok(ids(known));
    }
    Ok(ids(&store::team_member::of_teams(reading, &[team]).await?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Id as _;

    fn who(bits: u128) -> ResourceId {
        ResourceId::from_uuid(uuid::Uuid::from_u128(bits))
    }

    fn giver(bits: u128, is_fixed: bool) -> Giver {
        Giver {
            resource: who(bits),
            priority: 0,
            weight: 100,
            is_fixed,
            price_minor: None,
        }
    }

    fn left(strategy: Strategy, hosts_required: Option<usize>, wanted: &[u128]) -> Vec<ResourceId> {
        let mut cast = cast(strategy, hosts_required);
        cast.restrict(&wanted.iter().copied().map(who).collect());
        cast.resources()
    }

    #[test]
    fn a_restriction_chooses_among_those_who_can_stand_in_for_each_other() {
        let ids = |of: &[u128]| of.iter().copied().map(who).collect::<Vec<_>>();
        assert_eq!(left(Strategy::RoundRobin, None, &[2]), ids(&[2, 8, 9]));
        assert_eq!(left(Strategy::RoundRobin, None, &[2, 9]), ids(&[2, 9]));
        assert_eq!(left(Strategy::Collective, None, &[2]), ids(&[1, 2, 3, 8, 9]));
        assert_eq!(left(Strategy::Collective, Some(2), &[2, 3]), ids(&[2, 3, 8, 9]));
        assert_eq!(left(Strategy::Fixed, None, &[2]), ids(&[1, 2, 8, 9]));
        assert_eq!(left(Strategy::Managed, None, &[]), ids(&[8, 9]));
    }

    fn cast(strategy: Strategy, hosts_required: Option<usize>) -> Cast {
        Cast {
            strategy,
            hosts_required,
            hosts: vec![giver(1, true), giver(2, false), giver(3, false)],
            parts: vec![(Part::Room, vec![giver(8, false), giver(9, false)])],
        }
    }

    /// The hosts that are left, and whether each must be there.
    fn with(cast: &Cast, wished: &[u128]) -> Option<Vec<(u128, bool)>> {
        let wished: Vec<ResourceId> = wished.iter().copied().map(who).collect();
        let left = cast.with(&wished)?;
        let hosts = left.hosts.iter();
        Some(
            hosts
                .map(|it| (it.resource.uuid().as_u128(), left.is_required(it)))
                .collect(),
        )
    }

    #[test]
    fn whoever_is_wished_for_is_there_beside_whoever_must_be() {
        let turns = cast(Strategy::RoundRobin, None);
        assert_eq!(with(&turns, &[2]), Some(vec![(2, false)]));
        assert_eq!(with(&turns, &[2, 3]), Some(vec![(2, false), (3, false)]));
        assert_eq!(with(&turns, &[7]), None, "somebody who does not give it");
        assert_eq!(
            with(&turns, &[9]).map(|it| it.len()),
            Some(3),
            "a room chooses no host"
        );
        let two = cast(Strategy::RoundRobin, Some(2));
        assert_eq!(with(&two, &[3]), Some(vec![(1, false), (2, false), (3, true)]));
        assert_eq!(with(&two, &[2, 3]), Some(vec![(2, false), (3, false)]));
        let together = cast(Strategy::Collective, None);
        assert_eq!(with(&together, &[2]), Some(vec![(1, true), (2, true), (3, true)]));
        let fixed = cast(Strategy::Fixed, Some(2));
        assert_eq!(with(&fixed, &[3]), Some(vec![(1, true), (2, false), (3, true)]));
        assert_eq!(
            with(&cast(Strategy::Fixed, None), &[3]),
            None,
            "there is a place for 1 only"
        );
        assert_eq!(
            with(&fixed, &[2, 3]),
            Some(vec![(1, true), (2, false), (3, false)])
        );
    }

    #[test]
    fn whoever_is_there_twice_is_asked_once_in_the_better_place() {
        let late = Giver {
            priority: 5,
            ..giver(1, false)
        };
        assert_eq!(
            once_each(vec![late, giver(2, false), giver(1, true)]),
            [giver(1, true), giver(2, false)]
        );
    }
}
