//! Many who watch journals, over WebSockets, as a browser would: `graphql-transport-ws`, everything that an event says.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use futures::{SinkExt as _, StreamExt as _};
use kernel::{Clock as _, SystemClock};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use tokio_util::sync::CancellationToken;

use crate::Outcome;
use crate::practice::{Practice, Writer};

/// What everybody asks for.
const DOCUMENT: &str = "subscription { events { id cursor type occurredAt actor { kind id } aggregate { id version } payload } }";
/// Before the number of a subscription in what comes for it: no event's id begins so.
const NUMBER: &str = r#""id":"s"#;
/// Before the moment at which an event happened.
const HAPPENED: &str = r#""occurredAt":""#;
/// How long it is waited for what must come.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long nothing is heard before it is taken for over.
const QUIET: Duration = Duration::from_secs(1);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// One event, heard by one subscription.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heard {
    /// When it happened.
    pub(crate) happened: DateTime<Utc>,
    /// When it was here.
    pub(crate) heard: DateTime<Utc>,
}

/// Those who watch.
pub(crate) struct Crowd {
    sockets: Vec<JoinHandle<Outcome<Vec<Heard>>>>,
    counted: Arc<Counted>,
    subscriptions: u64,
    end: CancellationToken,
}

#[derive(Debug, Default)]
struct Counted {
    /// Events, once for every subscription that has heard them.
    heard: AtomicU64,
    /// Subscriptions that have heard one.
    awake: AtomicU64,
}

impl Crowd {
    /// So many sockets with so many subscriptions each, for one practice after another.
    pub(crate) async fn gather(
        to: SocketAddr,
        practices: &[Practice],
        (sockets, each): (usize, usize),
    ) -> Outcome<Self> {
        let mut crowd = Self {
            sockets: Vec::with_capacity(sockets),
            counted: Arc::default(),
            subscriptions: (sockets * each) as u64,
            end: CancellationToken::new(),
        };
        for practice in practices.iter().cycle().take(sockets) {
            let socket = enter(to, practice, each).await?;
            let listener = Listener {
                socket,
                heard: Vec::new(),
                is_awake: vec![false; each],
                counted: Arc::clone(&crowd.counted),
            };
            let end = crowd.end.clone();
            crowd.sockets.push(tokio::spawn(listener.listen(end)));
        }
        Ok(crowd)
    }

    /// How many events were heard by now, once for every subscription that has heard them.
    pub(crate) fn heard(&self) -> u64 {
        self.counted.heard.load(Ordering::Relaxed)
    }

    /// Lets each writer write until everybody has heard something: a subscription is not told that it has begun. Nothing is
    /// on its way afterwards.
    pub(crate) async fn wake(&mut self, writers: &mut [Writer]) -> Outcome<()> {
        let began = Instant::now();
        while self.counted.awake.load(Ordering::Relaxed) < self.subscriptions {
            self.must_go_on(began).await?;
            for writer in &mut *writers {
                writer.write().await?;
            }
            self.quiet().await?;
        }
        Ok(())
    }

    /// Waits until so many events were heard.
    pub(crate) async fn hears(&mut self, events: u64) -> Outcome<()> {
        let began = Instant::now();
        while self.heard() < events {
            self.must_go_on(began).await?;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// Goes home; says what was heard.
    pub(crate) async fn end(self) -> Outcome<Vec<Heard>> {
        self.end.cancel();
        let mut all = Vec::new();
        for socket in self.sockets {
            all.extend(socket.await??);
        }
        Ok(all)
    }

    /// Waits until nothing more is heard.
    async fn quiet(&mut self) -> Outcome<()> {
        let (began, mut before) = (Instant::now(), None);
        while before != Some(self.heard()) {
            self.must_go_on(began).await?;
            before = Some(self.heard());
            tokio::time::sleep(QUIET).await;
        }
        Ok(())
    }

    /// Fails if a socket was closed, or if it has been waited for too long.
    async fn must_go_on(&mut self, since: Instant) -> Outcome<()> {
        if let Some(at) = self.sockets.iter().position(JoinHandle::is_finished) {
            self.sockets.swap_remove(at).await??;
        }
        if since.elapsed() > PATIENCE {
            let (awake, heard) = (self.counted.awake.load(Ordering::Relaxed), self.heard());
            let all = self.subscriptions;
            return Err(
                format!("of {all} subscriptions {awake} have heard anything, {heard} times in all").into(),
            );
        }
        Ok(())
    }
}

/// Connects, says who it is, and subscribes so many times.
async fn enter(to: SocketAddr, practice: &Practice, subscriptions: usize) -> Outcome<Socket> {
    let mut request = format!("ws://{to}/graphql").into_client_request()?;
    let protocol = "graphql-transport-ws".parse()?;
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    let (mut socket, _) = tokio_tungstenite::connect_async_with_config(request, None, true).await?;
    let who = json!({
        "authorization": format!("Bearer {}", practice.session),
        "horarium-organization": practice.organization,
    });
    let init = json!({ "type": "connection_init", "payload": who });
    socket.send(Message::text(init.to_string())).await?;
    let answer = socket.next().await.ok_or("closed before it was let in")??;
    if !answer.to_text()?.contains("connection_ack") {
        return Err(format!("not let in: {answer}").into());
    }
    for number in 0..subscriptions {
        let payload = json!({ "query": DOCUMENT });
        let subscribe = json!({ "type": "subscribe", "id": format!("s{number}"), "payload": payload });
        socket.feed(Message::text(subscribe.to_string())).await?;
    }
    socket.flush().await?;
    Ok(socket)
}

/// Whoever reads one socket.
struct Listener {
    socket: Socket,
    heard: Vec<Heard>,
    is_awake: Vec<bool>,
    counted: Arc<Counted>,
}

impl Listener {
    async fn listen(mut self, end: CancellationToken) -> Outcome<Vec<Heard>> {
        while let Some(message) = end.run_until_cancelled(self.socket.next()).await {
            match message.ok_or("a socket ended")?? {
                Message::Text(text) => self.hear(&text)?,
                Message::Close(why) => return Err(format!("a socket was closed: {why:?}").into()),
                // Pings are answered by the library as it reads on.
                Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
        Ok(self.heard)
    }

    /// Reads no more of a message than it must: the server needs the machine too.
    fn hear(&mut self, text: &str) -> Outcome<()> {
        let heard = SystemClock.now();
        let unknown = || format!("not an event: {text}");
        let happened = between(text, HAPPENED).ok_or_else(unknown)?;
        let number = between(text, NUMBER).ok_or_else(unknown)?;
        let number: usize = number.parse()?;
        self.heard.push(Heard {
            happened: happened.parse()?,
            heard,
        });
        self.counted.heard.fetch_add(1, Ordering::Relaxed);
        let is_awake = self.is_awake.get_mut(number).ok_or_else(unknown)?;
        if !std::mem::replace(is_awake, true) {
            self.counted.awake.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// What stands after these words, up to the next quotation mark.
fn between<'a>(text: &'a str, words: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(words)?;
    rest.split_once('"').map(|(it, _)| it)
}
