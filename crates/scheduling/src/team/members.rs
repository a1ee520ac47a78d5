//! Who belongs to a team, and how much of its bookings is theirs.

use db::paging::{Page, Slice};
use db::{Reading, Tenant, Work};
use kernel::id::{ResourceId, TeamId};
use kernel::{EventType, Right};
use serde_json::json;

use super::TeamChanged;
use crate::error::Refusal;
use crate::patch::{expect_version, write_down};
use crate::store;
use crate::store::team::Entity;
use crate::word::words;

pub use store::team_member::{Entity as TeamMembers, Model as TeamMember};

/// The most members of one team.
pub const MEMBERS_MAX: usize = 1_000;

/// The most members that one call puts in or takes out.
pub const MEMBERS_A_CALL: usize = 250;

/// Priorities and weights go from 0 to this.
pub const WEIGHT_MAX: i64 = 1_000;

words! {
    /// As what somebody belongs to a team.
    pub enum TeamRole {
        /// Speaks for the team.
        Lead = "LEAD",
        /// Belongs to it.
        Member = "MEMBER",
    }
}

/// One place in a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TeamPlace {
    /// Who.
    pub resource: ResourceId,
    /// As what.
    pub role: TeamRole,
    /// Who comes first, 0 to [`WEIGHT_MAX`]; the lowest number does.
    pub priority: i64,
    /// How much of the bookings, 0 to [`WEIGHT_MAX`], beside the others' weights; 0 gets none while others are free.
    pub weight: i64,
    /// Whether a FIXED team can do nothing without them.
    pub is_fixed: bool,
}

impl TeamPlace {
    /// An ordinary member.
    #[must_use]
    pub fn of(resource: ResourceId) -> Self {
        Self {
            resource,
            role: TeamRole::Member,
            priority: 0,
            weight: 100,
            is_fixed: false,
        }
    }
}

/// Refuses priorities and weights out of range.
pub(crate) fn within_weights(priority: i64, weight: i64) -> Result<(), Refusal> {
    for (field, value) in [("priority", priority), ("weight", weight)] {
        if !(0..=WEIGHT_MAX).contains(&value) {
            return Err(Refusal::wanted(field, "0 to 1,000", value));
        }
    }
    Ok(())
}

/// Puts members into a team; who belongs to it already gets the new place.
///
/// # Errors
/// If the right is missing, the team or one of them is not there, it has another version than expected, a number is out of
/// range, or there would be too many.
pub async fn put_team_members(
    work: &Work<Tenant>,
    id: TeamId,
    mut places: Vec<TeamPlace>,
    expected_version: Option<i64>,
) -> Result<TeamChanged, Refusal> {
    work.need(Right::CatalogueWrite)?;
    few_enough(places.len())?;
    places
        .iter()
        .try_for_each(|it| within_weights(it.priority, it.weight))?;
    places.sort_by_key(|it| it.resource);
    places.dedup_by_key(|it| it.resource);
    let who: Vec<ResourceId> = places.iter().map(|it| it.resource).collect();
    let mut team = store::hold::<Entity>(work, id).await?;
    expect_version(expected_version, team.version)?;
    let before = hold_members(work, id, &who).await?;
    let stay = before
        .iter()
        .filter(|it| who.binary_search(&it.resource_id).is_err())
        .count();
    if stay + places.len() > MEMBERS_MAX {
        return Err(Refusal::LimitReached {
            what: "members of one team",
            max: MEMBERS_MAX as u64,
        });
    }
    store::team_member::remove(work, id, &who).await?;
    let since = |resource| before.iter().find(|it| it.resource_id == resource);
    let rows = places.iter().map(|it| TeamMember {
        organization_id: work.organization(),
        id: since(it.resource).map_or_else(|| work.mint(), |it| it.id),
        team_id: id,
        resource_id: it.resource,
        role: it.role,
        priority: it.priority,
        weight: it.weight,
        is_fixed: it.is_fixed,
        created_at: since(it.resource).map_or(work.now(), |it| it.created_at),
    });
    store::insert_many(work, rows.collect()).await?;
    let version = team.touch(work.now());
    store::team::save(work, team).await?;
    write_down(
        work,
        EventType::TeamMembersPut,
        (id, version),
        json!({ "resources": who }),
    )
    .await?;
    Ok(TeamChanged { team: id })
}

/// Takes members out of a team; who does not belong to it is passed over.
///
/// # Errors
/// If the right is missing, the team or one of them is not there, or it has another version than expected.
pub async fn remove_team_members(
    work: &Work<Tenant>,
    id: TeamId,
    who: &[ResourceId],
    expected_version: Option<i64>,
) -> Result<TeamChanged, Refusal> {
    work.need(Right::CatalogueWrite)?;
    few_enough(who.len())?;
    let mut team = store::hold::<Entity>(work, id).await?;
    expect_version(expected_version, team.version)?;
    hold_members(work, id, who).await?;
    if store::team_member::remove(work, id, who).await? > 0 {
        let version = team.touch(work.now());
        store::team::save(work, team).await?;
        write_down(
            work,
            EventType::TeamMembersRemoved,
            (id, version),
            json!({ "resources": who }),
        )
        .await?;
    }
    Ok(TeamChanged { team: id })
}

fn few_enough(count: usize) -> Result<(), Refusal> {
    if count <= MEMBERS_A_CALL {
        return Ok(());
    }
    Err(Refusal::LimitReached {
        what: "members in one call",
        max: MEMBERS_A_CALL as u64,
    })
}

/// Holds the resources of a team that is held, and some others, in the order of their ids. Tells who its members are.
pub(super) async fn hold_members(
    work: &Work<Tenant>,
    team: TeamId,
    and: &[ResourceId],
) -> Result<Vec<TeamMember>, Refusal> {
    let members = store::team_member::of_teams(work, &[team]).await?;
    let mut all: Vec<ResourceId> = members.iter().map(|it| it.resource_id).collect();
    all.extend_from_slice(and);
    store::hold_all::<store::resource::Entity>(work, &all).await?;
    Ok(members)
}

/// A page of the members of a team that the caller has found, by priority.
///
/// # Errors
/// If the database refuses.
pub async fn team_members(
    reading: &Reading<Tenant>,
    team: TeamId,
    page: &Page,
) -> Result<Slice<TeamMember>, Refusal> {
    Ok(store::page(reading, store::team_member::of_one(reading, team), page).await?)
}

/// How many members a team has that the caller has found.
///
/// # Errors
/// If the database refuses.
pub async fn count_team_members(reading: &Reading<Tenant>, team: TeamId) -> Result<u64, Refusal> {
    Ok(store::count(reading, store::team_member::of_one(reading, team)).await?)
}

/// The members of some teams, by team and priority. The caller found the teams, so they may be seen.
///
/// # Errors
/// If the database refuses.
pub async fn members_of_teams(
    reading: &Reading<Tenant>,
    teams: &[TeamId],
) -> Result<Vec<TeamMember>, Refusal> {
    Ok(store::team_member::of_teams(reading, teams).await?)
}

/// The places of some resources in whatever teams. The caller found the resources, so they may be seen.
///
/// # Errors
/// If the database refuses.
pub async fn teams_of_resources(
    reading: &Reading<Tenant>,
    resources: &[ResourceId],
) -> Result<Vec<TeamMember>, Refusal> {
    Ok(store::team_member::of_resources(reading, resources).await?)
}
