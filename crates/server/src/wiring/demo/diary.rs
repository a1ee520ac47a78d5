//! A fortnight of bookings around the present: clients book what is offered, staff answer, time passes.
//!
//! What is going to happen is kept by the moment at which it does; the demo's clock walks from one to the next and stops
//! at the present. Whatever would happen later has not happened.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use db::{Asker, Tenant, Work};
use kernel::id::{BookingId, BookingTokenId, ServiceId};
use scheduling::booking::{
    self, AttendeeDraft, BookingDraft, BookingMade, Closing, Overrides, Source, Status,
};
use scheduling::calendar::Candidates;
use scheduling::contact::Contact;
use scheduling::rule::Rule;
use scheduling::series::{Policy, Recurrence, SeriesDraft};
use scheduling::service::{Answers, Confirmation, Service, find_services};
use scheduling::slots::{Slot, SlotsAsk, nearest_slots, slots};
use scheduling::token::{Purpose, link};
use scheduling::{Metadata, Refusal};

use super::house::Founded;
use super::{Made, Stage};

/// How far around the present there are bookings.
const WEEK: TimeDelta = TimeDelta::days(7);

/// What is further ahead than this was booked in the last hours: there is always a request that nobody has answered yet.
const LATELY: TimeDelta = TimeDelta::days(5);

/// How long before the present a series began: four times within a fortnight lie in the week around it.
const REPEATED_FROM: TimeDelta = TimeDelta::days(6);

/// How long staff take to answer a request, at most.
const ANSWERED_IN: TimeDelta = TimeDelta::hours(4);

/// How long after its end somebody notes how it went.
const NOTED_AFTER: TimeDelta = TimeDelta::minutes(10);

/// Somebody who books.
#[derive(Debug)]
pub(super) struct Client {
    name: &'static str,
    email: &'static str,
    zone: Option<&'static str>,
}

impl Client {
    /// Somebody with an address, of which this is the part before the @.
    pub(super) const fn new(name: &'static str, email: &'static str) -> Self {
        Self {
            name,
            email,
            zone: None,
        }
    }

    fn attends(&self) -> Made<AttendeeDraft> {
        let contact = Contact {
            name: self.name.parse()?,
            email: Some(format!("{}@example.com", self.email).parse()?),
            phone: None,
        };
        Ok(contact.attends(Answers::new()))
    }

    /// The same, somewhere else than whoever they book.
    pub(super) const fn in_zone(self, zone: &'static str) -> Self {
        Self {
            zone: Some(zone),
            ..self
        }
    }
}

/// What is booked again and again.
#[derive(Debug)]
pub(super) struct Habit {
    pub(super) service: ServiceId,
    clients: &'static [Client],
    /// How many starts of a day are booked,
    a_day: usize,
    /// and how many people book each of them.
    at_once: usize,
    /// Or one of them comes at one time on these days of the week.
    weekly: Option<(&'static str, NaiveTime)>,
}

impl Habit {
    /// So many starts of a day, each by one.
    pub(super) fn of(service: ServiceId, clients: &'static [Client], a_day: usize) -> Self {
        Self {
            service,
            clients,
            a_day,
            at_once: 1,
            weekly: None,
        }
    }

    /// One start of a day, by so many.
    pub(super) fn class(service: ServiceId, clients: &'static [Client], at_once: usize) -> Self {
        Self {
            service,
            clients,
            a_day: 1,
            at_once,
            weekly: None,
        }
    }

    /// The first of these comes at one time of day, by a rule that recurs.
    pub(super) fn weekly(
        service: ServiceId,
        clients: &'static [Client],
        rrule: &'static str,
        time: NaiveTime,
    ) -> Self {
        Self {
            weekly: Some((rrule, time)),
            ..Self::of(service, clients, 1)
        }
    }
}

/// What is going to happen.
enum Step {
    Book(Box<BookingDraft>, DateTime<Utc>),
    Answer(BookingId, bool),
    CallOff(BookingTokenId),
    Note(BookingId, bool),
}

/// One organization's fortnight.
struct Diary<'a> {
    stage: &'a Stage,
    founded: &'a Founded,
    steps: BTreeMap<(DateTime<Utc>, usize), Step>,
    /// Of how many steps was thought: what happens at one moment happens in the order in which it was thought of.
    thought: usize,
    /// Sessions of classes are noted once, however many are there.
    seen: BTreeSet<BookingId>,
    manual: BTreeSet<ServiceId>,
}

