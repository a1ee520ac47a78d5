//! When somebody cannot come: what becomes of their bookings, decided and done in one transaction, with the absence itself.
//!
//! For each booking, in the order of their starts, what was asked for is tried one after the other until something works.
//! What a plan shows is the deed itself, undone: nothing is planned that would not be done.
//!
//! **Invariant:** everything that could be taken is held before the first booking is judged, and balances move last.

mod remedy;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use db::{Tenant, Work};
use kernel::id::{AbsenceId, BookingId, ResourceId};
use kernel::{Kind, Line, Refuse as _, Right, Span};
use serde::{Deserialize, Serialize};

use crate::absence::{AbsenceDraft, create_absence};
use crate::booking::{Booking, BookingHost, Closing};
use crate::error::Refusal;
use crate::fairness::Shifts;
use crate::needs::{self, Who};
use crate::occupancy;
use crate::provider::need_calendar;
use crate::store;
use crate::word::words;

use remedy::Case;

/// Bookings that one call covers.
pub const COVERED_MAX: usize = 200;

/// How far after the absence a booking may be moved, in days.
pub const MOVED_DAYS: i64 = 28;

words! {
    /// What can be done about a booking whose host cannot come.
    #[cfg_attr(feature = "graphql", graphql(name = "CoverStrategy"))]
    pub enum Remedy {
        /// Somebody else of the service gives it at the same time: whoever is free, by priority and turn.
        Reassign = "REASSIGN",
        /// It moves to the first start after the absence at which the same hosts are free, within 28 days.
        Move = "MOVE",
        /// It is called off, at no cost to the client.
        Cancel = "CANCEL",
    }
}

words! {
    /// What becomes of bookings for which nothing works.
    #[cfg_attr(feature = "graphql", graphql(name = "CoverRest"))]
    pub enum Rest {
        /// They stay as they are, and are named.
        Leave = "LEAVE",
        /// Nothing at all is done.
        Refuse = "REFUSE",
    }
}

words! {
    /// What has become of a booking.
    #[cfg_attr(feature = "graphql", graphql(name = "CoverOutcome"))]
    pub enum Fate {
        /// Somebody else gives it.
        Reassigned = "REASSIGNED",
        /// It takes place later.
        Moved = "MOVED",
        /// It is called off.
        Cancelled = "CANCELLED",
        /// Nothing worked; it is as it was.
        Left = "LEFT",
    }
}

/// Who cannot come, when, and what is to be done about it.
#[derive(Debug, Clone)]
pub struct Cover {
    /// Who is away.
    pub resource: ResourceId,
    /// From when until when.
    pub span: Span,
    /// Why; not public.
    pub reason: Option<Line>,
    /// Who can be booked instead.
    pub redirect_to: Option<ResourceId>,
    /// What to try for each booking, in this order.
    pub remedies: Vec<Remedy>,
    /// What becomes of the others.
    pub rest: Rest,
    /// What is said about each booking; clients read it.
    pub message: Option<Line>,
}

/// What has become of everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// The absence: a new one, or the one that was noted before.
    pub absence: AbsenceId,
    /// Every booking that it met, by its start.
    pub bookings: Vec<CoveredBooking>,
}

/// What has become of one booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoveredBooking {
    /// Which.
    pub booking: BookingId,
    /// What.
    pub fate: Fate,
    /// When it takes place now, or would have.
    pub starts_at: DateTime<Utc>,
    /// Who or what gives it in the place of whoever is away, if somebody does.
    pub stand_in: Option<ResourceId>,
    /// What was tried before that and why it did not work.
    pub tried: Vec<Tried>,
}

/// Something that did not work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// What was tried.
    pub remedy: Remedy,
    /// Why it did not work, for programs: the word of a [`kernel::Code`].
    pub code: String,
    /// Why it did not work, for people.
    pub why: String,
}

impl std::fmt::Display for CoveredBooking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.booking)?;
        for (at, tried) in self.tried.iter().enumerate() {
            write!(
                f,
                "{} {}: {}",
                if at == 0 { " –" } else { "," },
                tried.remedy,
                tried.why
            )?;
        }
        Ok(())
    }
}

/// Notes that somebody is away, and does for each of their bookings the first thing of those asked for that works.
///
/// # Errors
/// If a right is missing, nothing or something twice is to be tried, there are too many bookings, or some cannot be covered
/// and the whole is to be refused then.
pub async fn cover(work: &Work<Tenant>, ask: Cover) -> Result<Covered, Refusal> {
    work.need(Right::DiaryWrite)?;
    need_calendar(work, ask.resource).await?;
    check(&ask.remedies)?;
    let bookings = met(work, &ask).await?;
    let mut shifts = hold(work, &ask, &bookings).await?;
    let absence = noted(work, &ask).await?;
    let mut covered = Vec::with_capacity(bookings.len());
    for (booking, hosts) in bookings {
        let case = Case {
            ask: &ask,
            absence,
            booking: store::hold::<store::booking::Entity>(work, booking.id).await?,
            hosts,
        };
        covered.push(solve(work, &case, &mut shifts).await?);
    }
    store::fairness_balance::shift(work, &shifts).await?;
    let left: Vec<CoveredBooking> = covered
        .iter()
        .filter(|it| it.fate == Fate::Left)
        .cloned()
        .collect();
    if ask.rest == Rest::Refuse && !left.is_empty() {
        return Err(Refusal::NotCovered(left));
    }
    Ok(Covered {
        absence,
        bookings: covered,
    })
}

