//! How a series comes to be, and what is made of it as time goes on.

use std::collections::BTreeMap;

use kernel::Refuse as _;
use scheduling::Refusal;
use scheduling::series::{self, Policy, Recurrence, SeriesAsk, SeriesDraft};
use scheduling::service::{Ahead, Limit, LimitPer, LimitScope, LimitUnit, Limits, ServiceEdit};

use crate::world::practice::{Practice, at, repeated};
use crate::world::{World, stories};

stories! { both: [
    all_refuses_naming_every_conflict_and_writes_nothing,
    available_only_books_the_rest_and_notes_the_conflicts,
    a_plan_with_nothing_left_is_refused_by_either_policy,
    occurrences_stand_in_each_others_way_and_count_toward_limits,
    turns_are_taken_as_they_were_planned,
    dates_are_added_and_left_out,
    what_is_planned_at_once_has_an_end,
    a_class_is_booked_session_by_session,
] }

fn code<T: std::fmt::Debug>(refused: Result<T, Refusal>) -> &'static str {
    refused.expect_err("a refusal").code().word()
}

async fn plan(practice: &Practice, draft: &SeriesDraft) -> Result<series::SeriesPlan, Refusal> {
    let ask = SeriesAsk {
        service: draft.service,
        host: draft.host,
        recurrence: draft.recurrence.clone(),
    };
    let work = practice.stranger().await;
    series::plan(&work, &ask).await
}

