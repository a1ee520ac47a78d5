//! Every setting, declared once: from the table below come the reading, the refusals, `horarium config` and
//! `docs/configuration.md`. To add a setting, add a row; a new kind of value is a `Setting` in `setting.rs`.
//!
//! **Invariant:** nothing here touches the machine. `main` reads the environment and the file.

mod given;
mod hidden;
mod manual;
mod problem;
mod setting;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use adapters::mail::Server as MailServer;
use adapters::oidc::Issuer;
use adapters::outbound::Loopback;
use ipnet::IpNet;
use kernel::Email;
use tenancy::RateLimits;
use url::Url;

use given::Settings;
pub use hidden::{DatabaseUrl, MasterKey, Token};
pub use manual::{manual, report};
pub use problem::{Problem, Problems};
use setting::Setting;
pub use setting::{Count, LinkUrl, LogFilter, LogFormat, Mode, Origin, Synchronous, WebUrl};

/// One row of the table.
#[derive(Debug)]
struct Key {
    /// The environment variable.
    env: &'static str,
    /// The key in the file, if it may stand there.
    file: Option<&'static str>,
    /// What to write.
    kind: fn() -> String,
    /// What holds when nothing is written.
    default: Option<&'static str>,
    /// What it is for.
    doc: &'static str,
    /// Whether the value is never shown.
    secret: bool,
}

/// The file itself cannot say where it is.
const CONFIG_FILE: Key = Key {
    env: "HORARIUM_CONFIG",
    file: None,
    kind: || "a file".to_owned(),
    default: None,
    doc: " The configuration file (TOML). Without it, `horarium.toml` in the working folder is read if it is there.",
    secret: false,
};

/// Every row, in the order of the manual.
fn keys() -> impl Iterator<Item = &'static Key> {
    std::iter::once(&CONFIG_FILE).chain(KEYS)
}

