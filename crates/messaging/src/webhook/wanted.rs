//! What an endpoint wants, and where: as its owner writes it.

use std::str::FromStr;

use kernel::{EventType, Invalid};
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// Which events an endpoint wants: `booking.confirmed`, `booking.*`, or `*` for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct EventTypes(Vec<String>);

impl EventTypes {
    /// The most of them.
    pub const MAX: usize = 50;

    /// Reads them; each once.
    ///
    /// # Errors
    /// If there is none, one too many, or one that cannot be meant.
    pub fn new(types: Vec<String>) -> Result<Self, Invalid> {
        if types.is_empty() || types.len() > Self::MAX {
            let wanted = format!("1 to {} types of events", Self::MAX);
            return Err(Invalid::new(&wanted, &types.len().to_string()));
        }
        if let Some(wrong) = types.iter().find(|it| !is_pattern(it)) {
            let wanted = "an event such as booking.confirmed, booking.* for all of a kind, or *";
            return Err(Invalid::new(wanted, wrong));
        }
        let mut types = types;
        types.sort_unstable();
        types.dedup();
        Ok(Self(types))
    }

    /// Whether an event is among them.
    #[must_use]
    pub fn want(&self, type_: &str) -> bool {
        self.0.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(beginning) => type_.starts_with(beginning),
            None => type_ == pattern,
        })
    }

    /// As they are written.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

/// Whether there is anything that a pattern stands for.
fn is_pattern(text: &str) -> bool {
    match text.strip_suffix(".*") {
        Some(thing) => EventType::ALL.iter().any(|it| it.aggregate() == thing),
        None => text == "*" || text.parse::<EventType>().is_ok(),
    }
}

impl From<EventTypes> for Vec<String> {
    fn from(it: EventTypes) -> Self {
        it.0
    }
}

impl TryFrom<Vec<String>> for EventTypes {
    type Error = Invalid;
    fn try_from(types: Vec<String>) -> Result<Self, Invalid> {
        Self::new(types)
    }
}

/// Where an endpoint is: on https, or, for development, on this machine over http. Whether the address may be asked is
/// found out each time it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointUrl(pub(crate) String);

impl EndpointUrl {
    /// The longest there is, in characters.
    pub const MAX: usize = 2_048;
}

impl FromStr for EndpointUrl {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let wrong = || {
            let wanted = "an https address without user, password and fragment, of at most 2,048 characters";
            Invalid::new(wanted, text)
        };
        let url = Url::parse(text.trim()).map_err(|_| wrong())?;
        let is_here = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => return Err(wrong()),
        };
        let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        let is_secret = url.scheme() == "https" || (url.scheme() == "http" && is_here);
        let text = String::from(url);
        if is_plain && is_secret && text.chars().count() <= Self::MAX {
            Ok(Self(text))
        } else {
            Err(wrong())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(them: &[&str]) -> Result<EventTypes, Invalid> {
        EventTypes::new(them.iter().map(|it| (*it).to_owned()).collect())
    }

    #[test]
    fn a_type_is_one_a_family_or_all() {
        let wanted = types(&["booking.confirmed", "client.*"]).unwrap();
        for (type_, is_wanted) in [
            ("booking.confirmed", true),
            ("booking.confirmed_again", false),
            ("booking.cancelled", false),
            ("client.created", true),
            ("clients.created", false),
        ] {
            assert_eq!(wanted.want(type_), is_wanted, "{type_}");
        }
        assert!(types(&["*"]).unwrap().want("anything.at_all"));
        for wrong in [
            "",
            "booking",
            "Booking.confirmed",
            "booking.",
            ".*",
            "boo*",
            "*.confirmed",
            "melon.*",
            "booking.melted",
        ] {
            assert!(types(&[wrong]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn so_many_types_and_no_more() {
        let many = |count: usize| {
            let words = EventType::ALL.iter().take(count).map(|it| it.word().to_owned());
            EventTypes::new(words.collect())
        };
        assert!(many(EventTypes::MAX).is_ok() && many(EventTypes::MAX + 1).is_err());
        assert!(types(&[]).is_err());
        let twice = types(&["client.created", "booking.moved", "client.created"]).unwrap();
        assert_eq!(twice.as_slice(), ["booking.moved", "client.created"]);
    }

    #[test]
    fn an_endpoint_is_on_https_or_on_this_machine() {
        let url = |text: &str| text.parse::<EndpointUrl>();
        for right in [
            "https://example.com/hooks?a=b",
            "https://example.com:8443/",
            "http://127.0.0.1:4001/",
            "http://localhost:4001/",
            "http://[::1]:4001/",
        ] {
            assert!(url(right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "example.com",
            "http://example.com/",
            "http://10.0.0.1/",
            "ftp://example.com/",
            "https://ana@example.com/",
            "https://ana:b@example.com/",
            "https://example.com/#x",
        ] {
            assert!(url(wrong).is_err(), "{wrong}");
        }
        let long = |length: usize| url(&format!("https://example.com/{}", "a".repeat(length - 20)));
        assert!(long(EndpointUrl::MAX).is_ok() && long(EndpointUrl::MAX + 1).is_err());
    }
}
