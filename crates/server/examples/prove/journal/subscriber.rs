//! Somebody who follows the journal over a WebSocket, is cut off, and comes back with their last cursor.

use std::net::SocketAddr;
use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use serde::Deserialize as _;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::rows::Event;
use crate::Outcome;

/// How long a socket may be silent when everything has been written, until its subscriber gives up.
const SILENCE: Duration = Duration::from_secs(30);

/// How long somebody waits before they try a node again that is gone.
const AGAIN: Duration = Duration::from_millis(20);

const FOLLOW: &str = "subscription($after: String) { events(after: $after) {
    id cursor type occurredAt aggregate { id version } } }";

/// A subscriber.
pub(super) struct Subscriber {
    /// With what they sign in.
    pub(super) key: String,
    /// Where nodes are now.
    pub(super) nodes: watch::Receiver<Vec<SocketAddr>>,
    /// Where they stopped.
    pub(super) cursor: String,
    /// What they have seen, in order.
    pub(super) seen: Vec<Event>,
    /// After how many events they cut themselves off, the last first.
    pub(super) cuts: Vec<usize>,
    /// How often they have been connected.
    pub(super) connections: usize,
    /// The last event that there is, once everything is written.
    pub(super) last: watch::Receiver<Option<String>>,
}

/// Why somebody stopped listening.
enum Stopped {
    CutOff,
    AllSeen,
}

impl Subscriber {
    /// Follows the journal to its end.
    pub(super) async fn follow(mut self) -> Outcome<Self> {
        loop {
            match self.listen().await {
                Ok(Stopped::AllSeen) => return Ok(self),
                // The connection is dropped where it stands: nobody says goodbye.
                Ok(Stopped::CutOff) => {}
                Err(Broken::Gone) => tokio::time::sleep(AGAIN).await,
                Err(Broken::Wrong(why)) => return Err(why.into()),
            }
        }
    }

    /// One connection, to another node than the one before where there are several.
    async fn listen(&mut self) -> Result<Stopped, Broken> {
        let nodes = self.nodes.borrow().clone();
        let to = *nodes
            .get(self.connections % nodes.len().max(1))
            .ok_or(Broken::Gone)?;
        self.connections += 1;
        let mut socket = self.connect(to).await?;
        loop {
            if self.cuts.last().is_some_and(|at| *at <= self.seen.len()) {
                self.cuts.pop();
                return Ok(Stopped::CutOff);
            }
            if self.has_seen_all() {
                return Ok(Stopped::AllSeen);
            }
            tokio::select! {
                told = timeout(SILENCE, socket.next()) => match told {
                    Ok(Some(told)) => self.hear(&told?)?,
                    Ok(None) => return Err(Broken::Gone),
                    // Whatever is missing is counted by others.
                    Err(_) if self.last.borrow().is_some() => return Ok(Stopped::AllSeen),
                    Err(_) => {}
                },
                Ok(()) = self.last.changed() => {}
            }
        }
    }

    fn has_seen_all(&self) -> bool {
        let last = self.last.borrow();
        last.is_some() && *last == self.seen.last().map(|it| it.id.clone())
    }

    /// Opens a socket, says who it is, and asks for what comes after the cursor.
    async fn connect(&self, to: SocketAddr) -> Result<WebSocketStream<TcpStream>, Broken> {
        let mut request = format!("ws://{to}/graphql").into_client_request()?;
        let dialect = HeaderValue::from_static("graphql-transport-ws");
        request.headers_mut().insert("sec-websocket-protocol", dialect);
        let stream = TcpStream::connect(to).await.map_err(Error::Io)?;
        let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await?;
        let who = json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {}", self.key) } });
        socket.send(Message::text(who.to_string())).await?;
        loop {
            let told = socket.next().await.ok_or(Broken::Gone)??;
            if word(&told)?.is_some_and(|it| it["type"] == "connection_ack") {
                break;
            }
        }
        let payload = json!({ "query": FOLLOW, "variables": { "after": self.cursor } });
        let ask = json!({ "type": "subscribe", "id": "1", "payload": payload });
        socket.send(Message::text(ask.to_string())).await?;
        Ok(socket)
    }

    fn hear(&mut self, told: &Message) -> Result<(), Broken> {
        let Some(word) = word(told)? else { return Ok(()) };
        match word["type"].as_str() {
            Some("next") => {
                let event = Event::deserialize(&word["payload"]["data"]["events"]);
                let event = event.map_err(|why| Broken::Wrong(format!("{why}: {word}")))?;
                self.cursor.clone_from(&event.cursor);
                self.seen.push(event);
                Ok(())
            }
            Some("ping" | "pong") => Ok(()),
            _ => Err(Broken::Wrong(word.to_string())),
        }
    }
}

/// Why a connection brings nothing any more.
enum Broken {
    /// It is gone, or the node is.
    Gone,
    /// Something was said that nobody should hear.
    Wrong(String),
}

impl From<Error> for Broken {
    fn from(_: Error) -> Self {
        Self::Gone
    }
}

/// What a message says; nothing if it is of the socket's own.
fn word(message: &Message) -> Result<Option<Value>, Broken> {
    match message {
        Message::Text(text) => serde_json::from_str(text)
            .map(Some)
            .map_err(|why| Broken::Wrong(format!("{why}: {text}"))),
        Message::Close(_) => Err(Broken::Gone),
        Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Ok(None),
    }
}
