//! Slot cases: one calendar, one service, one range each, and every start in it.

use std::error::Error;
use std::num::NonZeroU16;

use availability::recurrence::Rule;
use availability::{
    Absence, Ask, Calendar, Change, Counted, Facts, Horizon, Hours, HoursRule, Limit, Most, Occupancy,
    Override, Owner, Per, Policy, Scope, StartRange, Tag, Team,
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use kernel::{Span, Zone};
use serde::{Deserialize, Serialize};

/// The service of all cases.
const SERVICE: Tag = Tag(1);

/// Recurrences that say no start are anchored at this Monday.
const ANCHOR: NaiveDate = NaiveDate::from_ymd_opt(1900, 1, 1).expect("a Monday");

/// One case. Fields that are not named here are passed over.
#[derive(Debug, Deserialize)]
pub(crate) struct Case {
    pub(crate) id: String,
    provider_tz: String,
    #[serde(default)]
    rules: Vec<RuleOf>,
    #[serde(default)]
    overrides: Vec<OverrideOf>,
    #[serde(default)]
    out_of_office: Vec<Away>,
    #[serde(default)]
    busy: Vec<Busy>,
    event: Event,
    pub(crate) now: DateTime<Utc>,
    range_start: DateTime<Utc>,
    range_end: DateTime<Utc>,
}

#[derive(Debug, Deserialize)]
struct RuleOf {
    rrule: String,
    start: String,
    end: String,
    tz: Option<String>,
    dtstart_date: Option<NaiveDate>,
    valid_from: Option<NaiveDate>,
    valid_until: Option<NaiveDate>,
    #[serde(default)]
    exdates: Vec<NaiveDate>,
}

#[derive(Debug, Deserialize)]
struct OverrideOf {
    date: NaiveDate,
    start: Option<String>,
    end: Option<String>,
    #[serde(default)]
    unavailable: bool,
}

#[derive(Debug, Deserialize)]
struct Away {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

#[derive(Debug, Deserialize)]
struct Busy {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    status: Option<String>,
    #[serde(default)]
    buffer_before: u32,
    #[serde(default)]
    buffer_after: u32,
    counts: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct Event {
    duration: NonZeroU16,
    interval: NonZeroU16,
    #[serde(default)]
    buffer_before: u16,
    #[serde(default)]
    buffer_after: u16,
    #[serde(default)]
    min_notice: u32,
    max_advance: Option<Advance>,
    max_per_day: Option<u32>,
    max_per_week: Option<u32>,
}

#[derive(Debug, Deserialize)]
struct Advance {
    kind: String,
    days: u16,
}

/// One line of the answer.
#[derive(Debug, Serialize)]
pub(crate) struct Answer {
    id: String,
    pub(crate) starts: Vec<DateTime<Utc>>,
}

/// Answers one case.
pub(crate) fn answer(case: &Case) -> Result<Answer, Box<dyn Error>> {
    let (calendar, policy, range) = (case.calendar()?, case.policy()?, case.range()?);
    let team = Team::one(&calendar);
    let starts = Ask::new(&policy, &team, case.now).starts(range).collect();
    Ok(Answer {
        id: case.id.clone(),
        starts,
    })
}

impl Case {
    /// Where starts are asked for.
    pub(crate) fn range(&self) -> Result<StartRange, Box<dyn Error>> {
        Ok(StartRange::new(self.range_start, self.range_end)?)
    }

    /// The provider.
    pub(crate) fn calendar(&self) -> Result<Calendar, Box<dyn Error>> {
        let mut facts = Facts::new(Tag(2), self.provider_tz.parse::<Zone>()?);
        let mut tags = (3..).map(Tag);
        for (rule, tag) in self.rules.iter().zip(&mut tags) {
            let starts_on = rule.dtstart_date.unwrap_or(ANCHOR);
            facts.rules.push(HoursRule {
                zone: rule.tz.as_deref().map(str::parse).transpose()?,
                valid_from: rule.valid_from,
                valid_until: rule.valid_until,
                except: rule.exdates.clone(),
                ..HoursRule::new(
                    tag,
                    Rule::for_dates(&rule.rrule)?,
                    starts_on,
                    hours(&rule.start, &rule.end)?,
                )
            });
        }
        for (it, tag) in self.overrides.iter().zip(&mut tags) {
            let change = match (it.unavailable, &it.start, &it.end) {
                (false, Some(start), Some(end)) => Change::Replace(hours(start, end)?),
                _ => Change::Close,
            };
            facts.overrides.push(Override {
                tag,
                date: it.date,
                change,
            });
        }
        for (it, tag) in self.out_of_office.iter().zip(&mut tags) {
            facts.absences.push(Absence {
                tag,
                span: Span::new(it.start, it.end)?,
            });
        }
        for (it, tag) in self.busy.iter().zip(&mut tags).filter(|it| it.0.occupies()) {
            let buffer = |minutes: u32| TimeDelta::minutes(i64::from(minutes));
            let span = Span::new(
                it.start - buffer(it.buffer_before),
                it.end + buffer(it.buffer_after),
            )?;
            facts.occupancies.push(Occupancy {
                owner: tag,
                kind: Owner::Booking,
                lane: None,
                span,
            });
            if it.counts.unwrap_or(true) {
                let minutes = u32::try_from((it.end - it.start).num_minutes())?;
                facts.counted.push(Counted {
                    owner: tag,
                    service: SERVICE,
                    starts_at: it.start,
                    minutes,
                });
            }
        }
        Ok(Calendar::new(facts))
    }

    /// The service.
    pub(crate) fn policy(&self) -> Result<Policy, Box<dyn Error>> {
        let event = &self.event;
        let mut policy = Policy::new(SERVICE, event.duration, event.interval);
        policy.buffer_before = event.buffer_before;
        policy.buffer_after = event.buffer_after;
        policy.notice = event.min_notice;
        policy.horizon = match &event.max_advance {
            None => None,
            Some(Advance { kind, days }) if kind == "rolling_24h" => Some(Horizon::Rolling { days: *days }),
            Some(Advance { kind, days }) if kind == "local_days" => Some(Horizon::Calendar { days: *days }),
            Some(Advance { kind, .. }) => return Err(format!("max_advance: no such kind as {kind}").into()),
        };
        for (per, most) in [(Per::Day, event.max_per_day), (Per::Week, event.max_per_week)] {
            let limit = |most| Limit {
                tag: Tag(0),
                scope: Scope::Resource,
                per,
                most: Most::Bookings(most),
            };
            policy.limits.extend(most.map(limit));
        }
        Ok(policy)
    }
}

impl Busy {
    fn occupies(&self) -> bool {
        !matches!(
            self.status.as_deref(),
            Some("cancelled" | "rejected" | "no_show" | "rescheduled")
        )
    }
}

fn hours(start: &str, end: &str) -> Result<Hours, Box<dyn Error>> {
    Ok(Hours::new(start.parse()?, end.parse()?)?)
}
