//! One sentence each: what teams, rooms and sessions with seats say about a start.

use std::num::NonZeroU16;

use availability::{
    Absence, Ask, Blocker, BlockerCode, Calendar, Change, Facts, Host, Limit, Most, Occupancy, Override, Per,
    Scope, Seat, Session, Strategy, Tag, Team,
};

use crate::stories::{
    OWNER, SERVICE, against, at, codes, hours, occupied, open, policy, span, starts, tuesday,
};

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
    let few = Team::at_least(2, alone);
    assert!(starts(&policy, &few).is_empty());
    for team in [few, Team::any([]), Team::one(&calendar).with_part([])] {
        let explained = Ask::new(&policy, &team, at("00:00")).explain(at("09:00"));
        let why: Vec<_> = explained.blockers().collect();
        assert_eq!(
            why,
            [&Blocker::Inactive { by: SERVICE }],
            "no such team can give the service"
        );
    }
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