/// Lets an organization live until the present.
pub(super) async fn live(stage: &Stage, founded: &Founded, habits: &[Habit]) -> Made<()> {
    let mut diary = Diary {
        stage,
        founded,
        steps: BTreeMap::new(),
        thought: 0,
        seen: BTreeSet::new(),
        manual: BTreeSet::new(),
    };
    for habit in habits {
        diary.plan(habit).await?;
    }
    while let Some(((at, _), step)) = diary.steps.pop_first() {
        if at > stage.present {
            break;
        }
        stage.turn_to(at);
        diary.take(step).await?;
    }
    Ok(())
}

impl Diary<'_> {
    fn later(&mut self, at: DateTime<Utc>, step: Step) {
        self.thought += 1;
        self.steps.insert((at, self.thought), step);
    }

    /// Thinks of everything that is booked of one service, from what is offered.
    async fn plan(&mut self, habit: &Habit) -> Made<()> {
        if let Some(recurs) = habit.weekly {
            return self.repeat(habit, recurs).await;
        }
        let (service, days) = self.offered(habit).await?;
        if service.confirmation == Confirmation::Manual {
            self.manual.insert(service.id);
        }
        for (nth, offered) in days.iter().enumerate() {
            let step = (offered.len() / habit.a_day).max(1);
            let picked = offered.iter().skip(nth % step).step_by(step).take(habit.a_day);
            for slot in picked {
                for _ in 0..habit.at_once {
                    self.want(habit, slot)?;
                }
            }
        }
        Ok(())
    }

    /// The starts of the fortnight, by date.
    async fn offered(&self, habit: &Habit) -> Made<(Service, Vec<Vec<Slot>>)> {
        let organization = Tenant(self.founded.organization);
        let reading = self.stage.store.read(organization, &Asker::anonymous()).await?;
        let service = find_services(&reading, &[habit.service]).await?.pop();
        let ask = SlotsAsk {
            service: habit.service,
            candidates: Candidates::All,
            from: self.stage.present - WEEK,
            to: self.stage.present + WEEK,
            zone: self.founded.zone,
            first: None,
        };
        let found = slots(&reading, &ask).await?;
        let days = found.days.into_iter().map(|it| it.slots).collect();
        Ok((service.ok_or("the service was made")?, days))
    }

    /// Somebody is going to book this start: some days before, and by now at the latest. Who wants an answer asks online.
    fn want(&mut self, habit: &Habit, slot: &Slot) -> Made<()> {
        let n = self.thought;
        let client = &habit.clients[n % habit.clients.len()];
        let by_phone = n % 5 == 4 && !self.manual.contains(&habit.service);
        let draft = BookingDraft {
            service: habit.service,
            starts_at: slot.starts_at,
            host: None,
            hold: None,
            request: None,
            attendee: client.attends()?,
            source: if by_phone { Source::Phone } else { Source::Online },
            overrides: Overrides::default(),
            timezone: client.zone.map(str::parse).transpose()?,
            notes: None,
            metadata: Metadata::default(),
        };
        let ahead = TimeDelta::days(2 + (n % 9) as i64);
        let lately = self.stage.present - TimeDelta::minutes(20 + 30 * (n % 5) as i64);
        let at = if slot.starts_at > self.stage.present + LATELY {
            lately
        } else {
            lately.min(slot.starts_at - ahead)
        };
        self.later(at, Step::Book(Box::new(draft), slot.ends_at));
        Ok(())
    }

    /// Staff book a fortnight of it for somebody who comes again and again, before anybody else books.
    async fn repeat(&mut self, habit: &Habit, (rrule, time): (&str, NaiveTime)) -> Made<()> {
        let client = habit.clients.first().ok_or("somebody comes")?;
        let zone = self.founded.zone;
        let first = zone.local(self.stage.present - REPEATED_FROM).date();
        let nothing = (Vec::new(), Vec::new());
        let draft = SeriesDraft {
            service: habit.service,
            host: None,
            recurrence: Recurrence::new(Rule::for_series(rrule)?, (first.and_time(time), zone), nothing)?,
            policy: Policy::AvailableOnly,
            attendee: client.attends()?,
            source: Source::Phone,
            overrides: Overrides::default(),
            notes: None,
            metadata: Metadata::default(),
        };
        let work = self.founded.owner(self.stage).await?;
        let made = flows::book_series(&work, draft, None).await?;
        let ids: Vec<BookingId> = made.bookings.iter().map(|it| it.booking).collect();
        let booked = booking::find_bookings(&work, &ids).await?;
        work.commit().await?;
        for it in booked {
            self.later(it.ends_at + NOTED_AFTER, Step::Note(it.id, true));
        }
        Ok(())
    }

    async fn take(&mut self, step: Step) -> Made<()> {
        match step {
            Step::Book(draft, ends_at) => self.book(*draft, ends_at).await,
            Step::Answer(booking, yes) => self.answer(booking, yes).await,
            Step::CallOff(token) => self.call_off(token).await,
            Step::Note(booking, came) => self.note(booking, came).await,
        }
    }
}

