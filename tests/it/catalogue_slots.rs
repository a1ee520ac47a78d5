//! What is offered, and why not the rest.

use availability::{BlockerCode, Change};
use chrono::TimeDelta;
use db::Asker;
use kernel::id::ResourceId;
use scheduling::calendar::{Board, Candidates};
use scheduling::provider::{TagFilter, TagKind};
use scheduling::resource::ResourceKind;
use scheduling::rule::RuleEdit;
use scheduling::service::{Ahead, ServiceEdit, ServicePart, Who};
use scheduling::slots::SlotsAsk;
use scheduling::team::Strategy;
use scheduling::{absence, provider, rule, service, slots};

use crate::catalogue_calendar::starts;
use crate::catalogue_cast::{Practice, ask, at, hours, on, span};
use crate::world::{World, stories};

stories! {
    both: [
        a_service_has_hours_of_its_own,
        a_team_gives_its_time_as_its_strategy_says,
        hosts_are_chosen_by_name_team_and_tag,
        local_hours_survive_the_change_of_clocks,
        what_is_booked_and_held_counts_until_it_has_lapsed,
        what_is_explained_as_offered_is_listed_and_nothing_else,
        whoever_is_not_admitted_is_not_offered,
    ],
}

async fn local_hours_survive_the_change_of_clocks(world: World) {
    let aurora = Practice::opens(world).await;
    let bia = aurora.has_person("bia").await;
    aurora.opens_on(bia, "FREQ=DAILY", "00:30-03:00").await;
    let lesson = aurora.offers("lesson", 60, &[bia]).await;
    // Lisbon's clocks go from 01:00 to 02:00 on 29 March.
    let week = ask(lesson, "2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z");
    let found = starts(&aurora, &week).await;
    assert_eq!(
        found,
        [
            "28 00:30", "28 01:30", "29 00:30", "29 23:30", "30 00:30", "30 23:30"
        ]
    );
    let reading = aurora.seen().await;
    let listed = slots::slots(&reading, &week).await.unwrap();
    let dates: Vec<String> = listed.days.iter().map(|it| it.date.to_string()).collect();
    assert_eq!(
        dates,
        ["2026-03-28", "2026-03-29", "2026-03-30", "2026-03-31"],
        "dates of whoever looks"
    );
    let counted = slots::slot_days(&reading, &week).await.unwrap();
    assert_eq!(
        counted.iter().map(|it| it.count).collect::<Vec<_>>(),
        [2, 1, 2, 1]
    );
    let in_tokyo = SlotsAsk {
        zone: "Asia/Tokyo".parse().unwrap(),
        ..week
    };
    let counted = slots::slot_days(&reading, &in_tokyo).await.unwrap();
    assert_eq!(
        counted.iter().map(|it| it.count).collect::<Vec<_>>(),
        [2, 1, 2, 1]
    );
    // In autumn 01:00 to 02:00 comes twice on 25 October.
    let autumn = ask(lesson, "2026-10-25T00:00:00Z", "2026-10-26T00:00:00Z");
    let long = ServiceEdit {
        ahead: Some(Ahead::Any),
        ..ServiceEdit::default()
    };
    let change = aurora.does(async |work| service::update_service(work, lesson, long, None).await);
    change.await.unwrap();
    assert_eq!(starts(&aurora, &autumn).await, ["25 00:30", "25 01:30"]);
}

async fn a_service_has_hours_of_its_own(world: World) {
    let aurora = Practice::opens(world).await;
    let bia = aurora.works("bia").await;
    let [lesson, talk] = [
        aurora.offers("lesson", 60, &[bia]).await,
        aurora.offers("talk", 60, &[bia]).await,
    ];
    let evening = aurora.opens_on(bia, "FREQ=DAILY", "18:00-20:00").await;
    let only = RuleEdit {
        service: Some(Some(talk)),
        ..RuleEdit::default()
    };
    let bound = aurora.does(async |work| rule::update_rule(work, evening, only, None).await);
    bound.await.unwrap();
    let day = |service| ask(service, "2026-03-03T00:00:00Z", "2026-03-04T00:00:00Z");
    assert_eq!(
        starts(&aurora, &day(lesson)).await,
        ["03 09:00", "03 10:00", "03 11:00"]
    );
    assert_eq!(starts(&aurora, &day(talk)).await, ["03 18:00", "03 19:00"]);
    let ended = RuleEdit {
        valid_until: Some(Some(on("2026-03-02"))),
        ..RuleEdit::default()
    };
    let bound = aurora.does(async |work| rule::update_rule(work, evening, ended, None).await);
    bound.await.unwrap();
    assert_eq!(
        starts(&aurora, &day(talk)).await,
        [] as [&str; 0],
        "its own hours are over, and no others hold"
    );
    let gone = aurora.does(async |work| rule::archive_rule(work, evening, None).await);
    gone.await.unwrap();
    assert_eq!(starts(&aurora, &day(talk)).await.len(), 3);
}

