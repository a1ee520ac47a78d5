//! Asking other people's servers, at addresses that other people have written: nobody inside is ever asked.
//!
//! https only; no redirect is followed; the address that is connected to is of the public network, whatever its name said a
//! moment ago; no proxy stands between. In development, and only if the operator says so, this machine may be asked over
//! plain http.

pub mod address;
mod resolver;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use messaging::webhook::{ANSWER_MAX, Answer, Request, Unreached, Wire};
use reqwest::Client;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use url::{Host, Url};

use address::is_public;
use resolver::{Filter, Lookup, Machine, Private};

/// How long an endpoint may take to answer.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);

/// How long it may take to be connected.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a connection is kept for the next event.
const IDLE: Duration = Duration::from_secs(30);

/// Whether this machine may be asked, over plain http.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loopback {
    /// It may: for development.
    Admitted,
    /// It is as private as every other address.
    Refused,
}

/// Asks other people's servers.
#[derive(Debug, Clone)]
pub struct Outbound {
    client: Client,
    loopback: Loopback,
}

/// This machine can make no secure connections.
#[derive(Debug, thiserror::Error)]
#[error("no secure connections from this machine")]
pub struct NoTls(#[from] reqwest::Error);

impl Outbound {
    /// Asks with this machine's resolver.
    ///
    /// # Errors
    /// If this machine cannot make secure connections.
    pub fn new(loopback: Loopback) -> Result<Self, NoTls> {
        Self::with(Arc::new(Machine), loopback)
    }

    fn with(lookup: Arc<dyn Lookup>, loopback: Loopback) -> Result<Self, NoTls> {
        let filter = Filter {
            lookup,
            admits_loopback: loopback == Loopback::Admitted,
        };
        let client = Client::builder()
            .dns_resolver(Arc::new(filter))
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ANSWER_TIMEOUT)
            .pool_idle_timeout(IDLE)
            .user_agent(concat!("Horarium/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, loopback })
    }

    /// Whether a literal address may be asked; those never come to the resolver.
    fn admits(&self, ip: IpAddr) -> bool {
        is_public(ip) || (self.loopback == Loopback::Admitted && ip.is_loopback())
    }
}

#[async_trait]
impl Wire for Outbound {
    fn admit(&self, url: &Url) -> Result<(), Unreached> {
        let refused = |why: &str| Err(Unreached::Forbidden(why.to_owned()));
        if !url.username().is_empty() || url.password().is_some() {
            return refused("it names a user");
        }
        // The parser has turned 2130706433, 0x7f.1 and 0177.0.0.1 into what they stand for.
        let is_loopback = match url.host() {
            Some(Host::Ipv4(ip)) if !self.admits(ip.into()) => return refused("it is somebody's own"),
            Some(Host::Ipv6(ip)) if !self.admits(ip.into()) => return refused("it is somebody's own"),
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => return refused("it names no machine"),
        };
        match url.scheme() {
            "https" if !is_loopback || self.loopback == Loopback::Admitted => Ok(()),
            "http" if is_loopback && self.loopback == Loopback::Admitted => Ok(()),
            "https" => refused("it is this machine"),
            _ => refused("it is not on https"),
        }
    }

    async fn post(&self, request: &Request) -> Result<Answer, Unreached> {
        self.admit(&request.url)?;
        let asked = self
            .client
            .post(request.url.clone())
            .header(CONTENT_TYPE, "application/json");
        let asked = request
            .headers
            .iter()
            .fold(asked, |asked, (name, value)| asked.header(*name, value));
        let mut answer = asked
            .body(request.body.clone())
            .send()
            .await
            .map_err(|why| unreached(&why))?;
        let retry_after = answer.headers().get(RETRY_AFTER);
        let retry_after = retry_after.and_then(|it| it.to_str().ok()).map(ToOwned::to_owned);
        let status = answer.status().as_u16();
        let mut body = Vec::new();
        // Whatever comes after the beginning is not waited for; nor does a body that breaks off undo the status.
        while let Ok(Some(chunk)) = answer.chunk().await {
            let room = ANSWER_MAX - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if body.len() == ANSWER_MAX {
                break;
            }
        }
        Ok(Answer {
            status,
            retry_after,
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }
}

fn unreached(why: &reqwest::Error) -> Unreached {
    let mut causes = std::iter::successors(why.source(), |it| (*it).source());
    if let Some(private) = causes.find_map(|it| it.downcast_ref::<Private>()) {
        return Unreached::Forbidden(private.to_string());
    }
    if why.is_timeout() {
        Unreached::TimedOut
    } else {
        Unreached::NoConnection
    }
}
