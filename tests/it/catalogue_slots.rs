//! What is offered, and why not the rest.

use availability::{BlockerCode, Change};
use chrono::{DateTime, TimeDelta, Utc};
use db::{Asker, Tenant};
use kernel::Id as _;
use kernel::id::{ResourceId, ServiceId};
use scheduling::calendar::{Board, Candidates, Choice};
use scheduling::overrides::OverrideDraft;
use scheduling::provider::{TagFilter, TagKind};
use scheduling::resource::ResourceKind;
use scheduling::rule::RuleEdit;
use scheduling::service::{
    Ahead, Limit, LimitPer, LimitScope, LimitUnit, Limits, ServiceEdit, ServicePart, Who,
};
use scheduling::slots::{SlotStatus, SlotToken, SlotsAsk};
use scheduling::team::Strategy;
use scheduling::{absence, overrides, provider, rule, service, slots};
use tenancy::Role;

use crate::catalogue_cast::{Practice, ask, at, code, field, hours, on, span};
use crate::world::{World, run, stories};

stories! {
    both: [
        a_list_that_is_cut_says_where_it_goes_on,
        a_service_has_hours_of_its_own,
        a_slots_token_says_what_was_shown,
        a_team_gives_its_time_as_its_strategy_says,
        every_listed_start_can_be_had_and_no_other,
        hosts_are_chosen_by_name_team_and_tag,
        local_hours_survive_the_change_of_clocks,
        nothing_beyond_its_size_is_answered,
        staff_see_what_has_become_of_every_start,
        the_next_start_is_found_a_year_ahead,
        the_public_hears_reasons_without_owners,
        what_is_booked_and_held_counts_until_it_has_lapsed,
        whoever_is_not_admitted_is_not_offered,
    ],
}

/// A start and with whom, if anybody is asked for by name.
async fn starts(aurora: &Practice, ask: &SlotsAsk) -> Vec<String> {
    let found = slots::slots(&aurora.seen_by(&Asker::anonymous()).await, ask)
        .await
        .unwrap();
    let all = found.days.iter().flat_map(|it| &it.slots);
    all.map(|it| it.starts_at.format("%d %H:%M").to_string())
        .collect()
}

impl Practice {
    /// Weekdays from nine to noon.
    async fn works(&self, slug: &str) -> ResourceId {
        let person = self.has_person(slug).await;
        self.opens_on(person, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "09:00-12:00")
            .await;
        person
    }

    async fn overrides_on(&self, resource: ResourceId, date: &str, change: Change) {
        let draft = OverrideDraft {
            resource,
            date: on(date),
            change,
            reason: None,
        };
        let made = self.does(async |work| overrides::create_override(work, draft).await);
        made.await.unwrap();
    }

    /// Time that is taken, written where a booking would write it.
    async fn takes(
        &self,
        resource: ResourceId,
        (kind, from, to): (&str, &str, &str),
        expires: Option<DateTime<Utc>>,
    ) {
        let work = self
            .world
            .store
            .write(Tenant(self.id), &self.owner)
            .await
            .unwrap();
        let id: kernel::id::OccupancyId = work.mint();
        let row = "INSERT INTO occupancies (organization_id, id, resource_id, lane, starts_at, ends_at, owner_kind, \
                   owner_id, expires_at) VALUES ($1, $2, $3, 0, $4, $5, $6, $2, $7)";
        let values = [
            self.id.uuid().into(),
            id.uuid().into(),
            resource.uuid().into(),
            at(from).into(),
            at(to).into(),
            kind.into(),
            expires.into(),
        ];
        run(&work, row, values).await.unwrap();
        work.commit().await.unwrap();
    }
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
        among(Candidates::Tagged(vec![tag])).await,
        ["03 09:00", "03 10:00"]
    );
    let unknown = TagFilter {
        kind: TagKind::Subject,
        word: "Português".parse().unwrap(),
    };
    assert_eq!(among(Candidates::Tagged(vec![unknown])).await, [] as [&str; 0]);
}

