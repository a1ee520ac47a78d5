//! Dates as people write them, in the languages that Horarium writes in.

use chrono::{Datelike as _, NaiveDateTime, Timelike as _};
use kernel::Locale;

const ENGLISH_DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

const ENGLISH_MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const PORTUGUESE_DAYS: [&str; 7] = [
    "segunda-feira",
    "terça-feira",
    "quarta-feira",
    "quinta-feira",
    "sexta-feira",
    "sábado",
    "domingo",
];

const PORTUGUESE_MONTHS: [&str; 12] = [
    "janeiro",
    "fevereiro",
    "março",
    "abril",
    "maio",
    "junho",
    "julho",
    "agosto",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
];

/// A language that letters are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// For everybody whose language is not among these.
    English,
    /// Of Brazil.
    Portuguese,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::English, Self::Portuguese];

    /// The one that is nearest to a locale.
    #[must_use]
    pub fn of(locale: &Locale) -> Self {
        let language = locale.as_str().split('-').next().unwrap_or_default();
        if language.eq_ignore_ascii_case("pt") {
            Self::Portuguese
        } else {
            Self::English
        }
    }

    /// Its locale, as templates are kept.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Portuguese => "pt-BR",
        }
    }

    /// A date of the wall calendar: `Tuesday, 3 March 2026`.
    #[must_use]
    pub fn date(self, at: NaiveDateTime) -> String {
        let day = at.weekday().num_days_from_monday() as usize;
        let (date, month, year) = (at.day(), at.month0() as usize, at.year());
        match self {
            Self::English => format!("{}, {date} {} {year}", ENGLISH_DAYS[day], ENGLISH_MONTHS[month]),
            Self::Portuguese => format!(
                "{}, {date} de {} de {year}",
                PORTUGUESE_DAYS[day], PORTUGUESE_MONTHS[month]
            ),
        }
    }

    /// A time of the wall clock, of 24 hours: both languages write `14:30`.
    #[must_use]
    pub fn time(self, at: NaiveDateTime) -> String {
        format!("{:02}:{:02}", at.hour(), at.minute())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_written_as_its_readers_write_it() {
        let at: NaiveDateTime = "2026-03-03T09:05:00".parse().unwrap();
        assert_eq!(Language::English.date(at), "Tuesday, 3 March 2026");
        assert_eq!(Language::Portuguese.date(at), "terça-feira, 3 de março de 2026");
        assert_eq!(Language::Portuguese.time(at), "09:05");
    }

    #[test]
    fn whoever_reads_neither_reads_english() {
        let of = |locale: &str| Language::of(&locale.parse().unwrap());
        assert_eq!(of("pt-BR"), Language::Portuguese);
        assert_eq!(of("PT"), Language::Portuguese);
        assert_eq!(of("pt-PT"), Language::Portuguese);
        for other in ["en", "en-GB", "de", "ptx"] {
            assert_eq!(of(other), Language::English, "{other}");
        }
    }
}
