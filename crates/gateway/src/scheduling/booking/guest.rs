//! Whom a booking is for: whoever is typed in, or a client whom staff name.

use async_graphql::InputObject;
use db::{Tenant, Work};
use kernel::id::ClientId;
use scheduling::booking::AttendeeDraft;
use scheduling::contact::Contact;
use scheduling::service::{Answer, Answers};

use crate::errors::Form;
use crate::scalars::{EmailAddress, PhoneNumber};

/// Who takes part: a name, and where they can be reached.
#[derive(InputObject)]
pub(crate) struct BookingAttendeeInput {
    /// What they are called, 1 to 120 characters.
    name: String,
    /// Where they are written to; this, a telephone number, or both.
    email: Option<EmailAddress>,
    /// Where they are called.
    phone: Option<PhoneNumber>,
}

/// An answer to one of the service's questions.
#[derive(InputObject)]
pub(crate) struct BookingAnswerInput {
    /// The question's key.
    question: String,
    /// The answer to a question of any kind but `MULTI_SELECT`.
    text: Option<String>,
    /// The chosen options of a `MULTI_SELECT`.
    choices: Option<Vec<String>>,
}

/// Whom it is for, with what they answered.
pub(crate) enum Guest {
    /// Whoever is typed in, whom the flow that books looks for in the directory.
    Typed(Contact, Answers),
    /// A client of the directory, as typed if something is.
    Named(ClientId, Option<Contact>, Answers),
}

impl Guest {
    /// Reads who takes part, and what they answered.
    pub(crate) fn read(
        form: &mut Form,
        (client, typed): (Option<ClientId>, Option<&BookingAttendeeInput>),
        given: Vec<BookingAnswerInput>,
    ) -> Option<Self> {
        let typed = typed.map(|it| contact(form, it));
        let answers = form.read("answers", answers(given));
        match (client, typed) {
            (Some(client), Some(typed)) => Some(Self::Named(client, Some(typed?), answers?)),
            (Some(client), None) => Some(Self::Named(client, None, answers?)),
            (None, Some(typed)) => Some(Self::Typed(typed?, answers?)),
            (None, None) => {
                let nobody: Result<Self, _> = Err("expected an attendee or a clientId");
                form.read("attendee", nobody)
            }
        }
    }

    /// As they take part.
    pub(crate) async fn attends(self, work: &Work<Tenant>) -> Result<AttendeeDraft, flows::Refusal> {
        match self {
            Self::Typed(typed, answers) => Ok(typed.attends(answers)),
            Self::Named(client, typed, answers) => flows::named(work, client, typed, answers).await,
        }
    }
}

fn contact(form: &mut Form, typed: &BookingAttendeeInput) -> Option<Contact> {
    let name = form.parse("attendee.name", &typed.name);
    let email = form.parse_if("attendee.email", typed.email.as_ref().map(|it| it.0.as_str()));
    let phone = form.parse_if("attendee.phone", typed.phone.as_ref().map(|it| it.0.as_str()));
    Some(Contact {
        name: name?,
        email: email?,
        phone: phone?,
    })
}

/// Reads answers: each question once, each answer of one sort.
pub(crate) fn answers(given: Vec<BookingAnswerInput>) -> Result<Answers, String> {
    let mut answers = Answers::new();
    for it in given {
        let answer = match (it.text, it.choices) {
            (Some(text), None) => Answer::One(text),
            (None, Some(choices)) => Answer::Some(choices),
            (Some(_), Some(_)) | (None, None) => {
                return Err(format!("expected either a text or choices for “{}”", it.question));
            }
        };
        if answers.contains_key(&it.question) {
            return Err(format!("expected one answer to “{}”", it.question));
        }
        answers.insert(it.question, answer);
    }
    Ok(answers)
}
