//! What letters say until an organization says it otherwise: English, and the Portuguese of Brazil.

use super::date::Language;
use super::{Key, Words};

impl Key {
    /// The words of a language.
    #[must_use]
    pub fn default_words(self, language: Language) -> Words {
        let (subject, body) = match language {
            Language::English => self.english(),
            Language::Portuguese => self.portuguese(),
        };
        Words {
            subject: subject.to_owned(),
            body: body.to_owned(),
        }
    }

    fn english(self) -> (&'static str, &'static str) {
        match self {
            Self::BookingRequested => (
                "We have your request: {{ service.title }}, {{ booking.date }}",
                "Hello {{ client.name }},\n\n\
                 you have asked for {{ service.title }} on {{ booking.date }}, {{ booking.time }} to {{ booking.until }} ({{ booking.zone }}).\n\
                 {{ organization.name }} will answer you. Until then the booking is not confirmed.\n\
                 {% if link %}\nSee, move or cancel it: {{ link }}\n{% endif %}\n{{ organization.name }}\n",
            ),
            Self::BookingConfirmed => (
                "Confirmed: {{ service.title }}, {{ booking.date }}",
                "Hello {{ client.name }},\n\n\
                 your booking is confirmed: {{ service.title }} on {{ booking.date }}, {{ booking.time }} to {{ booking.until }} ({{ booking.zone }}).\n\
                 {% if booking.location %}Where: {{ booking.location }}\n{% endif %}\
                 {% if link %}\nSee, move or cancel it: {{ link }}\n{% endif %}\n{{ organization.name }}\n",
            ),
            Self::BookingRejected => (
                "Not possible: {{ service.title }}, {{ booking.date }}",
                "Hello {{ client.name }},\n\n\
                 {{ organization.name }} cannot take your booking of {{ service.title }} on {{ booking.date }}, {{ booking.time }} ({{ booking.zone }}).\n\
                 {% if booking.reason %}{{ booking.reason }}\n{% endif %}\n{{ organization.name }}\n",
            ),
            Self::BookingCancelled => (
                "Cancelled: {{ service.title }}, {{ booking.date }}",
                "Hello {{ client.name }},\n\n\
                 the booking of {{ service.title }} on {{ booking.date }}, {{ booking.time }} ({{ booking.zone }}), is cancelled.\n\
                 {% if booking.reason %}{{ booking.reason }}\n{% endif %}\n{{ organization.name }}\n",
            ),
            Self::BookingMoved => (
                "Moved: {{ service.title }}, now {{ booking.date }}",
                "Hello {{ client.name }},\n\n\
                 your booking of {{ service.title }} is now on {{ booking.date }}, {{ booking.time }} to {{ booking.until }} ({{ booking.zone }}).\n\
                 {% if booking.location %}Where: {{ booking.location }}\n{% endif %}\
                 {% if link %}\nSee, move or cancel it: {{ link }}\n{% endif %}\n{{ organization.name }}\n",
            ),
            Self::BookingReminder => (
                "Reminder: {{ service.title }}, {{ booking.date }}, {{ booking.time }}",
                "Hello {{ client.name }},\n\n\
                 we expect you for {{ service.title }} on {{ booking.date }}, {{ booking.time }} to {{ booking.until }} ({{ booking.zone }}).\n\
                 {% if booking.location %}Where: {{ booking.location }}\n{% endif %}\
                 {% if link %}\nSee, move or cancel it: {{ link }}\n{% endif %}\n{{ organization.name }}\n",
            ),
        }
    }

