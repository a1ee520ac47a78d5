//! What a worker may be at: each scene is prepared to the moment from which the worker goes on alone.

use chrono::{DateTime, TimeDelta, Utc};
use db::journal::keeping;
use kernel::Span;
use kernel::id::{BookingId, ServiceId};
use messaging::mail::Unsent;
use messaging::webhook::endpoint::{pause_endpoint, resume_endpoint};
use scheduling::booking::{self, COMPLETED_AFTER, Overrides, Shift};
use scheduling::service::{Ahead, Confirmation, Reminders, ServiceEdit};
use scheduling::waitlist::WaitDraft;

use super::stage::Stage;
use crate::world::practice::{end, repeated};
use crate::world::queue::{class, waits};
use crate::world::telling::Teller;
use crate::world::{World, at_length};

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scene {
    /// Somebody has booked.
    Booked,
    /// One booking was moved, another called off, a third made.
    MuchAtOnce,
    /// It is time to remind of a booking.
    Reminded,
    /// Nobody answered whoever asked for a booking.
    Unanswered,
    /// Nobody noted what became of a booking.
    TakenPlace,
    /// Time was kept, and not booked.
    HoldOver,
    /// A seat was kept, and not taken.
    SeatOver,
    /// What was offered to one who waits was not taken, and somebody else waits.
    OfferOver,
    /// A series goes on, after nobody worked for two weeks.
    SeriesGoesOn,
    /// An endpoint does not take what it is told at first.
    EndpointFails,
    /// An endpoint answers that it wants no more.
    EndpointGone,
    /// An endpoint was paused when something was on its way there.
    EndpointPaused,
    /// An endpoint goes on after it was paused.
    EndpointResumed,
    /// The mail server does not take a letter at first.
    LetterPutOff,
    /// What a letter says is no longer true.
    LetterUntrue,
    /// Some of the journal is too old to be kept.
    JournalOld,
}

impl Scene {
    /// The journal first, while there are few: whoever forgets looks through all of them.
    const ALL: [Self; 16] = [
        Self::JournalOld,
        Self::Booked,
        Self::MuchAtOnce,
        Self::Reminded,
        Self::Unanswered,
        Self::TakenPlace,
        Self::HoldOver,
        Self::SeatOver,
        Self::OfferOver,
        Self::EndpointFails,
        Self::EndpointGone,
        Self::EndpointPaused,
        Self::EndpointResumed,
        Self::LetterPutOff,
        Self::LetterUntrue,
        Self::SeriesGoesOn,
    ];

    /// Those of every run: in them a promise of every kind is kept.
    const SOME: [Self; 7] = [
        Self::JournalOld,
        Self::MuchAtOnce,
        Self::Reminded,
        Self::HoldOver,
        Self::OfferOver,
        Self::EndpointResumed,
        Self::SeriesGoesOn,
    ];

