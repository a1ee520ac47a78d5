//! How each kind of setting is read from text, and what to say when it cannot be.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use adapters::mail::{Server as MailServer, WrongServer};
use adapters::oidc::Issuer;
use adapters::outbound::Loopback;
use ipnet::IpNet;
use kernel::Email;
use tenancy::RateLimits;
use tracing_subscriber::filter::Targets;
use url::Url;

/// A value that an operator can set.
pub(super) trait Setting: Sized {
    /// Whether the text must never be shown.
    const SECRET: bool = false;

    /// What to write, in a few words: "expected …".
    fn kind() -> String;

    /// The value, or what would have been right.
    fn read(text: &str) -> Result<Self, String>;

    /// The value when nobody has set it and the table names no default.
    fn absent() -> Option<Self> {
        None
    }
}

impl<T: Setting> Setting for Option<T> {
    const SECRET: bool = T::SECRET;

    fn kind() -> String {
        T::kind()
    }

    fn read(text: &str) -> Result<Self, String> {
        T::read(text).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

/// Either of a few words.
pub(super) trait Word: Copy + 'static {
    /// Every word and what it means.
    const WORDS: &'static [(&'static str, Self)];
}

impl<T: Word> Setting for T {
    fn kind() -> String {
        let words: Vec<_> = T::WORDS.iter().map(|(word, _)| format!("`{word}`")).collect();
        words.join(" or ")
    }

    fn read(text: &str) -> Result<Self, String> {
        let found = T::WORDS.iter().find(|(word, _)| *word == text);
        found.map(|(_, value)| *value).ok_or_else(Self::kind)
    }
}

/// Whom the process serves: an engineer at a desk, or the public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Shows its own pages, makes its own secret, explains itself.
    Development,
    /// Wants its secrets given and keeps its inside to itself.
    Production,
}

impl Word for Mode {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("development", Self::Development),
        ("production", Self::Production),
    ];
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// `Human` on a terminal, `Json` elsewhere.
    Auto,
    /// Coloured text.
    Human,
    /// One JSON object a line.
    Json,
}

impl Word for LogFormat {
    const WORDS: &'static [(&'static str, Self)] =
        &[("auto", Self::Auto), ("human", Self::Human), ("json", Self::Json)];
}

/// What SQLite waits for before a commit is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Synchronous {
    /// The disk has it: survives a power cut.
    Full,
    /// The operating system has it: survives a crash of the process.
    Normal,
}

impl Word for Synchronous {
    const WORDS: &'static [(&'static str, Self)] = &[("full", Self::Full), ("normal", Self::Normal)];
}

/// A whole number between two bounds, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> Count<MIN, MAX> {
    /// The number.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

impl<const MIN: u32, const MAX: u32> Setting for Count<MIN, MAX> {
    fn kind() -> String {
        format!("a whole number from {MIN} to {MAX}")
    }

    fn read(text: &str) -> Result<Self, String> {
        let count = text.parse().ok().filter(|count| (MIN..=MAX).contains(count));
        count.map(Self).ok_or_else(Self::kind)
    }
}

impl Setting for SocketAddr {
    fn kind() -> String {
        "an IP address and a port, such as `127.0.0.1:4000` or `[::]:4000`".to_owned()
    }

    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| Self::kind())
    }
}

impl Setting for PathBuf {
    fn kind() -> String {
        "a folder".to_owned()
    }

    fn read(text: &str) -> Result<Self, String> {
        Ok(Self::from(text))
    }
}

/// The networks of the proxies in front of us.
impl Setting for Vec<IpNet> {
    fn kind() -> String {
        "networks separated by commas, such as `10.0.0.0/8, ::1`".to_owned()
    }

    fn read(text: &str) -> Result<Self, String> {
        split(text).map(network).collect()
    }

    fn absent() -> Option<Self> {
        Some(Self::new())
    }
}

fn network(text: &str) -> Result<IpNet, String> {
    let alone = || text.parse::<IpAddr>().map(IpNet::from);
    let network = text
        .parse::<IpNet>()
        .or_else(|_| alone())
        .map_err(|_| Vec::<IpNet>::kind())?;
    if network.addr() == network.network() {
        Ok(network)
    } else {
        Err(format!(
            "`{}` where it says `{text}`: the address has bits outside its network",
            network.trunc()
        ))
    }
}

/// A scheme, host and port, as a browser writes them in `Origin`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin(String);

impl Origin {
    /// Exactly what the header must say.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The origin of the pages below an address.
    #[must_use]
    pub fn of(url: &Url) -> Self {
        Self(url.origin().ascii_serialization())
    }
}

