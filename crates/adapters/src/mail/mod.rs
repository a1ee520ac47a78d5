//! Messages as mail: written here (RFC 5322, MIME), and carried by SMTP or kept in a folder.

mod folder;
mod server;
mod smtp;

use kernel::{Email, Name};
use lettre::address::AddressError;
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, Message, MultiPart, SinglePart};
use messaging::mail::Mail;

pub use folder::Folder;
pub(crate) use folder::keep;
pub use server::{Server, WrongServer};
pub use smtp::{NoTls, Smtp};

/// A message that cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unwritable {
    /// An address that mail does not know.
    #[error("no address of mail")]
    Address(#[from] AddressError),
    /// Parts that do not fit.
    #[error("no message of mail")]
    Message(#[from] lettre::error::Error),
    /// A type of content that is none.
    #[error("no type of content")]
    Content(#[from] lettre::message::header::ContentTypeErr),
}

fn mailbox(name: Option<&Name>, address: &Email) -> Result<Mailbox, AddressError> {
    let name = name.map(|it| it.as_str().to_owned());
    Ok(Mailbox::new(name, address.as_str().parse()?))
}

/// Writes a message. The same message always has the same Message-ID: whoever gets it twice can tell.
fn written(mail: &Mail, sender: &Email) -> Result<Message, Unwritable> {
    let domain = sender.as_str().rsplit('@').next().unwrap_or_default();
    let builder = Message::builder()
        .message_id(Some(format!("<{}@{domain}>", mail.id)))
        .from(mailbox(mail.from_name.as_ref(), sender)?)
        .to(mailbox(mail.to_name.as_ref(), &mail.to)?)
        .subject(&mail.subject);
    let text = SinglePart::plain(mail.text.clone());
    let Some(invite) = &mail.invite else {
        return Ok(builder.singlepart(text)?);
    };
    // Calendars read the part beside the text; whoever reads only attachments finds it there once more.
    let method = invite.method.word();
    let beside = ContentType::parse(&format!("text/calendar; charset=utf-8; method={method}"))?;
    let file = ContentType::parse(&format!("application/ics; name=\"invite.ics\"; method={method}"))?;
    let parts = MultiPart::mixed()
        .multipart(
            MultiPart::alternative()
                .singlepart(text)
                .singlepart(SinglePart::builder().header(beside).body(invite.text.clone())),
        )
        .singlepart(Attachment::new("invite.ics".to_owned()).body(invite.text.clone(), file));
    Ok(builder.multipart(parts)?)
}

#[cfg(test)]
pub(crate) mod tests {
    use messaging::mail::{self, invite::Method};

    use super::*;

    pub(crate) fn mail() -> Mail {
        Mail {
            id: "dlv_01kjp00000000000000000000a".to_owned(),
            from_name: Some("Clínica Aurora".parse().unwrap()),
            to: "ana@example.com".parse().unwrap(),
            to_name: Some("Ana".parse().unwrap()),
            subject: "Confirmado: Lição".to_owned(),
            text: "Olá, Ana!\n".to_owned(),
            invite: Some(mail::Attachment {
                method: Method::Request,
                text: "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n".to_owned(),
            }),
        }
    }

    pub(crate) fn sender() -> Email {
        "aurora@example.com".parse().unwrap()
    }

    fn text(mail: &Mail) -> String {
        String::from_utf8(written(mail, &sender()).unwrap().formatted()).unwrap()
    }

    #[test]
    fn a_message_with_an_appointment_has_it_where_calendars_look() {
        let said = text(&mail());
        for part in [
            "Message-ID: <dlv_01kjp00000000000000000000a@example.com>\r\n",
            "<aurora@example.com>\r\n",
            "To: Ana <ana@example.com>\r\n",
            "Content-Type: multipart/mixed;",
            "Content-Type: multipart/alternative;",
            "Content-Type: text/calendar; charset=utf-8; method=REQUEST\r\n",
            "Content-Disposition: attachment; filename=\"invite.ics\"\r\n",
        ] {
            assert!(said.contains(part), "{part} in {said}");
        }
    }

    #[test]
    fn nothing_that_somebody_calls_themselves_becomes_a_header() {
        let odd = Mail {
            to_name: Some("Ana\" <x@example.com>, b".parse().unwrap()),
            subject: "One\r\nBcc: x@example.com".to_owned(),
            invite: None,
            ..mail()
        };
        let said = text(&odd);
        let (head, _) = said.split_once("\r\n\r\n").unwrap();
        assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
        assert_eq!(
            head.lines().filter(|line| line.starts_with("To:")).count(),
            1,
            "{head}"
        );
        let envelope = written(&odd, &sender()).unwrap().envelope().clone();
        assert_eq!(envelope.to().len(), 1);
        assert_eq!(envelope.to()[0].to_string(), "ana@example.com");
    }
}
