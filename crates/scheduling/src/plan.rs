//! What a booking will take: who gives it, in which room, from when to when. A hold, a booking and a move are planned alike.
//!
//! Everything that decides is read under the locks of the house, in its order: the service if it counts its own bookings,
//! the pool if its hosts take turns, the resources by id. Then whatever has lapsed in the way is cleared, and the evaluator
//! that lists the slots is asked about this one.

use std::collections::BTreeMap;

use availability::{Answer, BlockerCode, Explanation, Tag};
use chrono::{DateTime, TimeDelta, Utc};
use db::{Tenant, Work};
use kernel::id::{BookingId, ResourceId, ServiceId};
use kernel::{Money, Right, Span, Zone};
use uuid::Uuid;

use crate::booking::Overrides;
use crate::calendar::{Board, Giver};
use crate::cancellation::Tiers;
use crate::error::Refusal;
use crate::fairness::{self, Candidate, Shifts};
use crate::hold::{Choice, Hold, Pool, Taken};
use crate::needs::{self, Needs, Who};
use crate::occupancy::{self, Place};
use crate::service::{Part, Service};
use crate::store;

/// What is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub service: ServiceId,
    pub starts_at: DateTime<Utc>,
    pub who: Who,
    /// These rooms and pieces of equipment if they can: a move keeps them.
    pub prefer: Vec<ResourceId>,
    /// As if these holds or bookings were not there.
    pub without: Vec<Uuid>,
    /// What whoever asks overrules, by right.
    pub overrides: Overrides,
    /// What is not asked about, because nothing about it changes.
    pub settled: Overrides,
}

impl Wish {
    /// Whether this reason does not count.
    fn overrules(&self, code: BlockerCode) -> bool {
        self.overrides.overrule(code) || self.settled.overrule(code)
    }
}

/// What it will take. The resources are held.
#[derive(Debug)]
pub(crate) struct Plan {
    pub service: Service,
    pub price: Money,
    pub tiers: Tiers,
    /// The zone of whoever gives it.
    pub zone: Zone,
    /// From when to when, without buffers.
    pub span: Span,
    /// From when to when, with them.
    pub taken: Span,
    pub places: Vec<Place>,
    pub choice: Choice,
    /// The session that has a seat for it, if it takes place already.
    pub session: Option<BookingId>,
    /// Which reasons against it were overruled.
    pub overruled: Vec<BlockerCode>,
    /// What clearing the way has changed in balances.
    pub shifts: Shifts,
}

impl Plan {
    /// Refuses what would join a session that is there: a booking that has its own attendees does not become a seat.
    pub(crate) fn alone(&self) -> Result<(), Refusal> {
        match self.session {
            Some(_) => Err(Refusal::SlotTaken),
            None => Ok(()),
        }
    }
}

/// Plans what is asked for: locks, clears the way, asks the evaluator, chooses.
///
/// # Errors
/// If the service is not there, whoever asks may not overrule, or the time is not offered.
pub(crate) async fn make(work: &Work<Tenant>, wish: &Wish) -> Result<Plan, Refusal> {
    if wish.overrides.need_right() {
        work.need(Right::BookingsOverride)?;
    }
    let needs = Needs::hold(work, wish.service, &wish.who).await?;
    let span = needs.span(wish.starts_at)?;
    let resources: Vec<ResourceId> = needs.resources.iter().map(|it| it.id).collect();
    let taken = around(&needs.service, span)?;
    let shifts = occupancy::clear(work, &resources, taken).await?;
    let picked = judge(work, wish, &needs).await?;
    finish(work, needs, (span, taken), (picked, shifts)).await
}

/// What a hold keeps: it was judged when it was made, and what was promised is not asked about again.
///
/// # Errors
/// If the service is no more.
pub(crate) async fn of_hold(work: &Work<Tenant>, hold: &Hold) -> Result<Plan, Refusal> {
    let needs = Needs::of_hold(work, hold).await?;
    let span =
        Span::new(hold.starts_at, hold.ends_at).map_err(|wrong| Refusal::invalid("startsAt", wrong))?;
    let picked = Picked {
        choice: hold.choice.clone(),
        session: hold.booking_id,
        overruled: Vec::new(),
    };
    let taken = around(&needs.service, span)?;
    finish(work, needs, (span, taken), (picked, Shifts::default())).await
}

