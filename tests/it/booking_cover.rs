//! Somebody is ill: their bookings go to others, to later, or are called off, all in one transaction.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::id::{BookingId, ResourceId, ServiceId};
use kernel::{Refuse as _, Span};
use scheduling::Refusal;
use scheduling::absence::{AbsenceDraft, create_absence};
use scheduling::booking::{self, BookingDraft, Closing, Status};
use scheduling::cover::{COVERED_MAX, Cover, Covered, Fate, Remedy, Rest, cover};
use scheduling::resource::ResourceKind;
use scheduling::service::{ServiceEdit, ServicePart, Who};
use scheduling::team::Strategy;

use crate::world::practice::{Practice, at, draft, end};
use crate::world::{World, stories};

stories! { both: [
    whoever_is_free_takes_over_by_turn_and_the_rest_moves_or_is_called_off,
    what_cannot_be_covered_is_left_and_named_or_refuses_the_whole,
    a_plan_is_the_deed_undone,
    of_several_hosts_only_the_absent_one_is_replaced,
    a_room_that_is_closed_is_replaced_by_another,
    an_absence_that_was_noted_before_is_used,
    one_call_covers_so_many_bookings_and_no_more,
    covers_beside_bookings_and_cancellations_never_wait_in_a_circle,
] }

const DAY: &str = "2026-03-03T00:00:00Z";

fn hour(hour: i64) -> DateTime<Utc> {
    at(DAY) + TimeDelta::hours(hour)
}

fn ask(resource: ResourceId, remedies: &[Remedy]) -> Cover {
    Cover {
        resource,
        span: Span::new(hour(0), hour(24)).unwrap(),
        reason: Some("a cold".parse().unwrap()),
        redirect_to: None,
        remedies: remedies.to_vec(),
        rest: Rest::Leave,
        message: Some("Bea is ill; we are sorry".parse().unwrap()),
    }
}

async fn covered(practice: &Practice, ask: Cover) -> Result<Covered, Refusal> {
    let work = practice.staff().await;
    let done = cover(&work, ask).await;
    end(work, done).await
}

async fn booked(practice: &Practice, service: ServiceId, host: ResourceId, time: DateTime<Utc>) -> BookingId {
    let work = practice.stranger().await;
    let asked = BookingDraft {
        host: Some(host),
        ..draft(service, time)
    };
    let made = booking::create(&work, asked).await;
    end(work, made).await.unwrap().booking
}

fn fates(covered: &Covered) -> Vec<(BookingId, Fate)> {
    covered.bookings.iter().map(|it| (it.booking, it.fate)).collect()
}

async fn whoever_is_free_takes_over_by_turn_and_the_rest_moves_or_is_called_off(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea", "caio", "dora"]).await;
    let shared = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let alone = practice.service("so", &hosts[..1], ServiceEdit::default()).await;
    let mut of_bea = Vec::new();
    for at in [10, 11, 12] {
        of_bea.push(booked(&practice, shared, hosts[0], hour(at)).await);
    }
    booked(&practice, shared, hosts[1], hour(12)).await;
    booked(&practice, shared, hosts[2], hour(12)).await;
    let own = booked(&practice, alone, hosts[0], hour(14)).await;
    let outside = booked(&practice, shared, hosts[0], hour(30)).await;
    let all = [Remedy::Reassign, Remedy::Move, Remedy::Cancel];
    let done = covered(&practice, ask(hosts[0], &all)).await.unwrap();
    let expected = [
        (of_bea[0], Fate::Reassigned),
        (of_bea[1], Fate::Reassigned),
        (of_bea[2], Fate::Moved),
        (own, Fate::Moved),
    ];
    assert_eq!(fates(&done), expected);
    // Turns: the two went to two.
    let mut takers = [
        practice.hosts(of_bea[0]).await[0],
        practice.hosts(of_bea[1]).await[0],
    ];
    takers.sort_unstable();
    assert_eq!(takers, hosts[1..]);
    // The first free start of the same host after the absence, one after the other.
    assert_eq!(practice.booking(of_bea[2]).await.starts_at, hour(24));
    assert_eq!(
        practice.booking(own).await.starts_at,
        hour(24) + TimeDelta::minutes(30)
    );
    let why = &done.bookings[2].tried;
    assert_eq!(
        (why.len(), why[0].remedy, why[0].code.as_str()),
        (1, Remedy::Reassign, "SLOT_UNAVAILABLE")
    );
    assert_eq!(
        practice.booking(outside).await.version,
        1,
        "it was not hers to miss"
    );
    let work = practice.staff().await;
    let told = booking::booking_events(&work, own).await.unwrap().pop().unwrap();
    assert_eq!(told.facts["absence"], done.absence.to_string());
    assert_eq!(told.reason.unwrap().to_string(), "Bea is ill; we are sorry");
    drop(work);
    assert!(practice.books(alone, hour(20)).await.is_err(), "she is away");
    assert!(practice.audit().await.is_clean());
}

