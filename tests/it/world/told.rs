//! Somebody in every place from which others are told: an endpoint with a test, a letter, words of one's own, a notice.

use db::paging::Asked;
use kernel::id::{AttendeeId, BookingId};
use messaging::mail::Key;
use messaging::mail::date::Language;
use messaging::mail::delivery::{Order, order};
use messaging::mail::own::{WordsEdit, update_template};
use messaging::notification::notify;
use messaging::webhook::endpoint::{EndpointDraft, EventTypes, create_endpoint};
use messaging::webhook::log::send_test;
use serde_json::json;
use tenancy::Memberships;

use super::practice::Practice;

impl Practice {
    /// What is told to others; the ids as clients know them.
    pub(crate) async fn furnish_told(&self, booking: BookingId, attendee: AttendeeId) -> Vec<String> {
        let work = self.staff().await;
        let draft = EndpointDraft {
            url: "https://example.com/hooks".parse().unwrap(),
            description: None,
            types: EventTypes::new(vec!["*".to_owned()]).unwrap(),
        };
        let endpoint = create_endpoint(&work, draft).await.unwrap().endpoint;
        let test = send_test(&work, endpoint).await.unwrap().delivery;
        let letter = Order {
            template: Key::BookingConfirmed,
            event: work.mint(),
            booking,
            attendee,
            link: None,
            recipient: "ana@example.com".parse().unwrap(),
            locale: "en".parse().unwrap(),
        };
        order(&work, letter).await.unwrap();
        let words = WordsEdit {
            subject: Some("It stands".parse().unwrap()),
            body: None,
        };
        let which = (Key::BookingConfirmed, Language::English);
        update_template(&work, which, words, None).await.unwrap();
        let page = Asked::default().page::<Memberships>().unwrap();
        let members = tenancy::members(&work, &page).await.unwrap();
        let everybody: Vec<_> = members.rows.iter().map(|(_, it)| it.user_id).collect();
        let event = db::journal::Event {
            organization_id: work.organization(),
            id: work.mint(),
            position: None,
            type_: "booking.moved".to_owned(),
            aggregate_id: booking.to_string(),
            aggregate_version: 2,
            payload: json!({}),
            actor_kind: "SYSTEM".to_owned(),
            actor_id: None,
            occurred_at: work.now(),
        };
        notify(&work, &everybody, &event).await.unwrap();
        work.commit().await.unwrap();
        vec![endpoint.to_string(), test.to_string()]
    }
}