fn around(service: &Service, span: Span) -> Result<Span, Refusal> {
    occupancy::with_buffers(span, service.buffer_before_minutes, service.buffer_after_minutes)
}

async fn finish(
    work: &Work<Tenant>,
    needs: Needs,
    (span, taken): (Span, Span),
    (picked, shifts): (Picked, Shifts),
) -> Result<Plan, Refusal> {
    let host = picked
        .choice
        .hosts
        .iter()
        .find(|it| it.part == Part::Host)
        .map(|it| it.resource);
    let chosen = |it: ResourceId| picked.choice.hosts.iter().any(|taken| taken.resource == it);
    let place = |it: &crate::resource::Resource| Place {
        resource: it.id,
        lanes: it.capacity,
    };
    let zone = needs
        .resources
        .iter()
        .find(|it| Some(it.id) == host)
        .map(|it| it.timezone);
    Ok(Plan {
        price: needs::price(work, &needs, host).await?,
        tiers: needs.tiers,
        // Whoever joins a session takes nothing of their own, and its local time is written already.
        zone: zone.unwrap_or(Zone::UTC),
        span,
        taken,
        places: needs
            .resources
            .iter()
            .filter(|it| chosen(it.id))
            .map(place)
            .collect(),
        choice: picked.choice,
        session: picked.session,
        overruled: picked.overruled,
        shifts,
        service: needs.service,
    })
}

/// What was chosen.
#[derive(Debug)]
struct Picked {
    choice: Choice,
    session: Option<BookingId>,
    overruled: Vec<BlockerCode>,
}

/// Asks the evaluator about one start and chooses among those who can.
async fn judge(work: &Work<Tenant>, wish: &Wish, needs: &Needs) -> Result<Picked, Refusal> {
    let moment = Span::new(wish.starts_at, wish.starts_at + TimeDelta::seconds(1));
    let moment = moment.map_err(|wrong| Refusal::invalid("startsAt", wrong))?;
    let board = Board::of(work, (&needs.service, needs.cast.clone()), moment).await?;
    let explanation = board.explain_without(wish.starts_at, &wish.without);
    let question = Question {
        wish,
        needs,
        explanation: &explanation,
    };
    let balances = match needs.pool {
        Some(pool) => store::fairness_balance::of(work, pool).await?,
        None => Vec::new(),
    };
    let balances = balances
        .into_iter()
        .map(|it| (it.resource_id, it.balance))
        .collect();
    question.pick(&balances)
}

/// One start, what is needed for it, and what the evaluator says.
struct Question<'a> {
    wish: &'a Wish,
    needs: &'a Needs,
    explanation: &'a Explanation,
}

