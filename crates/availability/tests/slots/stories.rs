//! One sentence each: what a person would say about a start.

use std::num::NonZeroU16;

use availability::recurrence::Rule;
use availability::{
    Absence, Ask, Blocker, BlockerCode, Calendar, Change, Counted, Facts, Horizon, Host, Hours, HoursRule,
    Limit, Most, Occupancy, Override, Owner, Per, Policy, Scope, Seat, Session, Source, StaleCalendar,
    StartRange, Strategy, Tag, Team,
};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::Span;

const RULE: Tag = Tag(50);
const SERVICE: Tag = Tag(60);
const OWNER: Tag = Tag(70);

/// A day in March, in UTC.
fn at(time: &str) -> DateTime<Utc> {
    format!("2026-03-03T{time}:00Z").parse().unwrap()
}

fn span(from: &str, until: &str) -> Span {
    Span::new(at(from), at(until)).unwrap()
}

fn hours(text: &str) -> Hours {
    text.parse().unwrap()
}

fn tuesday() -> NaiveDate {
    at("00:00").date_naive()
}

/// Open every day at these hours.
fn open(resource: u128, text: &str) -> Facts {
    let mut facts = Facts::new(Tag(resource), kernel::Zone::UTC);
    let daily = Rule::for_dates("FREQ=DAILY").unwrap();
    facts
        .rules
        .push(HoursRule::new(RULE, daily, tuesday(), hours(text)));
    facts
}

fn occupied(from: &str, until: &str) -> Occupancy {
    Occupancy {
        owner: OWNER,
        kind: Owner::Booking,
        lane: None,
        span: span(from, until),
    }
}

fn policy(duration: u16, interval: u16) -> Policy {
    let minutes = |count| NonZeroU16::new(count).unwrap();
    Policy::new(SERVICE, minutes(duration), minutes(interval))
}

fn starts(policy: &Policy, team: &Team<'_>) -> Vec<String> {
    let ask = Ask::new(policy, team, at("00:00"));
    let day = StartRange::new(at("00:00"), at("00:00") + chrono::Days::new(1)).unwrap();
    ask.starts(day).map(|it| it.format("%H:%M").to_string()).collect()
}

/// All that stands against a start of a single host at midnight.
fn against(facts: &Facts, policy: &Policy, start: &str) -> Vec<Blocker> {
    let calendar = Calendar::new(facts.clone());
    let team = Team::one(&calendar);
    Ask::new(policy, &team, at("00:00"))
        .explain(at(start))
        .blockers()
        .cloned()
        .collect()
}

fn codes(blockers: &[Blocker]) -> Vec<&'static str> {
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
fn members_that_open_at_different_times_share_a_grid_that_neither_has_alone() {
    let [early, late] = [open(1, "09:00-12:00"), open(2, "09:15-12:00")].map(Calendar::new);
    let policy = policy(60, 60);
    assert_eq!(starts(&policy, &Team::all([&early, &late])), ["09:15", "10:15"]);
    assert_eq!(
        starts(&policy, &Team::any([&early, &late])),
        ["09:00", "09:15", "10:00", "10:15", "11:00"]
    );
    let team = Team::all([&early, &late]);
    let explained = Ask::new(&policy, &team, at("00:00")).explain(at("10:00"));
    let shared = explained.shared().map(Blocker::code);
    assert_eq!(
        (explained.is_offered(), shared),
        (false, Some(BlockerCode::OffGrid))
    );
}

#[test]
fn round_robin_names_everybody_who_is_free_and_why_the_others_are_not() {
    let mut busy = open(2, "09:00-12:00");
    busy.occupancies.push(occupied("09:00", "09:30"));
    let [free, busy] = [open(1, "09:00-12:00"), busy].map(Calendar::new);
    let hosts = [&free, &busy].map(|calendar| Host {
        calendar,
        required: false,
    });
    let team = Team::new(Strategy::RoundRobin, None, hosts);
    let policy = policy(60, 60);
    let explained = Ask::new(&policy, &team, at("00:00")).explain(at("09:00"));
    assert!(explained.is_offered());
    let heard: Vec<_> = explained
        .hosts()
        .iter()
        .map(|it| (it.resource, it.listed, codes(&it.blockers)))
        .collect();
    assert_eq!(heard, [(Tag(1), true, vec![]), (Tag(2), false, vec!["OCCUPIED"])]);
}

#[test]
fn a_strategy_says_who_is_required_and_how_many() {
    let calendar = Calendar::new(open(1, "09:00-12:00"));
    let hosts = [true, false, false].map(|required| Host {
        calendar: &calendar,
        required,
    });
    let who = |strategy, hosts_required| {
        let team = Team::new(strategy, hosts_required, hosts);
        (
            team.needed(),
            team.hosts().iter().map(|it| it.required).collect::<Vec<_>>(),
        )
    };
    assert_eq!(who(Strategy::RoundRobin, None), (1, vec![false; 3]));
    assert_eq!(who(Strategy::Managed, Some(2)), (2, vec![false; 3]));
    assert_eq!(who(Strategy::Collective, None), (3, vec![true; 3]));
    assert_eq!(who(Strategy::Collective, Some(2)), (2, vec![false; 3]));
    assert_eq!(who(Strategy::Fixed, None), (1, vec![true, false, false]));
    assert_eq!(who(Strategy::Fixed, Some(2)), (2, vec![true, false, false]));
}

