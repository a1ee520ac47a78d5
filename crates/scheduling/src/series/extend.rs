//! Making what comes next in a series that goes on.

use chrono::{DateTime, Utc};
use db::timer::Promise;
use db::{Reading, Tenant, Work};
use kernel::EventType;
use kernel::id::SeriesId;
use serde_json::json;

use super::write::{Making, given_by_nobody, season};
use super::{DUE_MAX, EXTENDED_EVERY, Series, SeriesMade};
use crate::error::Refusal;
use crate::fairness::Shifts;
use crate::needs::Needs;
use crate::patch::write_down;
use crate::store;

/// How the promise is called that makes what comes next in a series.
pub const EXTENSION: &str = "series.extension";

/// Promises to go on with a series, if it goes on.
pub(super) async fn promise(work: &Work<Tenant>, series: &Series) -> Result<(), Refusal> {
    let Some(due_at) = series.extend_at else {
        return Ok(());
    };
    let promise = Promise {
        kind: EXTENSION,
        subject: series.id.to_string(),
        payload: json!({}),
        due_at,
    };
    Ok(work.promise(promise).await?)
}

/// Makes what comes next in a series, and says when it is time again.
///
/// # Errors
/// As [`extend`].
pub async fn keep_going(work: &Work<Tenant>, id: SeriesId) -> Result<Option<DateTime<Utc>>, Refusal> {
    extend(work, id).await?;
    let series = store::find::<store::series::Entity>(work, &[id]).await?;
    Ok(series.into_iter().find_map(|it: Series| it.extend_at))
}

/// The series whose next occurrences are to be made, those that wait longest first, [`DUE_MAX`] at most. Each is extended
/// in a work of its own, so that nobody waits for more than one.
///
/// # Errors
/// If the database refuses.
pub async fn due(reading: &Reading<Tenant>) -> Result<Vec<SeriesId>, Refusal> {
    Ok(store::series::due(reading, DUE_MAX).await?)
}

/// Makes the next occurrences of a series, if it is time. There is nobody to ask, so whatever the policy is, a conflict is
/// noted as an exception. Whoever comes second finds that it is not time, and changes nothing.
///
/// # Errors
/// If the series is not there.
pub async fn extend(work: &Work<Tenant>, id: SeriesId) -> Result<SeriesMade, Refusal> {
    let mut series: Series = store::hold::<store::series::Entity>(work, id).await?;
    let nothing = SeriesMade {
        series: id,
        bookings: Vec::new(),
    };
    let (Some(made), true) = (
        series.materialised_until,
        series.extend_at.is_some_and(|at| at <= work.now()),
    ) else {
        return Ok(nothing);
    };
    let stretch = series.recurrence()?.next(series.part(), (made, work.now()));
    let needs = match Needs::hold(work, series.service_id, &series.who()).await {
        Ok(needs) => Some(needs).filter(|it| it.service.seats == 1),
        Err(Refusal::NotFound(_)) => None,
        Err(refusal) => return Err(refusal),
    };
    let mut shifts = Shifts::default();
    let (placed, stopped_at) = match &needs {
        Some(needs) => {
            let (season, cleared) = season(work, needs, &stretch.moments, series.overrides).await?;
            shifts = cleared;
            let mut season = season.going_on();
            season.place_all(&stretch.moments)?
        }
        None => (given_by_nobody(&stretch.moments), None),
    };
    series.materialised_until = stopped_at.or(stretch.until);
    series.extend_at = series.materialised_until.map(|_| work.now() + EXTENDED_EVERY);
    let version = series.touch(work.now());
    store::save(work, series.clone()).await?;
    let is_agreed = store::series_occurrence::is_agreed(work, id).await?;
    let making = Making {
        series: &series,
        needs: needs.as_ref(),
        is_agreed,
    };
    let bookings = making.make(work, placed).await?;
    store::fairness_balance::shift(work, &shifts).await?;
    let diff = json!({ "until": series.materialised_until, "bookings": bookings.len() });
    write_down(work, EventType::SeriesExtended, (id, version), diff).await?;
    Ok(SeriesMade { bookings, ..nothing })
}