impl Setting for Vec<Origin> {
    fn kind() -> String {
        "origins separated by commas, such as `https://app.example.com`".to_owned()
    }

    fn read(text: &str) -> Result<Self, String> {
        split(text)
            .map(|text| {
                let url = WebUrl::read(text).map_err(|_| Self::kind())?;
                let origin = Origin::of(&url.0);
                let is_whole = url.0.path() == "/" && url.0.query().is_none();
                is_whole
                    .then_some(())
                    .ok_or_else(|| format!("`{}` where it says `{text}`", origin.0))?;
                Ok(origin)
            })
            .collect()
    }

    fn absent() -> Option<Self> {
        Some(Self::new())
    }
}

/// An http or https address without user and fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebUrl(Url);

impl WebUrl {
    /// The address.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.0
    }
}

impl Setting for WebUrl {
    fn kind() -> String {
        "an address such as `https://api.example.com`".to_owned()
    }

    fn read(text: &str) -> Result<Self, String> {
        let is_plain = |url: &Url| {
            matches!(url.scheme(), "http" | "https")
                && url.username().is_empty()
                && url.password().is_none()
                && url.fragment().is_none()
        };
        Url::parse(text)
            .ok()
            .filter(is_plain)
            .map(Self)
            .ok_or_else(Self::kind)
    }
}

/// The beginning of a link: what follows is put right behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkUrl(String);

impl LinkUrl {
    /// The text that something is put behind.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Setting for LinkUrl {
    fn kind() -> String {
        "an address that ends where the token begins, such as `https://book.example.com/manage#`".to_owned()
    }

    fn read(text: &str) -> Result<Self, String> {
        let is_plain = |url: &Url| {
            matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none()
        };
        let is_address = Url::parse(text).is_ok_and(|url| is_plain(&url));
        is_address.then(|| Self(text.to_owned())).ok_or_else(Self::kind)
    }
}

impl Setting for MailServer {
    const SECRET: bool = true;

    fn kind() -> String {
        WrongServer.to_string()
    }

    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|wrong: WrongServer| wrong.to_string())
    }
}

impl Setting for Email {
    fn kind() -> String {
        "an e-mail address such as `bookings@example.com`".to_owned()
    }

    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| Self::kind())
    }
}

impl Word for Loopback {
    const WORDS: &'static [(&'static str, Self)] =
        &[("refused", Self::Refused), ("admitted", Self::Admitted)];
}

/// Which lines are logged: levels by target, which is decided once for each place that logs. Deciding by the fields of
/// spans as well would cost every request that enters one.
#[derive(Debug, Clone, PartialEq)]
pub struct LogFilter(Targets);

impl LogFilter {
    /// The filter itself.
    #[must_use]
    pub fn filter(&self) -> Targets {
        self.0.clone()
    }
}

impl Setting for LogFilter {
    fn kind() -> String {
        "a level, or levels by target, such as `info` or `warn,server::http=debug`".to_owned()
    }

    fn read(text: &str) -> Result<Self, String> {
        // A lone word that is no level would be taken for a target, and silence the log.
        let is_level = |part: &str| part.contains(['=', ':']) || part.parse::<tracing::Level>().is_ok();
        let parts: Vec<&str> = split(text).collect();
        let is_known = parts
            .iter()
            .all(|part| !part.contains('[') && (part.eq_ignore_ascii_case("off") || is_level(part)));
        let read = parts.join(",").parse().ok().filter(|_| is_known);
        read.map(Self).ok_or_else(Self::kind)
    }
}

impl Setting for Vec<Issuer> {
    fn kind() -> String {
        r#"`[[oidc]]` tables in the file, or JSON: `[{"issuer":"https://…","audiences":["…"],"authorized_parties":["…"]}]`"#
            .to_owned()
    }

    fn read(text: &str) -> Result<Self, String> {
        let value: serde_json::Value = serde_json::from_str(text).map_err(|_| Self::kind())?;
        serde_json::from_value(value).map_err(|why| format!("{}: {why}", Self::kind()))
    }

    fn absent() -> Option<Self> {
        Some(Self::new())
    }
}

impl Setting for RateLimits {
    fn kind() -> String {
        r#"JSON such as `{"api":{"max":600,"seconds":60}}`"#.to_owned()
    }

    fn read(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|why| format!("{}: {why}", Self::kind()))
    }
}

/// The parts of a list that are not empty.
fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}