async fn what_cannot_be_covered_is_left_and_named_or_refuses_the_whole(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea", "caio"]).await;
    let shared = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let alone = practice.service("so", &hosts[..1], ServiceEdit::default()).await;
    let goes = booked(&practice, shared, hosts[0], hour(10)).await;
    let stays = booked(&practice, alone, hosts[0], hour(11)).await;
    let whole = Cover {
        rest: Rest::Refuse,
        ..ask(hosts[0], &[Remedy::Reassign])
    };
    let refused = covered(&practice, whole).await.unwrap_err();
    assert_eq!(refused.code().word(), "NOT_COVERED");
    assert!(refused.to_string().contains(&stays.to_string()), "{refused}");
    assert!(!refused.to_string().contains(&goes.to_string()), "{refused}");
    assert_eq!(practice.hosts(goes).await, [hosts[0]], "nothing was done");
    practice.books(alone, hour(20)).await.unwrap();
    let done = covered(&practice, ask(hosts[0], &[Remedy::Reassign]))
        .await
        .unwrap();
    assert_eq!(fates(&done)[..2], [(goes, Fate::Reassigned), (stays, Fate::Left)]);
    assert_eq!(practice.booking(stays).await.version, 1);
    // Called off at no cost, with what was said.
    let done = covered(&practice, ask(hosts[0], &[Remedy::Cancel]))
        .await
        .unwrap();
    assert_eq!(fates(&done)[0], (stays, Fate::Cancelled));
    let off = practice.booking(stays).await;
    assert_eq!((off.status, off.fee_minor), (Status::Cancelled, None));
    assert_eq!(off.closed_reason.unwrap().to_string(), "Bea is ill; we are sorry");
    for wrong in [&[][..], &[Remedy::Cancel, Remedy::Cancel]] {
        let refused = covered(&practice, ask(hosts[0], wrong)).await.unwrap_err();
        assert_eq!(
            (refused.code().word(), refused.field()),
            ("INVALID_INPUT", Some("strategies"))
        );
    }
    assert!(practice.audit().await.is_clean());
}

async fn a_plan_is_the_deed_undone(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea", "caio"]).await;
    let shared = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    for at in [9, 10, 11] {
        booked(&practice, shared, hosts[0], hour(at)).await;
    }
    booked(&practice, shared, hosts[1], hour(10)).await;
    let all = [Remedy::Reassign, Remedy::Move];
    let work = practice.staff().await;
    let plan = cover(&work, ask(hosts[0], &all)).await.unwrap();
    work.undo().await.unwrap();
    let none = "SELECT CAST(count(*) AS text) FROM out_of_office";
    assert_eq!(world.admin_sql(none).await, [[Some("0".to_owned())]]);
    let deed = covered(&practice, ask(hosts[0], &all)).await.unwrap();
    assert_eq!(plan.bookings, deed.bookings);
    assert!(practice.audit().await.is_clean());
}

async fn of_several_hosts_only_the_absent_one_is_replaced(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea", "caio", "dora"]).await;
    let two = ServiceEdit {
        hosts_required: Some(Some(2)),
        ..ServiceEdit::default()
    };
    let all = ServiceEdit {
        strategy: Some(Some(Strategy::Collective)),
        ..ServiceEdit::default()
    };
    let pair = practice.service("par", &hosts, two).await;
    let together = practice.service("juntos", &hosts[..2], all).await;
    let one = practice.books(pair, hour(10)).await.unwrap().booking;
    let before = practice.hosts(one).await;
    let both = practice.books(together, hour(12)).await.unwrap().booking;
    let done = covered(&practice, ask(before[0], &[Remedy::Reassign]))
        .await
        .unwrap();
    let fate = |id| fates(&done).into_iter().find(|it| it.0 == id).map(|it| it.1);
    assert_eq!(fate(one), Some(Fate::Reassigned));
    let after = practice.hosts(one).await;
    assert!(
        after.contains(&before[1]) && !after.contains(&before[0]) && after.len() == 2,
        "{after:?}"
    );
    if before[0] != hosts[2] {
        assert_eq!(
            fate(both),
            Some(Fate::Left),
            "nobody stands in where all must be there"
        );
    }
    let uneven = "SELECT CAST(count(*) AS text) FROM (SELECT pool_id FROM fairness_balances \
        GROUP BY organization_id, pool_id HAVING sum(balance) <> 0) uneven";
    assert_eq!(world.admin_sql(uneven).await, [[Some("0".to_owned())]]);
    assert!(practice.audit().await.is_clean());
}