async fn a_team_gives_its_time_as_its_strategy_says(world: World) {
    let aurora = Practice::opens(world).await;
    let [bia, carla] = [aurora.works("bia").await, aurora.has_person("carla").await];
    aurora.opens_on(carla, "FREQ=DAILY", "10:00-13:00").await;
    let sala = aurora.has("sala-1", ResourceKind::Room).await;
    let day = |service| ask(service, "2026-03-03T00:00:00Z", "2026-03-04T00:00:00Z");
    for (strategy, wanted) in [
        (
            Strategy::RoundRobin,
            vec!["03 09:00", "03 10:00", "03 11:00", "03 12:00"],
        ),
        (Strategy::Collective, vec!["03 10:00", "03 11:00"]),
    ] {
        let slug = if strategy == Strategy::Collective {
            "together"
        } else {
            "in-turns"
        };
        let team = aurora.has_team(slug, strategy, &[bia, carla]).await;
        let parts = vec![ServicePart::host(Who::Team(team)), ServicePart::room(sala)];
        let lesson = aurora
            .offers_with(slug, (60, ServiceEdit::default()), parts)
            .await;
        assert_eq!(starts(&aurora, &day(lesson)).await, wanted, "{strategy:?}");
    }
    aurora
        .takes(
            sala,
            ("BLOCK", "2026-03-03T10:30:00Z", "2026-03-03T11:00:00Z"),
            None,
        )
        .await;
    let turns = service::service_named(&aurora.seen().await, &"in-turns".parse().unwrap()).await;
    let turns = turns.unwrap().unwrap().id;
    assert_eq!(
        starts(&aurora, &day(turns)).await,
        ["03 09:00", "03 11:00", "03 12:00"]
    );
    let (by_host, stopped) = slots::slots_by_host(&aurora.seen().await, &day(turns))
        .await
        .unwrap();
    let counts: Vec<(ResourceId, usize)> = by_host.iter().map(|it| (it.host, it.slots.len())).collect();
    assert_eq!((counts, stopped), (vec![(bia, 2), (carla, 2)], None));
}

async fn hosts_are_chosen_by_name_team_and_tag(world: World) {
    let aurora = Practice::opens(world).await;
    let made = aurora.has_provider("bia", None).await;
    let bia = made.resource;
    aurora.opens_on(bia, "FREQ=DAILY", "09:00-11:00").await;
    let carla = aurora.has_provider("carla", None).await.resource;
    aurora.opens_on(carla, "FREQ=DAILY", "11:00-13:00").await;
    let tag = TagFilter {
        kind: TagKind::Language,
        word: "Português".parse().unwrap(),
    };
    let tags = vec![tag.clone()];
    let tagged = aurora.does(async |work| provider::set_provider_tags(work, made.provider, tags, None).await);
    tagged.await.unwrap();
    let maths = aurora.has_team("maths", Strategy::RoundRobin, &[carla]).await;
    let lesson = aurora.offers("lesson", 60, &[bia, carla]).await;
    let among = async |candidates| {
        let day = SlotsAsk {
            candidates,
            ..ask(lesson, "2026-03-03T00:00:00Z", "2026-03-04T00:00:00Z")
        };
        starts(&aurora, &day).await
    };
    assert_eq!(among(Candidates::All).await.len(), 4);
    assert_eq!(
        among(Candidates::Only(vec![carla])).await,
        ["03 11:00", "03 12:00"]
    );
    assert_eq!(among(Candidates::Team(maths)).await, ["03 11:00", "03 12:00"]);
    assert_eq!(
        among(Candidates::Matching(having(tag))).await,
        ["03 09:00", "03 10:00"]
    );
    let unknown = TagFilter {
        kind: TagKind::Subject,
        word: "Português".parse().unwrap(),
    };
    assert_eq!(
        among(Candidates::Matching(having(unknown))).await,
        [] as [&str; 0]
    );
}

async fn what_is_booked_and_held_counts_until_it_has_lapsed(world: World) {
    let aurora = Practice::opens(world).await;
    let bia = aurora.works("bia").await;
    let lesson = aurora.offers("lesson", 60, &[bia]).await;
    let day = ask(lesson, "2026-03-03T00:00:00Z", "2026-03-04T00:00:00Z");
    let until = aurora.world.store.now() + TimeDelta::minutes(10);
    aurora
        .takes(
            bia,
            ("HOLD", "2026-03-03T10:00:00Z", "2026-03-03T11:00:00Z"),
            Some(until),
        )
        .await;
    assert_eq!(starts(&aurora, &day).await, ["03 09:00", "03 11:00"]);
    aurora.world.clock.advance(TimeDelta::minutes(10));
    assert_eq!(
        starts(&aurora, &day).await.len(),
        3,
        "at its last instant it has lapsed"
    );
}