/// R3 on the side of the list: what is listed is what is explained as offered and what a booking would be judged by.
async fn every_listed_start_can_be_had_and_no_other(world: World) {
    let aurora = Practice::opens(world).await;
    let [bia, carla] = [aurora.works("bia").await, aurora.works("carla").await];
    aurora
        .overrides_on(bia, "2026-03-04", Change::Replace(hours("14:15-16:00")))
        .await;
    aurora.overrides_on(carla, "2026-03-05", Change::Close).await;
    aurora
        .overrides_on(carla, "2026-03-04", Change::Block(hours("10:00-10:30")))
        .await;
    aurora
        .takes(
            bia,
            ("BOOKING", "2026-03-03T09:30:00Z", "2026-03-03T10:20:00Z"),
            None,
        )
        .await;
    aurora
        .takes(
            carla,
            ("HOLD", "2026-03-03T11:00:00Z", "2026-03-03T11:30:00Z"),
            Some(at("2026-03-02T09:10:00Z")),
        )
        .await;
    let away = scheduling::absence::AbsenceDraft {
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
        notice_minutes: Some(26 * 60),
        ahead: Some(Ahead::Calendar(4)),
        ..ServiceEdit::default()
    };
    let parts = [bia, carla].map(|it| ServicePart::host(Who::Resource(it)));
    let lesson = aurora.offers_with("lesson", (45, terms), parts.to_vec()).await;
    let week = ask(lesson, "2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z");
    let reading = aurora.seen().await;
    let listed = slots::slots(&reading, &week).await.unwrap();
    let listed: Vec<DateTime<Utc>> = listed
        .days
        .iter()
        .flat_map(|it| &it.slots)
        .map(|it| it.starts_at)
        .collect();
    assert!(listed.len() > 20, "{listed:?}");
    let found = service::find_services(&reading, &[lesson]).await.unwrap();
    let whole = span("2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z");
    let board = Board::load(&reading, &found[0], &Candidates::All, whole)
        .await
        .unwrap();
    let mut start = week.from;
    while start < week.to {
        let is_listed = listed.binary_search(&start).is_ok();
        assert_eq!(board.explain(start).is_offered(), is_listed, "{start}");
        let alone = [bia, carla].map(|it| {
            let choice = Choice { resources: vec![it] };
            board.judge(start, &choice, None).is_ok()
        });
        assert_eq!(alone.iter().any(|it| *it), is_listed, "{start} with one of them");
        if let Ok(verdict) = board.judge(start, &Choice::default(), None) {
            let free: Vec<bool> = [bia, carla]
                .map(|it| verdict.hosts.iter().any(|host| host.giver.resource == it))
                .to_vec();
            assert_eq!(free, alone, "{start}");
            assert!(verdict.hosts.iter().all(|it| it.lane == 0) && verdict.needed == 1);
        }
        start += TimeDelta::minutes(5);
    }
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

async fn staff_see_what_has_become_of_every_start(world: World) {
    let aurora = Practice::opens(world).await;
    let bia = aurora.works("bia").await;
    aurora
        .overrides_on(bia, "2026-03-03", Change::Add(hours("14:00-15:00")))
        .await;
    aurora
        .overrides_on(bia, "2026-03-03", Change::Block(hours("14:00-15:00")))
        .await;
    aurora
        .takes(
            bia,
            ("BOOKING", "2026-03-03T09:00:00Z", "2026-03-03T10:00:00Z"),
            None,
        )
        .await;
    let until = aurora.world.store.now() + TimeDelta::minutes(10);
    aurora
        .takes(
            bia,
            ("HOLD", "2026-03-03T10:00:00Z", "2026-03-03T11:00:00Z"),
            Some(until),
        )
        .await;
    let lesson = aurora.offers("lesson", 60, &[bia]).await;
    let day = ask(lesson, "2026-03-03T00:00:00Z", "2026-03-04T00:00:00Z");
    let staff = aurora.somebody("dora@example.com", Role::Staff).await;
    let (stated, stopped) = slots::slot_statuses(&aurora.seen_by(&staff).await, &day)
        .await
        .unwrap();
    let stated: Vec<(String, SlotStatus)> = stated
        .iter()
        .map(|it| (it.starts_at.format("%H:%M").to_string(), it.status))
        .collect();
    let wanted = [
        ("09:00", SlotStatus::Booked),
        ("10:00", SlotStatus::Held),
        ("11:00", SlotStatus::Open),
        ("14:00", SlotStatus::Closed),
    ];
    assert_eq!(
        (stated, stopped),
        (wanted.map(|(at, status)| (at.to_owned(), status)).to_vec(), None)
    );
    for (asker, wanted) in [
        (Asker::anonymous(), "UNAUTHENTICATED"),
        (
            aurora.somebody("eva@example.com", Role::Provider).await,
            "FORBIDDEN",
        ),
    ] {
        let refused = slots::slot_statuses(&aurora.seen_by(&asker).await, &day).await;
        assert_eq!(code(refused), wanted);
    }
}

async fn the_public_hears_reasons_without_owners(world: World) {
    let aurora = Practice::opens(world).await;
    let bia = aurora.works("bia").await;
    aurora
        .takes(
            bia,
            ("BOOKING", "2026-03-03T09:00:00Z", "2026-03-03T10:00:00Z"),
            None,
        )
        .await;
    let terms = ServiceEdit {
        notice_minutes: Some(2 * 24 * 60),
        ..ServiceEdit::default()
    };
    let host = vec![ServicePart::host(Who::Resource(bia))];
    let lesson = aurora.offers_with("lesson", (60, terms), host).await;
    let question = (lesson, &Candidates::All);
    let public = aurora.seen_by(&Asker::anonymous()).await;
    let told = slots::slot_explain(&public, question, at("2026-03-03T09:30:00Z"))
        .await
        .unwrap();
    let codes: Vec<BlockerCode> = told.reasons.iter().map(|it| it.code).collect();
    assert_eq!(
        codes,
        [BlockerCode::OffGrid, BlockerCode::Occupied, BlockerCode::Notice]
    );
    assert!(!told.is_offered && told.full.is_none());
    let staff = aurora.somebody("dora@example.com", Role::Staff).await;
    let told = slots::slot_explain(
        &aurora.seen_by(&staff).await,
        question,
        at("2026-03-03T09:30:00Z"),
    )
    .await
    .unwrap();
    let full = told.full.unwrap();
    assert_eq!(full.hosts()[0].resource, availability::Tag::of(bia));
    assert_eq!(full.blockers().count(), 3);
    let near = slots::nearest_slots(&public, question, (at("2026-03-03T09:30:00Z"), 2))
        .await
        .unwrap();
    let near: Vec<DateTime<Utc>> = near.iter().map(|it| it.starts_at).collect();
    assert_eq!(near, [at("2026-03-04T09:00:00Z"), at("2026-03-04T10:00:00Z")]);
    let many = slots::nearest_slots(&public, question, (at("2026-03-03T09:30:00Z"), 51)).await;
    assert_eq!(code(many), "INVALID_INPUT");
}

async fn the_next_start_is_found_a_year_ahead(world: World) {
    let aurora = Practice::opens(world).await;
    let bia = aurora.has_person("bia").await;
    aurora
        .opens_on(bia, "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=15", "09:00-12:00")
        .await;
    let ahead = |ahead| ServiceEdit {
        ahead: Some(ahead),
        ..ServiceEdit::default()
    };
    let host = vec![ServicePart::host(Who::Resource(bia))];
    let lesson = aurora.offers_with("lesson", (60, ahead(Ahead::Any)), host).await;
    let next = async || {
        let public = aurora.seen_by(&Asker::anonymous()).await;
        let found = slots::next_slot(&public, (lesson, &Candidates::All), at("2020-01-01T00:00:00Z")).await;
        found.unwrap().map(|it| it.starts_at)
    };
    assert_eq!(next().await, Some(at("2027-01-15T09:00:00Z")));
    let near = ahead(Ahead::Calendar(30));
    let change = aurora.does(async |work| service::update_service(work, lesson, near, None).await);
    change.await.unwrap();
    assert_eq!(next().await, None);
}

async fn a_list_that_is_cut_says_where_it_goes_on(world: World) {
    let aurora = Practice::opens(world).await;
    let bia = aurora.works("bia").await;
    let lesson = aurora.offers("lesson", 60, &[bia]).await;
    let reading = aurora.seen().await;
    let mut all = Vec::new();
    let mut from = Some(at("2026-03-03T00:00:00Z"));
    let mut calls = 0;
    while let Some(begin) = from {
        let part = SlotsAsk {
            first: Some(4),
            from: begin,
            ..ask(lesson, "2026-03-03T00:00:00Z", "2026-03-07T00:00:00Z")
        };
        let found = slots::slots(&reading, &part).await.unwrap();
        all.extend(found.days.iter().flat_map(|it| &it.slots).map(|it| it.starts_at));
        from = found.stopped_at;
        calls += 1;
    }
    let whole = starts(
        &aurora,
        &ask(lesson, "2026-03-03T00:00:00Z", "2026-03-07T00:00:00Z"),
    )
    .await;
    assert_eq!((all.len(), calls), (12, 3));
    let all: Vec<String> = all.iter().map(|it| it.format("%d %H:%M").to_string()).collect();
    assert_eq!(all, whole);
}

async fn nothing_beyond_its_size_is_answered(world: World) {
    let aurora = Practice::opens(world).await;
    let bia = aurora.has_person("bia").await;
    aurora.opens_on(bia, "FREQ=DAILY", "00:00-24:00").await;
    let every_minute = ServiceEdit {
        interval_minutes: Some(1),
        ..ServiceEdit::default()
    };
    let host = vec![ServicePart::host(Who::Resource(bia))];
    let lesson = aurora.offers_with("lesson", (1, every_minute), host).await;
    let reading = aurora.seen().await;
    let asked = async |to: &str, first| {
        let ask = SlotsAsk {
            first,
            ..ask(lesson, "2026-03-03T00:00:00Z", to)
        };
        slots::slots(&reading, &ask).await
    };
    let year = asked("2027-03-04T00:00:00Z", None).await.unwrap();
    assert_eq!(year.days.iter().map(|it| it.slots.len()).sum::<usize>(), 5_000);
    assert_eq!(
        year.stopped_at,
        Some(at("2026-03-03T00:00:00Z") + TimeDelta::minutes(5_000))
    );
    assert_eq!(
        field(asked("2027-03-04T00:00:01Z", None).await),
        ("INVALID_INPUT", "to".to_owned())
    );
    assert_eq!(code(asked("2026-03-02T00:00:00Z", None).await), "INVALID_INPUT");
    assert!(asked("2026-03-04T00:00:00Z", Some(5_000)).await.is_ok());
    for first in [0, 5_001] {
        let refused = asked("2026-03-04T00:00:00Z", Some(first)).await;
        assert_eq!(field(refused), ("INVALID_INPUT", "first".to_owned()), "{first}");
    }
    let unknown = ask(
        ServiceId::from_uuid(bia.uuid()),
        "2026-03-03T00:00:00Z",
        "2026-03-04T00:00:00Z",
    );
    assert_eq!(code(slots::slots(&reading, &unknown).await), "NOT_FOUND");
}

async fn a_slots_token_says_what_was_shown(world: World) {
    let aurora = Practice::opens(world).await;
    let bia = aurora.works("bia").await;
    let lesson = aurora.offers("lesson", 60, &[bia]).await;
    let reading = aurora.seen_by(&Asker::anonymous()).await;
    let day = ask(lesson, "2026-03-03T00:00:00Z", "2026-03-04T00:00:00Z");
    let found = slots::slots(&reading, &day).await.unwrap();
    let slot = &found.days[0].slots[0];
    assert_eq!(
        (slot.hosts.as_slice(), slot.host_count, slot.ends_at),
        ([bia].as_slice(), 1, at("2026-03-03T10:00:00Z"))
    );
    let read = |text: &str| SlotToken::read(aurora.world.store.key(), aurora.id, text);
    let token = read(&slot.token).unwrap();
    assert_eq!(
        (token.service, token.starts_at, token.resources.len()),
        (lesson, slot.starts_at, 0)
    );
    let (by_host, _) = slots::slots_by_host(&reading, &day).await.unwrap();
    assert_eq!(read(&by_host[0].slots[0].token).unwrap().resources, [bia]);
    let now = async || {
        service::find_services(&aurora.seen().await, &[lesson])
            .await
            .unwrap()
            .remove(0)
    };
    assert!(token.is_current(&now().await));
    let dearer = ServiceEdit {
        price: Some(crate::catalogue_cast::euros(6_000)),
        ..ServiceEdit::default()
    };
    let change = aurora.does(async |work| service::update_service(work, lesson, dearer, None).await);
    change.await.unwrap();
    assert!(!token.is_current(&now().await));
    assert_eq!(read("slot_nothing"), None);
}

async fn whoever_is_not_admitted_is_not_offered(world: World) {
    let aurora = Practice::opens(world).await;
    let made = aurora.has_provider("bia", None).await;
    aurora.opens_on(made.resource, "FREQ=DAILY", "09:00-12:00").await;
    let a_day = Limit {
        scope: LimitScope::Resource,
        per: LimitPer::Day,
        unit: LimitUnit::Bookings,
        most: 3,
    };
    let limited = ServiceEdit {
        limits: Limits::new(vec![a_day]).ok(),
        ..ServiceEdit::default()
    };
    let host = vec![ServicePart::host(Who::Resource(made.resource))];
    let lesson = aurora.offers_with("lesson", (60, limited), host).await;
    let day = ask(lesson, "2026-03-03T00:00:00Z", "2026-03-04T00:00:00Z");
    assert_eq!(
        starts(&aurora, &day).await.len(),
        3,
        "offered starts use up no limit"
    );
    let decline = aurora.does(async |work| {
        provider::review_provider(work, made.provider, provider::ReviewState::Declined, None).await
    });
    decline.await.unwrap();
    assert_eq!(starts(&aurora, &day).await, [] as [&str; 0]);
    let public = aurora.seen_by(&Asker::anonymous()).await;
    let told = slots::slot_explain(&public, (lesson, &Candidates::All), at("2026-03-03T09:00:00Z")).await;
    assert_eq!(told.unwrap().reasons[0].code, BlockerCode::Inactive);
}
