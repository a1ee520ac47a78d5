//! A practice to book at: an organization, people and rooms with hours, services, and whoever books.

use availability::recurrence::Rule;
use chrono::{DateTime, Utc};
use db::paging::Asked;
use db::{Asker, Store, Tenant, Work};
use kernel::id::{BookingId, HoldId, OrganizationId, ResourceId, SeriesId, ServiceId};
use kernel::{Actor, Money, Rights, SystemKind};
use scheduling::booking::{
    self, AttendeeDraft, Booking, BookingDraft, BookingEvent, BookingEvents, BookingFilter, BookingMade,
    Bookings, Overrides, Source,
};
use scheduling::hold::{self, HoldDraft};
use scheduling::proof::{self, Audit};
use scheduling::resource::{ResourceDraft, ResourceEdit, ResourceKind, create_resource};
use scheduling::rule::{RuleDraft, RuleEdit, create_rule};
use scheduling::series::{
    self, Occurrence, Occurrences, Policy, Recurrence, Series, SeriesDraft, SeriesMade,
};
use scheduling::service::{ServiceDraft, ServiceEdit, ServicePart, Who, create_service, set_service_hosts};
use scheduling::{Metadata, Refusal};

use super::World;
use super::api::{self, Api};

/// One organization that can be booked.
#[derive(Debug, Clone)]
pub(crate) struct Practice {
    pub(crate) organization: OrganizationId,
    store: Store,
}

impl World {
    /// A practice where nothing can be booked yet.
    pub(crate) async fn practice(&self, slug: &str) -> Practice {
        self.practice_at(self.organization(slug).await)
    }

    /// The practice of an organization that is there already.
    pub(crate) fn practice_at(&self, organization: OrganizationId) -> Practice {
        Practice {
            organization,
            store: self.store.clone(),
        }
    }

    /// The practice of an organization that was founded through the API.
    pub(crate) async fn practice_of(&self, api: &Api, owner: &api::Who) -> Practice {
        let found = api.ask(owner, "{ organization { id } }").await;
        self.practice_at(found.text("/organization/id").parse().unwrap())
    }
}

/// An instant of the story's week, such as `2026-03-03T10:00:00Z`.
pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

impl Practice {
    /// A transaction of the house itself, which may do everything.
    pub(crate) async fn staff(&self) -> Work<Tenant> {
        let asker = Asker::system(SystemKind::Operator);
        self.store
            .write(Tenant(self.organization), &asker)
            .await
            .expect("a transaction")
    }

    /// A transaction of somebody with these rights.
    pub(crate) async fn somebody(&self, actor: Actor, rights: Rights) -> Work<Tenant> {
        let asker = Asker {
            actor,
            rights,
            ..Asker::anonymous()
        };
        self.store
            .write(Tenant(self.organization), &asker)
            .await
            .expect("a transaction")
    }

    /// A transaction of a stranger.
    pub(crate) async fn stranger(&self) -> Work<Tenant> {
        self.store
            .write(Tenant(self.organization), &Asker::anonymous())
            .await
            .expect("a transaction")
    }

    /// Somebody or something that is there around the clock, in Lisbon.
    pub(crate) async fn resource(&self, slug: &str, kind: ResourceKind, capacity: i64) -> ResourceId {
        self.resource_in("Europe/Lisbon", slug, (kind, capacity)).await
    }

    /// The same on the wall of a zone.
    pub(crate) async fn resource_in(
        &self,
        zone: &str,
        slug: &str,
        (kind, capacity): (ResourceKind, i64),
    ) -> ResourceId {
        let work = self.staff().await;
        let draft = ResourceDraft {
            kind,
            name: slug.parse().unwrap(),
            slug: slug.parse().unwrap(),
            timezone: zone.parse().unwrap(),
            details: ResourceEdit {
                capacity: Some(capacity),
                ..ResourceEdit::default()
            },
        };
        let made = create_resource(&work, draft).await.unwrap().resource;
        let always = RuleDraft {
            resource: made,
            dates: Rule::for_dates("FREQ=DAILY").unwrap(),
            starts_on: "2026-01-01".parse().unwrap(),
            hours: "00:00-24:00".parse().unwrap(),
            details: RuleEdit::default(),
        };
        create_rule(&work, always).await.unwrap();
        work.commit().await.unwrap();
        made
    }

