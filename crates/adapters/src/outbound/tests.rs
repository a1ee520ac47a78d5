//! Nobody inside is asked, whatever an address is written as and whatever its name says.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use messaging::webhook::{ANSWER_MAX, Request, Unreached, Wire};
use tokio::net::TcpListener;
use url::Url;

use super::resolver::Lookup;
use super::{Loopback, Outbound};

fn outbound(loopback: Loopback) -> Outbound {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Outbound::new(loopback).unwrap()
}

fn to(url: &str) -> Request {
    Request {
        url: Url::parse(url).unwrap(),
        headers: [
            ("webhook-id", "evt_1".to_owned()),
            ("webhook-timestamp", "1".to_owned()),
            ("webhook-signature", "v1,x".to_owned()),
        ],
        body: "{}".to_owned(),
    }
}

/// Every spelling of an address that is not to be asked.
const INSIDE: &[&str] = &[
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.0.0.1./",
    "https://%31%32%37.0.0.1/",
    "https://１２７.0.0.1/",
    "https://127。0。0。1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://0xa9fea9fe/",
    "https://2852039166/",
    "https://100.100.100.200/",
    "https://168.63.129.16/",
    "https://192.0.0.192/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://[::]/",
    "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b:1::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:7f00:1::]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "https://[ff02::1]/",
    "https://localhost/",
    "https://LOCALHOST/",
    "http://localhost/",
    "http://example.com/",
    "http://93.184.215.14/",
    "ftp://example.com/",
    "https://ana@example.com/",
    "https://ana:secret@example.com/",
];

#[tokio::test]
async fn nobody_inside_is_asked_however_they_are_written_and_whatever_a_name_says() {
    let (address, come) = inside().await;
    let spelled = spellings(address.port()).await;
    let (named, lookups) = rebound(address.port()).await;
    assert_eq!(lookups, named.requests, "the name was looked up each time");
    let requests = spelled.requests + named.requests;
    assert!(requests > 2 * INSIDE.len() as u64);
    let reached = spelled.asked + named.asked + come.load(Ordering::SeqCst) as u64;
    leave_line(reached, requests);
    assert_eq!(reached, 0);
}

/// Leaves what was counted in the file that `HORARIUM_PROVE_LINES` names, if it does.
fn leave_line(reached: u64, requests: u64) {
    let Some(file) = std::env::var_os("HORARIUM_PROVE_LINES") else {
        return;
    };
    let line = format!(
        "{{\"check\":\"ssrf\",\"database\":null,\"private_addresses_reached\":{reached},\
         \"requests\":{requests},\"spellings\":{}}}\n",
        INSIDE.len(),
    );
    let mut file = OpenOptions::new().create(true).append(true).open(file).unwrap();
    file.write_all(line.as_bytes()).unwrap();
}

/// Requests to somebody inside, and those of them that went on their way.
#[derive(Debug, Default)]
struct Tried {
    requests: u64,
    asked: u64,
}

impl Tried {
    /// Tries one; whatever is not refused before it is sent counts as asked.
    async fn request(&mut self, outbound: &Outbound, url: Url) {
        let request = Request {
            url,
            ..to("https://example.com/")
        };
        self.requests += 1;
        let refused = outbound.post(&request).await;
        if !matches!(refused, Err(Unreached::Forbidden(_))) {
            eprintln!("{} was asked: {refused:?}", request.url);
            self.asked += 1;
        }
    }
}

/// Tries every spelling, at its own port and at one where somebody inside is waiting.
async fn spellings(port: u16) -> Tried {
    let outbound = outbound(Loopback::Refused);
    let mut tried = Tried::default();
    for text in INSIDE {
        let url = Url::parse(text).unwrap();
        assert!(
            matches!(outbound.admit(&url), Err(Unreached::Forbidden(_))),
            "{text}"
        );
        let mut there = url.clone();
        there.set_port(Some(port)).unwrap();
        let mut plain = there.clone();
        let _ = plain.set_scheme("http");
        for url in [url, there, plain] {
            tried.request(&outbound, url).await;
        }
    }
    tried
}

#[test]
fn the_public_network_on_https_may_be_asked() {
    for text in [
        "https://example.com/hooks",
        "https://example.com:8443/",
        "https://93.184.215.14/",
        "https://[2606:4700:4700::1111]/",
    ] {
        let admitted = outbound(Loopback::Refused).admit(&Url::parse(text).unwrap());
        assert_eq!(admitted, Ok(()), "{text}");
    }
}

