//! One sentence each: what a person would say about a start.

use std::num::NonZeroU16;

use availability::recurrence::Rule;
use availability::{
    Absence, Ask, Blocker, BlockerCode, Calendar, Change, Counted, Facts, Horizon, Hours, HoursRule, Limit,
    Most, Occupancy, Override, Owner, Per, Policy, Scope, Source, StaleCalendar, StartRange, Tag, Team,
};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::Span;

pub(crate) const RULE: Tag = Tag(50);
pub(crate) const SERVICE: Tag = Tag(60);
pub(crate) const OWNER: Tag = Tag(70);

/// A day in March, in UTC.
pub(crate) fn at(time: &str) -> DateTime<Utc> {
    format!("2026-03-03T{time}:00Z").parse().unwrap()
}

pub(crate) fn span(from: &str, until: &str) -> Span {
    Span::new(at(from), at(until)).unwrap()
}

pub(crate) fn hours(text: &str) -> Hours {
    text.parse().unwrap()
}

pub(crate) fn tuesday() -> NaiveDate {
    at("00:00").date_naive()
}

/// Open every day at these hours.
pub(crate) fn open(resource: u128, text: &str) -> Facts {
    let mut facts = Facts::new(Tag(resource), kernel::Zone::UTC);
    let daily = Rule::for_dates("FREQ=DAILY").unwrap();
    facts
        .rules
        .push(HoursRule::new(RULE, daily, tuesday(), hours(text)));
    facts
}

pub(crate) fn occupied(from: &str, until: &str) -> Occupancy {
    Occupancy {
        owner: OWNER,
        kind: Owner::Booking,
        lane: None,
        span: span(from, until),
    }
}

pub(crate) fn policy(duration: u16, interval: u16) -> Policy {
    let minutes = |count| NonZeroU16::new(count).unwrap();
    Policy::new(SERVICE, minutes(duration), minutes(interval))
}

pub(crate) fn starts(policy: &Policy, team: &Team<'_>) -> Vec<String> {
    let ask = Ask::new(policy, team, at("00:00"));
    let day = StartRange::new(at("00:00"), at("00:00") + chrono::Days::new(1)).unwrap();
    ask.starts(day).map(|it| it.format("%H:%M").to_string()).collect()
}

/// All that stands against a start of a single host at midnight.
pub(crate) fn against(facts: &Facts, policy: &Policy, start: &str) -> Vec<Blocker> {
    let calendar = Calendar::new(facts.clone());
    let team = Team::one(&calendar);
    Ask::new(policy, &team, at("00:00"))
        .explain(at(start))
        .blockers()
        .cloned()
        .collect()
}

pub(crate) fn codes(blockers: &[Blocker]) -> Vec<&'static str> {
    blockers.iter().map(|it| it.code().as_str()).collect()
}

#[test]
fn outside_the_hours_names_the_rule_and_its_window() {
    let why = against(&open(1, "09:00-17:00"), &policy(60, 30), "16:30");
    let window = Some(span("09:00", "17:00"));
    assert_eq!(
        why,
        [Blocker::OutsideHours {
            window,
            by: vec![Source::Rule(RULE)]
        }]
    );
}

#[test]
fn off_the_grid_names_the_starts_around() {
    let why = against(&open(1, "09:00-17:00"), &policy(60, 30), "10:10");
    let (previous, next) = (at("10:00"), Some(at("10:30")));
    let by = vec![Source::Rule(RULE)];
    assert_eq!(
        why,
        [Blocker::OffGrid {
            window: span("09:00", "17:00"),
            by,
            interval: 30,
            previous,
            next
        }]
    );
}

#[test]
fn a_closed_date_names_the_override_even_for_the_hours_after_midnight() {
    let mut facts = open(1, "22:00-02:00");
    facts.overrides.push(Override {
        tag: Tag(7),
        date: tuesday(),
        change: Change::Close,
    });
    let closed = [Blocker::DateClosed {
        by: Tag(7),
        date: tuesday(),
    }];
    assert_eq!(against(&facts, &policy(60, 30), "22:00"), closed);
    let calendar = Calendar::new(facts);
    let team = Team::one(&calendar);
    let policy = policy(60, 30);
    let ask = Ask::new(&policy, &team, at("00:00"));
    let night = ask.explain(at("00:00") + chrono::TimeDelta::hours(25));
    assert_eq!(
        night.blockers().cloned().collect::<Vec<_>>(),
        closed,
        "its own tail is closed too"
    );
}

