//! What would become of a series, occurrence by occurrence, without writing anything.

use availability::PublicBlocker;
use chrono::{DateTime, NaiveDateTime, Utc};
use db::{Reading, Tenant};
use kernel::id::{ResourceId, ServiceId};

use super::recurrence::{Moment, Part, Recurrence};
use super::season::{Season, Verdict};
use super::{PlanStatus, Reason};
use crate::booking::Overrides;
use crate::calendar::{Board, Candidates, Cast};
use crate::error::Refusal;
use crate::service::{Part as Place, Service, find_services};

/// Which series is planned.
#[derive(Debug, Clone)]
pub struct SeriesAsk {
    /// Of which service.
    pub service: ServiceId,
    /// Given by this one; by whoever can, unless said.
    pub host: Option<ResourceId>,
    /// When.
    pub recurrence: Recurrence,
}

/// What would become of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesPlan {
    /// Its occurrences, in order.
    pub occurrences: Vec<PlannedOccurrence>,
    /// Until when they are all of them: others follow as time comes. Nothing if there are no others.
    pub until: Option<DateTime<Utc>>,
}

/// What would become of one occurrence.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedOccurrence {
    /// When the rule has it, on the wall of the series' zone.
    pub local_start: NaiveDateTime,
    /// When it would begin and end, if it takes place at all.
    pub times: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// What can be made of it.
    pub status: PlanStatus,
    /// Why nothing can.
    pub reasons: Vec<Reason>,
    /// The same of a conflict with its numbers, without owners and names.
    pub blockers: Vec<PublicBlocker>,
    /// The free start nearest to a conflict, a week before or after at most.
    pub nearest: Option<DateTime<Utc>>,
    /// Who would give it.
    pub hosts: Vec<ResourceId>,
}

/// Plans a series: each occurrence beside those before it.
///
/// # Errors
/// If the service or the host is not there, the service is a class, the series has begun, has no occurrence, or has too
/// many of them.
pub async fn plan(reading: &Reading<Tenant>, ask: &SeriesAsk) -> Result<SeriesPlan, Refusal> {
    let found = find_services(reading, &[ask.service]).await?.pop();
    let service = found.ok_or(Refusal::NotFound("service"))?;
    can_recur(&service)?;
    let stretch = ask
        .recurrence
        .beginning(fresh(&ask.recurrence, reading.now())?, reading.now())?;
    let cast = Cast::load(reading, &service, &Candidates::All).await?;
    let cast = match ask.host {
        Some(host) => cast
            .with(&[host])
            .ok_or(Refusal::NotFound("host of this service"))?,
        None => cast,
    };
    let board = Board::of(reading, (&service, cast), Season::span(&stretch.moments)?).await?;
    let mut season = Season::new(
        board,
        (None, std::collections::BTreeMap::new()),
        Overrides::default(),
    );
    let (placed, stopped_at) = season.place_all(&stretch.moments)?;
    let occurrences = placed.into_iter().map(|it| told(&season, it));
    Ok(SeriesPlan {
        occurrences: occurrences.collect::<Result<_, _>>()?,
        until: stopped_at.or(stretch.until),
    })
}

/// All of a recurrence that is to come.
///
/// # Errors
/// If it has begun.
pub(super) fn fresh(recurrence: &Recurrence, now: DateTime<Utc>) -> Result<Part, Refusal> {
    let start = recurrence.local_start();
    if recurrence.timezone().instant(start) < now {
        return Err(Refusal::wanted("startsOn", "a start that is to come", start));
    }
    Ok(Part {
        begins_from: start,
        ended_from: None,
    })
}

/// Refuses a class: everybody books their own seats in its sessions.
pub(super) fn can_recur(service: &Service) -> Result<(), Refusal> {
    if service.seats > 1 {
        let wanted = "a service with one seat; the sessions of a class are booked one by one";
        return Err(Refusal::wanted("serviceId", wanted, service.seats));
    }
    Ok(())
}

/// A verdict as it is told.
pub(super) fn told(
    season: &Season,
    (moment, verdict): (Moment, Verdict),
) -> Result<PlannedOccurrence, Refusal> {
    let times = match moment.instant() {
        Some(at) => Some((at, season.ends_at(at)?)),
        None => None,
    };
    let bare = PlannedOccurrence {
        local_start: moment.local(),
        times,
        status: PlanStatus::Ok,
        reasons: Vec::new(),
        blockers: Vec::new(),
        nearest: None,
        hosts: Vec::new(),
    };
    Ok(match verdict {
        Verdict::Free(picked) => {
            let hosts = picked.choice.hosts.iter().filter(|it| it.part == Place::Host);
            let hosts = hosts.map(|it| it.resource).collect();
            PlannedOccurrence { hosts, ..bare }
        }
        Verdict::Conflict(blockers) => PlannedOccurrence {
            status: PlanStatus::Conflict,
            reasons: reasons(&blockers),
            nearest: times.and_then(|(at, _)| season.nearest(at)),
            blockers,
            ..bare
        },
        Verdict::Skipped(reason) => PlannedOccurrence {
            status: PlanStatus::Skipped,
            reasons: vec![reason],
            ..bare
        },
    })
}

/// Why a conflict is one.
pub(super) fn reasons(blockers: &[PublicBlocker]) -> Vec<Reason> {
    if blockers.is_empty() {
        // Everybody is free, and not for all of it at once: one cannot be two things.
        return vec![Reason::Occupied];
    }
    blockers.iter().map(|it| it.code.into()).collect()
}
