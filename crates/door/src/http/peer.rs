//! Where a request comes from, and what it says about its sender.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::ConnectInfo;
use http::{HeaderMap, HeaderName, header, request::Parts};
use ipnet::IpNet;

use super::{CLIENT_SECRET, ORGANIZATION};
use crate::Credentials;

const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of the socket, or the nearest one before the trusted proxies. Without either (a request that came
/// through no socket) it is unspecified.
pub(super) fn address(parts: &Parts, trusted: &[IpNet]) -> IpAddr {
    let socket = parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|it| it.0.ip().to_canonical());
    let Some(socket) = socket else {
        return IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    };
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|net| net.contains(ip));
    if !is_trusted(&socket) {
        return socket;
    }
    // Each proxy appends the address it was called from: read backwards until one is not ours.
    let lines: Vec<_> = parts
        .headers
        .get_all(FORWARDED)
        .iter()
        .filter_map(|it| it.to_str().ok())
        .collect();
    let hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
    let mut nearest = socket;
    for hop in hops {
        match hop.trim().parse::<IpAddr>() {
            Ok(ip) => nearest = ip.to_canonical(),
            Err(_) => break,
        }
        if !is_trusted(&nearest) {
            break;
        }
    }
    nearest
}

/// What the headers say about who is asking.
pub(super) fn credentials(headers: &HeaderMap, peer: IpAddr) -> Credentials {
    let text = |name: HeaderName| Some(headers.get(name)?.to_str().ok()?.to_owned());
    Credentials {
        authorization: text(header::AUTHORIZATION),
        organization: text(ORGANIZATION),
        client_secret: text(CLIENT_SECRET),
        user_agent: text(header::USER_AGENT),
        peer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(socket: &str, forwarded: &[&str]) -> String {
        let mut request = http::Request::builder();
        for line in forwarded {
            request = request.header(FORWARDED, *line);
        }
        let mut parts = request.body(()).unwrap().into_parts().0;
        parts
            .extensions
            .insert(ConnectInfo(SocketAddr::new(socket.parse().unwrap(), 1)));
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        address(&parts, &trusted).to_string()
    }

    #[test]
    fn a_stranger_cannot_choose_its_address() {
        assert_eq!(seen("192.0.2.7", &["198.51.100.1"]), "192.0.2.7");
        assert_eq!(seen("10.0.0.1", &["198.51.100.66, 198.51.100.1"]), "198.51.100.1");
    }

    #[test]
    fn trusted_proxies_are_seen_through_one_after_the_other() {
        assert_eq!(
            seen("10.0.0.1", &["198.51.100.1", "10.2.2.2, fd00::9"]),
            "198.51.100.1"
        );
        assert_eq!(seen("::ffff:10.0.0.1", &["::ffff:198.51.100.1"]), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", &["198.51.100.1, unknown, 10.1.1.1"]), "10.1.1.1");
        assert_eq!(seen("10.0.0.1", &[]), "10.0.0.1");
    }
}