    fn portuguese(self) -> (&'static str, &'static str) {
        match self {
            Self::BookingRequested => (
                "Recebemos seu pedido: {{ service.title }}, {{ booking.date }}",
                "Olá, {{ client.name }}!\n\n\
                 Você pediu {{ service.title }} para {{ booking.date }}, das {{ booking.time }} às {{ booking.until }} ({{ booking.zone }}).\n\
                 {{ organization.name }} vai responder. Até lá, o horário ainda não está confirmado.\n\
                 {% if link %}\nVer, remarcar ou cancelar: {{ link }}\n{% endif %}\n{{ organization.name }}\n",
            ),
            Self::BookingConfirmed => (
                "Confirmado: {{ service.title }}, {{ booking.date }}",
                "Olá, {{ client.name }}!\n\n\
                 Seu horário está confirmado: {{ service.title }}, {{ booking.date }}, das {{ booking.time }} às {{ booking.until }} ({{ booking.zone }}).\n\
                 {% if booking.location %}Onde: {{ booking.location }}\n{% endif %}\
                 {% if link %}\nVer, remarcar ou cancelar: {{ link }}\n{% endif %}\n{{ organization.name }}\n",
            ),
            Self::BookingRejected => (
                "Não foi possível: {{ service.title }}, {{ booking.date }}",
                "Olá, {{ client.name }}!\n\n\
                 {{ organization.name }} não pode atender seu pedido de {{ service.title }} para {{ booking.date }}, às {{ booking.time }} ({{ booking.zone }}).\n\
                 {% if booking.reason %}{{ booking.reason }}\n{% endif %}\n{{ organization.name }}\n",
            ),
            Self::BookingCancelled => (
                "Cancelado: {{ service.title }}, {{ booking.date }}",
                "Olá, {{ client.name }}!\n\n\
                 O horário de {{ service.title }} em {{ booking.date }}, às {{ booking.time }} ({{ booking.zone }}), foi cancelado.\n\
                 {% if booking.reason %}{{ booking.reason }}\n{% endif %}\n{{ organization.name }}\n",
            ),
            Self::BookingMoved => (
                "Remarcado: {{ service.title }}, agora {{ booking.date }}",
                "Olá, {{ client.name }}!\n\n\
                 Seu horário de {{ service.title }} agora é {{ booking.date }}, das {{ booking.time }} às {{ booking.until }} ({{ booking.zone }}).\n\
                 {% if booking.location %}Onde: {{ booking.location }}\n{% endif %}\
                 {% if link %}\nVer, remarcar ou cancelar: {{ link }}\n{% endif %}\n{{ organization.name }}\n",
            ),
            Self::BookingReminder => (
                "Lembrete: {{ service.title }}, {{ booking.date }}, {{ booking.time }}",
                "Olá, {{ client.name }}!\n\n\
                 Esperamos você para {{ service.title }} em {{ booking.date }}, das {{ booking.time }} às {{ booking.until }} ({{ booking.zone }}).\n\
                 {% if booking.location %}Onde: {{ booking.location }}\n{% endif %}\
                 {% if link %}\nVer, remarcar ou cancelar: {{ link }}\n{% endif %}\n{{ organization.name }}\n",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::template::{render, render_line, tests::facts};
    use kernel::{Line, Prose};

    #[test]
    fn every_letter_is_written_in_every_language_and_within_what_an_organization_may_write() {
        for key in Key::ALL {
            let texts = Language::ALL.map(|language| {
                let words = key.default_words(language);
                assert!(words.subject.parse::<Line>().is_ok(), "{key:?}");
                assert!(words.body.parse::<Prose>().is_ok(), "{key:?}");
                let said = [
                    render_line(&words.subject, &facts()).unwrap(),
                    render(&words.body, &facts()).unwrap(),
                ];
                assert!(
                    said[1].contains("Ana") && said[1].contains("Clínica Aurora"),
                    "{said:?}"
                );
                assert!(!said.concat().contains("{"), "{said:?}");
                said.concat()
            });
            assert_ne!(texts[0], texts[1]);
        }
    }

    #[test]
    fn a_letter_says_where_and_how_to_change_it_only_if_that_is_known() {
        let words = Key::BookingConfirmed.default_words(Language::English);
        let silent = render(&words.body, &facts()).unwrap();
        assert!(
            !silent.contains("Where") && !silent.contains("See, move"),
            "{silent}"
        );
        let mut more = facts();
        more.link = Some("https://example.com/b#x".to_owned());
        more.booking.location = Some("Room 7".to_owned());
        let said = render(&words.body, &more).unwrap();
        assert!(
            said.contains("Where: Room 7\n\nSee, move or cancel it: https://example.com/b#x\n"),
            "{said}"
        );
    }
}
