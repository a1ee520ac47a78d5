//! Letters: what they say is what is true when they are sent, and they are sent only if it still is.

use chrono::{DateTime, Utc};
use db::timer::Claim;
use db::{Reading, Store, Tenant};
use kernel::id::DeliveryId;
use kernel::{Email, Span};
use messaging::mail::date::Language;
use messaging::mail::delivery::{self, Came, Delivery};
use messaging::mail::invite::{Invite, Method, Party};
use messaging::mail::template::{self, Appointment, Booked, Facts, Reader, Writer};
use messaging::mail::{Attachment, Key, Mail, own};
use scheduling::attendee::{Attendee, AttendeeStatus};
use scheduling::booking::{Booking, Status};
use scheduling::service::Service;
use scheduling::token::{Purpose, link};
use tenancy::Organization;

use super::{Outside, end, fault, forget, write};
use crate::Refusal;
use crate::promises::{Failure, worker};

/// Everything that a letter is about.
struct Matter {
    letter: Delivery,
    booking: Booking,
    attendee: Attendee,
    service: Service,
    organization: Organization,
}

impl Outside {
    /// Sends one letter.
    pub(super) async fn send(&self, store: &Store, claim: &Claim) -> Result<(), Failure> {
        let Ok(id) = claim.subject.parse::<DeliveryId>() else {
            return forget(store, claim).await;
        };
        let reading = store
            .read(Tenant(claim.organization), &worker())
            .await
            .map_err(fault)?;
        let Some(letter) = delivery::waiting(&reading, id).await.map_err(fault)? else {
            drop(reading);
            return forget(store, claim).await;
        };
        let written = self.written(&reading, letter).await?;
        drop(reading);
        let came = match written {
            None => Came::Untrue,
            Some(mail) => match self.post.send(&mail).await {
                Ok(()) => Came::Sent,
                Err(why) => Came::Unsent(why),
            },
        };
        let work = write(store, claim.organization).await?;
        let kept = match (delivery::tried(&work, id, &came).await?, &came) {
            (true, Came::Unsent(why)) => work.fail(claim, &why.to_string()).await,
            (_, Came::Sent | Came::Untrue | Came::Unsent(_)) => work.keep(claim).await,
        };
        end(work, kept.map_err(fault)?).await
    }

    /// The message; nothing if what it would say is no longer true.
    async fn written(&self, reading: &Reading<Tenant>, letter: Delivery) -> Result<Option<Mail>, Refusal> {
        let Some(matter) = Matter::find(reading, letter).await? else {
            return Ok(None);
        };
        if !matter.is_true(reading.now()) {
            return Ok(None);
        }
        let language = Language::of(&matter.letter.locale);
        let words = own::words(reading, matter.letter.template, language)
            .await
            .map_err(fault)?;
        let facts = matter.facts(language, self.page(reading, &matter.letter));
        let wrong = |field| move |wrong| messaging::Refusal::Template { field, wrong };
        let subject = template::render_line(&words.subject, &facts).map_err(wrong("subject"))?;
        let text = template::render(&words.body, &facts).map_err(wrong("body"))?;
        let invite = matter.invite(self.post.sender(), reading.now())?;
        Ok(Some(Mail {
            id: matter.letter.id.to_string(),
            from_name: Some(matter.organization.name),
            to: matter.letter.recipient,
            to_name: matter.attendee.name,
            subject,
            text,
            invite,
        }))
    }

    /// Where the booking can be moved and called off.
    fn page(&self, reading: &Reading<Tenant>, letter: &Delivery) -> Option<String> {
        let token = link(reading.key(), letter.link_id?, Purpose::Manage);
        Some(format!("{}{}", self.manage_url.as_ref()?, token.reveal()))
    }
}

impl Matter {
    async fn find(reading: &Reading<Tenant>, letter: Delivery) -> Result<Option<Self>, Refusal> {
        let booking = scheduling::booking::find_bookings(reading, &[letter.booking_id]).await?;
        let Some(booking) = booking.into_iter().next() else {
            return Ok(None);
        };
        let everybody = scheduling::attendee::attendees(reading, &[booking.id]).await?;
        let attendee = everybody.into_iter().find(|it| it.id == letter.attendee_id);
        let service = scheduling::service::find_services(reading, &[booking.service_id]).await;
        let service = service.map_err(fault)?.into_iter().next();
        let organization = tenancy::find_organizations(reading, &[reading.organization()]).await;
        let organization = organization.map_err(fault)?.into_iter().next();
        let (Some(attendee), Some(service), Some(organization)) = (attendee, service, organization) else {
            return Ok(None);
        };
        Ok(Some(Self {
            letter,
            booking,
            attendee,
            service,
            organization,
        }))
    }

    /// Whether what the letter says still holds.
    fn is_true(&self, now: DateTime<Utc>) -> bool {
        let status = self.booking.state().seen(now);
        let takes_part = self.attendee.status == AttendeeStatus::Confirmed;
        let stands = status == Status::Confirmed;
        match self.letter.template {
            Key::BookingRequested => takes_part && status == Status::Pending,
            Key::BookingConfirmed => takes_part && stands,
            Key::BookingMoved => takes_part && (stands || status == Status::Pending),
            Key::BookingReminder => takes_part && stands && now < self.booking.starts_at,
            Key::BookingRejected => status == Status::Rejected,
            Key::BookingCancelled => !takes_part,
        }
    }

    fn facts(&self, language: Language, link: Option<String>) -> Facts {
        let zone = self.booking.timezone;
        let (from, until) = (
            zone.local(self.booking.starts_at),
            zone.local(self.booking.ends_at),
        );
        let text = |it: Option<&kernel::Line>| it.map(ToString::to_string);
        Facts {
            organization: Writer {
                name: self.organization.name.to_string(),
            },
            client: Reader {
                name: self
                    .attendee
                    .name
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
            },
            service: Booked {
                title: self.service.title.to_string(),
            },
            booking: Appointment {
                date: language.date(from),
                time: language.time(from),
                until: language.time(until),
                zone: zone.name().to_owned(),
                location: text(self.booking.location_detail.as_ref()),
                reason: text(self.booking.closed_reason.as_ref()),
            },
            link,
        }
    }

    /// What goes into a calendar, for what stands and for what stood.
    fn invite(&self, sender: &Email, now: DateTime<Utc>) -> Result<Option<Attachment>, Refusal> {
        let method = match self.letter.template {
            Key::BookingRequested | Key::BookingRejected => return Ok(None),
            Key::BookingMoved if self.booking.state().seen(now) != Status::Confirmed => return Ok(None),
            Key::BookingConfirmed | Key::BookingMoved | Key::BookingReminder => Method::Request,
            Key::BookingCancelled => Method::Cancel,
        };
        let Some(name) = self.attendee.name.clone() else {
            return Ok(None);
        };
        let span = Span::new(self.booking.starts_at, self.booking.ends_at);
        let invite = Invite {
            booking: self.booking.id,
            version: self.booking.version,
            method,
            span: span.map_err(|wrong| messaging::Refusal::Invalid { field: "span", wrong })?,
            title: self.service.title.to_string(),
            location: self.booking.location_detail.as_ref().map(ToString::to_string),
            organizer: Party {
                name: self.organization.name.clone(),
                email: sender.clone(),
            },
            attendee: Party {
                name,
                email: self.letter.recipient.clone(),
            },
            written_at: self.booking.updated_at,
        };
        let text = invite.text();
        Ok(Some(Attachment { method, text }))
    }
}
