//! The lists: by start, by host, counted by day, and the next one.

use availability::Offer;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use db::{Reading, Tenant};
use kernel::id::{ResourceId, ServiceId};
use kernel::{Span, Zone};

use super::{DAYS_MAX, SlotToken, SlotsAsk};
use crate::calendar::{Board, Candidates, Cast};
use crate::error::Refusal;

/// The most starts that one call returns; by host, all hosts' together.
pub const STARTS_MAX: usize = 5_000;

/// The most hosts that one slot names.
pub const HOSTS_SHOWN: usize = 20;

/// One start that can be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// When it ends, without buffers.
    pub ends_at: DateTime<Utc>,
    /// Hosts that can give it, at most [`HOSTS_SHOWN`].
    pub hosts: Vec<ResourceId>,
    /// How many can.
    pub host_count: usize,
    /// Of a session that takes place anyway, how many seats are left.
    pub seats_left: Option<u16>,
    /// What it says about itself, to be signed.
    pub token: SlotToken,
}

/// The starts of one date of the asked zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// Which date.
    pub date: NaiveDate,
    /// Its starts, in order.
    pub slots: Vec<Slot>,
}

/// The starts of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slots {
    /// Dates with starts, in order.
    pub days: Vec<Day>,
    /// The first start that is not among them: ask again from there.
    pub stopped_at: Option<DateTime<Utc>>,
}

/// The starts of one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostSlots {
    /// Who.
    pub host: ResourceId,
    /// Their starts, in order.
    pub slots: Vec<Slot>,
}

/// How many starts a date has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayCount {
    /// Which date of the asked zone.
    pub date: NaiveDate,
    /// How many starts.
    pub count: u64,
}

/// The starts that can be booked, by date.
///
/// # Errors
/// If the service is not there, or the question is too long or about too many.
pub async fn slots(reading: &Reading<Tenant>, ask: &SlotsAsk) -> Result<Slots, Refusal> {
    let limit = ask.limit()?;
    let board = ask.board(reading).await?;
    let range = board.range()?;
    let press = Press::new(&board, ask.candidates != Candidates::All);
    board.ask(|asked| {
        let mut offers = asked.offers(range);
        let mut found = Slots {
            days: Vec::new(),
            stopped_at: None,
        };
        let mut count = 0;
        while let Some(offer) = offers.advance() {
            if count == limit {
                found.stopped_at = Some(offer.at());
                break;
            }
            count += 1;
            let date = ask.zone.local(offer.at()).date();
            let slot = press.slot(&offer)?;
            match found.days.last_mut() {
                Some(day) if day.date == date => day.slots.push(slot),
                _ => found.days.push(Day {
                    date,
                    slots: vec![slot],
                }),
            }
        }
        Ok(found)
    })
}

/// The starts that can be booked, by host, in the order in which the service names them. Its cap counts all hosts' starts
/// together; a start is either with all its hosts in the answer or not at all.
///
/// # Errors
/// If the service is not there, or the question is too long or about too many.
pub async fn slots_by_host(
    reading: &Reading<Tenant>,
    ask: &SlotsAsk,
) -> Result<(Vec<HostSlots>, Option<DateTime<Utc>>), Refusal> {
    let limit = ask.limit()?;
    let board = ask.board(reading).await?;
    let range = board.range()?;
    let press = Press::new(&board, true);
    let mut by_host: Vec<HostSlots> = board
        .cast()
        .hosts
        .iter()
        .map(|it| HostSlots {
            host: it.resource,
            slots: Vec::new(),
        })
        .collect();
    let stopped_at = board.ask(|asked| {
        let mut offers = asked.offers(range);
        let mut count = 0;
        while let Some(offer) = offers.advance() {
            let hosts: Vec<ResourceId> = offer.hosts().map(|(tag, _)| tag.id()).collect();
            if count + hosts.len() > limit && count > 0 {
                return Ok::<_, Refusal>(Some(offer.at()));
            }
            count += hosts.len();
            for (host, (_, seat)) in hosts.iter().zip(offer.hosts()) {
                if let Some(place) = by_host.iter_mut().find(|it| it.host == *host) {
                    place
                        .slots
                        .push(press.with(offer.at(), (vec![*host], 1), seat.map(|it| it.left))?);
                }
            }
        }
        Ok(None)
    })?;
    Ok((by_host, stopped_at))
}

