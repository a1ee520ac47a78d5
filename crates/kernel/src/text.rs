//! Text that means something: each has one fallible constructor, and stored rows go through the same one.

use std::fmt;
use std::str::FromStr;

use iso_currency::Country;

/// A value that cannot be meant, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    wanted: String,
    got: String,
}

/// How much of what was sent is shown back.
const SHOWN: usize = 60;

impl Invalid {
    /// Says what would be right beside what was sent.
    #[must_use]
    pub fn new(wanted: &str, got: &str) -> Self {
        let mut shown: String = got.chars().filter(|it| !it.is_control()).take(SHOWN).collect();
        if shown.len() < got.len() {
            shown.push('…');
        }
        Self {
            wanted: wanted.to_owned(),
            got: shown,
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, got “{}”", self.wanted, self.got)
    }
}

impl std::error::Error for Invalid {}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident: $max:literal, $wanted:literal, $parse:expr;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(String);

            impl $name {
                /// The longest there is, in characters.
                pub const MAX: usize = $max;

                /// The text.
                #[must_use]
                pub fn as_str(&self) -> &str { &self.0 }
            }

            impl FromStr for $name {
                type Err = Invalid;
                fn from_str(text: &str) -> Result<Self, Invalid> {
                    let parse: fn(&str) -> Option<String> = $parse;
                    parse(text.trim())
                        .filter(|it| it.chars().count() <= Self::MAX)
                        .map(Self)
                        .ok_or_else(|| Invalid::new($wanted, text))
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
            }

            impl serde::Serialize for $name {
                fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> { to.serialize_str(&self.0) }
            }

            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                    let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
                    text.parse().map_err(serde::de::Error::custom)
                }
            }

            #[cfg(feature = "sea-orm")]
            crate::column::text_column!($name);
        )*
    };
}