/// From rows of `field: Kind, "VARIABLE"[, "default"]`: the struct, the table and the reading.
macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $field:ident: $kind:ty, $env:literal $(, $default:literal)?;)+) => {
        /// How this process is to run.
        #[derive(Debug)]
        pub struct Config {
            $($(#[doc = $doc])+ pub $field: $kind,)+
        }

        static KEYS: &[Key] = &[$(Key {
            env: $env,
            file: Some(stringify!($field)),
            kind: <$kind as Setting>::kind,
            default: [$($default,)?].as_slice().first().copied(),
            doc: concat!($($doc, "\n"),+),
            secret: <$kind as Setting>::SECRET,
        },)+];

        /// Reads every row, so that all mistakes are told at once.
        fn read(settings: &Settings, problems: &mut Vec<Problem>) -> Option<Config> {
            $(let $field = value(settings, $env, problems);)+
            Some(Config { $($field: $field?,)+ })
        }
    };
}

settings! {
    /// Whom the process serves. In `production` the secret must be given, introspection and the pages for
    /// developers are off, and nothing is explained to strangers.
    env: Mode, "HORARIUM_ENV", "development";

    /// The address to listen on. Port 0 takes a free one.
    listen: SocketAddr, "HORARIUM_LISTEN", "127.0.0.1:4000";

    /// The address at which people reach this server, as it stands in links and in answers. Without it, the
    /// address it listens on.
    public_url: Option<WebUrl>, "HORARIUM_PUBLIC_URL";

    /// The folder for what this process keeps: the SQLite database, and in development its secret. It is made
    /// if it is missing, for its owner alone.
    data: PathBuf, "HORARIUM_DATA", "./horarium-data";

    /// The PostgreSQL database (version 15 or later), with the application's login: neither superuser nor owner
    /// of the tables. Without it, an embedded SQLite file in `HORARIUM_DATA`.
    database_url: Option<DatabaseUrl>, "DATABASE_URL";

    /// The same database with the login that owns the tables, for `horarium migrate`. Where `serve` finds it,
    /// it migrates before it serves; otherwise it only checks the version.
    database_owner_url: Option<DatabaseUrl>, "DATABASE_OWNER_URL";

    /// A replica for reads that may lag behind.
    database_replica_url: Option<DatabaseUrl>, "DATABASE_REPLICA_URL";

    /// Connections to `DATABASE_URL` at most.
    pool_size: Count<1, 1000>, "HORARIUM_POOL_SIZE", "16";

    /// Connections to `DATABASE_REPLICA_URL` at most.
    replica_pool_size: Count<1, 1000>, "HORARIUM_REPLICA_POOL_SIZE", "16";

    /// SQLite connections that read beside the one that writes.
    sqlite_readers: Count<1, 64>, "HORARIUM_SQLITE_READERS", "8";

    /// What SQLite waits for before it acknowledges a write: `full` survives a power cut, `normal` survives a
    /// crash of the process and is faster.
    sqlite_synchronous: Synchronous, "HORARIUM_SQLITE_SYNCHRONOUS", "full";

    /// The key from which all other keys are derived. Required in production, the same on every node; make one
    /// with `openssl rand -base64 32`. In development one is made and kept in `HORARIUM_DATA`.
    secret: Option<MasterKey>, "HORARIUM_SECRET";

    /// Passwords hashed at the same time at most. A hash takes 19 MiB and some 30 ms of one core.
    password_hashes: Count<1, 64>, "HORARIUM_PASSWORD_HASHES", "2";

    /// Issuers whose tokens are accepted for signing in (OpenID Connect). A token must name one of `audiences`
    /// in `aud` and one of `authorized_parties` in `azp`; a list that is left out asks nothing, and not both may
    /// be. Supabase: issuer `https://<project>.supabase.co/auth/v1`, audience `authenticated`. Clerk: the
    /// instance's address as issuer, your application's origins as authorized parties.
    oidc: Vec<Issuer>, "HORARIUM_OIDC";

    /// The mail server that letters go out by: `smtps://` speaks TLS from the first byte, `smtp://` asks for STARTTLS and goes
    /// on in the clear to this machine only. Without it, messages are kept as files in `HORARIUM_DATA`, and the log says where.
    smtp_url: Option<MailServer>, "HORARIUM_SMTP_URL";

    /// In whose address letters are sent. Required with a mail server.
    mail_from: Option<Email>, "HORARIUM_MAIL_FROM";

    /// The page on which clients see, move and cancel their bookings, as it stands in letters: the booking's token is put
    /// right behind it. Without it, letters carry no link.
    manage_url: Option<LinkUrl>, "HORARIUM_MANAGE_URL";

    /// Whether webhooks may go to this very machine over plain http: `admitted` for development, never in production.
    webhook_loopback: Loopback, "HORARIUM_WEBHOOK_LOOPBACK", "refused";

    /// Proxies in front of this server. Only their `X-Forwarded-For` is believed.
    trusted_proxies: Vec<IpNet>, "HORARIUM_TRUSTED_PROXIES";

    /// Origins of web pages that may open a WebSocket, beside this server's own.
    allowed_origins: Vec<Origin>, "HORARIUM_ALLOWED_ORIGINS";

    /// How often what may be done, beside the defaults: JSON such as `{"api":{"max":600,"seconds":60}}`. Limits that are
    /// not named keep their defaults; `docs/tenancy.md` lists them.
    rate_limits: RateLimits, "HORARIUM_RATE_LIMITS", "{}";

    /// Requests that one address may send in a second, whatever they are. Counted in memory, before anything else.
    flood_per_second: Count<1, 1_000_000>, "HORARIUM_FLOOD_PER_SECOND", "500";

    /// Connections held open at the same time at most, sockets included; more wait until one ends.
    max_connections: Count<1, 1_000_000>, "HORARIUM_MAX_CONNECTIONS", "4096";

    /// What `/metrics` wants as `Authorization: Bearer`. Without it, whoever reaches the server reads them.
    metrics_token: Option<Token>, "HORARIUM_METRICS_TOKEN";

    /// Which lines are logged.
    log: LogFilter, "HORARIUM_LOG", "info";

    /// How they look; `auto` is `human` on a terminal and `json` elsewhere.
    log_format: LogFormat, "HORARIUM_LOG_FORMAT", "auto";

    /// A folder with time zone data (TZif) to use in place of the data that is built in.
    tzdir: Option<PathBuf>, "HORARIUM_TZDIR";
}

/// One setting: as given, else its default, else what its kind says about absence.
fn value<T: Setting>(settings: &Settings, env: &'static str, problems: &mut Vec<Problem>) -> Option<T> {
    let key = KEYS.iter().find(|key| key.env == env)?;
    let read = match (settings.get(env), key.default) {
        (Some(given), _) => T::read(&given.text).map_err(|right| Problem::wrong(key, given, right)),
        (None, Some(default)) => return T::read(default).ok(),
        (None, None) => return T::absent(),
    };
    read.map_err(|problem| problems.push(problem)).ok()
}

impl Config {
    /// Reads the environment and the text of the file, if there is one. The environment wins.
    ///
    /// # Errors
    /// Every mistake at once: values that cannot be used, names that nobody knows, what is missing.
    pub fn load(env: &BTreeMap<String, String>, file: Option<&str>) -> Result<Self, Problems> {
        let (settings, mut problems) = given::collect(env, file);
        let config = read(&settings, &mut problems);
        problems.extend(config.iter().flat_map(Self::contradictions));
        config.filter(|_| problems.is_empty()).ok_or(Problems(problems))
    }

    /// What each value by itself does not show.
    fn contradictions(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        if self.env == Mode::Production && self.secret.is_none() {
            let why = format!("in production it must be given, {}", MasterKey::kind());
            found.push(Problem::Missing {
                name: "HORARIUM_SECRET",
                why,
            });
        }
        if self.smtp_url.is_some() && self.mail_from.is_none() {
            found.push(Problem::Missing {
                name: "HORARIUM_MAIL_FROM",
                why: "HORARIUM_SMTP_URL names a mail server, and letters are sent in somebody's address"
                    .to_owned(),
            });
        }
        if self.env == Mode::Production && self.webhook_loopback == Loopback::Admitted {
            found.push(Problem::Wrong {
                name: "HORARIUM_WEBHOOK_LOOPBACK".to_owned(),
                value: "\"admitted\"".to_owned(),
                right: "`refused` in production".to_owned(),
            });
        }
        let beside = [
            ("DATABASE_OWNER_URL", &self.database_owner_url),
            ("DATABASE_REPLICA_URL", &self.database_replica_url),
        ];
        let lonely = beside
            .iter()
            .find(|(_, url)| url.is_some() && self.database_url.is_none());
        found.extend(lonely.map(|(name, _)| Problem::Missing {
            name: "DATABASE_URL",
            why: format!("{name} is another login to that database"),
        }));
        let mut names: Vec<_> = self.oidc.iter().map(Issuer::name).collect();
        names.sort_unstable();
        found.extend(
            names
                .windows(2)
                .filter(|pair| pair[0] == pair[1])
                .map(|pair| Problem::Wrong {
                    name: "HORARIUM_OIDC".to_owned(),
                    value: format!("{:?} twice", pair[0]),
                    right: "each issuer once".to_owned(),
                }),
        );
        found
    }

    /// The address at which people reach a server that listens on `local`, without a slash at its end.
    #[must_use]
    pub fn base_url(&self, local: SocketAddr) -> String {
        match &self.public_url {
            Some(told) => told.url().as_str().trim_end_matches('/').to_owned(),
            None if local.ip().is_unspecified() => format!("http://localhost:{}", local.port()),
            None => format!("http://{local}"),
        }
    }

    /// The origins whose pages may open a socket: those allowed, and the server's own under each of its names.
    #[must_use]
    pub fn origins(&self, local: SocketAddr) -> Vec<Origin> {
        let mut own = vec![self.base_url(local)];
        if self.public_url.is_none() && (local.ip().is_loopback() || local.ip().is_unspecified()) {
            own.extend(
                ["localhost", "127.0.0.1", "[::1]"].map(|host| format!("http://{host}:{}", local.port())),
            );
        }
        let own = own
            .iter()
            .filter_map(|address| Url::parse(address).ok())
            .map(|url| Origin::of(&url));
        let mut origins = self.allowed_origins.clone();
        origins.extend(own);
        origins.sort_unstable();
        origins.dedup();
        origins
    }
}

#[cfg(test)]
mod tests;
