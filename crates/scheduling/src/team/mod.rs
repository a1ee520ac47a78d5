//! People who share their bookings.
//!
//! **Invariant:** whoever changes a team holds its row and then the rows of everybody who enters, stays changed or leaves,
//! in the order of their ids, as a booking of the team does.

mod members;

use std::collections::BTreeSet;

use db::paging::{Page, Slice};
use db::{Fault, Reading, Tenant, Work, lock};
use kernel::id::TeamId;
use kernel::{EventType, Name, Right, Slug};
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::Refusal;
use crate::patch::{Shelf, expect_version, named, set, write_down};
use crate::store;
use crate::store::team::Entity;
use crate::word::words;

pub(crate) use members::within_weights;
pub use members::{
    MEMBERS_A_CALL, MEMBERS_MAX, TeamMember, TeamMembers, TeamPlace, TeamRole, WEIGHT_MAX,
    count_team_members, members_of_teams, put_team_members, remove_team_members, team_members,
    teams_of_resources,
};
pub use store::team::{Entity as Teams, Model as Team};

/// Teams that are not put away, in one organization.
pub const TEAMS_MAX: u64 = 500;

words! {
    /// How hosts share bookings.
    pub enum Strategy {
        /// Any free host; who it is, is decided by what each of them owes.
        RoundRobin = "ROUND_ROBIN",
        /// All hosts together.
        Collective = "COLLECTIVE",
        /// Any free host, on terms that the team keeps for them.
        Managed = "MANAGED",
        /// The fixed hosts together, and more if the service asks for more.
        Fixed = "FIXED",
    }
}

impl From<Strategy> for availability::Strategy {
    fn from(it: Strategy) -> Self {
        match it {
            Strategy::RoundRobin => Self::RoundRobin,
            Strategy::Collective => Self::Collective,
            Strategy::Managed => Self::Managed,
            Strategy::Fixed => Self::Fixed,
        }
    }
}

/// What the members of a MANAGED team may not change of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(feature = "graphql", derive(async_graphql::Enum))]
pub enum Lock {
    /// Its title and description.
    Title,
    /// Its duration and interval.
    Duration,
    /// Its buffers.
    Buffers,
    /// Its notice and horizon.
    Notice,
    /// Its limits.
    Limits,
    /// Where it takes place.
    Location,
    /// Its price and payment terms.
    Price,
    /// What it asks whoever books.
    Questions,
}

impl Lock {
    /// Everything that can be locked.
    pub const ALL: [Self; 8] = [
        Self::Title,
        Self::Duration,
        Self::Buffers,
        Self::Notice,
        Self::Limits,
        Self::Location,
        Self::Price,
        Self::Questions,
    ];
}

/// Everything that is locked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Locks(pub BTreeSet<Lock>);

/// What a team is made from.
#[derive(Debug, Clone)]
pub struct TeamDraft {
    /// What it is called.
    pub name: Name,
    /// Its part of a public address.
    pub slug: Slug,
    /// How it shares.
    pub strategy: Strategy,
    /// Of a MANAGED team, what its members may not change.
    pub locks: Locks,
}

/// A change of a team: what is left out stays.
#[derive(Debug, Clone, Default)]
pub struct TeamEdit {
    /// What it is called.
    pub name: Option<Name>,
    /// Its part of a public address.
    pub slug: Option<Slug>,
    /// How it shares.
    pub strategy: Option<Strategy>,
    /// What its members may not change.
    pub locks: Option<Locks>,
}

impl TeamEdit {
    /// Applies itself and names what has changed.
    fn apply(self, to: &mut Team) -> Vec<&'static str> {
        named(&[
            ("name", set(&mut to.name, self.name)),
            ("slug", set(&mut to.slug, self.slug)),
            ("strategy", set(&mut to.strategy, self.strategy)),
            ("locks", set(&mut to.locks, self.locks)),
        ])
    }
}

/// A team was made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamChanged {
    /// Which.
    pub team: TeamId,
}

/// Makes a team without members.
///
/// # Errors
/// If the right is missing, the slug is taken, or there are as many as there may be.
pub async fn create_team(work: &Work<Tenant>, draft: TeamDraft) -> Result<TeamChanged, Refusal> {
    work.need(Right::CatalogueWrite)?;
    room_for_one_more(work).await?;
    let team = Team {
        organization_id: work.organization(),
        id: work.mint(),
        name: draft.name,
        slug: draft.slug,
        strategy: draft.strategy,
        locks: draft.locks,
        version: 1,
        archived_at: None,
        created_at: work.now(),
        updated_at: work.now(),
    };
    let id = team.id;
    store::team::insert(work, team).await?;
    write_down(
        work,
        EventType::TeamCreated,
        (id, 1),
        json!({ "strategy": draft.strategy }),
    )
    .await?;
    Ok(TeamChanged { team: id })
}

