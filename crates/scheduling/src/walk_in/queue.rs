//! When each of a queue will be served. Pure: a board, who waits, and nothing else.

use availability::{Occupancy, Owner, Tag};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::Span;
use kernel::id::ResourceId;

use crate::calendar::Board;
use crate::error::Refusal;
use crate::occupancy::with_buffers;

/// How far ahead somebody's turn is looked for.
pub const LOOKED_AHEAD: TimeDelta = TimeDelta::hours(24);

/// From when until when a queue's turns are looked for: whole minutes, beginning with the next.
pub(super) fn ahead(now: DateTime<Utc>) -> Result<Span, Refusal> {
    let past = now.timestamp().rem_euclid(60) * 1_000_000 + i64::from(now.timestamp_subsec_micros());
    let wait = if past == 0 {
        TimeDelta::zero()
    } else {
        TimeDelta::seconds(60) - TimeDelta::microseconds(past)
    };
    let from = now + wait;
    Span::new(from, from + LOOKED_AHEAD).map_err(|wrong| Refusal::invalid("serviceId", wrong))
}

/// When each of a queue will be served, in the order in which they came: at the first minute at which whoever is to
/// serve them is there and free for as long as it takes, between the appointments that are there and after those who came
/// before. Nothing for whoever has no turn within the time that the board knows.
///
/// # Errors
/// If a turn leaves the calendar.
pub fn estimate(board: &Board, queue: &[Option<ResourceId>]) -> Result<Vec<Option<DateTime<Utc>>>, Refusal> {
    let mut board = board.at_the_door();
    let mut turns = Vec::with_capacity(queue.len());
    for wished in queue {
        let found = first(&board, *wished)?;
        if let Some((at, hosts)) = &found {
            let span = board.span(*at)?;
            let service = board.service();
            let taken = with_buffers(span, service.buffer_before_minutes, service.buffer_after_minutes)?;
            let taken = Occupancy {
                owner: Tag(u128::MAX),
                kind: Owner::Booking,
                lane: None,
                span: taken,
            };
            board = board.with_taken(hosts, taken);
        }
        turns.push(found.map(|(at, _)| at));
    }
    Ok(turns)
}

/// When somebody is served, and by whom.
type Turn = (DateTime<Utc>, Vec<ResourceId>);

/// The first minute at which somebody can be served, and by whom.
fn first(board: &Board, wished: Option<ResourceId>) -> Result<Option<Turn>, Refusal> {
    let range = board.range()?;
    let needed = board.cast().hosts_required.unwrap_or(1).max(1);
    Ok(board.ask(|asked| {
        let mut offers = asked.offers(range);
        while let Some(offer) = offers.advance() {
            let free: Vec<ResourceId> = offer.hosts().map(|(tag, _)| tag.id()).collect();
            let hosts = match wished {
                Some(one) if free.contains(&one) => vec![one],
                Some(_) => continue,
                None => free.into_iter().take(needed).collect(),
            };
            return Some((offer.at(), hosts));
        }
        None
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_begin_with_the_next_whole_minute() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let from = |text: &str| ahead(at(text)).unwrap().start();
        assert_eq!(from("2026-03-02T09:00:00Z"), at("2026-03-02T09:00:00Z"));
        assert_eq!(from("2026-03-02T09:00:00.000001Z"), at("2026-03-02T09:01:00Z"));
        assert_eq!(from("2026-03-02T09:00:59.999999Z"), at("2026-03-02T09:01:00Z"));
    }
}
