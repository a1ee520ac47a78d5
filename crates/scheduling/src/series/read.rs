//! Looking at series: some, many, and what in one of them is not as its rule says.

use db::paging::{Page, Slice};
use db::{Reading, Tenant, Work};
use kernel::Right;
use kernel::id::{BookingId, ResourceId, SeriesId};

use super::{Occurrence, Series, SeriesFilter};
use crate::diary;
use crate::error::Refusal;
use crate::store;
use crate::store::series::select;
use crate::store::series_occurrence as rows;

/// Whose series whoever asks may see: everybody's, or those in which one gives a booking oneself.
async fn sight(reading: &Reading<Tenant>) -> Result<Option<ResourceId>, Refusal> {
    if reading.asker().rights.has(Right::DiaryRead) {
        return Ok(None);
    }
    // Without even an own diary, the answer is about everybody's.
    reading.need(if reading.asker().rights.has(Right::OwnDiaryWrite) {
        Right::OwnDiaryWrite
    } else {
        Right::DiaryRead
    })?;
    let own = diary::own(reading).await?;
    own.map(Some).ok_or(Refusal::NotFound("diary"))
}

/// A page of series by when they were made; of those in which one gives a booking oneself, for whoever has no more than an
/// own diary.
///
/// # Errors
/// If the right is missing.
pub async fn series(
    reading: &Reading<Tenant>,
    filter: &SeriesFilter,
    page: &Page,
) -> Result<Slice<Series>, Refusal> {
    let given_by = sight(reading).await?;
    Ok(store::page(reading, select(reading, filter, given_by), page).await?)
}

/// How many there are, counting no further than the cap.
///
/// # Errors
/// If the right is missing.
pub async fn count_series(reading: &Reading<Tenant>, filter: &SeriesFilter) -> Result<u64, Refusal> {
    let given_by = sight(reading).await?;
    Ok(store::count(reading, select(reading, filter, given_by)).await?)
}

/// Those of these series that whoever asks may see.
///
/// # Errors
/// If nobody is signed in who may see any.
pub async fn find_series(reading: &Reading<Tenant>, ids: &[SeriesId]) -> Result<Vec<Series>, Refusal> {
    let given_by = match sight(reading).await {
        Err(Refusal::NotFound(_)) => return Ok(Vec::new()),
        sight => sight?,
    };
    Ok(store::series::find(reading, ids, given_by).await?)
}

/// A page of the occurrences of a series that are not as its rule says, in order.
///
/// # Errors
/// If the right is missing, or the series is not to be seen.
pub async fn exceptions(
    reading: &Reading<Tenant>,
    series: SeriesId,
    page: &Page,
) -> Result<Slice<Occurrence>, Refusal> {
    seen(reading, series).await?;
    Ok(store::page(reading, rows::exceptions(reading, series), page).await?)
}

/// How many there are, counting no further than the cap.
///
/// # Errors
/// As [`exceptions`].
pub async fn count_exceptions(reading: &Reading<Tenant>, series: SeriesId) -> Result<u64, Refusal> {
    seen(reading, series).await?;
    Ok(store::count(reading, rows::exceptions(reading, series)).await?)
}

/// A series that is held, for whoever may see it: to others it is not there.
pub(super) async fn held(work: &Work<Tenant>, id: SeriesId) -> Result<Series, Refusal> {
    seen(work, id).await?;
    store::hold::<store::series::Entity>(work, id).await
}

async fn seen(reading: &Reading<Tenant>, series: SeriesId) -> Result<(), Refusal> {
    let found = find_series(reading, &[series]).await?;
    found.first().map(|_| ()).ok_or(Refusal::NotFound("series"))
}

/// The occurrences that some bookings were made of, of those that the caller has found.
///
/// # Errors
/// If the database refuses.
pub async fn occurrences_of(
    reading: &Reading<Tenant>,
    bookings: &[BookingId],
) -> Result<Vec<Occurrence>, Refusal> {
    Ok(rows::of_bookings(reading, bookings).await?)
}