/// Changes a team. A change that changes nothing counts as none.
///
/// # Errors
/// If the right is missing, it is not there, has another version than expected, or its new slug is taken.
pub async fn update_team(
    work: &Work<Tenant>,
    id: TeamId,
    edit: TeamEdit,
    expected_version: Option<i64>,
) -> Result<TeamChanged, Refusal> {
    work.need(Right::CatalogueWrite)?;
    let mut team = store::hold::<Entity>(work, id).await?;
    expect_version(expected_version, team.version)?;
    let changed = edit.apply(&mut team);
    if !changed.is_empty() {
        members::hold_members(work, id, &[]).await?;
        let version = team.touch(work.now());
        store::team::save(work, team).await?;
        write_down(
            work,
            EventType::TeamUpdated,
            (id, version),
            json!({ "changed": changed }),
        )
        .await?;
    }
    Ok(TeamChanged { team: id })
}

/// Puts a team away.
///
/// # Errors
/// If the right is missing, it is not there, has another version than expected, or a service needs it.
pub async fn archive_team(
    work: &Work<Tenant>,
    id: TeamId,
    expected_version: Option<i64>,
) -> Result<TeamChanged, Refusal> {
    put_team(work, id, Shelf::Away, expected_version).await
}

/// Takes a team out again.
///
/// # Errors
/// If the right is missing, it is not there, has another version than expected, somebody took its slug meanwhile, or there
/// are as many as there may be.
pub async fn restore_team(
    work: &Work<Tenant>,
    id: TeamId,
    expected_version: Option<i64>,
) -> Result<TeamChanged, Refusal> {
    put_team(work, id, Shelf::Back, expected_version).await
}

async fn put_team(
    work: &Work<Tenant>,
    id: TeamId,
    shelf: Shelf,
    expected_version: Option<i64>,
) -> Result<TeamChanged, Refusal> {
    work.need(Right::CatalogueWrite)?;
    if shelf == Shelf::Back {
        room_for_one_more(work).await?;
    }
    let mut team = store::hold::<Entity>(work, id).await?;
    expect_version(expected_version, team.version)?;
    if !shelf.put(&mut team.archived_at, work.now()) {
        return Ok(TeamChanged { team: id });
    }
    if shelf == Shelf::Away && store::service_host::is_team_needed(work, id).await? {
        return Err(Refusal::InUse("a service"));
    }
    let version = team.touch(work.now());
    store::team::save(work, team).await?;
    write_down(
        work,
        shelf.word([EventType::TeamArchived, EventType::TeamRestored]),
        (id, version),
        json!({}),
    )
    .await?;
    Ok(TeamChanged { team: id })
}

async fn room_for_one_more(work: &Work<Tenant>) -> Result<(), Refusal> {
    lock::organization(work).await?;
    if store::team::live(work).await? < TEAMS_MAX {
        return Ok(());
    }
    Err(Refusal::LimitReached {
        what: "teams",
        max: TEAMS_MAX,
    })
}

/// Which teams are listed.
#[derive(Debug, Clone, Copy, Default)]
pub struct TeamFilter {
    /// Whether those that were put away are listed too, to whoever may see them.
    pub with_archived: bool,
}

/// A page of teams by name.
///
/// # Errors
/// If the database refuses.
pub async fn teams(
    reading: &Reading<Tenant>,
    filter: TeamFilter,
    page: &Page,
) -> Result<Slice<Team>, Refusal> {
    Ok(store::page(reading, store::team::select(reading, filter), page).await?)
}

/// How many teams a list has, counting no further than the cap.
///
/// # Errors
/// If the database refuses.
pub async fn count_teams(reading: &Reading<Tenant>, filter: TeamFilter) -> Result<u64, Refusal> {
    Ok(store::count(reading, store::team::select(reading, filter)).await?)
}

/// Teams by their ids, as far as whoever asks may see them.
///
/// # Errors
/// If the database refuses.
pub async fn find_teams(reading: &Reading<Tenant>, ids: &[TeamId]) -> Result<Vec<Team>, Fault> {
    store::seen::<Entity>(reading, ids).await
}

/// The team at a public address.
///
/// # Errors
/// If the database refuses.
pub async fn team_named(reading: &Reading<Tenant>, slug: &Slug) -> Result<Option<Team>, Fault> {
    store::team::named(reading, slug).await
}