    /// Several people who are there around the clock.
    pub(crate) async fn people(&self, slugs: &[&str]) -> Vec<ResourceId> {
        let mut people = Vec::new();
        for slug in slugs {
            people.push(self.resource(slug, ResourceKind::Person, 1).await);
        }
        people
    }

    /// A service of half an hour that these give.
    pub(crate) async fn service(&self, slug: &str, hosts: &[ResourceId], details: ServiceEdit) -> ServiceId {
        let parts = hosts.iter().map(|it| ServicePart::host(Who::Resource(*it)));
        self.service_of(slug, parts.collect(), details).await
    }

    /// A service of half an hour that takes these parts.
    pub(crate) async fn service_of(
        &self,
        slug: &str,
        parts: Vec<ServicePart>,
        details: ServiceEdit,
    ) -> ServiceId {
        let work = self.staff().await;
        let draft = ServiceDraft {
            slug: slug.parse().unwrap(),
            title: slug.parse().unwrap(),
            duration_minutes: 30,
            price: Money::new(5_000, "EUR".parse().unwrap()),
            managed_by: None,
            details,
        };
        let made = create_service(&work, draft).await.unwrap().service;
        set_service_hosts(&work, made, parts, None).await.unwrap();
        work.commit().await.unwrap();
        made
    }

    /// A stranger books; what came of it is committed or undone.
    pub(crate) async fn books(
        &self,
        service: ServiceId,
        starts_at: DateTime<Utc>,
    ) -> Result<BookingMade, Refusal> {
        let work = self.stranger().await;
        let booked = booking::create(&work, draft(service, starts_at)).await;
        end(work, booked).await
    }

    /// A stranger books a series.
    pub(crate) async fn repeats(&self, draft: SeriesDraft) -> Result<SeriesMade, Refusal> {
        let work = self.stranger().await;
        let made = series::create(&work, draft).await;
        end(work, made).await
    }

    /// What the series' row says.
    pub(crate) async fn series(&self, id: SeriesId) -> Series {
        let work = self.staff().await;
        let found = series::find_series(&work, &[id]).await.unwrap();
        found.into_iter().next().expect("a series")
    }

    /// The bookings of a series that are not over, in order.
    pub(crate) async fn recurring(&self, id: SeriesId) -> Vec<Booking> {
        let work = self.staff().await;
        let filter = BookingFilter {
            series: Some(id),
            ..BookingFilter::default()
        };
        let mut found = Vec::new();
        let mut asked = Asked {
            first: Some(100),
            ..Asked::default()
        };
        loop {
            let page = asked.page::<Bookings>().unwrap();
            let slice = booking::bookings(&work, &filter, &page).await.unwrap();
            asked.after = slice.rows.last().map(|(cursor, _)| cursor.to_string());
            found.extend(slice.rows.into_iter().map(|(_, it)| it));
            if !slice.has_next {
                break;
            }
        }
        found.retain(|it| it.status.is_open());
        found
    }

    /// When the bookings of a series begin that are not over.
    pub(crate) async fn starts(&self, id: SeriesId) -> Vec<String> {
        let found = self.recurring(id).await;
        let text = |it: &Booking| it.starts_at.format("%m-%dT%H:%M").to_string();
        found.iter().map(text).collect()
    }

    /// What of a series is not as its rule says: when, what became of it, and why.
    pub(crate) async fn exceptions(&self, id: SeriesId) -> Vec<String> {
        let work = self.staff().await;
        let all = Asked {
            first: Some(100),
            ..Asked::default()
        };
        let page = all.page::<Occurrences>().unwrap();
        let slice = series::exceptions(&work, id, &page).await.unwrap();
        let text = |it: &Occurrence| {
            let why: Vec<&str> = it.reasons.0.iter().map(|it| it.word()).collect();
            let line = format!(
                "{} {} {}",
                it.local_start.format("%m-%dT%H:%M"),
                it.status,
                why.join(",")
            );
            line.trim_end().to_owned()
        };
        slice.rows.iter().map(|(_, it)| text(it)).collect()
    }