texts! {
    /// An ISO 3166-1 country.
    CountryCode: 2, "an ISO 3166 country of two letters, such as BR", |text| {
        let upper = text.to_ascii_uppercase();
        upper.parse::<Country>().ok().map(|_| upper)
    };
    /// An ISO 4217 currency.
    CurrencyCode: 3, "an ISO 4217 currency of three letters, such as BRL", |text| {
        let upper = text.to_ascii_uppercase();
        iso_currency::Currency::from_code(&upper).map(|_| upper)
    };
    /// An e-mail address, case-folded: `Ana@Example.com` and `ana@example.com` are one person.
    Email: 254, "an e-mail address such as ana@example.com, at most 254 characters", |text| {
        let folded = text.to_lowercase();
        let options = email_address::Options::default().with_required_tld().without_display_text();
        email_address::EmailAddress::parse_with_options(&folded, options).ok().map(|_| folded)
    };
    /// One line of text: a reason, a label, an address.
    Line: 200, "one line of 1 to 200 characters without control characters", |text| {
        (!text.is_empty() && !text.chars().any(char::is_control)).then(|| text.to_owned())
    };
    /// A language, perhaps with a script and a region: `pt-BR`.
    Locale: 35, "a BCP 47 language such as en or pt-BR", |text| {
        let mut parts = text.split('-');
        let language = parts.next()?;
        let letters = |it: &str, range: std::ops::RangeInclusive<usize>| {
            range.contains(&it.len()) && it.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        let well_formed = language.bytes().all(|byte| byte.is_ascii_alphabetic())
            && letters(language, 2..=3)
            && parts.all(|it| letters(it, 2..=8));
        well_formed.then(|| text.to_owned())
    };
    /// What a person or an organization is called.
    Name: 120, "a name of 1 to 120 characters without control characters", |text| {
        (!text.is_empty() && !text.chars().any(char::is_control)).then(|| text.to_owned())
    };
    /// A telephone number, kept as `+` and digits: `+55 (11) 98765-4321` is `+5511987654321`.
    Phone: 16, "a telephone number with its country, such as +5511987654321, of 7 to 15 digits", |text| {
        let bare: String = text.chars().filter(|it| !matches!(it, ' ' | '-' | '.' | '(' | ')')).collect();
        let digits = bare.strip_prefix('+')?;
        let well_formed = (7..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        well_formed.then_some(bare)
    };
    /// Text of several lines: a description, a message.
    Prose: 4_000, "text of 1 to 4,000 characters without control characters other than line breaks", |text| {
        let odd = |it: char| it.is_control() && it != '\n' && it != '\t';
        let text = text.replace("\r\n", "\n");
        (!text.is_empty() && !text.chars().any(odd)).then_some(text)
    };
    /// The part of a public address that names something: `clinica-aurora`.
    Slug: 63, "2 to 63 lower-case letters, digits and hyphens, neither starting nor ending with a hyphen", |text| {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let well_formed = text.len() >= 2
            && text.bytes().all(inner)
            && !text.starts_with('-')
            && !text.ends_with('-');
        well_formed.then(|| text.to_owned())
    };
    /// An address on the web that people may be sent to.
    WebAddress: 2_048, "an https address without user and password, of at most 2,048 characters", |text| {
        let plain = |it: &url::Url| {
            it.scheme() == "https" && it.has_host() && it.username().is_empty() && it.password().is_none()
        };
        url::Url::parse(text).ok().filter(plain).map(String::from)
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn good_text_is_kept_in_its_one_form() {
        assert_eq!(
            " Ana@Example.COM ".parse::<Email>().unwrap().as_str(),
            "ana@example.com"
        );
        assert_eq!("br".parse::<CountryCode>().unwrap().as_str(), "BR");
        assert_eq!("jpy".parse::<CurrencyCode>().unwrap().as_str(), "JPY");
        assert_eq!("pt-BR".parse::<Locale>().unwrap().as_str(), "pt-BR");
        assert_eq!(
            "  Clínica Aurora ".parse::<Name>().unwrap().as_str(),
            "Clínica Aurora"
        );
        assert_eq!(
            "+55 (11) 98765-4321".parse::<Phone>().unwrap().as_str(),
            "+5511987654321"
        );
        assert_eq!("clinica-7".parse::<Slug>().unwrap().as_str(), "clinica-7");
    }

    #[test]
    fn bad_text_is_refused_and_shown_back() {
        for bad in [
            "",
            "ana",
            "ana@",
            "ana@example",
            "Ana <ana@example.com>",
            "a b@example.com",
            "a@b@example.com",
        ] {
            assert!(bad.parse::<Email>().is_err(), "{bad}");
        }
        for bad in ["", "a", "Ab", "a_b", "-ab", "ab-", "á-b"] {
            assert!(bad.parse::<Slug>().is_err(), "{bad}");
        }
        for bad in ["", "p", "pt_BR", "12", "pt-", "pt-toolongpart"] {
            assert!(bad.parse::<Locale>().is_err(), "{bad}");
        }
        for bad in [
            "",
            "+",
            "11987654321",
            "+0119876543",
            "+55119876x4321",
            "+551198 76\u{200b}",
        ] {
            assert!(bad.parse::<Phone>().is_err(), "{bad}");
        }
        let refused = "Brazil".parse::<CountryCode>().unwrap_err().to_string();
        assert_eq!(
            refused,
            "expected an ISO 3166 country of two letters, such as BR, got “Brazil”"
        );
    }

    #[test]
    fn the_longest_passes_and_one_more_does_not() {
        assert!("é".repeat(Name::MAX).parse::<Name>().is_ok());
        assert!("é".repeat(Name::MAX + 1).parse::<Name>().is_err());
        assert!("é".repeat(Line::MAX).parse::<Line>().is_ok());
        assert!("é".repeat(Line::MAX + 1).parse::<Line>().is_err());
        assert!("é".repeat(Prose::MAX).parse::<Prose>().is_ok());
        assert!("é".repeat(Prose::MAX + 1).parse::<Prose>().is_err());
        let address = |length: usize| format!("https://example.com/{}", "a".repeat(length - 20));
        assert!(address(WebAddress::MAX).parse::<WebAddress>().is_ok());
        assert!(address(WebAddress::MAX + 1).parse::<WebAddress>().is_err());
        assert!("a".repeat(Slug::MAX).parse::<Slug>().is_ok());
        assert!("a".repeat(Slug::MAX + 1).parse::<Slug>().is_err());
        let phone = |digits: usize| format!("+{}", "1".repeat(digits)).parse::<Phone>().is_ok();
        assert!(phone(7) && phone(15) && !phone(6) && !phone(16));
        let labels = format!("{0}.{0}.{0}", "b".repeat(59));
        let address = |pad: usize| format!("{}@{labels}.{}", "a".repeat(64), "c".repeat(pad));
        let room = Email::MAX - address(0).len();
        assert!(address(room).parse::<Email>().is_ok());
        assert!(address(room + 1).parse::<Email>().is_err());
    }

    #[test]
    fn a_web_address_is_on_https_and_names_nobody() {
        assert!("https://example.com/room".parse::<WebAddress>().is_ok());
        for bad in [
            "",
            "room",
            "http://example.com/",
            "javascript:alert(1)",
            "https://a:b@example.com/",
        ] {
            assert!(bad.parse::<WebAddress>().is_err(), "{bad}");
        }
    }

    #[test]
    fn lines_have_no_breaks_and_prose_may() {
        assert!("one\ntwo".parse::<Line>().is_err());
        assert_eq!(" one\r\ntwo ".parse::<Prose>().unwrap().as_str(), "one\ntwo");
        assert!("one\u{7}two".parse::<Prose>().is_err() && "".parse::<Prose>().is_err());
    }

    #[test]
    fn what_was_sent_is_shown_cut_and_without_control_characters() {
        let refused = format!("\u{1b}[2J{}", "x".repeat(500))
            .parse::<Slug>()
            .unwrap_err()
            .to_string();
        assert!(
            !refused.contains('\u{1b}') && refused.chars().count() < 200,
            "{refused}"
        );
    }

    proptest! {
        #[test]
        fn reading_twice_changes_nothing(text in ".{0,80}") {
            if let Ok(email) = text.parse::<Email>() {
                prop_assert_eq!(email.as_str().parse(), Ok(email.clone()));
            }
            if let Ok(name) = text.parse::<Name>() {
                prop_assert_eq!(name.as_str().parse(), Ok(name.clone()));
            }
        }
    }
}