    /// Those that are played now.
    pub(super) fn played() -> &'static [Self] {
        if at_length() { &Self::ALL } else { &Self::SOME }
    }

    /// Brings a stage to the moment from which the worker goes on alone.
    pub(super) async fn prepare(self, stage: &Stage<'_>) {
        match self {
            Self::Booked | Self::EndpointFails | Self::EndpointGone | Self::LetterPutOff => {
                let service = stage.service(ServiceEdit::default()).await;
                self.outside_fails(stage);
                stage.books(service).await;
            }
            Self::MuchAtOnce => much_at_once(stage).await,
            Self::Reminded => {
                let service = stage.service(reminding(60)).await;
                let (_, starts_at) = stage.books(service).await;
                stage.until(starts_at - TimeDelta::minutes(60)).await;
            }
            Self::Unanswered => {
                let asks = ServiceEdit {
                    confirmation: Some(Confirmation::Manual),
                    confirmation_timeout_minutes: Some(60),
                    ..ServiceEdit::default()
                };
                let service = stage.service(asks).await;
                stage.books(service).await;
                stage
                    .until(stage.world.store.now() + TimeDelta::minutes(60))
                    .await;
            }
            Self::TakenPlace => {
                let service = stage.service(ServiceEdit::default()).await;
                let (_, starts_at) = stage.books(service).await;
                let ends_at = starts_at + TimeDelta::minutes(30);
                stage.until(ends_at + COMPLETED_AFTER).await;
            }
            Self::HoldOver => keeps_time(stage, ServiceEdit::default()).await,
            Self::SeatOver => keeps_time(stage, class(2)).await,
            Self::OfferOver => offers(stage).await,
            Self::SeriesGoesOn => repeats(stage).await,
            Self::EndpointPaused => {
                let service = stage.service(ServiceEdit::default()).await;
                stage.books(service).await;
                stage.worker().lays_out(stage.world).await;
                pauses(stage).await;
            }
            Self::EndpointResumed => {
                let service = stage.service(ServiceEdit::default()).await;
                pauses(stage).await;
                stage.books(service).await;
                stage.rests().await;
                resumes(stage).await;
            }
            Self::LetterUntrue => {
                let service = stage.service(ServiceEdit::default()).await;
                let (id, _) = stage.books(service).await;
                stage.worker().lays_out(stage.world).await;
                calls_off(stage, id).await;
            }
            Self::JournalOld => grows_old(stage).await,
        }
    }

    /// What the worker does that may die.
    pub(super) async fn work(self, world: &World, worker: &Teller) {
        worker.works(world).await;
        if self == Self::JournalOld {
            worker.forgets(world).await;
        }
    }

    fn outside_fails(self, stage: &Stage<'_>) {
        let [everything, _] = &stage.paths;
        if self == Self::EndpointFails {
            stage.receiver.answers(everything, 503);
        } else if self == Self::EndpointGone {
            stage.receiver.answers(everything, 410);
        } else if self == Self::LetterPutOff {
            let later = Unsent::Later("the mail server answers 451".to_owned());
            stage.postbox.refuses(Some(later));
        }
    }

    /// Whoever takes over finds everybody there again.
    pub(super) fn outside_recovers(self, stage: &Stage<'_>) {
        if self == Self::EndpointFails {
            stage.receiver.answers(&stage.paths[0], 200);
        }
        stage.postbox.refuses(None);
    }

    /// What happens when the worker has done its part.
    pub(super) async fn goes_on(self, stage: &Stage<'_>) {
        if self == Self::EndpointPaused {
            resumes(stage).await;
        } else if self == Self::JournalOld {
            stage.worker().forgets(stage.world).await;
        } else if matches!(self, Self::EndpointFails | Self::LetterPutOff) {
            stage.worker().passes(stage.world, TimeDelta::minutes(10)).await;
        }
    }

    /// Some of what must be there in the end, so that no scene is about nothing.
    pub(super) fn expects(self) -> &'static [(&'static str, i64)] {
        match self {
            Self::Booked | Self::EndpointFails | Self::EndpointPaused | Self::LetterPutOff => &[
                ("booking CONFIRMED", 1),
                ("hook booking.created DELIVERED", 2),
                ("letter BOOKING_CONFIRMED SENT", 1),
                ("notice booking.created", 1),
            ],
            Self::MuchAtOnce => &[
                ("booking CONFIRMED", 3),
                ("hook booking.moved DELIVERED", 2),
                ("letter BOOKING_MOVED SENT", 1),
                ("letter BOOKING_CANCELLED SENT", 1),
                ("notice booking.cancelled", 1),
            ],
            Self::Reminded => &[
                ("event booking.reminded", 1),
                ("hook booking.reminded DELIVERED", 2),
                ("letter BOOKING_REMINDER SENT", 1),
            ],
            Self::Unanswered => &[
                ("event booking.expired", 1),
                ("booking EXPIRED", 1),
                ("time of BOOKING", 0),
                ("hook booking.expired DELIVERED", 2),
            ],
            Self::TakenPlace => &[("event booking.completed", 1), ("booking COMPLETED", 1)],
            Self::HoldOver => &[
                ("event hold.expired", 1),
                ("time of HOLD", 0),
                ("hook hold.expired DELIVERED", 1),
            ],
            Self::SeatOver => &[("event hold.expired", 1), ("attendee HELD", 0)],
            Self::OfferOver => &[
                ("event waitlist.lapsed", 1),
                ("event waitlist.offered", 2),
                ("waits OFFERED", 1),
                ("promise waitlist.offer WAITING", 1),
            ],
            Self::SeriesGoesOn => &[
                ("event series.extended", 1),
                ("event booking.completed", 1),
                ("event booking.created", 3),
                ("promise series.extension WAITING", 1),
            ],
            Self::EndpointGone => &[
                ("endpoint DISABLED", 1),
                ("hook booking.created FAILED", 1),
                ("hook booking.created DELIVERED", 1),
            ],
            Self::EndpointResumed => &[
                ("endpoint ACTIVE", 2),
                ("hook booking.created DELIVERED", 2),
                ("hook webhook_endpoint.resumed DELIVERED", 1),
            ],
            Self::LetterUntrue => &[
                ("letter BOOKING_CONFIRMED DROPPED", 1),
                ("letter BOOKING_CANCELLED SENT", 1),
            ],
            Self::JournalOld => &[
                ("booking COMPLETED", 1),
                ("booking CONFIRMED", 1),
                ("event booking.created", 1),
                ("hook booking.created DELIVERED", 4),
            ],
        }
    }
}

