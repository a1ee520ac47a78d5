//! How an organization works.

use kernel::{Email, Phone};
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

/// How an organization works, as far as it concerns all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(default)]
pub struct Settings {
    /// Whether it appears where organizations are listed for everybody; its own page is public either way.
    pub is_listed: bool,
    /// Where clients can write to; public.
    pub contact_email: Option<Email>,
    /// Where clients can call; public.
    pub contact_phone: Option<Phone>,
    /// The day that its calendars begin with.
    pub week_starts_on: WeekStart,
}

/// The day that a calendar begins with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(feature = "graphql", derive(async_graphql::Enum))]
pub enum WeekStart {
    /// As ISO 8601 has it.
    #[default]
    Monday,
    /// As in much of the Arab world.
    Saturday,
    /// As in the Americas.
    Sunday,
}

/// A change of them: what is left out stays, `Some(None)` takes away.
#[derive(Debug, Clone, Default)]
pub struct SettingsEdit {
    /// Whether it appears where organizations are listed for everybody.
    pub is_listed: Option<bool>,
    /// Where clients can write to.
    pub contact_email: Option<Option<Email>>,
    /// Where clients can call.
    pub contact_phone: Option<Option<Phone>>,
    /// The day that its calendars begin with.
    pub week_starts_on: Option<WeekStart>,
}

impl SettingsEdit {
    /// Applies itself and names what has changed.
    pub(super) fn apply(self, to: &mut Settings) -> Vec<&'static str> {
        crate::named(&[
            ("isListed", crate::set(&mut to.is_listed, self.is_listed)),
            (
                "contactEmail",
                crate::set(&mut to.contact_email, self.contact_email),
            ),
            (
                "contactPhone",
                crate::set(&mut to.contact_phone, self.contact_phone),
            ),
            (
                "weekStartsOn",
                crate::set(&mut to.week_starts_on, self.week_starts_on),
            ),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_never_set_has_its_default() {
        let read: Settings = serde_json::from_str("{}").unwrap();
        assert_eq!(read, Settings::default());
        assert!(!read.is_listed && read.week_starts_on == WeekStart::Monday);
    }

    #[test]
    fn a_change_names_only_what_differs() {
        let mut settings = Settings {
            contact_email: "front@example.com".parse().ok(),
            ..Settings::default()
        };
        let edit = SettingsEdit {
            is_listed: Some(false),
            contact_email: Some(None),
            ..SettingsEdit::default()
        };
        assert_eq!(edit.apply(&mut settings), ["contactEmail"]);
        assert_eq!(settings, Settings::default());
    }
}
