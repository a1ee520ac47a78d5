//! How questions about slots are answered: cut, signed, explained, and told to staff.

use availability::{BlockerCode, Change};
use chrono::{DateTime, TimeDelta, Utc};
use db::Asker;
use kernel::Id as _;
use kernel::id::ServiceId;
use scheduling::calendar::Candidates;
use scheduling::service::{Ahead, ServiceEdit, ServicePart, Who};
use scheduling::slots::{SlotStatus, SlotToken, SlotsAsk};
use scheduling::{service, slots};
use tenancy::Role;

use crate::catalogue_calendar::starts;
use crate::catalogue_cast::{Practice, ask, at, code, euros, field, hours};
use crate::world::{World, stories};

stories! {
    both: [
        a_list_that_is_cut_says_where_it_goes_on,
        a_slots_token_says_what_was_shown,
        nothing_beyond_its_size_is_answered,
        staff_see_what_has_become_of_every_start,
        the_next_start_is_found_a_year_ahead,
        the_public_hears_reasons_without_owners,
    ],
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
    let key = aurora.world.store.key();
    let read = |text: &str| SlotToken::read(key, aurora.id, text);
    let token = read(&slot.token.sign(key)).unwrap();
    assert_eq!(
        (token.service, token.starts_at, token.resources.len()),
        (lesson, slot.starts_at, 0)
    );
    let (by_host, _) = slots::slots_by_host(&reading, &day).await.unwrap();
    assert_eq!(
        read(&by_host[0].slots[0].token.sign(key)).unwrap().resources,
        [bia]
    );
    let now = async || {
        service::find_services(&aurora.seen().await, &[lesson])
            .await
            .unwrap()
            .remove(0)
    };
    assert!(token.is_current(&now().await));
    let dearer = ServiceEdit {
        price: Some(euros(6_000)),
        ..ServiceEdit::default()
    };
    let change = aurora.does(async |work| service::update_service(work, lesson, dearer, None).await);
    change.await.unwrap();
    assert!(!token.is_current(&now().await));
    assert_eq!(read("slot_nothing"), None);
}
