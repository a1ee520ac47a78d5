//! The appointment as calendars take it: iCalendar (RFC 5545) in an iTIP message (RFC 5546).
//!
//! Instants are in UTC, so no calendar has to know our zones. The UID is the booking's id, for ever; every change counts
//! SEQUENCE up, so a calendar that has heard of a change never goes back to what was before it.

use chrono::{DateTime, Utc};
use icalendar::{Calendar, Component as _, Event, EventLike as _, EventStatus, Property};
use kernel::id::BookingId;
use kernel::{Email, Name, Span};

/// What a calendar is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Put it in, or change what is there.
    Request,
    /// Take it out.
    Cancel,
}

impl Method {
    /// The word of iTIP.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }
}

/// Somebody with an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// What they are called.
    pub name: Name,
    /// Where they are written to.
    pub email: Email,
}

/// One appointment of one attendee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    /// Which.
    pub booking: BookingId,
    /// Its version.
    pub version: i64,
    /// What is asked.
    pub method: Method,
    /// From when until when.
    pub span: Span,
    /// What it is called.
    pub title: String,
    /// Where, if that is said.
    pub location: Option<String>,
    /// Who invites.
    pub organizer: Party,
    /// Who is invited.
    pub attendee: Party,
    /// When it was written.
    pub written_at: DateTime<Utc>,
}

impl Invite {
    /// The text of an `.ics` file.
    #[must_use]
    pub fn text(&self) -> String {
        let mut event = Event::with_uid(&format!("{}@horarium", self.booking));
        let sequence = u32::try_from(self.version).unwrap_or(u32::MAX);
        event
            .timestamp(self.written_at)
            .starts(self.span.start())
            .ends(self.span.end())
            .sequence(sequence)
            .summary(&self.title)
            .status(match self.method {
                Method::Request => EventStatus::Confirmed,
                Method::Cancel => EventStatus::Cancelled,
            })
            .add_property("TRANSP", "OPAQUE")
            .append_property(party("ORGANIZER", &self.organizer).done())
            .append_multi_property(
                party("ATTENDEE", &self.attendee)
                    .add_parameter("CUTYPE", "INDIVIDUAL")
                    .add_parameter("ROLE", "REQ-PARTICIPANT")
                    .add_parameter("PARTSTAT", "ACCEPTED")
                    .add_parameter("RSVP", "FALSE")
                    .done(),
            );
        if let Some(location) = &self.location {
            event.location(location);
        }
        let mut calendar = Calendar::empty();
        calendar
            .append_property(("VERSION", "2.0"))
            .append_property(("PRODID", "-//Horarium//Horarium//EN"))
            .append_property(("CALSCALE", "GREGORIAN"))
            .append_property(("METHOD", self.method.word()))
            .push(event.done());
        calendar.to_string()
    }
}

fn party(role: &str, it: &Party) -> Property {
    let mut property = Property::new(role, format!("mailto:{}", it.email));
    // A parameter has no way to write a quotation mark.
    property.add_parameter("CN", &it.name.as_str().replace('"', "'"));
    property
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invite() -> Invite {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        Invite {
            booking: "bkg_01kjp00000000000000000000a".parse().unwrap(),
            version: 3,
            method: Method::Request,
            span: Span::new(at("2026-03-03T13:00:00Z"), at("2026-03-03T14:00:00Z")).unwrap(),
            title: "Lesson".to_owned(),
            location: None,
            organizer: Party {
                name: "Clínica Aurora".parse().unwrap(),
                email: "aurora@example.com".parse().unwrap(),
            },
            attendee: Party {
                name: "Ana".parse().unwrap(),
                email: "ana@example.com".parse().unwrap(),
            },
            written_at: at("2026-03-02T09:00:00Z"),
        }
    }

    /// The lines as a calendar reads them: unfolded.
    fn lines(text: &str) -> Vec<String> {
        let unfolded = text.replace("\r\n ", "");
        unfolded.split("\r\n").map(ToOwned::to_owned).collect()
    }

    #[test]
    fn an_invitation_says_what_calendars_ask_for() {
        let lines = lines(&invite().text());
        for line in [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "METHOD:REQUEST",
            "UID:bkg_01kjp00000000000000000000a@horarium",
            "DTSTAMP:20260302T090000Z",
            "DTSTART:20260303T130000Z",
            "DTEND:20260303T140000Z",
            "SEQUENCE:3",
            "STATUS:CONFIRMED",
            "SUMMARY:Lesson",
            "ORGANIZER;CN=Clínica Aurora:mailto:aurora@example.com",
            "END:VCALENDAR",
        ] {
            assert_eq!(
                lines.iter().filter(|it| *it == line).count(),
                1,
                "{line} in {lines:#?}"
            );
        }
        let attendee = lines.iter().find(|it| it.starts_with("ATTENDEE;")).unwrap();
        assert!(attendee.ends_with(":mailto:ana@example.com") && attendee.contains("PARTSTAT=ACCEPTED"));
    }

    #[test]
    fn calling_off_names_the_same_appointment() {
        let mut off = invite();
        (off.method, off.version) = (Method::Cancel, 4);
        let (asked, off) = (lines(&invite().text()), lines(&off.text()));
        let uid = |lines: &[String]| lines.iter().find(|it| it.starts_with("UID:")).cloned();
        assert!(uid(&asked).is_some() && uid(&asked) == uid(&off));
        for line in ["METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:4"] {
            assert!(off.iter().any(|it| it == line), "{line}");
        }
    }

    #[test]
    fn no_name_breaks_out_of_its_line() {
        let mut odd = invite();
        odd.title = "A; b, c \\ d\nBEGIN:VALARM".to_owned();
        odd.attendee.name = "Ana \"x\"; y: z, w".parse().unwrap();
        odd.location = Some("é".repeat(200));
        let text = odd.text();
        let lines = lines(&text);
        assert!(
            lines
                .iter()
                .any(|it| it == "SUMMARY:A\\; b\\, c \\\\ d\\nBEGIN:VALARM"),
            "{lines:#?}"
        );
        assert!(
            lines.iter().any(|it| it.contains("CN=\"Ana 'x'; y: z, w\"")),
            "{lines:#?}"
        );
        assert!(!lines.iter().any(|it| it == "BEGIN:VALARM"));
        for line in text.split("\r\n") {
            assert!(line.len() <= 75, "folded at 75 bytes: {line}");
        }
    }

    #[test]
    fn the_same_appointment_is_the_same_text() {
        assert_eq!(invite().text(), invite().text());
    }
}
