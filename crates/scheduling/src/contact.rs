//! Somebody who is no attendee yet, as typed: what they are called, and where they can be reached.

use kernel::{Email, Name, Phone};

use crate::booking::AttendeeDraft;
use crate::error::Refusal;
use crate::folded::folded;
use crate::service::Answers;

/// A name, and where whoever is called so can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// What they are called.
    pub name: Name,
    /// Where they are written to.
    pub email: Option<Email>,
    /// Where they are called.
    pub phone: Option<Phone>,
}

impl Contact {
    /// Refuses somebody who cannot be reached.
    pub(crate) fn need_reachable(&self) -> Result<(), Refusal> {
        if self.email.is_some() || self.phone.is_some() {
            return Ok(());
        }
        Err(Refusal::wanted(
            "email",
            "an e-mail address or a telephone number",
            "neither",
        ))
    }

    /// As people search for them.
    pub(crate) fn search(&self) -> String {
        let parts = [
            Some(self.name.as_str()),
            self.email.as_ref().map(Email::as_str),
            self.phone.as_ref().map(Phone::as_str),
        ];
        let parts: Vec<&str> = parts.into_iter().flatten().collect();
        folded(&parts.join(" "))
    }

    /// As they take part, with what they answered.
    pub(crate) fn attends(self, answers: Answers) -> AttendeeDraft {
        AttendeeDraft {
            name: self.name,
            email: self.email,
            phone: self.phone,
            client: None,
            conflicting_client: None,
            answers,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_can_be_reached_in_one_way_is_reachable_and_found_by_all_of_it() {
        let nobody = Contact {
            name: "Zoé  Araújo".parse().unwrap(),
            email: None,
            phone: None,
        };
        assert!(nobody.need_reachable().is_err());
        let by_mail = Contact {
            email: Some("zoe@example.com".parse().unwrap()),
            ..nobody.clone()
        };
        let by_phone = Contact {
            phone: Some("+351210000001".parse().unwrap()),
            ..nobody
        };
        assert!(by_mail.need_reachable().is_ok() && by_phone.need_reachable().is_ok());
        assert_eq!(by_mail.search(), "zoe araujo zoe@example.com");
        assert_eq!(by_phone.search(), "zoe araujo +351210000001");
    }
}
