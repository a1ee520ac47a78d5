//! Whose request this is: the peer of the connection, or the client whom a trusted proxy names.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;

/// Replaces the peer's address in `ConnectInfo` by the client's, so that whoever counts by address needs to
/// know nothing of proxies. The port is kept only where the peer is the client.
pub(super) async fn name_client(
    State(trusted): State<Arc<[IpNet]>>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|peer| peer.0);
    if let Some(peer) = peer.filter(|_| !trusted.is_empty()) {
        let client = client(peer.ip(), request.headers(), &trusted);
        if client != peer.ip().to_canonical() {
            request
                .extensions_mut()
                .insert(ConnectInfo(SocketAddr::new(client, 0)));
        }
    }
    next.run(request).await
}

/// Walks `X-Forwarded-For` from its end, where the nearest proxy wrote, for as long as the one who wrote is
/// trusted. What stands further left, anybody may have written.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|network| network.contains(ip));
    let lines = headers.get_all("x-forwarded-for").iter().rev();
    let hops = lines.flat_map(|line| line.to_str().unwrap_or("").rsplit(','));
    let mut client = peer.to_canonical();
    for hop in hops {
        let (true, Some(before)) = (is_trusted(&client), address(hop.trim())) else {
            break;
        };
        client = before;
    }
    client
}

/// An address as proxies write it: bare, or with a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text
        .parse()
        .ok()
        .or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok());
    let ip: IpAddr = bare.or_else(|| text.parse().ok().map(|at: SocketAddr| at.ip()))?;
    Some(ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, lines: &[&str]) -> String {
        let trusted = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap());
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        client(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn a_stranger_who_names_somebody_else_is_not_believed() {
        assert_eq!(seen("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
    }

    #[test]
    fn a_trusted_proxy_names_its_client() {
        assert_eq!(seen("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(seen("::ffff:10.0.0.1", &["198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(seen("fd00::1", &["[2001:db8::1]:4711"]), "2001:db8::1");
        assert_eq!(seen("fd00::1", &["[2001:db8::1]"]), "2001:db8::1");
    }

    #[test]
    fn what_the_client_wrote_itself_is_not_reached() {
        assert_eq!(
            seen("10.0.0.1", &["1.1.1.1, 198.51.100.1, 10.0.0.2"]),
            "198.51.100.1"
        );
        assert_eq!(
            seen("10.0.0.1", &["1.1.1.1", "198.51.100.1", "10.0.0.2"]),
            "198.51.100.1"
        );
    }

    #[test]
    fn nonsense_ends_at_the_proxy_that_passed_it_on() {
        assert_eq!(seen("10.0.0.1", &["198.51.100.1, unknown"]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &[""]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &[]), "10.0.0.1");
    }
}
