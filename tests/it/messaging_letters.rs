//! Letters and notices: whoever takes part hears of it once, in their language, and only what is true.

use chrono::TimeDelta;
use db::paging::Asked;
use kernel::Line;
use messaging::mail::delivery::{Deliveries, Delivery, DeliveryState, deliveries};
use messaging::mail::invite::Method;
use messaging::mail::{Key, Unsent};
use scheduling::booking::{self, Closing};
use scheduling::resource::ResourceKind;
use scheduling::service::{Confirmation, ServiceEdit};

use crate::world::practice::{Practice, at, draft};
use crate::world::telling::Teller;
use crate::world::{World, stories};

stories! { both: [
    a_letter_that_is_no_longer_true_is_not_sent,
    a_letter_is_tried_again_until_it_is_taken_and_is_the_same_letter,
    a_refused_letter_is_never_called_sent,
    an_appointment_comes_into_the_calendar_and_goes_out_of_it,
    everybody_reads_their_own_language,
    whoever_asks_for_a_booking_hears_that_it_waits_and_what_became_of_it,
] }

struct Desk<'a> {
    world: &'a World,
    practice: Practice,
    teller: Teller,
}

impl<'a> Desk<'a> {
    async fn new(world: &'a World) -> Self {
        Self {
            world,
            practice: world.practice("aurora").await,
            teller: Teller::new(),
        }
    }

    async fn works(&self) {
        self.teller.works(self.world).await;
    }

    async fn letters(&self) -> Vec<Delivery> {
        let work = self.practice.staff().await;
        let page = Asked::default().page::<Deliveries>().unwrap();
        let slice = deliveries(&work, None, &page).await.unwrap();
        slice.rows.into_iter().map(|(_, it)| it).collect()
    }

    async fn told(&self) -> Vec<(Key, DeliveryState)> {
        self.letters()
            .await
            .iter()
            .map(|it| (it.template, it.state))
            .collect()
    }

    async fn service(&self, details: ServiceEdit) -> kernel::id::ServiceId {
        let host = self.practice.resource("bia", ResourceKind::Person, 1).await;
        self.practice.service("lesson", &[host], details).await
    }
}

async fn an_appointment_comes_into_the_calendar_and_goes_out_of_it(world: World) {
    let desk = Desk::new(&world).await;
    let service = desk.service(ServiceEdit::default()).await;
    let made = desk
        .practice
        .books(service, at("2026-03-03T10:00:00Z"))
        .await
        .unwrap();
    desk.works().await;
    let sent = desk.teller.postbox.got();
    assert_eq!(sent.len(), 1);
    assert_eq!(desk.told().await, [(Key::BookingConfirmed, DeliveryState::Sent)]);
    let (mail, letter) = (&sent[0], &desk.letters().await[0]);
    assert_eq!(mail.id, letter.id.to_string());
    assert!(
        mail.subject
            .starts_with("Confirmado: lesson, terça-feira, 3 de março de 2026"),
        "{}",
        mail.subject
    );
    assert!(
        mail.text.contains("https://book.example.com/manage#hor_manage_"),
        "{}",
        mail.text
    );
    let invite = mail.invite.as_ref().unwrap();
    let uid = format!("UID:{}@horarium", made.booking);
    assert_eq!(invite.method, Method::Request);
    assert!(
        invite.text.contains(&uid) && invite.text.contains("DTSTART:20260303T100000Z"),
        "{}",
        invite.text
    );
    let work = desk.practice.staff().await;
    let why: Line = "The teacher is ill".parse().unwrap();
    booking::cancel(&work, made.booking, closing(Some(why)))
        .await
        .unwrap();
    work.commit().await.unwrap();
    desk.works().await;
    let sent = desk.teller.postbox.got();
    assert_eq!(sent.len(), 2);
    assert!(sent[1].text.contains("The teacher is ill"), "{}", sent[1].text);
    let invite = sent[1].invite.as_ref().unwrap();
    assert_eq!(invite.method, Method::Cancel);
    assert!(
        invite.text.contains(&uid) && invite.text.contains("SEQUENCE:2"),
        "{}",
        invite.text
    );
}