impl Question<'_> {
    /// Chooses who gives it. Pure.
    fn pick(&self, balances: &BTreeMap<ResourceId, i64>) -> Result<Picked, Refusal> {
        let mut overruled = Vec::new();
        if !self.explanation.is_offered() {
            overruled = self.overruled().ok_or_else(|| self.refusal())?;
        }
        let hosts = self.explanation.hosts();
        if let Some(seat) = hosts.iter().find_map(|it| it.seat.filter(|_| it.listed)) {
            return Ok(Picked {
                choice: Choice::default(),
                session: Some(seat.session.id()),
                overruled,
            });
        }
        let (winners, pool) = self.hosts(balances, overruled.is_empty())?;
        let mut taken: Vec<Taken> = winners
            .into_iter()
            .map(|resource| Taken {
                resource,
                part: Part::Host,
            })
            .collect();
        for ((part, _), answers) in self.needs.cast.parts.iter().zip(self.explanation.parts()) {
            taken.push(Taken {
                resource: self.part(answers, &taken)?,
                part: *part,
            });
        }
        Ok(Picked {
            choice: Choice { hosts: taken, pool },
            session: None,
            overruled,
        })
    }

    /// Which reasons must be overruled for this start, if all that stand in its way can be.
    fn overruled(&self) -> Option<Vec<BlockerCode>> {
        let can = |it: &&Answer| self.can_be(it);
        let enough = self.explanation.hosts().iter().filter(can).count() >= self.needs.needed();
        let rooms = self
            .explanation
            .parts()
            .iter()
            .all(|part| part.iter().any(|it| self.can_be(it)));
        let grid = self
            .explanation
            .shared()
            .is_none_or(|it| self.wish.overrules(it.code()));
        let any = self.wish.overrides.any() || self.wish.settled.any();
        if !(any && enough && rooms && grid) {
            return None;
        }
        let mut codes: Vec<BlockerCode> = self.explanation.blockers().map(|it| it.code()).collect();
        codes.retain(|it| self.wish.overrules(*it));
        codes.sort_unstable();
        codes.dedup();
        Some(codes)
    }

    fn can_be(&self, it: &Answer) -> bool {
        it.blockers.iter().all(|it| self.wish.overrules(it.code()))
    }

    /// What to say: that somebody was faster if that is all there is to say, and otherwise every reason.
    fn refusal(&self) -> Refusal {
        let taken = |it: &BlockerCode| {
            matches!(
                it,
                BlockerCode::Occupied | BlockerCode::Buffer | BlockerCode::Held
            )
        };
        let codes = self.explanation.blockers().map(|it| it.code());
        let codes: Vec<BlockerCode> = codes.filter(|it| !self.wish.overrules(*it)).collect();
        let full = codes.contains(&BlockerCode::SeatsFull);
        // The room of a class whose seats are gone is taken too, by the class.
        let passing = codes.iter().all(|it| taken(it) || *it == BlockerCode::SeatsFull);
        if codes.is_empty() || !passing {
            return Refusal::NotOffered(self.explanation.redacted());
        }
        if full {
            Refusal::SeatsFull
        } else {
            Refusal::SlotTaken
        }
    }

    /// The hosts: those without whom nothing goes, then whoever's turn it is.
    fn hosts(
        &self,
        balances: &BTreeMap<ResourceId, i64>,
        listed: bool,
    ) -> Result<(Vec<ResourceId>, Option<Pool>), Refusal> {
        let free = |it: &Giver| {
            let answer = self
                .explanation
                .hosts()
                .iter()
                .find(|answer| answer.resource == Tag::of(it.resource));
            answer.is_some_and(|answer| {
                if listed {
                    answer.listed
                } else {
                    self.can_be(answer)
                }
            })
        };
        let givers: Vec<&Giver> = self.needs.cast.hosts.iter().filter(|it| free(it)).collect();
        let required = |it: &&&Giver| self.needs.cast.is_required(it);
        let mut winners: Vec<ResourceId> = givers.iter().filter(required).map(|it| it.resource).collect();
        // Whoever must be there cannot be overruled away.
        if winners.len()
            < self
                .needs
                .cast
                .hosts
                .iter()
                .filter(|it| self.needs.cast.is_required(it))
                .count()
        {
            return Err(self.refusal());
        }
        let mut left: Vec<Candidate> = givers
            .iter()
            .filter(|it| !winners.contains(&it.resource))
            .map(|it| Candidate {
                resource: it.resource,
                priority: it.priority,
                weight: it.weight,
                balance: balances.get(&it.resource).copied().unwrap_or(0),
            })
            .collect();
        let candidates = left.clone();
        let mut turns = Vec::new();
        while winners.len() < self.needs.needed() {
            let entries = fairness::assign(&left).ok_or_else(|| self.refusal())?;
            let winner = entries.iter().find(|it| it.is_winner()).map(|it| it.resource);
            let winner = winner.ok_or_else(|| self.refusal())?;
            left.retain(|it| it.resource != winner);
            winners.push(winner);
            turns.push(winner);
        }
        let pool = self.needs.pool.filter(|_| !turns.is_empty());
        Ok((
            winners,
            pool.map(|id| Pool {
                id,
                candidates,
                winners: turns,
            }),
        ))
    }

    /// One room or piece of equipment: one that was there before if it can be, else the first.
    fn part(&self, answers: &[Answer], taken: &[Taken]) -> Result<ResourceId, Refusal> {
        let free = answers.iter().filter(|it| it.listed || self.can_be(it));
        let free: Vec<ResourceId> = free.map(|it| it.resource.id()).collect();
        let open = |it: &&ResourceId| !taken.iter().any(|taken| taken.resource == **it);
        let kept = free.iter().filter(open).find(|it| self.wish.prefer.contains(it));
        let first = kept.or_else(|| free.iter().find(open));
        first.copied().ok_or_else(|| self.refusal())
    }
}