async fn all_refuses_naming_every_conflict_and_writes_nothing(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    practice.books(service, at("2026-03-12T09:00:00Z")).await.unwrap();
    practice.holds(service, at("2026-03-19T09:00:00Z")).await.unwrap();
    let rows = "SELECT CAST((SELECT count(*) FROM bookings) + (SELECT count(*) FROM occupancies) \
                + (SELECT count(*) FROM series) + (SELECT count(*) FROM series_occurrences) AS text)";
    let before = world.admin_sql(rows).await;
    let draft = repeated(service, "FREQ=WEEKLY;COUNT=4", "2026-03-05T09:00:00");
    let Err(Refusal::SeriesConflict(conflicts)) = practice.repeats(draft).await else {
        panic!("conflicts were expected");
    };
    let told: Vec<_> = conflicts
        .iter()
        .map(|it| {
            (
                it.local_start.date().to_string(),
                it.reasons[0].word(),
                it.nearest,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (
                "2026-03-12".to_owned(),
                "OCCUPIED",
                Some(at("2026-03-12T08:30:00Z"))
            ),
            ("2026-03-19".to_owned(), "HELD", Some(at("2026-03-19T08:30:00Z"))),
        ]
    );
    assert_eq!(world.admin_sql(rows).await, before);
}

async fn available_only_books_the_rest_and_notes_the_conflicts(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    practice.books(service, at("2026-03-12T09:00:00Z")).await.unwrap();
    let draft = SeriesDraft {
        policy: Policy::AvailableOnly,
        ..repeated(service, "FREQ=WEEKLY;COUNT=3", "2026-03-05T09:00:00")
    };
    let made = practice.repeats(draft).await.unwrap();
    assert_eq!(practice.starts(made.series).await, ["03-05T09:00", "03-19T09:00"]);
    assert_eq!(
        practice.exceptions(made.series).await,
        ["03-12T09:00 CONFLICT OCCUPIED"]
    );
    assert!(practice.audit().await.is_clean());
}

async fn a_plan_with_nothing_left_is_refused_by_either_policy(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let draft = repeated(service, "FREQ=WEEKLY;COUNT=3", "2026-03-05T09:00:00");
    practice.repeats(draft.clone()).await.unwrap();
    for policy in [Policy::All, Policy::AvailableOnly] {
        let draft = SeriesDraft {
            policy,
            ..draft.clone()
        };
        assert_eq!(code(practice.repeats(draft).await), "SERIES_CONFLICT");
    }
}

async fn occurrences_stand_in_each_others_way_and_count_toward_limits(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea", "caio"]).await;
    let often = ServiceEdit {
        interval_minutes: Some(15),
        ..ServiceEdit::default()
    };
    let service = practice.service("consulta", &hosts[..1], often).await;
    let twice = "FREQ=DAILY;COUNT=4;BYHOUR=9;BYMINUTE=0,15";
    let planned = plan(&practice, &repeated(service, twice, "2026-03-05T09:00:00"))
        .await
        .unwrap();
    let said: Vec<&str> = planned.occurrences.iter().map(|it| it.status.word()).collect();
    assert_eq!(said, ["OK", "CONFLICT", "OK", "CONFLICT"]);
    let limits = [Limit {
        scope: LimitScope::Service,
        per: LimitPer::Week,
        unit: LimitUnit::Bookings,
        most: 2,
    }];
    let few = ServiceEdit {
        limits: Some(Limits::new(limits.to_vec()).unwrap()),
        ..ServiceEdit::default()
    };
    let service = practice.service("terapia", &hosts[1..], few).await;
    let draft = SeriesDraft {
        policy: Policy::AvailableOnly,
        ..repeated(
            service,
            "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=6",
            "2026-03-09T09:00:00",
        )
    };
    let made = practice.repeats(draft).await.unwrap();
    assert_eq!(
        practice.exceptions(made.series).await,
        ["03-13T09:00 CONFLICT LIMIT", "03-20T09:00 CONFLICT LIMIT"]
    );
    assert!(practice.audit().await.is_clean());
}

async fn turns_are_taken_as_they_were_planned(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea", "caio"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let draft = repeated(service, "FREQ=DAILY;COUNT=6", "2026-03-05T09:00:00");
    let made = practice.repeats(draft).await.unwrap();
    let mut given = BTreeMap::new();
    for it in &made.bookings {
        for host in practice.hosts(it.booking).await {
            *given.entry(host).or_insert(0) += 1;
        }
    }
    assert_eq!(given.into_values().collect::<Vec<_>>(), [3, 3]);
    let named = SeriesDraft {
        host: Some(hosts[0]),
        ..repeated(service, "FREQ=DAILY;COUNT=6", "2026-03-05T15:00:00")
    };
    let made = practice.repeats(named).await.unwrap();
    for it in &made.bookings {
        assert_eq!(practice.hosts(it.booking).await, [hosts[0]]);
    }
    assert!(practice.audit().await.is_clean());
}

async fn dates_are_added_and_left_out(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let base = repeated(service, "FREQ=WEEKLY;COUNT=3", "2026-03-05T09:00:00");
    let dates = |of: &[&str]| of.iter().map(|it| it.parse().unwrap()).collect::<Vec<_>>();
    let start = (base.recurrence.local_start(), base.recurrence.timezone());
    let lists = (
        dates(&["2026-03-07", "2026-03-12", "2026-03-08"]),
        dates(&["2026-03-12", "2026-03-08"]),
    );
    let recurrence = Recurrence::new(*base.recurrence.rule(), start, lists).unwrap();
    let made = practice
        .repeats(SeriesDraft { recurrence, ..base })
        .await
        .unwrap();
    assert_eq!(
        practice.starts(made.series).await,
        ["03-05T09:00", "03-07T09:00", "03-19T09:00"]
    );
    assert_eq!(
        practice.exceptions(made.series).await,
        ["03-08T09:00 SKIPPED EXCLUDED", "03-12T09:00 SKIPPED EXCLUDED"]
    );
}

async fn what_is_planned_at_once_has_an_end(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let far = ServiceEdit {
        ahead: Some(Ahead::Any),
        ..ServiceEdit::default()
    };
    let service = practice.service("consulta", &hosts, far).await;
    let planned = async |rrule: &str| {
        let planned = plan(&practice, &repeated(service, rrule, "2026-03-05T09:00:00")).await;
        planned
            .map(|it| (it.occurrences.len(), it.until.is_some()))
            .map_err(|it| it.code().word())
    };
    assert_eq!(planned("FREQ=DAILY;COUNT=104").await, Ok((104, false)));
    assert_eq!(planned("FREQ=DAILY;COUNT=105").await, Ok((56, true)));
    assert_eq!(planned("FREQ=WEEKLY;UNTIL=20270306").await, Ok((53, false)));
    assert_eq!(planned("FREQ=WEEKLY;UNTIL=20270311").await, Ok((8, true)));
    let most = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA;BYHOUR=9,15";
    assert_eq!(planned(most).await, Ok((96, true)));
    assert_eq!(planned("FREQ=DAILY;BYHOUR=9,15").await, Err("INVALID_INPUT"));
    let one = repeated(service, "FREQ=DAILY;COUNT=104", "2026-03-05T09:00:00");
    assert_eq!(practice.repeats(one).await.unwrap().bookings.len(), 104);
    assert!(practice.audit().await.is_clean());
}

async fn a_class_is_booked_session_by_session(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let class = ServiceEdit {
        seats: Some(2),
        ..ServiceEdit::default()
    };
    let service = practice.service("yoga", &hosts, class).await;
    let draft = repeated(service, "FREQ=WEEKLY;COUNT=3", "2026-03-05T09:00:00");
    assert_eq!(code(plan(&practice, &draft).await), "INVALID_INPUT");
    assert_eq!(code(practice.repeats(draft).await), "INVALID_INPUT");
}
