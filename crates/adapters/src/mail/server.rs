//! The address of a mail server, as an operator writes it.

use std::fmt;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::{Host, Url};

/// How a connection is kept secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Security {
    /// From its first byte: `smtps://`.
    Implicit,
    /// From `STARTTLS` on, or not at all: `smtp://`.
    StartTls,
    /// Not: `smtp://` to this very machine.
    Plain,
}

/// A mail server: `smtps://user:password@mail.example.com`, or `smtp://…` with STARTTLS.
#[derive(Debug, Clone)]
pub struct Server {
    pub(super) host: String,
    pub(super) port: Option<u16>,
    pub(super) security: Security,
    pub(super) login: Option<(String, SecretString)>,
}

/// Text that names no mail server. It never says the text: that may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongServer;

impl fmt::Display for WrongServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`smtps://user:password@host`, or `smtp://…` for STARTTLS")
    }
}

impl std::error::Error for WrongServer {}

impl FromStr for Server {
    type Err = WrongServer;

    fn from_str(text: &str) -> Result<Self, WrongServer> {
        let url = Url::parse(text).map_err(|_| WrongServer)?;
        let is_bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
        let host = url
            .host_str()
            .filter(|it| is_bare && !it.is_empty())
            .ok_or(WrongServer)?;
        let is_loopback = host == "localhost" || is_loopback(&url);
        let security = match url.scheme() {
            "smtps" => Security::Implicit,
            "smtp" if is_loopback => Security::Plain,
            "smtp" => Security::StartTls,
            _ => return Err(WrongServer),
        };
        let decoded = |text: &str| {
            let decoded = percent_decode_str(text).decode_utf8();
            decoded.map(|it| it.into_owned()).map_err(|_| WrongServer)
        };
        let login = match (url.username(), url.password()) {
            ("", None) => None,
            ("", Some(_)) | (_, None) => return Err(WrongServer),
            (user, Some(password)) => Some((decoded(user)?, decoded(password)?.into())),
        };
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port(),
            security,
            login,
        })
    }
}

/// The parser leaves hosts of schemes that it does not know as they are.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(text)) => text.parse().is_ok_and(|it: std::net::Ipv4Addr| it.is_loopback()),
        Some(Host::Ipv4(it)) => it.is_loopback(),
        Some(Host::Ipv6(it)) => it.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_server_is_reached_in_secret_unless_it_is_this_machine() {
        let security = |text: &str| text.parse::<Server>().unwrap().security;
        assert_eq!(security("smtps://mail.example.com"), Security::Implicit);
        assert_eq!(security("smtp://mail.example.com:587"), Security::StartTls);
        for here in ["smtp://127.0.0.1:1025", "smtp://localhost", "smtp://[::1]:25"] {
            assert_eq!(security(here), Security::Plain, "{here}");
        }
        assert_eq!(security("smtps://127.0.0.1:465"), Security::Implicit);
    }

    #[test]
    fn a_login_is_written_as_addresses_write_it() {
        let server: Server = "smtps://ana%40example.com:a%3Ab%2F@mail.example.com:2465/"
            .parse()
            .unwrap();
        let (user, password) = server.login.as_ref().unwrap();
        assert_eq!(
            (user.as_str(), password.expose_secret()),
            ("ana@example.com", "a:b/")
        );
        assert_eq!(
            (server.host.as_str(), server.port),
            ("mail.example.com", Some(2465))
        );
        assert!(!format!("{server:?}").contains("a:b/"));
    }

    #[test]
    fn whatever_names_no_mail_server_is_refused() {
        for text in [
            "",
            "mail.example.com",
            "https://mail.example.com",
            "smtp://",
            "smtp://ana@mail.example.com",
            "smtp://:secret@mail.example.com",
            "smtp://mail.example.com/?tls=none",
            "smtp://mail.example.com/inbox",
        ] {
            assert!(text.parse::<Server>().is_err(), "{text}");
        }
    }
}
