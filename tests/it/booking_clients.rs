//! Who books is found in the directory or entered there, and a stranger changes nobody.

use kernel::id::ClientId;
use kernel::{Refuse as _, Right, Rights};
use scheduling::booking::{BookingDraft, BookingMade};
use scheduling::service::ServiceEdit;

use crate::world::practice::{Practice, at, draft};
use crate::world::{World, stories};

stories! { both: [
    a_booking_finds_its_client_by_address_then_by_number_and_changes_nobody,
    of_many_bookings_of_one_new_person_at_once_one_client_is_made,
    staff_change_a_client_and_two_never_share_an_address,
] }

fn typed(draft: BookingDraft, name: &str, email: Option<&str>, phone: Option<&str>) -> BookingDraft {
    let mut draft = draft;
    draft.attendee.name = name.parse().unwrap();
    draft.attendee.email = email.map(|it| it.parse().unwrap());
    draft.attendee.phone = phone.map(|it| it.parse().unwrap());
    draft
}

async fn books(practice: &Practice, draft: BookingDraft) -> Result<BookingMade, flows::Refusal> {
    let work = practice.stranger().await;
    match flows::book(&work, draft, None).await {
        Ok((made, _)) => {
            work.commit().await.unwrap();
            Ok(made)
        }
        Err(refused) => {
            work.undo().await.unwrap();
            Err(refused)
        }
    }
}

async fn attendee(practice: &Practice, made: BookingMade) -> (Option<ClientId>, Option<ClientId>) {
    let work = practice.staff().await;
    let found = scheduling::attendee::attendees(&work, &[made.booking])
        .await
        .unwrap();
    (found[0].client_id, found[0].conflicting_client_id)
}

async fn a_booking_finds_its_client_by_address_then_by_number_and_changes_nobody(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let hour = |hour: u32| draft(service, at(&format!("2026-03-03T{hour:02}:00:00Z")));
    let (ana, rui, number) = ("ana@example.com", "rui@example.com", "+351210000001");
    let first = books(&practice, typed(hour(9), "Ana Prado", Some(ana), Some(number)))
        .await
        .unwrap();
    let (first, conflict) = attendee(&practice, first).await;
    assert_eq!(conflict, None);
    let again = books(
        &practice,
        typed(hour(10), "Mallory", Some(ana), Some("+351210000009")),
    )
    .await
    .unwrap();
    assert_eq!(attendee(&practice, again).await, (first, None));
    let by_number = books(&practice, typed(hour(11), "Ana", None, Some(number)))
        .await
        .unwrap();
    assert_eq!(attendee(&practice, by_number).await, (first, None));
    let rui_made = books(&practice, typed(hour(12), "Rui", Some(rui), None))
        .await
        .unwrap();
    let (second, _) = attendee(&practice, rui_made).await;
    assert_ne!(first, second);
    let both = books(&practice, typed(hour(13), "Rui", Some(rui), Some(number)))
        .await
        .unwrap();
    assert_eq!(
        attendee(&practice, both).await,
        (second, first),
        "the address wins, and staff see the other"
    );
    let neither = books(&practice, typed(hour(14), "Ninguém", None, None))
        .await
        .unwrap_err();
    assert_eq!(
        (neither.code().word(), neither.field()),
        ("INVALID_INPUT", Some("attendee"))
    );
    let work = practice.staff().await;
    let ana = clients::find_clients(&work, &[first.unwrap()])
        .await
        .unwrap()
        .remove(0);
    assert_eq!(
        (ana.name.as_str(), ana.phone.unwrap().as_str(), ana.version),
        ("Ana Prado", number, 1)
    );
}

async fn of_many_bookings_of_one_new_person_at_once_one_client_is_made(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let tries = (0..16).map(|slot| {
        let (practice, time) = (
            practice.clone(),
            at(&format!("2026-03-03T{:02}:00:00Z", slot % 8 + 8)),
        );
        tokio::spawn(async move {
            books(&practice, draft(service, time))
                .await
                .map(drop)
                .map_err(|it| it.code().word())
        })
    });
    let mut answers = Vec::new();
    for one in tries.collect::<Vec<_>>() {
        answers.push(one.await.unwrap());
    }
    assert_eq!(answers.iter().filter(|it| it.is_ok()).count(), 8, "{answers:?}");
    assert_eq!(
        answers.iter().filter(|it| **it == Err("SLOT_TAKEN")).count(),
        8,
        "{answers:?}"
    );
    let made = "SELECT CAST(count(*) AS text) FROM clients";
    assert_eq!(world.admin_sql(made).await, [[Some("1".to_owned())]]);
}

async fn staff_change_a_client_and_two_never_share_an_address(world: World) {
    let practice = world.practice("aurora").await;
    let contact = |name: &str, email: &str| clients::ClientDraft {
        contact: clients::Contact {
            name: name.parse().unwrap(),
            email: Some(email.parse().unwrap()),
            phone: None,
            timezone: None,
            locale: None,
        },
        user: None,
        country: None,
        city: None,
        primary_provider: None,
    };
    let work = practice.staff().await;
    let ana = clients::create_client(&work, contact("Ana", "ana@example.com"))
        .await
        .unwrap()
        .client;
    let rui = clients::create_client(&work, contact("Rui", "rui@example.com"))
        .await
        .unwrap()
        .client;
    let renamed = clients::ClientEdit {
        name: Some("Ana Prado".parse().unwrap()),
        ..Default::default()
    };
    clients::update_client(&work, ana, renamed.clone(), Some(1))
        .await
        .unwrap();
    let stale = clients::update_client(&work, ana, renamed, Some(1))
        .await
        .unwrap_err();
    assert_eq!(stale.code().word(), "VERSION_CONFLICT");
    work.commit().await.unwrap();
    let work = practice.staff().await;
    let same = clients::ClientEdit {
        email: Some(Some("ana@example.com".parse().unwrap())),
        ..Default::default()
    };
    let taken = clients::update_client(&work, rui, same, None).await.unwrap_err();
    assert_eq!((taken.code().word(), taken.field()), ("TAKEN", Some("email")));
    work.undo().await.unwrap();
    let work = practice
        .somebody(kernel::Actor::Anonymous, Rights::of(&[Right::DiaryRead]))
        .await;
    let refused = clients::find_clients(&work, &[ana]).await.unwrap_err();
    assert_eq!(refused.code().word(), "UNAUTHENTICATED");
}
