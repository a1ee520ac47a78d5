//! Managed teams: a template, and a copy of it for every member, which differs only where the team lets it.

use db::{Asker, Tenant, Work};
use kernel::Id as _;
use kernel::id::{ResourceId, ServiceId};
use scheduling::booking::Status;
use scheduling::service::{self, ServiceEdit, ServicePart, Who};
use scheduling::team::{self, Lock, Strategy, TeamEdit};

use crate::catalogue_cast::{code, field};
use crate::managed_cast::{School, price, title};
use crate::world::{World, run, stories};

stories! {
    both: [
        copies_go_with_their_template,
        every_member_has_a_copy_that_can_be_booked,
        what_is_locked_later_becomes_the_templates_everywhere,
        only_the_template_changes_what_is_locked,
        two_hundred_and_fifty_copies_and_not_one_more,
        whoever_gives_a_copy_is_its_member,
        whoever_joins_while_the_template_changes_has_what_it_says,
        whoever_leaves_keeps_their_bookings_and_finds_their_copy_again,
        a_team_stays_managed_while_it_has_a_template,
    ],
}

async fn every_member_has_a_copy_that_can_be_booked(world: World) {
    let school = School::opens(world, &[Lock::Price]).await;
    let names: Vec<String> = school
        .copies()
        .await
        .iter()
        .map(|it| it.slug.to_string())
        .collect();
    assert_eq!(names.len(), 2);
    assert!(names.contains(&"lesson-bia".to_owned()) && names.contains(&"lesson-carla".to_owned()));
    school
        .aurora
        .opens_on(school.bia, "FREQ=DAILY", "09:00-17:00")
        .await;
    let copy = school.copy_of(school.bia).await;
    let booked = school.books(copy.id, "2026-03-03T10:00:00Z").await.unwrap();
    assert_eq!(school.status(booked.booking).await, Status::Confirmed);
    let same = school.books(copy.id, "2026-03-03T10:00:00Z").await;
    assert_eq!(code(same), "SLOT_TAKEN");
    let template = school.books(school.template, "2026-03-03T12:00:00Z").await;
    assert!(template.is_err(), "a template cannot be booked");
    let public = school.aurora.seen_by(&Asker::anonymous()).await;
    let ids = [school.template, copy.id];
    let seen = service::find_services(&public, &ids).await.unwrap();
    assert_eq!(seen.iter().map(|it| it.id).collect::<Vec<_>>(), [copy.id]);
    school.joins(school.duda).await.unwrap();
    assert_eq!(school.copy_of(school.duda).await.slug.as_str(), "lesson-duda");
    let again = school.joins(school.duda).await;
    again.unwrap();
    assert_eq!(school.copies().await.len(), 3, "who belongs already has theirs");
}

async fn only_the_template_changes_what_is_locked(world: World) {
    let school = School::opens(world, &[Lock::Title, Lock::Price]).await;
    let copy = school.copy_of(school.bia).await;
    let refused = school.edits(copy.id, title("Mine")).await.unwrap_err();
    assert!(
        refused.to_string().contains(&school.template.to_string()),
        "{refused}"
    );
    assert_eq!(field::<()>(Err(refused)), ("TEMPLATE_LOCKED", "title".to_owned()));
    let own = ServiceEdit {
        buffer_after_minutes: Some(15),
        ..title("Lesson")
    };
    school.edits(copy.id, own).await.unwrap();
    let before = (school.copies().await, school.deeds("service.updated").await);
    school.edits(school.template, price(6_000)).await.unwrap();
    for (was, is) in before.0.iter().zip(school.copies().await) {
        assert_eq!((is.price_minor, is.version), (6_000, was.version + 1));
        assert_eq!(
            is.buffer_after_minutes, was.buffer_after_minutes,
            "what is free stays"
        );
    }
    assert_eq!(school.deeds("service.updated").await, before.1 + 3);
    let notice = ServiceEdit {
        notice_minutes: Some(60),
        ..ServiceEdit::default()
    };
    school.edits(school.template, notice).await.unwrap();
    assert_eq!(school.deeds("service.updated").await, before.1 + 4, "nobody else");
    let closed = ServiceEdit {
        is_active: Some(false),
        ..ServiceEdit::default()
    };
    school.edits(school.template, closed).await.unwrap();
    assert!(school.copies().await.iter().all(|it| !it.is_active));
    let open = ServiceEdit {
        is_active: Some(true),
        ..ServiceEdit::default()
    };
    school.edits(copy.id, open).await.unwrap();
    assert!(
        school.copy_of(school.bia).await.is_active,
        "one may be open alone"
    );
}