#[test]
fn a_team_without_hosts_or_with_too_few_offers_nothing() {
    let calendar = Calendar::new(open(1, "09:00-12:00"));
    let policy = policy(60, 60);
    assert!(starts(&policy, &Team::any([])).is_empty());
    assert!(starts(&policy, &Team::all([])).is_empty());
    let alone = [Host {
        calendar: &calendar,
        required: false,
    }];
    assert!(starts(&policy, &Team::at_least(2, alone)).is_empty());
}

#[test]
fn a_room_without_rules_is_open_over_midnight_and_never_moves_the_grid() {
    let host = Calendar::new(open(1, "22:10-01:00"));
    let mut room = Facts::new(Tag(2), kernel::Zone::UTC);
    let policy = policy(60, 60);
    let always = Calendar::new(room.clone());
    assert_eq!(
        starts(&policy, &Team::one(&host).with_part([&always])),
        ["22:10", "23:10"]
    );
    let change = Change::Block(hours("22:30-23:00"));
    room.overrides.push(Override {
        tag: Tag(7),
        date: tuesday(),
        change,
    });
    let cut = Calendar::new(room);
    assert_eq!(starts(&policy, &Team::one(&host).with_part([&cut])), ["23:10"]);
    assert_eq!(
        starts(&policy, &Team::one(&host).with_part([&cut, &always])),
        ["22:10", "23:10"],
        "any room"
    );
    assert_eq!(
        starts(&policy, &Team::one(&host).with_part([])),
        [""; 0],
        "a part that nothing can be"
    );
}

#[test]
fn a_room_with_three_lanes_is_taken_when_all_three_are() {
    let host = Calendar::new(open(1, "09:00-10:00"));
    let mut room = Facts::new(Tag(2), kernel::Zone::UTC);
    room.lanes = NonZeroU16::new(3).unwrap();
    let lane = |lane| Occupancy {
        lane: Some(lane),
        ..occupied("09:00", "10:00")
    };
    room.occupancies = vec![lane(0), lane(1), lane(0), lane(3)];
    let policy = policy(60, 60);
    let two = Calendar::new(room.clone());
    assert_eq!(starts(&policy, &Team::one(&host).with_part([&two])), ["09:00"]);
    room.occupancies.push(lane(2));
    let three = Calendar::new(room);
    let team = Team::one(&host).with_part([&three]);
    assert_eq!(starts(&policy, &team), [""; 0]);
    let explained = Ask::new(&policy, &team, at("00:00")).explain(at("09:00"));
    assert_eq!(
        codes(&explained.parts()[0][0].blockers),
        ["OCCUPIED"; 4],
        "each that takes a lane is named"
    );
}

#[test]
fn a_session_is_offered_at_its_own_start_while_it_has_seats() {
    let mut facts = open(1, "09:00-12:00");
    facts.occupancies.push(occupied("10:10", "11:10"));
    let session = Session {
        booking: OWNER,
        service: SERVICE,
        span: span("10:10", "11:10"),
        seats: 3,
        taken: 2,
    };
    facts.sessions.push(session);
    let policy = policy(60, 30);
    let calendar = Calendar::new(facts.clone());
    let team = Team::one(&calendar);
    assert_eq!(starts(&policy, &team), ["09:00", "10:10"]);
    let explained = Ask::new(&policy, &team, at("00:00")).explain(at("10:10"));
    assert_eq!(
        explained.hosts()[0].seat,
        Some(Seat {
            session: OWNER,
            left: 1
        })
    );
    facts.sessions[0].taken = 3;
    assert_eq!(
        against(&facts, &policy, "10:10"),
        [Blocker::SeatsFull {
            by: OWNER,
            seats: 3,
            taken: 3
        }]
    );
    facts.sessions[0].service = Tag(61);
    assert_eq!(
        codes(&against(&facts, &policy, "10:10")),
        ["OFF_GRID", "OCCUPIED"],
        "another service's session"
    );
}

#[test]
fn a_session_ends_with_its_host_away_or_its_date_closed_but_not_at_a_limit() {
    let mut facts = open(1, "09:00-12:00");
    let session = Session {
        booking: OWNER,
        service: SERVICE,
        span: span("10:00", "11:00"),
        seats: 3,
        taken: 1,
    };
    facts.sessions.push(session);
    let mut policy = policy(60, 60);
    policy.limits.push(Limit {
        tag: Tag(9),
        scope: Scope::Resource,
        per: Per::Day,
        most: Most::Bookings(0),
    });
    assert_eq!(codes(&against(&facts, &policy, "10:00")), [""; 0]);
    facts.absences.push(Absence {
        tag: Tag(7),
        span: span("10:30", "10:31"),
    });
    facts.overrides.push(Override {
        tag: Tag(8),
        date: tuesday(),
        change: Change::Close,
    });
    assert_eq!(
        codes(&against(&facts, &policy, "10:00")),
        ["DATE_CLOSED", "OUT_OF_OFFICE"]
    );
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