fn reminding(minutes: u32) -> ServiceEdit {
    ServiceEdit {
        reminders: Some(Reminders::new(vec![minutes]).unwrap()),
        ..ServiceEdit::default()
    }
}

impl Stage<'_> {
    /// Somebody books, tomorrow at ten.
    async fn books(&self, service: ServiceId) -> (BookingId, DateTime<Utc>) {
        let ten = self.tomorrow(10);
        let made = self.practice.books(service, ten).await.unwrap();
        (made.booking, ten)
    }
}

async fn much_at_once(stage: &Stage<'_>) {
    let service = stage.service(ServiceEdit::default()).await;
    let mut made = Vec::new();
    for hour in [8, 9, 10] {
        let booked = stage.practice.books(service, stage.tomorrow(hour)).await;
        made.push(booked.unwrap().booking);
    }
    stage.rests().await;
    moves(stage, made[0], stage.tomorrow(14)).await;
    calls_off(stage, made[1]).await;
    stage.practice.books(service, stage.tomorrow(15)).await.unwrap();
}

async fn moves(stage: &Stage<'_>, id: BookingId, starts_at: DateTime<Utc>) {
    let to = Shift {
        starts_at,
        expected_version: None,
        reason: None,
        overrides: Overrides::default(),
    };
    let work = stage.work().await;
    let moved = booking::shift(&work, id, to).await;
    end(work, moved).await.unwrap();
}

async fn calls_off(stage: &Stage<'_>, id: BookingId) {
    let work = stage.work().await;
    let done = booking::cancel(&work, id, booking::Closing::default()).await;
    end(work, done).await.unwrap();
}

async fn keeps_time(stage: &Stage<'_>, details: ServiceEdit) {
    let service = stage.service(details).await;
    stage.practice.holds(service, stage.tomorrow(10)).await.unwrap();
    stage
        .until(stage.world.store.now() + TimeDelta::minutes(10))
        .await;
}

async fn offers(stage: &Stage<'_>) {
    let service = stage.service(ServiceEdit::default()).await;
    let ten = stage.tomorrow(10);
    let booked = stage.practice.books(service, ten).await.unwrap();
    for name in ["first", "second"] {
        let draft = waiting(service, (name, ten));
        stage.practice.joins(draft).await.unwrap();
    }
    stage.practice.gives_up(booked).await.unwrap();
    stage
        .until(stage.world.store.now() + TimeDelta::minutes(30))
        .await;
}

fn waiting(service: ServiceId, (name, at): (&str, DateTime<Utc>)) -> WaitDraft {
    WaitDraft {
        window: Span::new(at, at + TimeDelta::minutes(1)).unwrap(),
        ..waits(service, name)
    }
}

async fn repeats(stage: &Stage<'_>) {
    let far = ServiceEdit {
        ahead: Some(Ahead::Any),
        ..ServiceEdit::default()
    };
    let service = stage.service(far).await;
    let first = stage.tomorrow(9).format("%Y-%m-%dT%H:%M:%S").to_string();
    let monthly = repeated(service, "FREQ=WEEKLY;INTERVAL=4", &first);
    stage.practice.repeats(monthly).await.unwrap();
    stage.rests().await;
    stage.world.clock.advance(TimeDelta::days(15));
}

async fn pauses(stage: &Stage<'_>) {
    let work = stage.work().await;
    pause_endpoint(&work, stage.endpoints[0]).await.unwrap();
    work.commit().await.unwrap();
}

async fn resumes(stage: &Stage<'_>) {
    let work = stage.work().await;
    resume_endpoint(&work, stage.endpoints[0]).await.unwrap();
    work.commit().await.unwrap();
}

/// A booking so long ago that what was told of it is no longer kept, and another one since. What was told elsewhere is
/// forgotten before.
async fn grows_old(stage: &Stage<'_>) {
    let long = keeping::KEPT + TimeDelta::days(1);
    stage.world.clock.advance(long);
    stage.worker().forgets(stage.world).await;
    let service = stage.service(ServiceEdit::default()).await;
    stage.books(service).await;
    stage.rests().await;
    stage.world.clock.advance(long);
    stage.books(service).await;
}