async fn what_is_locked_later_becomes_the_templates_everywhere(world: World) {
    let school = School::opens(world, &[]).await;
    let copy = school.copy_of(school.bia).await;
    school.edits(copy.id, title("By Bia")).await.unwrap();
    school.edits(copy.id, price(9_000)).await.unwrap();
    let host = ServicePart {
        price_minor: Some(1),
        ..ServicePart::host(Who::Resource(school.bia))
    };
    let hosts = async |host: &ServicePart| {
        let parts = vec![host.clone()];
        let verb = async |work: &Work<Tenant>| service::set_service_hosts(work, copy.id, parts, None).await;
        school.aurora.does(verb).await
    };
    hosts(&host).await.unwrap();
    let before = (
        school.copy_of(school.bia).await.version,
        school.copy_of(school.carla).await.version,
    );
    school.locks(&[Lock::Price]).await.unwrap();
    let now = school.copy_of(school.bia).await;
    assert_eq!((now.price_minor, now.title.as_str()), (5_000, "By Bia"));
    assert_eq!(now.version, before.0 + 1);
    assert_eq!(
        school.copy_of(school.carla).await.version,
        before.1,
        "hers was so"
    );
    let rows = service::hosts_of_services(&school.aurora.seen().await, &[copy.id]).await;
    assert_eq!(
        rows.unwrap()[0].price_minor,
        None,
        "with a host it costs the same"
    );
    assert_eq!(field(hosts(&host).await), ("TEMPLATE_LOCKED", "hosts".to_owned()));
    assert_eq!(code(school.edits(copy.id, price(1)).await), "TEMPLATE_LOCKED");
    school.locks(&[]).await.unwrap();
    school.edits(copy.id, price(1)).await.unwrap();
}

async fn whoever_gives_a_copy_is_its_member(world: World) {
    let school = School::opens(world, &[]).await;
    let room = school
        .aurora
        .has("room", scheduling::resource::ResourceKind::Room)
        .await;
    let set = async |id: ServiceId, parts: Vec<ServicePart>| {
        let verb = async |work: &Work<Tenant>| service::set_service_hosts(work, id, parts, None).await;
        school.aurora.does(verb).await
    };
    let host = |who| ServicePart::host(Who::Resource(who));
    let copy = school.copy_of(school.bia).await;
    for parts in [
        Vec::new(),
        vec![host(school.carla)],
        vec![host(school.bia), host(school.carla)],
    ] {
        assert_eq!(
            field(set(copy.id, parts).await),
            ("TEMPLATE_LOCKED", "hosts".to_owned())
        );
    }
    set(copy.id, vec![host(school.bia), ServicePart::room(room)])
        .await
        .unwrap();
    let template = set(school.template, vec![host(school.bia)]).await;
    assert_eq!(field(template), ("INVALID_INPUT", "hosts".to_owned()));
    set(school.template, vec![ServicePart::room(room)]).await.unwrap();
    school.joins(school.duda).await.unwrap();
    let theirs = school.copy_of(school.duda).await;
    let rows = service::hosts_of_services(&school.aurora.seen().await, &[theirs.id]).await;
    let who: Vec<_> = rows.unwrap().iter().filter_map(|it| it.resource_id).collect();
    assert_eq!(who, [school.duda, room], "the template's rooms are the copy's");
}

async fn whoever_leaves_keeps_their_bookings_and_finds_their_copy_again(world: World) {
    let school = School::opens(world, &[Lock::Price]).await;
    school
        .aurora
        .opens_on(school.bia, "FREQ=DAILY", "09:00-17:00")
        .await;
    let copy = school.copy_of(school.bia).await;
    school.edits(copy.id, title("By Bia")).await.unwrap();
    let booked = school.books(copy.id, "2026-03-03T10:00:00Z").await.unwrap();
    school.leaves(school.bia).await.unwrap();
    assert_eq!(school.copies().await.len(), 1);
    assert_eq!(school.status(booked.booking).await, Status::Confirmed);
    assert!(school.books(copy.id, "2026-03-03T12:00:00Z").await.is_err());
    school.edits(school.template, price(7_000)).await.unwrap();
    assert_eq!(
        school.service(copy.id).await.price_minor,
        5_000,
        "what is put away is left alone"
    );
    school.aurora.offers(copy.slug.as_str(), 30, &[]).await;
    school.joins(school.bia).await.unwrap();
    let again = school.copy_of(school.bia).await;
    assert_eq!((again.id, again.price_minor), (copy.id, 7_000));
    assert_eq!(again.title.as_str(), "By Bia", "what is free is theirs still");
    assert_eq!(again.slug.as_str(), "lesson-bia-2", "the address is taken");
    school.books(copy.id, "2026-03-03T12:00:00Z").await.unwrap();
}