fn check(remedies: &[Remedy]) -> Result<(), Refusal> {
    let once: BTreeSet<&Remedy> = remedies.iter().collect();
    if remedies.is_empty() || once.len() < remedies.len() {
        let got: Vec<&str> = remedies.iter().map(|it| it.word()).collect();
        return Err(Refusal::wanted(
            "strategies",
            "one strategy or more, each once",
            got.join(", "),
        ));
    }
    Ok(())
}

/// The bookings that the absence meets and that are still to come, with what they take.
async fn met(work: &Work<Tenant>, ask: &Cover) -> Result<Vec<(Booking, Vec<BookingHost>)>, Refusal> {
    let most = COVERED_MAX as u64 + 1;
    let found = store::booking::open_of(work, (ask.resource, ask.span), most).await?;
    if found.len() > COVERED_MAX {
        return Err(Refusal::LimitReached {
            what: "bookings in one absence that is to be covered",
            max: COVERED_MAX as u64,
        });
    }
    let ids: Vec<BookingId> = found.iter().map(|it| it.id).collect();
    let hosts = store::booking_host::of(work, &ids).await?;
    let of = |id: BookingId| hosts.iter().filter(|it| it.booking_id == id).cloned().collect();
    Ok(found.into_iter().map(|it| (it.clone(), of(it.id))).collect())
}

/// Holds whatever the bookings could take, clears what has lapsed there, and holds the bookings.
async fn hold(
    work: &Work<Tenant>,
    ask: &Cover,
    bookings: &[(Booking, Vec<BookingHost>)],
) -> Result<Shifts, Refusal> {
    let services = bookings.iter().map(|(it, _)| it.service_id).collect();
    let hosts = bookings.iter().flat_map(|(_, hosts)| hosts);
    let mut now: Vec<ResourceId> = hosts.map(|it| it.resource_id).collect();
    now.push(ask.resource);
    let held = needs::reserve(work, (&services, &Who::Anybody), &now).await?;
    let reach = TimeDelta::days(MOVED_DAYS + 3);
    let around = Span::new(ask.span.start() - reach, ask.span.end() + reach);
    let around = around.map_err(|wrong| Refusal::invalid("endsAt", wrong))?;
    let shifts = occupancy::clear(work, &held, around).await?;
    let ids: Vec<BookingId> = bookings.iter().map(|(it, _)| it.id).collect();
    store::hold_all::<store::booking::Entity>(work, &ids).await?;
    Ok(shifts)
}

/// The absence: one that was noted before and covers it all, or a new one.
async fn noted(work: &Work<Tenant>, ask: &Cover) -> Result<AbsenceId, Refusal> {
    let known = store::absence::all_meeting(work, &[ask.resource], ask.span).await?;
    let whole = known
        .iter()
        .find(|it| it.starts_at <= ask.span.start() && ask.span.end() <= it.ends_at);
    if let Some(whole) = whole {
        return Ok(whole.id);
    }
    let draft = AbsenceDraft {
        resource: ask.resource,
        span: ask.span,
        reason: ask.reason.clone(),
        redirect_to: ask.redirect_to,
    };
    Ok(create_absence(work, draft).await?.absence)
}

/// Tries one thing after the other. What is refused has written nothing.
async fn solve(work: &Work<Tenant>, case: &Case<'_>, shifts: &mut Shifts) -> Result<CoveredBooking, Refusal> {
    let mut tried = Vec::new();
    for remedy in &case.ask.remedies {
        let plan = match case.judge(work, *remedy, shifts).await {
            Ok(plan) => plan,
            Err(why) if matches!(why.kind(), Kind::Conflict | Kind::Invalid | Kind::NotFound) => {
                tried.push(Tried {
                    remedy: *remedy,
                    code: why.code().word().to_owned(),
                    why: why.to_string(),
                });
                continue;
            }
            Err(fault) => return Err(fault),
        };
        let (after, stand_in) = case.carry_out(work, plan, shifts).await?;
        return Ok(CoveredBooking {
            booking: after.id,
            fate: match remedy {
                Remedy::Reassign => Fate::Reassigned,
                Remedy::Move => Fate::Moved,
                Remedy::Cancel => Fate::Cancelled,
            },
            starts_at: after.starts_at,
            stand_in,
            tried,
        });
    }
    Ok(CoveredBooking {
        booking: case.booking.id,
        fate: Fate::Left,
        starts_at: case.booking.starts_at,
        stand_in: None,
        tried,
    })
}

/// What staff say to the client.
fn closing(ask: &Cover) -> Closing {
    Closing {
        reason: ask.message.clone(),
        ..Closing::default()
    }
}
