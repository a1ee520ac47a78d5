//! Subscriptions as a client meets them: an event stream through the front door.

use std::time::Duration;

use axum::body::BodyDataStream;
use futures::StreamExt as _;
use serde_json::{Value, json};

use super::api::{Api, Who};

/// How long a story waits for what must come. Never reached by what is right.
const PATIENCE: Duration = Duration::from_secs(20);

/// The answers of one subscription.
pub(crate) struct Events {
    /// Of HTTP.
    pub(crate) status: u16,
    bytes: BodyDataStream,
    read: String,
}

impl Api {
    /// Subscribes.
    pub(crate) async fn watch(&self, who: &Who, document: &str, variables: Value) -> Events {
        let body = json!({ "query": document, "variables": variables }).to_string();
        let answer = self.send(who, "text/event-stream", body).await;
        Events {
            status: answer.status().as_u16(),
            bytes: answer.into_body().into_data_stream(),
            read: String::new(),
        }
    }
}

impl Events {
    /// The next answer; nothing when the stream has ended. A refusal before the stream is an answer too.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        tokio::time::timeout(PATIENCE, self.wait())
            .await
            .expect("an event, or the end")
    }

    async fn wait(&mut self) -> Option<Value> {
        loop {
            while let Some((event, rest)) = self.read.split_once("\n\n") {
                let told = event
                    .strip_prefix("event: next\ndata: ")
                    .map(|data| serde_json::from_str(data).expect("JSON"));
                let is_over = event.starts_with("event: complete");
                self.read = rest.to_owned();
                if told.is_some() || is_over {
                    return told;
                }
            }
            match self.bytes.next().await {
                Some(chunk) => {
                    let chunk = chunk.expect("a body that does not break off");
                    self.read += std::str::from_utf8(&chunk).expect("text");
                }
                None => return serde_json::from_str(&std::mem::take(&mut self.read)).ok(),
            }
        }
    }
}