async fn whoever_is_not_admitted_is_not_offered(world: World) {
    let aurora = Practice::opens(world).await;
    let made = aurora.has_provider("bia", None).await;
    aurora.opens_on(made.resource, "FREQ=DAILY", "09:00-12:00").await;
    let lesson = aurora.offers("lesson", 60, &[made.resource]).await;
    let day = ask(lesson, "2026-03-03T00:00:00Z", "2026-03-04T00:00:00Z");
    assert_eq!(starts(&aurora, &day).await.len(), 3);
    let decline = aurora.does(async |work| {
        let verdict = provider::Verdict {
            reason: "Not now.".parse().ok(),
            ..provider::Verdict::of(provider::ReviewState::Declined)
        };
        provider::review_provider(work, made.provider, verdict).await
    });
    decline.await.unwrap();
    assert_eq!(starts(&aurora, &day).await, [] as [&str; 0]);
    let public = aurora.seen_by(&Asker::anonymous()).await;
    let told = slots::slot_explain(&public, (lesson, &Candidates::All), at("2026-03-03T09:00:00Z")).await;
    assert_eq!(told.unwrap().reasons[0].code, BlockerCode::Inactive);
}

/// The list and the explanation are one, whatever bars a start.
async fn what_is_explained_as_offered_is_listed_and_nothing_else(world: World) {
    let aurora = Practice::opens(world).await;
    let [bia, carla] = [aurora.works("bia").await, aurora.works("carla").await];
    aurora
        .overrides_on(bia, "2026-03-04", Change::Replace(hours("14:15-16:00")))
        .await;
    aurora.overrides_on(carla, "2026-03-05", Change::Close).await;
    aurora
        .overrides_on(carla, "2026-03-04", Change::Block(hours("10:00-10:30")))
        .await;
    let booked = ("BOOKING", "2026-03-03T11:20:00Z", "2026-03-03T11:40:00Z");
    aurora.takes(bia, booked, None).await;
    let held = ("HOLD", "2026-03-03T11:00:00Z", "2026-03-03T11:30:00Z");
    aurora.takes(carla, held, Some(at("2026-03-02T09:10:00Z"))).await;
    let away = absence::AbsenceDraft {
        resource: bia,
        span: span("2026-03-06T10:00:00Z", "2026-03-06T11:00:00Z"),
        reason: None,
        redirect_to: None,
    };
    let made = aurora.does(async |work| absence::create_absence(work, away).await);
    made.await.unwrap();
    let terms = ServiceEdit {
        interval_minutes: Some(15),
        buffer_before_minutes: Some(5),
        buffer_after_minutes: Some(10),
        notice_minutes: Some(25 * 60),
        ahead: Some(Ahead::Calendar(4)),
        ..ServiceEdit::default()
    };
    let parts = [bia, carla].map(|it| ServicePart::host(Who::Resource(it)));
    let lesson = aurora.offers_with("lesson", (45, terms), parts.to_vec()).await;
    let reading = aurora.seen().await;
    let service = service::find_services(&reading, &[lesson])
        .await
        .unwrap()
        .remove(0);
    let week = span("2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z");
    for candidates in [
        Candidates::All,
        Candidates::Only(vec![bia]),
        Candidates::Only(vec![carla]),
    ] {
        let asked = SlotsAsk {
            candidates: candidates.clone(),
            ..ask(lesson, "2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z")
        };
        let found = slots::slots(&reading, &asked).await.unwrap();
        let listed: Vec<_> = found
            .days
            .iter()
            .flat_map(|it| &it.slots)
            .map(|it| it.starts_at)
            .collect();
        assert!(listed.len() > 10, "{listed:?}");
        let board = Board::load(&reading, &service, &candidates, week).await.unwrap();
        let mut start = week.start();
        while start < week.end() {
            let offered = board.explain(start).is_offered();
            assert_eq!(
                offered,
                listed.binary_search(&start).is_ok(),
                "{start} {candidates:?}"
            );
            start += TimeDelta::minutes(5);
        }
    }
}

fn having(tag: provider::TagFilter) -> provider::ProviderFilter {
    provider::ProviderFilter {
        tags: vec![tag],
        ..provider::ProviderFilter::default()
    }
}
