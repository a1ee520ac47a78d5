//! Who may vouch for a person: an issuer, and for whom its tokens must be made.

use serde::Deserialize;
use url::{Host, Url};

/// The most bytes in an issuer's address, an audience or an authorised party.
pub const MAX_NAME_BYTES: usize = 255;

/// An issuer whose tokens are accepted, exactly as it writes its own name in `iss`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Issuer {
    name: String,
    audiences: Vec<String>,
    authorized_parties: Vec<String>,
}

/// An issuer as an operator writes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    issuer: String,
    #[serde(default)]
    audiences: Vec<String>,
    #[serde(default)]
    authorized_parties: Vec<String>,
}

/// Why an issuer cannot be used as it is configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssuerRefusal {
    /// Not an address at all, or one with parts that an issuer's name may not have.
    #[error(
        "issuer {0:?} must be an https address of at most {MAX_NAME_BYTES} bytes without user, query and fragment"
    )]
    Address(String),
    /// Plain http to another machine.
    #[error("issuer {0:?} must use https: plain http is accepted from this machine alone")]
    Plain(String),
    /// Whatever the issuer signs, for any application, would be accepted.
    #[error(
        "issuer {0:?} needs `audiences` or `authorized_parties`: otherwise a token made for any application would do"
    )]
    Unbound(String),
    /// An audience or authorised party that is empty or too long.
    #[error("issuer {0:?}: an audience or authorized party has 1 to {MAX_NAME_BYTES} bytes")]
    Party(String),
}

impl TryFrom<Written> for Issuer {
    type Error = IssuerRefusal;

    fn try_from(it: Written) -> Result<Self, IssuerRefusal> {
        Self::new(it.issuer, it.audiences, it.authorized_parties)
    }
}

impl Issuer {
    /// An issuer whose tokens must name one of `audiences` in `aud` and one of `authorized_parties` in `azp`.
    /// An empty list asks nothing, and not both may be empty.
    ///
    /// # Errors
    /// [`IssuerRefusal`] says what is wrong with the name or the lists.
    pub fn new(
        name: String,
        audiences: Vec<String>,
        authorized_parties: Vec<String>,
    ) -> Result<Self, IssuerRefusal> {
        let fits = |text: &String| (1..=MAX_NAME_BYTES).contains(&text.len());
        let Some(url) = Url::parse(&name).ok().filter(|url| fits(&name) && is_bare(url)) else {
            return Err(IssuerRefusal::Address(name));
        };
        if !is_guarded(&url) {
            return Err(IssuerRefusal::Plain(name));
        }
        if audiences.is_empty() && authorized_parties.is_empty() {
            return Err(IssuerRefusal::Unbound(name));
        }
        if !audiences.iter().chain(&authorized_parties).all(fits) {
            return Err(IssuerRefusal::Party(name));
        }
        Ok(Self {
            name,
            audiences,
            authorized_parties,
        })
    }

    /// The issuer's own name: what `iss` must equal, byte for byte.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What `aud` must contain one of; empty where `azp` alone binds the token.
    #[must_use]
    pub fn audiences(&self) -> &[String] {
        &self.audiences
    }

    /// What `azp` must be one of; empty where `aud` alone binds the token.
    #[must_use]
    pub fn authorized_parties(&self) -> &[String] {
        &self.authorized_parties
    }

    /// Where the issuer describes itself.
    pub(super) fn discovery(&self) -> String {
        format!(
            "{}/.well-known/openid-configuration",
            self.name.trim_end_matches('/')
        )
    }

    /// Whether keys may be fetched from `url`: https, or plain http where the issuer itself is on this machine
    /// and so is the address.
    pub(super) fn may_publish_at(&self, url: &Url) -> bool {
        url.scheme() == "https" || (self.name.starts_with("http:") && is_guarded(url))
    }
}

/// An address with a host and nothing that could hide another one.
fn is_bare(url: &Url) -> bool {
    url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
}

/// https, or http that never leaves this machine.
fn is_guarded(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuer(name: &str) -> Result<Issuer, IssuerRefusal> {
        Issuer::new(name.to_owned(), vec!["authenticated".to_owned()], Vec::new())
    }

    #[test]
    fn an_issuer_is_an_https_address_or_on_this_machine() {
        for name in [
            "https://abc.example.com/auth/v1",
            "https://tenant.example.com/",
            "http://localhost:54321/auth/v1",
            "http://127.0.0.1:9999",
            "http://[::1]:9999",
        ] {
            assert_eq!(issuer(name).map(|it| it.name), Ok(name.to_owned()));
        }
        for name in [
            "http://example.com",
            "http://127.0.0.1.example.com",
            "ftp://localhost",
        ] {
            assert_eq!(issuer(name), Err(IssuerRefusal::Plain(name.to_owned())));
        }
        for name in [
            "",
            "example.com",
            "https://",
            "https://a:b@example.com",
            "https://example.com?x",
            "https://example.com#x",
        ] {
            assert_eq!(issuer(name), Err(IssuerRefusal::Address(name.to_owned())));
        }
    }

    #[test]
    fn a_name_ends_at_its_limit() {
        let longest = format!("https://example.com/{}", "a".repeat(MAX_NAME_BYTES - 20));
        assert!(issuer(&longest).is_ok());
        assert!(matches!(
            issuer(&format!("{longest}a")),
            Err(IssuerRefusal::Address(_))
        ));
        let party = |bytes| Issuer::new("https://example.com".to_owned(), vec!["a".repeat(bytes)], vec![]);
        assert!(party(MAX_NAME_BYTES).is_ok());
        assert!(matches!(party(MAX_NAME_BYTES + 1), Err(IssuerRefusal::Party(_))));
        assert!(matches!(party(0), Err(IssuerRefusal::Party(_))));
    }

    #[test]
    fn an_issuer_that_vouches_for_any_application_is_refused() {
        let unbound = Issuer::new("https://example.com".to_owned(), vec![], vec![]);
        assert_eq!(
            unbound,
            Err(IssuerRefusal::Unbound("https://example.com".to_owned()))
        );
    }

    #[test]
    fn the_description_is_found_below_the_name() {
        for name in ["https://example.com/auth/v1", "https://example.com/auth/v1/"] {
            assert_eq!(
                issuer(name).unwrap().discovery(),
                "https://example.com/auth/v1/.well-known/openid-configuration"
            );
        }
    }

    #[test]
    fn a_distant_issuer_cannot_point_at_this_machine() {
        let may = |name: &str, url: &str| issuer(name).unwrap().may_publish_at(&Url::parse(url).unwrap());
        assert!(may("https://example.com", "https://keys.example.net/jwks"));
        assert!(!may("https://example.com", "http://127.0.0.1/jwks"));
        assert!(may("http://localhost:1", "http://127.0.0.1:2/jwks"));
        assert!(!may("http://localhost:1", "http://example.com/jwks"));
    }
}
