//! Choosing who gives a booking among those who can: those without whom nothing goes, then whoever's turn it is.
//!
//! **Invariant:** pure. The evaluator has said who can; nothing here says otherwise.

use std::collections::BTreeMap;

use availability::{Answer, BlockerCode, Explanation, Tag};
use kernel::id::{BookingId, ResourceId};
use uuid::Uuid;

use crate::booking::Overrides;
use crate::calendar::{Cast, Giver};
use crate::error::Refusal;
use crate::fairness::{self, Candidate};
use crate::hold::{Choice, Pool, Taken};
use crate::service::Part;

/// What was chosen.
#[derive(Debug)]
pub(crate) struct Picked {
    pub choice: Choice,
    /// The session that has a seat for it, if it takes place already.
    pub session: Option<BookingId>,
    /// Which reasons against it were overruled.
    pub overruled: Vec<BlockerCode>,
}

/// One start, who could give it, and what the evaluator says.
pub(crate) struct Question<'a> {
    /// Who and what could give it.
    pub cast: &'a Cast,
    /// Who keeps the ledger of turns, if there are turns.
    pub pool: Option<Uuid>,
    /// These rooms and pieces of equipment if they can.
    pub prefer: &'a [ResourceId],
    /// What is overruled for it, by right or because it is not asked about again.
    pub overrides: Overrides,
    pub explanation: &'a Explanation,
}

impl Question<'_> {
    /// Chooses who gives it. Pure.
    pub(crate) fn pick(&self, balances: &BTreeMap<ResourceId, i64>) -> Result<Picked, Refusal> {
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
        for ((part, _), answers) in self.cast.parts.iter().zip(self.explanation.parts()) {
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
        let enough = self.explanation.hosts().iter().filter(can).count() >= self.cast.needed();
        let rooms = self
            .explanation
            .parts()
            .iter()
            .all(|part| part.iter().any(|it| self.can_be(it)));
        let grid = self
            .explanation
            .shared()
            .is_none_or(|it| self.overrides.overrule(it.code()));
        if !(self.overrides.any() && enough && rooms && grid) {
            return None;
        }
        let mut codes: Vec<BlockerCode> = self.explanation.blockers().map(|it| it.code()).collect();
        codes.retain(|it| self.overrides.overrule(*it));
        codes.sort_unstable();
        codes.dedup();
        Some(codes)
    }

    fn can_be(&self, it: &Answer) -> bool {
        it.blockers.iter().all(|it| self.overrides.overrule(it.code()))
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
        let codes: Vec<BlockerCode> = codes.filter(|it| !self.overrides.overrule(*it)).collect();
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
        let givers: Vec<&Giver> = self.cast.hosts.iter().filter(|it| free(it)).collect();
        let required = |it: &&&Giver| self.cast.is_required(it);
        let mut winners: Vec<ResourceId> = givers.iter().filter(required).map(|it| it.resource).collect();
        // Whoever must be there cannot be overruled away.
        if winners.len()
            < self
                .cast
                .hosts
                .iter()
                .filter(|it| self.cast.is_required(it))
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
        while winners.len() < self.cast.needed() {
            let entries = fairness::assign(&left).ok_or_else(|| self.refusal())?;
            let winner = entries.iter().find(|it| it.is_winner()).map(|it| it.resource);
            let winner = winner.ok_or_else(|| self.refusal())?;
            left.retain(|it| it.resource != winner);
            winners.push(winner);
            turns.push(winner);
        }
        let pool = self.pool.filter(|_| !turns.is_empty());
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
        let kept = free.iter().filter(open).find(|it| self.prefer.contains(it));
        let first = kept.or_else(|| free.iter().find(open));
        first.copied().ok_or_else(|| self.refusal())
    }
}