/// What happens.
impl Diary<'_> {
    /// A client books, or calls and staff book. Whoever finds the time taken books the nearest that is free.
    async fn book(&mut self, draft: BookingDraft, ends_at: DateTime<Utc>) -> Made<()> {
        let (mut draft, mut ends_at) = (draft, ends_at);
        let made = loop {
            match self.try_to_book(draft.clone()).await? {
                Some(made) => break made,
                None => {
                    let Some(near) = self.nearest(&draft).await? else {
                        return Ok(());
                    };
                    (draft.starts_at, ends_at) = (near.starts_at, near.ends_at);
                }
            }
        };
        let (n, starts_at) = (self.seen.len(), draft.starts_at);
        let asks = self.manual.contains(&draft.service);
        if !self.seen.insert(made.booking) {
            return Ok(());
        }
        let now = self.stage.store.now();
        if asks {
            let soon = ANSWERED_IN.min((starts_at - now) / 2);
            self.later(now + soon, Step::Answer(made.booking, n % 5 != 4));
        }
        if n % 6 == 3 {
            self.later(now + (starts_at - now) * 2 / 3, Step::CallOff(made.link));
        }
        self.later(ends_at + NOTED_AFTER, Step::Note(made.booking, n % 7 != 2));
        Ok(())
    }

    async fn try_to_book(&self, draft: BookingDraft) -> Made<Option<BookingMade>> {
        let work = match draft.source {
            Source::Online => self.client().await?,
            Source::WalkIn | Source::Phone | Source::Admin => self.founded.owner(self.stage).await?,
        };
        match flows::book(&work, draft, None).await {
            Ok((made, _)) => {
                work.commit().await?;
                Ok(Some(made))
            }
            Err(flows::Refusal::Scheduling(Refusal::SlotTaken | Refusal::NotOffered(_))) => {
                work.undo().await?;
                Ok(None)
            }
            Err(refused) => Err(refused.into()),
        }
    }

    /// What is free near the time that a client wants.
    async fn nearest(&self, draft: &BookingDraft) -> Made<Option<Slot>> {
        let organization = Tenant(self.founded.organization);
        let reading = self.stage.store.read(organization, &Asker::anonymous()).await?;
        let of = (draft.service, &Candidates::All);
        let near = nearest_slots(&reading, of, (draft.starts_at, 1)).await?;
        Ok(near.into_iter().find(|it| it.starts_at != draft.starts_at))
    }

    /// A transaction of whoever comes by.
    async fn client(&self) -> Made<Work<Tenant>> {
        let organization = Tenant(self.founded.organization);
        Ok(self.stage.store.write(organization, &Asker::anonymous()).await?)
    }

    async fn answer(&self, booking: BookingId, yes: bool) -> Made<()> {
        let work = self.founded.owner(self.stage).await?;
        if yes {
            booking::confirm(&work, booking, Closing::default()).await?;
        } else {
            let why = Closing {
                reason: Some("We only take new clients from next month on.".parse()?),
                ..Closing::default()
            };
            booking::reject(&work, booking, why).await?;
        }
        Ok(work.commit().await?)
    }

    /// A client calls it off by the link that came with the booking, if it still stands.
    async fn call_off(&self, token: BookingTokenId) -> Made<()> {
        let work = self.client().await?;
        let token = link(work.key(), token, Purpose::Manage);
        let why = Closing {
            reason: Some("Something came up.".parse()?),
            ..Closing::default()
        };
        match booking::cancel_by_token(&work, &token, why).await {
            Ok(_) => Ok(work.commit().await?),
            Err(Refusal::NotFrom { .. }) => Ok(work.undo().await?),
            Err(refused) => Err(refused.into()),
        }
    }

    /// Staff note how it went, of what took place.
    async fn note(&self, booking: BookingId, came: bool) -> Made<()> {
        let work = self.founded.owner(self.stage).await?;
        let found = booking::find_bookings(&work, &[booking]).await?;
        if found.iter().any(|it| it.status != Status::Confirmed) {
            return Ok(work.undo().await?);
        }
        if came {
            booking::complete(&work, booking, Closing::default()).await?;
        } else {
            booking::mark_no_show(&work, booking, Closing::default()).await?;
        }
        Ok(work.commit().await?)
    }
}