async fn whoever_asks_for_a_booking_hears_that_it_waits_and_what_became_of_it(world: World) {
    let desk = Desk::new(&world).await;
    let service = desk
        .service(ServiceEdit {
            confirmation: Some(Confirmation::Manual),
            ..ServiceEdit::default()
        })
        .await;
    let made = desk
        .practice
        .books(service, at("2026-03-03T10:00:00Z"))
        .await
        .unwrap();
    desk.teller.passes(&world, TimeDelta::minutes(1)).await;
    let work = desk.practice.staff().await;
    booking::confirm(&work, made.booking, closing(None))
        .await
        .unwrap();
    work.commit().await.unwrap();
    desk.works().await;
    desk.works().await;
    let sent = [Key::BookingRequested, Key::BookingConfirmed].map(|it| (it, DeliveryState::Sent));
    assert_eq!(desk.told().await, sent);
    let mails = desk.teller.postbox.got();
    assert!(mails[0].invite.is_none() && mails[1].invite.is_some());
}

async fn a_letter_that_is_no_longer_true_is_not_sent(world: World) {
    let desk = Desk::new(&world).await;
    let service = desk.service(ServiceEdit::default()).await;
    let made = desk
        .practice
        .books(service, at("2026-03-03T10:00:00Z"))
        .await
        .unwrap();
    let later = Unsent::Later("the mail server answers 451".to_owned());
    desk.teller.postbox.refuses(Some(later));
    desk.teller.passes(&world, TimeDelta::minutes(1)).await;
    let work = desk.practice.staff().await;
    booking::cancel(&work, made.booking, closing(None)).await.unwrap();
    work.commit().await.unwrap();
    desk.teller.postbox.refuses(None);
    desk.teller.passes(&world, TimeDelta::hours(1)).await;
    let told = desk.told().await;
    let expected = [
        (Key::BookingConfirmed, DeliveryState::Dropped),
        (Key::BookingCancelled, DeliveryState::Sent),
    ];
    assert_eq!(told, expected);
    assert_eq!(desk.teller.postbox.got().len(), 1);
}

async fn a_letter_is_tried_again_until_it_is_taken_and_is_the_same_letter(world: World) {
    let desk = Desk::new(&world).await;
    let service = desk.service(ServiceEdit::default()).await;
    desk.practice
        .books(service, at("2026-03-05T10:00:00Z"))
        .await
        .unwrap();
    let later = Unsent::Later("no connection to the mail server".to_owned());
    desk.teller.postbox.refuses(Some(later));
    desk.teller.passes(&world, TimeDelta::minutes(1)).await;
    let waiting = desk.letters().await.remove(0);
    assert_eq!(waiting.state, DeliveryState::Waiting);
    assert!(waiting.attempts >= 3, "{waiting:?}");
    assert_eq!(
        waiting.last_error.as_deref(),
        Some("not now: no connection to the mail server")
    );
    desk.teller.postbox.refuses(None);
    desk.teller.passes(&world, TimeDelta::hours(1)).await;
    let sent = desk.letters().await.remove(0);
    assert_eq!((sent.state, sent.last_error), (DeliveryState::Sent, None));
    let mails = desk.teller.postbox.got();
    assert_eq!((mails.len(), mails[0].id.clone()), (1, sent.id.to_string()));
}

async fn a_refused_letter_is_never_called_sent(world: World) {
    let desk = Desk::new(&world).await;
    let service = desk.service(ServiceEdit::default()).await;
    desk.practice
        .books(service, at("2026-03-05T10:00:00Z"))
        .await
        .unwrap();
    let refused = Unsent::Refused("the mail server answers 550".to_owned());
    desk.teller.postbox.refuses(Some(refused));
    desk.works().await;
    desk.teller.postbox.refuses(None);
    desk.teller.passes(&world, TimeDelta::days(1)).await;
    let letter = desk.letters().await.remove(0);
    assert_eq!((letter.state, letter.attempts), (DeliveryState::Failed, 1));
    assert_eq!(
        letter.last_error.as_deref(),
        Some("refused for good: the mail server answers 550")
    );
    assert!(desk.teller.postbox.got().is_empty());
}

fn closing(reason: Option<Line>) -> Closing {
    Closing {
        expected_version: None,
        reason,
        is_for_client: false,
    }
}

async fn everybody_reads_their_own_language(world: World) {
    let desk = Desk::new(&world).await;
    let service = desk.service(ServiceEdit::default()).await;
    let work = desk.practice.stranger().await;
    let booking = draft(service, at("2026-03-03T10:00:00Z"));
    let english = Some("en-GB".parse().unwrap());
    flows::book(&work, booking, english).await.unwrap();
    work.commit().await.unwrap();
    desk.works().await;
    let sent = desk.teller.postbox.got();
    assert!(
        sent[0]
            .subject
            .starts_with("Confirmed: lesson, Tuesday, 3 March 2026"),
        "{}",
        sent[0].subject
    );
    assert_eq!(desk.letters().await[0].locale.as_str(), "en-GB");
}
