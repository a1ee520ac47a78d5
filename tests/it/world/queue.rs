//! Whoever waits for something to come free at a practice.

use kernel::id::{ServiceId, WaitlistEntryId};
use kernel::{Refuse as _, Span};
use scheduling::Refusal;
use scheduling::booking::{self, BookingMade, Closing};
use scheduling::contact::Contact;
use scheduling::service::{Answers, ServiceEdit};
use scheduling::token::{self, Purpose};
use scheduling::waitlist::{self, WaitDraft, WaitlistStatus};

use super::World;
use super::practice::{Practice, at, end};

/// Whoever waits for anything on the day of the story, or for what a story says.
pub(crate) fn waits(service: ServiceId, name: &str) -> WaitDraft {
    WaitDraft {
        service,
        host: None,
        window: Span::new(at("2026-03-03T00:00:00Z"), at("2026-03-04T00:00:00Z")).unwrap(),
        client: Contact {
            name: name.parse().unwrap(),
            email: Some(format!("{name}@example.com").parse().unwrap()),
            phone: None,
        },
    }
}

impl Practice {
    /// Somebody comes to wait.
    pub(crate) async fn joins(&self, draft: WaitDraft) -> Result<WaitlistEntryId, Refusal> {
        let work = self.stranger().await;
        let joined = waitlist::join(&work, draft).await;
        end(work, joined).await.map(|it| it.entry)
    }

    /// Several, one after the other.
    pub(crate) async fn queue(&self, service: ServiceId, count: usize) -> Vec<WaitlistEntryId> {
        let mut queue = Vec::new();
        for at in 0..count {
            queue.push(self.joins(waits(service, &format!("w{at}"))).await.unwrap());
        }
        queue
    }

    /// Somebody takes what is offered.
    pub(crate) async fn accepts(&self, entry: WaitlistEntryId) -> Result<BookingMade, Refusal> {
        let work = self.stranger().await;
        let token = waitlist::token(&work, entry);
        let booked = match waitlist::offered(&work, &token, Answers::new()).await {
            Ok(draft) => waitlist::accept(&work, &token, draft).await,
            Err(refused) => Err(refused),
        };
        end(work, booked).await
    }

    /// Somebody passes on what is offered.
    pub(crate) async fn declines(&self, entry: WaitlistEntryId) -> Result<(), Refusal> {
        let work = self.stranger().await;
        let token = waitlist::token(&work, entry);
        let declined = waitlist::decline(&work, &token).await;
        end(work, declined).await.map(drop)
    }

    /// A client calls their booking off, or gives their seat up.
    pub(crate) async fn gives_up(&self, made: BookingMade) -> Result<(), Refusal> {
        let work = self.stranger().await;
        let link = token::link(work.key(), made.link, Purpose::Manage);
        let done = booking::cancel_by_token(&work, &link, Closing::default()).await;
        end(work, done).await.map(drop)
    }

    /// Staff call a booking off.
    pub(crate) async fn calls_off(&self, made: BookingMade) {
        let work = self.staff().await;
        let done = booking::cancel(&work, made.booking, Closing::default()).await;
        end(work, done).await.unwrap();
    }

    /// Ends what nobody answered; says how much.
    pub(crate) async fn expires(&self) -> u64 {
        let work = self.staff().await;
        let ended = waitlist::expire_due(&work).await;
        end(work, ended).await.unwrap()
    }

    /// Where they stand by now.
    pub(crate) async fn stand(&self, queue: &[WaitlistEntryId]) -> Vec<WaitlistStatus> {
        let work = self.staff().await;
        let found = waitlist::find_entries(&work, queue).await.unwrap();
        let of = |id: &WaitlistEntryId| found.iter().find(|it| it.id == *id).unwrap();
        queue.iter().map(|it| of(it).status_at(work.now())).collect()
    }
}

/// A practice where one person gives one service.
pub(crate) async fn practice_of_one(world: &World, details: ServiceEdit) -> (Practice, ServiceId) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, details).await;
    (practice, service)
}

/// A class of so many.
pub(crate) fn class(seats: i64) -> ServiceEdit {
    ServiceEdit {
        seats: Some(seats),
        ..ServiceEdit::default()
    }
}

/// What came of it, in one word.
pub(crate) fn code<T>(done: Result<T, Refusal>) -> &'static str {
    done.map_or_else(|refused| refused.code().word(), |_| "OK")
}
