//! How an organization looks.

use std::fmt;
use std::str::FromStr;

use kernel::Invalid;
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

/// How an organization looks to its clients.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(default)]
pub struct Branding {
    /// Where its logo is.
    pub logo_url: Option<LogoUrl>,
    /// The colour of buttons and links.
    pub primary_color: Option<Color>,
    /// The colour that goes with it.
    pub accent_color: Option<Color>,
}

/// A change of it: what is left out stays, `Some(None)` takes away.
#[derive(Debug, Clone, Default)]
pub struct BrandingEdit {
    /// Where its logo is.
    pub logo_url: Option<Option<LogoUrl>>,
    /// The colour of buttons and links.
    pub primary_color: Option<Option<Color>>,
    /// The colour that goes with it.
    pub accent_color: Option<Option<Color>>,
}

impl BrandingEdit {
    /// Applies itself and names what has changed.
    pub(super) fn apply(self, to: &mut Branding) -> Vec<&'static str> {
        crate::named(&[
            ("logoUrl", crate::set(&mut to.logo_url, self.logo_url)),
            (
                "primaryColor",
                crate::set(&mut to.primary_color, self.primary_color),
            ),
            ("accentColor", crate::set(&mut to.accent_color, self.accent_color)),
        ])
    }
}

/// An opaque colour, `#rrggbb`, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Color(String);

/// The address of a picture, over https.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LogoUrl(String);

impl FromStr for Color {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let folded = text.trim().to_ascii_lowercase();
        let digits = folded.strip_prefix('#').unwrap_or_default();
        if digits.len() == 6 && digits.bytes().all(|it| it.is_ascii_hexdigit()) {
            Ok(Self(folded))
        } else {
            Err(Invalid::new("a colour such as #1a2b3c", text))
        }
    }
}

impl LogoUrl {
    /// The longest there is, in bytes.
    pub const MAX: usize = 2_048;
}

impl FromStr for LogoUrl {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let parsed = url::Url::parse(text.trim()).ok();
        parsed
            .filter(|it| {
                it.scheme() == "https" && it.has_host() && it.username().is_empty() && it.password().is_none()
            })
            .map(String::from)
            .filter(|it| it.len() <= Self::MAX)
            .map(Self)
            .ok_or_else(|| {
                Invalid::new(
                    "an https address without user and password, of at most 2,048 bytes",
                    text,
                )
            })
    }
}

macro_rules! text {
    ($($name:ident),*) => {
        $(
            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
            }

            impl TryFrom<String> for $name {
                type Error = Invalid;
                fn try_from(text: String) -> Result<Self, Invalid> { text.parse() }
            }

            impl From<$name> for String {
                fn from(it: $name) -> Self { it.0 }
            }
        )*
    };
}
text!(Color, LogoUrl);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_has_six_digits() {
        assert_eq!(
            " #1A2b3C".parse::<Color>().map(String::from),
            Ok("#1a2b3c".to_owned())
        );
        for bad in [
            "", "#", "1a2b3c", "#1a2b3", "#1a2b3c4", "#1a2b3g", "##1a2b3", "red",
        ] {
            assert!(bad.parse::<Color>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_logo_is_somewhere_on_https() {
        assert!("https://example.com/logo.svg".parse::<LogoUrl>().is_ok());
        for bad in [
            "",
            "logo.svg",
            "http://example.com/a",
            "javascript:alert(1)",
            "data:image/png,",
            "https://a:b@example.com/",
        ] {
            assert!(bad.parse::<LogoUrl>().is_err(), "{bad}");
        }
        let long = |length: usize| {
            format!("https://example.com/{}", "a".repeat(length - 20))
                .parse::<LogoUrl>()
                .is_ok()
        };
        assert!(long(LogoUrl::MAX) && !long(LogoUrl::MAX + 1));
    }

    #[test]
    fn a_stored_look_of_earlier_days_still_reads() {
        let read: Branding = serde_json::from_str(r##"{"primary_color":"#000000"}"##).unwrap();
        assert_eq!(
            read,
            Branding {
                primary_color: "#000000".parse().ok(),
                ..Branding::default()
            }
        );
        assert!(serde_json::from_str::<Branding>(r#"{"primary_color":"black"}"#).is_err());
    }
}