#[test]
fn hours_taken_out_name_the_override_and_do_not_move_the_grid() {
    let mut facts = open(1, "09:00-12:00");
    facts.overrides.push(Override {
        tag: Tag(7),
        date: tuesday(),
        change: Change::Block(hours("09:10-10:10")),
    });
    let policy = policy(30, 30);
    assert_eq!(codes(&against(&facts, &policy, "10:00")), ["OUTSIDE_HOURS"]);
    assert_eq!(
        against(&facts, &policy, "10:00")[0],
        Blocker::CutOut {
            by: Tag(7),
            span: span("09:10", "10:10")
        }
    );
    let calendar = Calendar::new(facts);
    assert_eq!(
        starts(&policy, &Team::one(&calendar)),
        ["10:30", "11:00", "11:30"]
    );
}

#[test]
fn a_block_takes_its_hours_out_of_the_night_before_too() {
    let mut facts = open(1, "22:00-04:00");
    facts.rules[0].starts_on = tuesday() - chrono::Days::new(1);
    facts.overrides.push(Override {
        tag: Tag(7),
        date: tuesday(),
        change: Change::Block(hours("00:00-02:00")),
    });
    let calendar = Calendar::new(facts);
    assert_eq!(
        starts(&policy(60, 60), &Team::one(&calendar)),
        ["02:00", "03:00", "22:00", "23:00"]
    );
}

#[test]
fn a_taken_time_a_held_time_and_a_buffer_are_told_apart() {
    let mut facts = open(1, "09:00-17:00");
    let mut policy = policy(60, 30);
    policy.buffer_after = 15;
    facts.occupancies.push(occupied("11:10", "12:00"));
    assert_eq!(codes(&against(&facts, &policy, "11:00")), ["OCCUPIED"]);
    let (by, kind) = (OWNER, Owner::Booking);
    let buffer = Blocker::Buffer {
        by,
        kind,
        span: span("11:10", "12:00"),
        needs: 15,
        has: 10,
    };
    assert_eq!(against(&facts, &policy, "10:00"), [buffer]);
    facts.occupancies[0].kind = Owner::Hold;
    assert_eq!(codes(&against(&facts, &policy, "11:00")), ["HELD"]);
    assert_eq!(
        codes(&against(&facts, &policy, "12:00")),
        [""; 0],
        "touching is free"
    );
}

#[test]
fn every_rule_that_a_start_fails_is_told_not_only_the_first() {
    let mut facts = open(1, "09:00-17:00");
    facts.active = false;
    facts.absences.push(Absence {
        tag: Tag(7),
        span: span("01:00", "03:00"),
    });
    facts.occupancies.push(occupied("01:30", "02:00"));
    facts.stale.push(StaleCalendar {
        connection: Tag(8),
        synced_at: None,
    });
    let mut policy = policy(60, 30);
    policy.notice = 24 * 60;
    policy.horizon = Some(Horizon::Rolling { days: 0 });
    let (scope, per, most) = (Scope::Resource, Per::Day, Most::Bookings(0));
    policy.limits.push(Limit {
        tag: Tag(9),
        scope,
        per,
        most,
    });
    let why = against(&facts, &policy, "01:10");
    let expected = [
        BlockerCode::Inactive,
        BlockerCode::OutsideHours,
        BlockerCode::OutOfOffice,
        BlockerCode::Occupied,
        BlockerCode::Notice,
        BlockerCode::Horizon,
        BlockerCode::Limit,
        BlockerCode::CalendarStale,
    ];
    assert_eq!(why.iter().map(Blocker::code).collect::<Vec<_>>(), expected);
    assert!(
        why.contains(&Blocker::Notice {
            needs: 1_440,
            left: 70
        }),
        "24 h needed, 70 min left: {why:?}"
    );
}

#[test]
fn the_public_hears_the_reasons_but_not_whose_they_are() {
    let mut facts = open(1, "09:00-17:00");
    facts.occupancies = vec![occupied("10:00", "10:20"), occupied("10:20", "11:00")];
    let calendar = Calendar::new(facts);
    let (policy, team) = (policy(60, 30), Team::one(&calendar));
    let told = Ask::new(&policy, &team, at("00:00"))
        .explain(at("10:00"))
        .redacted();
    let shown = format!("{told:?}");
    assert_eq!(told.len(), 1, "two bookings are one reason: {shown}");
    assert_eq!(told[0].code, BlockerCode::Occupied);
    assert!(!shown.contains("Tag") && !shown.contains("10:20"), "{shown}");
}