async fn copies_go_with_their_template(world: World) {
    let school = School::opens(world, &[]).await;
    let copy = school.copy_of(school.bia).await;
    let away = async |id| {
        let verb = async |work: &Work<Tenant>| service::archive_service(work, id, None).await;
        school.aurora.does(verb).await
    };
    let back = async |id| {
        let verb = async |work: &Work<Tenant>| service::restore_service(work, id, None).await;
        school.aurora.does(verb).await
    };
    assert_eq!(code(away(copy.id).await), "TEMPLATE_LOCKED");
    away(school.template).await.unwrap();
    assert!(school.copies().await.is_empty());
    assert_eq!(code(back(copy.id).await), "TEMPLATE_LOCKED");
    school.leaves(school.bia).await.unwrap();
    school.joins(school.duda).await.unwrap();
    assert!(
        school.copies().await.is_empty(),
        "nothing is copied from what is put away"
    );
    back(school.template).await.unwrap();
    let mut given: Vec<_> = school
        .copies()
        .await
        .iter()
        .filter_map(|it| it.given_by)
        .collect();
    given.sort_unstable();
    let mut wanted = vec![school.carla, school.duda];
    wanted.sort_unstable();
    assert_eq!(given, wanted, "whoever belongs to the team now");
}

async fn a_team_stays_managed_while_it_has_a_template(world: World) {
    let school = School::opens(world, &[]).await;
    let strategy = async |strategy| {
        let edit = TeamEdit {
            strategy: Some(strategy),
            ..TeamEdit::default()
        };
        let verb = async |work: &Work<Tenant>| team::update_team(work, school.team, edit, None).await;
        school.aurora.does(verb).await
    };
    let away = async || {
        let verb = async |work: &Work<Tenant>| team::archive_team(work, school.team, None).await;
        school.aurora.does(verb).await
    };
    assert_eq!(code(strategy(Strategy::RoundRobin).await), "IN_USE");
    assert_eq!(code(away().await), "IN_USE");
    let verb = async |work: &Work<Tenant>| service::archive_service(work, school.template, None).await;
    school.aurora.does(verb).await.unwrap();
    strategy(Strategy::RoundRobin).await.unwrap();
    let wrong = ("INVALID_INPUT", "managedBy".to_owned());
    assert_eq!(field(school.makes("another").await), wrong);
    let back = async || {
        let verb = async |work: &Work<Tenant>| service::restore_service(work, school.template, None).await;
        school.aurora.does(verb).await
    };
    assert_eq!(field(back().await), wrong);
    away().await.unwrap();
    assert_eq!(code(back().await), "NOT_FOUND", "its team is put away");
    assert_eq!(code(school.makes("another").await), "NOT_FOUND");
}

async fn whoever_joins_while_the_template_changes_has_what_it_says(world: World) {
    let school = School::opens(world, &[Lock::Price, Lock::Title]).await;
    for round in 1..=6 {
        let (joined, edited, locked) = tokio::join!(
            school.joins(school.duda),
            school.edits(school.template, price(5_000 + round)),
            school.locks(if round % 2 == 0 {
                &[Lock::Price]
            } else {
                &[Lock::Price, Lock::Title]
            }),
        );
        joined.unwrap();
        edited.unwrap();
        locked.unwrap();
        let copies = school.copies().await;
        assert_eq!(copies.len(), 3);
        assert!(
            copies.iter().all(|it| it.price_minor == 5_000 + round),
            "{copies:?}"
        );
        let copy = school.copy_of(school.carla).await.id;
        let (left, own, edited) = tokio::join!(
            school.leaves(school.duda),
            school.edits(copy, price(1)),
            school.edits(school.template, price(8_000)),
        );
        left.unwrap();
        assert_eq!(code(own), "TEMPLATE_LOCKED");
        edited.unwrap();
        assert!(school.copies().await.iter().all(|it| it.price_minor == 8_000));
    }
}

async fn two_hundred_and_fifty_copies_and_not_one_more(world: World) {
    let school = School::opens(world, &[]).await;
    let work = school
        .aurora
        .world
        .store
        .write(Tenant(school.aurora.id), &school.aurora.owner)
        .await
        .unwrap();
    let people = "INSERT INTO resources (organization_id, id, kind, name, slug, timezone, capacity, is_active, metadata, \
                  search, version, created_at, updated_at) SELECT organization_id, $2, kind, name, $3, timezone, capacity, \
                  is_active, metadata, search, version, created_at, updated_at FROM resources WHERE id = $1";
    let members = "INSERT INTO team_members (organization_id, id, team_id, resource_id, role, priority, weight, is_fixed, \
                   created_at) SELECT organization_id, $2, team_id, $2, role, priority, weight, is_fixed, created_at \
                   FROM team_members WHERE resource_id = $1";
    for it in 2..249 {
        let id: ResourceId = work.mint();
        let values = [
            school.bia.uuid().into(),
            id.uuid().into(),
            format!("person-{it}").into(),
        ];
        run(&work, people, values).await.unwrap();
        run(&work, members, [school.bia.uuid().into(), id.uuid().into()])
            .await
            .unwrap();
    }
    work.commit().await.unwrap();
    school.joins(school.duda).await.unwrap();
    let count = service::count_copies(&school.aurora.seen().await, school.template).await;
    assert_eq!(count.unwrap(), 250);
    let more = school.aurora.has_person("one-more").await;
    assert_eq!(code(school.joins(more).await), "LIMIT_REACHED");
    school.leaves(school.duda).await.unwrap();
    school.joins(more).await.unwrap();
}