/// How many starts each date of the asked zone has; dates without any are left out.
///
/// # Errors
/// If the service is not there, or the question is too long or about too many.
pub async fn slot_days(reading: &Reading<Tenant>, ask: &SlotsAsk) -> Result<Vec<DayCount>, Refusal> {
    let board = ask.board(reading).await?;
    let range = board.range()?;
    Ok(board.ask(|asked| count(asked.starts(range), ask.zone)))
}

fn count(starts: impl Iterator<Item = DateTime<Utc>>, zone: Zone) -> Vec<DayCount> {
    let mut days: Vec<DayCount> = Vec::new();
    for at in starts {
        let date = zone.local(at).date();
        match days.last_mut() {
            Some(day) if day.date == date => day.count += 1,
            _ => days.push(DayCount { date, count: 1 }),
        }
    }
    days
}

/// The first start at or after an instant, within a year: a fortnight is read, then more and more, as far as the candidates
/// allow.
///
/// # Errors
/// If the service is not there, or there are too many candidates.
pub async fn next_slot(
    reading: &Reading<Tenant>,
    (service, candidates): (ServiceId, &Candidates),
    after: DateTime<Utc>,
) -> Result<Option<Slot>, Refusal> {
    let service = super::service(reading, service).await?;
    let cast = Cast::load(reading, &service, candidates).await?;
    let names_hosts = *candidates != Candidates::All;
    let most = super::days_for(cast.len());
    let (mut from, mut days) = (after.max(reading.now()), 14);
    let wrong = || Refusal::wanted("after", "a time within the calendar", after);
    let end = from
        .checked_add_signed(TimeDelta::days(DAYS_MAX))
        .ok_or_else(wrong)?;
    while from < end {
        let to = end.min(from + TimeDelta::days(days.min(most)));
        let span = Span::new(from, to).map_err(|wrong| Refusal::invalid("after", wrong))?;
        let board = Board::of(reading, (&service, cast.clone()), span).await?;
        let press = Press::new(&board, names_hosts);
        let range = board.range()?;
        let found = board.ask(|asked| first(&press, asked.offers(range)))?;
        if found.is_some() {
            return Ok(found);
        }
        (from, days) = (to, days * 4);
    }
    Ok(None)
}

fn first(press: &Press<'_>, mut offers: availability::Offers<'_>) -> Result<Option<Slot>, Refusal> {
    match offers.advance() {
        Some(offer) => press.slot(&offer).map(Some),
        None => Ok(None),
    }
}

/// Makes slots of offers.
pub(super) struct Press<'a> {
    board: &'a Board,
    /// Whether a token is good with those who can give it only, or with whoever the service names.
    names_hosts: bool,
    /// On the service's terms, which are the same for every slot.
    token: SlotToken,
}

impl<'a> Press<'a> {
    pub(super) fn new(board: &'a Board, names_hosts: bool) -> Self {
        Self {
            board,
            names_hosts,
            token: SlotToken::new(board.service(), board.starts().start(), Vec::new()),
        }
    }

    fn slot(&self, offer: &Offer<'_>) -> Result<Slot, Refusal> {
        let hosts = offer.hosts().take(HOSTS_SHOWN).map(|(tag, _)| tag.id());
        let hosts: Vec<ResourceId> = hosts.collect();
        let count = offer.hosts().count();
        self.with(offer.at(), (hosts, count), offer.seats_left())
    }

    pub(super) fn with(
        &self,
        starts_at: DateTime<Utc>,
        (hosts, host_count): (Vec<ResourceId>, usize),
        seats_left: Option<u16>,
    ) -> Result<Slot, Refusal> {
        let named = if self.names_hosts {
            hosts.clone()
        } else {
            Vec::new()
        };
        Ok(Slot {
            starts_at,
            ends_at: self.board.span(starts_at)?.end(),
            hosts,
            host_count,
            seats_left,
            token: self.token.at(starts_at, named),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_are_counted_on_the_dates_of_whoever_looks() {
        let starts = [
            "2026-03-10T14:30:00Z",
            "2026-03-10T15:00:00Z",
            "2026-03-10T15:30:00Z",
        ];
        let starts = starts.map(|it| it.parse().unwrap());
        let counted = |zone: &str| {
            let days = count(starts.into_iter(), zone.parse().unwrap());
            days.iter()
                .map(|it| (it.date.to_string(), it.count))
                .collect::<Vec<_>>()
        };
        assert_eq!(counted("Europe/Lisbon"), [("2026-03-10".to_owned(), 3)]);
        let tokyo = [("2026-03-10".to_owned(), 1), ("2026-03-11".to_owned(), 2)];
        assert_eq!(counted("Asia/Tokyo"), tokyo);
    }
}