#[test]
fn a_full_date_says_how_much_of_the_limit_is_used() {
    let mut facts = open(1, "09:00-17:00");
    let counted = |start, minutes| Counted {
        owner: OWNER,
        service: SERVICE,
        starts_at: at(start),
        minutes,
    };
    facts.counted = vec![counted("09:00", 100), counted("12:00", 100)];
    let mut policy = policy(60, 60);
    let limit = |most| Limit {
        tag: Tag(9),
        scope: Scope::ServiceOnResource,
        per: Per::Week,
        most,
    };
    for (most, used) in [(Most::Bookings(2), Some(2)), (Most::Bookings(3), None)] {
        policy.limits = vec![limit(most)];
        let said = against(&facts, &policy, "14:00");
        let monday = tuesday() - chrono::Days::new(1);
        let (by, scope, per) = (Tag(9), Scope::ServiceOnResource, Per::Week);
        let expected = used.map(|used| Blocker::Limit {
            by,
            scope,
            per,
            most,
            used,
            from: monday,
        });
        assert_eq!(said, expected.into_iter().collect::<Vec<_>>());
    }
    // 260 minutes hold the 200 there are and 60 more; 259 do not.
    policy.limits = vec![limit(Most::Minutes(260))];
    assert_eq!(codes(&against(&facts, &policy, "14:00")), [""; 0]);
    policy.limits = vec![limit(Most::Minutes(259))];
    assert_eq!(codes(&against(&facts, &policy, "14:00")), ["LIMIT"]);
    facts.counted[0].service = Tag(61);
    assert_eq!(
        codes(&against(&facts, &policy, "14:00")),
        [""; 0],
        "another service's bookings do not count"
    );
}

#[test]
fn a_move_is_judged_as_if_the_booking_were_not_there() {
    let mut facts = open(1, "09:00-11:00");
    facts.occupancies.push(occupied("09:00", "10:00"));
    facts.counted.push(Counted {
        owner: OWNER,
        service: SERVICE,
        starts_at: at("09:00"),
        minutes: 60,
    });
    let mut policy = policy(60, 30);
    policy.limits.push(Limit {
        tag: Tag(9),
        scope: Scope::Resource,
        per: Per::Day,
        most: Most::Bookings(1),
    });
    assert_eq!(codes(&against(&facts, &policy, "09:30")), ["OCCUPIED", "LIMIT"]);
    assert_eq!(codes(&against(&facts.without(OWNER), &policy, "09:30")), [""; 0]);
}

#[test]
fn every_blocker_can_be_said_in_words() {
    let mut facts = open(1, "09:00-17:00");
    facts.occupancies.push(occupied("10:00", "10:30"));
    let why = against(&facts, &policy(60, 30), "10:05");
    let words: Vec<_> = why.iter().map(Blocker::to_string).collect();
    let starts = "starts are every 30 min, such as 2026-03-03 10:00:00 UTC";
    assert_eq!(
        words,
        [
            starts,
            "2026-03-03 10:00:00 UTC to 2026-03-03 10:30:00 UTC is taken"
        ]
    );
}

#[test]
fn hours_and_free_time_can_be_seen_without_asking_for_a_service() {
    let mut facts = open(1, "09:00-17:00");
    facts.overrides.push(Override {
        tag: Tag(7),
        date: tuesday(),
        change: Change::Add(hours("17:00-18:00")),
    });
    facts.overrides.push(Override {
        tag: Tag(8),
        date: tuesday(),
        change: Change::Block(hours("12:00-13:00")),
    });
    facts.occupancies.push(occupied("09:00", "10:30"));
    let calendar = Calendar::new(facts);
    let day = StartRange::new(at("00:00"), at("23:59")).unwrap();
    let by = vec![Source::Rule(RULE), Source::Override(Tag(7))];
    let open = availability::OpenHours {
        date: tuesday(),
        span: span("09:00", "18:00"),
        by,
    };
    assert_eq!(calendar.hours(day), [open]);
    assert_eq!(
        calendar.free_time(day),
        [span("10:30", "12:00"), span("13:00", "18:00")]
    );
}