async fn a_room_that_is_closed_is_replaced_by_another(world: World) {
    let practice = world.practice("aurora").await;
    let host = practice.people(&["bea"]).await[0];
    let rooms = [
        practice.resource("azul", ResourceKind::Room, 1).await,
        practice.resource("verde", ResourceKind::Room, 1).await,
    ];
    let parts = vec![
        ServicePart::host(Who::Resource(host)),
        ServicePart::room(rooms[0]),
        ServicePart::room(rooms[1]),
    ];
    let service = practice
        .service_of("consulta", parts, ServiceEdit::default())
        .await;
    let made = practice.books(service, hour(10)).await.unwrap().booking;
    let before = practice.hosts(made).await;
    let room = before.into_iter().find(|it| rooms.contains(it)).unwrap();
    let done = covered(&practice, ask(room, &[Remedy::Reassign])).await.unwrap();
    assert_eq!(fates(&done), [(made, Fate::Reassigned)]);
    let after = practice.hosts(made).await;
    assert!(after.contains(&host) && !after.contains(&room) && after.len() == 2);
    assert!(practice.audit().await.is_clean());
}

async fn an_absence_that_was_noted_before_is_used(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("so", &hosts, ServiceEdit::default()).await;
    let made = practice.books(service, hour(10)).await.unwrap().booking;
    let work = practice.staff().await;
    let noted = AbsenceDraft {
        resource: hosts[0],
        span: Span::new(hour(-24), hour(48)).unwrap(),
        reason: None,
        redirect_to: None,
    };
    let noted = create_absence(&work, noted).await.unwrap().absence;
    work.commit().await.unwrap();
    let done = covered(&practice, ask(hosts[0], &[Remedy::Move])).await.unwrap();
    assert_eq!(done.absence, noted);
    assert_eq!(
        practice.booking(made).await.starts_at,
        hour(48),
        "she is away until then"
    );
}

async fn one_call_covers_so_many_bookings_and_no_more(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("so", &hosts, ServiceEdit::default()).await;
    let work = practice.staff().await;
    for half in 0..=COVERED_MAX as i64 {
        let time = hour(0) + TimeDelta::minutes(30 * half);
        booking::create(&work, draft(service, time)).await.unwrap();
    }
    work.commit().await.unwrap();
    let long = |bookings: i64| Cover {
        span: Span::new(hour(0), hour(0) + TimeDelta::minutes(30 * bookings)).unwrap(),
        ..ask(hosts[0], &[Remedy::Cancel])
    };
    let most = COVERED_MAX as i64;
    let refused = covered(&practice, long(most + 1)).await.unwrap_err();
    assert_eq!(refused.code().word(), "LIMIT_REACHED");
    let done = covered(&practice, long(most)).await.unwrap();
    assert_eq!(done.bookings.len(), COVERED_MAX);
    assert!(done.bookings.iter().all(|it| it.fate == Fate::Cancelled));
    assert!(practice.audit().await.is_clean());
}

async fn covers_beside_bookings_and_cancellations_never_wait_in_a_circle(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea", "caio", "dora"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let mut made = Vec::new();
    for half in 0..24 {
        made.push(
            practice
                .books(service, hour(8) + TimeDelta::minutes(30 * (half / 2)))
                .await
                .unwrap()
                .booking,
        );
    }
    let tries = (0..36_usize).map(|turn| {
        let (practice, hosts, made) = (practice.clone(), hosts.clone(), made.clone());
        tokio::spawn(async move {
            match turn % 3 {
                0 => {
                    let from = hour(8) + TimeDelta::hours(turn as i64 / 3);
                    let part = Cover {
                        span: Span::new(from, from + TimeDelta::hours(3)).unwrap(),
                        ..ask(
                            hosts[turn / 3 % 3],
                            &[Remedy::Reassign, Remedy::Move, Remedy::Cancel],
                        )
                    };
                    covered(&practice, part).await.map(drop)
                }
                1 => practice
                    .books(service, hour(8) + TimeDelta::minutes(30 * turn as i64))
                    .await
                    .map(drop),
                _ => {
                    let work = practice.staff().await;
                    let done = booking::cancel(&work, made[turn % made.len()], Closing::default()).await;
                    end(work, done).await.map(drop)
                }
            }
        })
    });
    for one in tries.collect::<Vec<_>>() {
        if let Err(refused) = one.await.unwrap() {
            assert_eq!(refused.kind(), kernel::Kind::Conflict, "{refused}");
        }
    }
    assert!(practice.audit().await.is_clean());
}