#[test]
fn in_development_this_machine_may_be_asked_and_nobody_else_inside() {
    let outbound = outbound(Loopback::Admitted);
    let admits = |text: &str| outbound.admit(&Url::parse(text).unwrap()).is_ok();
    for text in [
        "http://127.0.0.1:4001/",
        "http://[::1]/",
        "http://localhost:4001/",
    ] {
        assert!(admits(text), "{text}");
    }
    for text in [
        "http://example.com/",
        "http://10.0.0.1/",
        "https://10.0.0.1/",
        "http://0.0.0.0/",
    ] {
        assert!(!admits(text), "{text}");
    }
}

/// A name that says something else every time.
struct Rebinding {
    says: Vec<SocketAddr>,
    asked: AtomicUsize,
}

#[async_trait]
impl Lookup for Rebinding {
    async fn lookup(&self, _: &str) -> io::Result<Vec<SocketAddr>> {
        let at = self.asked.fetch_add(1, Ordering::SeqCst);
        Ok(vec![self.says[at % self.says.len()]])
    }
}

/// A server inside that counts who comes.
async fn inside() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, come) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&come);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    (address, come)
}

/// Tries a name that says another private address each time it is asked.
async fn rebound(port: u16) -> (Tried, u64) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let name = Arc::new(Rebinding {
        says: vec![
            "127.0.0.1:0".parse().unwrap(),
            "10.0.0.1:0".parse().unwrap(),
            "[::1]:0".parse().unwrap(),
            "169.254.169.254:0".parse().unwrap(),
        ],
        asked: AtomicUsize::new(0),
    });
    let outbound = Outbound::with(name.clone(), Loopback::Refused).unwrap();
    let url = Url::parse(&format!("https://rebinding.example.com:{port}/")).unwrap();
    let mut tried = Tried::default();
    for _ in 0..8 {
        // What a look beforehand would have said does not count: the name as such may be asked.
        assert_eq!(outbound.admit(&url), Ok(()));
        tried.request(&outbound, url.clone()).await;
    }
    (tried, name.asked.load(Ordering::SeqCst) as u64)
}

#[tokio::test]
async fn of_several_addresses_only_the_public_ones_go_on() {
    use reqwest::dns::Resolve as _;
    struct Both;
    #[async_trait]
    impl Lookup for Both {
        async fn lookup(&self, _: &str) -> io::Result<Vec<SocketAddr>> {
            let says = ["93.184.215.14:0", "127.0.0.1:0", "[::1]:0", "10.0.0.1:0"];
            Ok(says.iter().map(|it| it.parse().unwrap()).collect())
        }
    }
    let filter = super::resolver::Filter {
        lookup: Arc::new(Both),
        admits_loopback: true,
    };
    let admitted = filter.resolve("example.com".parse().unwrap()).await.unwrap();
    let admitted: Vec<String> = admitted.map(|it| it.ip().to_string()).collect();
    assert_eq!(admitted, ["93.184.215.14"]);
}

/// Somebody else's server on this machine.
async fn receiver(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

#[tokio::test]
async fn an_answer_is_read_as_far_as_is_kept_of_it() {
    let said = |headers: HeaderMap, body: String| async move {
        assert_eq!(headers["webhook-id"], "evt_1");
        assert_eq!(headers["content-type"], "application/json");
        assert_eq!(body, "{}");
        (
            StatusCode::SERVICE_UNAVAILABLE,
            [("retry-after", "7")],
            "x".repeat(100_000),
        )
    };
    let url = receiver(Router::new().route("/", post(said))).await;
    let answer = outbound(Loopback::Admitted).post(&to(&url)).await.unwrap();
    assert_eq!((answer.status, answer.retry_after.as_deref()), (503, Some("7")));
    assert_eq!(answer.body.len(), ANSWER_MAX);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let (inside, come) = inside().await;
    let there = format!("http://{inside}/");
    let moved = move || async move { (StatusCode::TEMPORARY_REDIRECT, [("location", there)]) };
    let url = receiver(Router::new().route("/", post(moved))).await;
    let answer = outbound(Loopback::Admitted).post(&to(&url)).await.unwrap();
    assert_eq!(answer.status, 307);
    assert_eq!(come.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn nobody_there_is_no_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let refused = outbound(Loopback::Admitted).post(&to(&url)).await;
    assert_eq!(refused, Err(Unreached::NoConnection));
}