    /// A stranger books the time of a hold.
    pub(crate) async fn books_held(&self, hold: HoldId, draft: BookingDraft) -> Result<BookingMade, Refusal> {
        let work = self.stranger().await;
        let token = hold::token(&work, hold);
        let draft = BookingDraft {
            hold: Some(token),
            ..draft
        };
        let booked = booking::create(&work, draft).await;
        end(work, booked).await
    }

    /// A stranger keeps a time.
    pub(crate) async fn holds(
        &self,
        service: ServiceId,
        starts_at: DateTime<Utc>,
    ) -> Result<HoldId, Refusal> {
        let work = self.stranger().await;
        let draft = HoldDraft {
            service,
            starts_at,
            host: None,
            lasts: None,
        };
        let held = hold::place(&work, draft).await;
        end(work, held).await.map(|it| it.hold)
    }

    /// What the booking's row says.
    pub(crate) async fn booking(&self, id: BookingId) -> Booking {
        let work = self.staff().await;
        let found = booking::find_bookings(&work, &[id]).await.unwrap();
        found.into_iter().next().expect("a booking")
    }

    /// Who gives a booking, in the order of the rows.
    pub(crate) async fn hosts(&self, id: BookingId) -> Vec<ResourceId> {
        let work = self.staff().await;
        let found = booking::booking_hosts(&work, &[id]).await.unwrap();
        found.into_iter().map(|it| it.resource_id).collect()
    }

    /// The audit of the promise on a snapshot, as an operator asks for it while others write.
    pub(crate) async fn snapshot_audit(&self) -> Result<Audit, Refusal> {
        let asker = Asker::system(SystemKind::Operator);
        let reading = self.store.read(Tenant(self.organization), &asker).await?;
        proof::audit(&reading).await
    }

    /// The audit of the promise.
    pub(crate) async fn audit(&self) -> Audit {
        let work = self.staff().await;
        proof::audit(&work).await.unwrap()
    }
}

/// What happened to a booking, in order.
pub(crate) async fn told(work: &Work<Tenant>, id: BookingId) -> Result<Vec<BookingEvent>, Refusal> {
    let all = Asked {
        first: Some(100),
        ..Asked::default()
    };
    let slice = booking::booking_events(work, id, &all.page::<BookingEvents>().unwrap()).await?;
    Ok(slice.rows.into_iter().map(|(_, it)| it).collect())
}

/// A booking of nothing special.
pub(crate) fn draft(service: ServiceId, starts_at: DateTime<Utc>) -> BookingDraft {
    BookingDraft {
        service,
        starts_at,
        host: None,
        hold: None,
        request: None,
        attendee: AttendeeDraft {
            name: "Ana Prado".parse().unwrap(),
            email: Some("ana@example.com".parse().unwrap()),
            phone: None,
            client: None,
            conflicting_client: None,
            answers: scheduling::service::Answers::new(),
        },
        source: Source::Online,
        overrides: Overrides::default(),
        timezone: None,
        notes: None,
        metadata: Metadata::default(),
    }
}

/// A series of nothing special, in Lisbon.
pub(crate) fn repeated(service: ServiceId, rrule: &str, local_start: &str) -> SeriesDraft {
    repeated_in("Europe/Lisbon", service, (rrule, local_start))
}

/// The same on the wall of a zone.
pub(crate) fn repeated_in(zone: &str, service: ServiceId, (rrule, local_start): (&str, &str)) -> SeriesDraft {
    let once = draft(service, DateTime::UNIX_EPOCH);
    let rule = Rule::for_series(rrule).unwrap();
    let start = (local_start.parse().unwrap(), zone.parse().unwrap());
    SeriesDraft {
        service,
        host: None,
        recurrence: Recurrence::new(rule, start, (Vec::new(), Vec::new())).unwrap(),
        policy: Policy::All,
        attendee: once.attendee,
        source: once.source,
        overrides: once.overrides,
        notes: None,
        metadata: Metadata::default(),
    }
}

/// Commits what was done and undoes what was refused, as the boundary does.
pub(crate) async fn end<T>(work: Work<Tenant>, done: Result<T, Refusal>) -> Result<T, Refusal> {
    match done {
        Ok(done) => {
            work.commit().await.map_err(Refusal::Fault)?;
            Ok(done)
        }
        Err(refused) => {
            work.undo().await.map_err(Refusal::Fault)?;
            Err(refused)
        }
    }
}
