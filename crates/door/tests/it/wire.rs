//! A real socket to a door that really listens.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use door::{Limits, Settings};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{
        Error, Message, client::IntoClientRequest, handshake::client::Request, protocol::CloseFrame,
    },
};

use crate::house::House;

/// A house whose door listens on loopback.
pub(crate) struct Town {
    pub(crate) house: House,
    pub(crate) settings: Settings,
    pub(crate) address: SocketAddr,
}

impl Town {
    pub(crate) async fn new() -> Self {
        Self::with(Limits::default()).await
    }

    pub(crate) async fn with(limits: Limits) -> Self {
        let house = House::new();
        let settings = Settings {
            origins: vec!["https://app.example.com".into()],
            ..Settings::default()
        };
        let app = door::router(house.clone(), house.guard(limits), settings.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = app.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(axum::serve(listener, service).into_future());
        Self {
            house,
            settings,
            address,
        }
    }

    /// An upgrade that asks for these subprotocols.
    pub(crate) fn upgrade(&self, protocols: &str) -> Request {
        let mut request = format!("ws://{}/graphql", self.address)
            .into_client_request()
            .unwrap();
        request
            .headers_mut()
            .insert("sec-websocket-protocol", protocols.parse().unwrap());
        request
    }

    pub(crate) async fn connect(&self, request: Request) -> Result<Socket, Error> {
        Ok(Socket(connect_async(request).await?.0))
    }

    /// A socket that has said nothing yet.
    pub(crate) async fn open(&self) -> Socket {
        self.connect(self.upgrade("graphql-transport-ws")).await.unwrap()
    }

    /// A socket that has been let in.
    pub(crate) async fn enter(&self) -> Socket {
        let mut socket = self.open().await;
        socket.say(json!({ "type": "connection_init" })).await;
        assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
        socket
    }
}

/// The client's end.
pub(crate) struct Socket(pub(crate) WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub(crate) async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    pub(crate) async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(json!({ "type": "subscribe", "id": id, "payload": { "query": query } }))
            .await;
    }

    /// The next message.
    pub(crate) async fn hear(&mut self) -> Value {
        match self.next().await {
            Some(Ok(Message::Text(text))) => serde_json::from_str(&text).unwrap(),
            other => panic!("expected a message, got {other:?}"),
        }
    }

    /// The next message that matters, pings left out.
    async fn next(&mut self) -> Option<Result<Message, Error>> {
        let next = async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    other => break other,
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), next)
            .await
            .expect("the door says nothing")
    }

    /// The code and reason the door closes with, messages before it left out.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.next().await {
                Some(Ok(Message::Close(Some(CloseFrame { code, reason })))) => {
                    break (code.into(), reason.to_string());
                }
                Some(Ok(_)) => {}
                other => panic!("expected a close, got {other:?}"),
            }
        }
    }
}

/// Waits until something is so.
pub(crate) async fn soon(is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(20), "it never came true");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
