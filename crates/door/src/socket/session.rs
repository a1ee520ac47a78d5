//! One open socket.
//!
//! Everything the client asked for is polled by one task, so nothing that was stopped can still speak. A second
//! task writes, from a bounded queue: a client that does not read fills it, and is closed when it stays full.

use std::{collections::HashMap, ops::ControlFlow, pin::pin, sync::Arc, time::Duration};

use axum::extract::ws::{Message, WebSocket};
use futures::{
    SinkExt, StreamExt,
    future::{AbortHandle, Abortable},
    stream::{self, BoxStream, SelectAll, SplitSink, SplitStream},
};
use serde_json::{Map, Value};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, MissedTickBehavior, interval_at, sleep, sleep_until, timeout},
};

use super::{
    close::Close,
    dialect::{Dialect, Said},
};
use crate::{Code, Credentials, Denied, Host, Refused, envelope, pass::Door, reply::Reply};

/// How long the last words and the peer's own goodbye may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// One open socket.
pub(super) struct Session<H: Host> {
    door: Arc<Door<H>>,
    dialect: Dialect,
    /// What the upgrade said about who is asking; `connection_init` may say more.
    credentials: Credentials,
    caller: Standing<H::Caller>,
    operations: HashMap<String, AbortHandle>,
    events: SelectAll<BoxStream<'static, Event<H::Caller>>>,
    heard: Instant,
}

/// How far the client has come.
enum Standing<C> {
    /// It has said nothing yet.
    Stranger,
    /// It is being found out who it is.
    Greeting,
    /// It is let in.
    Known(C),
}

/// What happens on our side.
enum Event<C> {
    Greeted(Result<C, Close>),
    /// An answer; whether it is the last word of the operation depends on whether something was executed.
    Answer(String, Box<Reply>),
    Over(String),
    Rechecked(Result<(), Close>),
}

type Queue = mpsc::Sender<Message>;

impl<H: Host> Session<H> {
    pub(super) fn new(door: Arc<Door<H>>, dialect: Dialect, credentials: Credentials) -> Self {
        Self {
            door,
            dialect,
            credentials,
            caller: Standing::Stranger,
            operations: HashMap::new(),
            events: SelectAll::new(),
            heard: Instant::now(),
        }
    }

    /// Serves the socket to its end.
    pub(super) async fn run(mut self, socket: WebSocket) {
        let (sink, mut frames) = socket.split();
        let (queue, queued) = mpsc::channel(self.door.guard.limits().send_queue);
        let (say_why, why) = oneshot::channel();
        let mut writer = tokio::spawn(write(sink, queued, why));
        let close = match self.serve(&mut frames, &queue).await {
            ControlFlow::Break(close) => close,
            ControlFlow::Continue(()) => Close::Gone,
        };
        // Whatever was asked for stops here, before the farewell.
        drop(self);
        drop(queue);
        // The writer may be gone already, with the connection.
        let _ = say_why.send(close);
        if timeout(FAREWELL, &mut writer).await.is_err() {
            // Who does not take the last words has lost them.
            writer.abort();
            return;
        }
        let goodbye = async { while frames.next().await.is_some_and(|it| it.is_ok()) {} };
        let _ = timeout(FAREWELL, goodbye).await;
    }

    async fn serve(&mut self, frames: &mut SplitStream<WebSocket>, queue: &Queue) -> ControlFlow<Close> {
        let door = self.door.clone();
        let limits = door.guard.limits();
        let init_deadline = Instant::now() + limits.init_time;
        let mut recheck = interval_at(Instant::now() + limits.recheck_every, limits.recheck_every);
        let mut pulse = interval_at(Instant::now() + limits.keep_alive_every, limits.keep_alive_every);
        recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let is_stranger = matches!(self.caller, Standing::Stranger);
            tokio::select! {
                () = door.settings.drain.cancelled() => return ControlFlow::Break(Close::Restart),
                () = sleep_until(init_deadline), if is_stranger => {
                    return ControlFlow::Break(Close::InitTimeout);
                }
                frame = frames.next() => {
                    self.heard = Instant::now();
                    self.hear(frame, queue).await?;
                }
                Some(event) = self.events.next(), if !self.events.is_empty() => self.act(event, queue).await?,
                _ = recheck.tick() => self.recheck(),
                _ = pulse.tick() => self.pulse(queue).await?,
            }
        }
    }

    async fn hear(
        &mut self,
        frame: Option<Result<Message, axum::Error>>,
        queue: &Queue,
    ) -> ControlFlow<Close> {
        let text = match frame {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return ControlFlow::Continue(()),
            Some(Ok(Message::Binary(_))) => {
                return ControlFlow::Break(Close::Invalid("Invalid message: binary".into()));
            }
            Some(Err(error)) if is_too_large(&error) => return ControlFlow::Break(Close::TooLarge),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return ControlFlow::Break(Close::Goodbye),
        };
        match self.dialect.read(&text) {
            Ok(said) => self.heed(said, queue).await,
            Err(close) => ControlFlow::Break(close),
        }
    }

    async fn heed(&mut self, said: Said, queue: &Queue) -> ControlFlow<Close> {
        match said {
            Said::Init(payload) => self.greet(payload),
            Said::Ping(payload) => self.say(Dialect::pong(payload), queue).await,
            Said::Pong => ControlFlow::Continue(()),
            Said::Start { id, request } => self.start(id, request, queue).await,
            Said::Stop { id } => {
                self.stop(&id);
                ControlFlow::Continue(())
            }
            Said::Goodbye => ControlFlow::Break(Close::Goodbye),
        }
    }

    fn greet(&mut self, payload: Map<String, Value>) -> ControlFlow<Close> {
        if !matches!(self.caller, Standing::Stranger) {
            return ControlFlow::Break(Close::TooManyInits);
        }
        self.caller = Standing::Greeting;
        let (door, ask) = (self.door.clone(), with(self.credentials.clone(), payload));
        let greeted = async move {
            Event::Greeted(match door.promptly(pin!(door.host.greet(ask))).await {
                Ok(Ok(caller)) => Ok(caller),
                Ok(Err(Denied::Unauthenticated(why))) => Err(Close::Unauthorized(why)),
                Ok(Err(Denied::Forbidden(why))) => Err(Close::Forbidden(why)),
                Ok(Err(Denied::Fault(cause))) => {
                    door.broken(cause.as_ref());
                    Err(Close::Unavailable)
                }
                Err(_) => Err(Close::Unavailable),
            })
        };
        self.events.push(stream::once(greeted).boxed());
        ControlFlow::Continue(())
    }

    async fn start(&mut self, id: String, request: Value, queue: &Queue) -> ControlFlow<Close> {
        let Standing::Known(caller) = &self.caller else {
            return ControlFlow::Break(Close::Unauthorized("Unauthorized".into()));
        };
        let caller = caller.clone();
        if self.operations.contains_key(&id) {
            match self.dialect {
                Dialect::Transport => return ControlFlow::Break(Close::Duplicate(id)),
                // The older protocol lets a new operation take the place of the one with the same id.
                Dialect::Legacy => self.stop(&id),
            }
        }
        let max = self.door.guard.limits().subscriptions;
        if self.operations.len() >= max {
            let why = format!("At most {max} operations run on one connection at once.");
            let reply = self.door.refuse(Refused::new(Code::TooManySubscriptions, why));
            return self.say(self.dialect.error(&id, &reply), queue).await;
        }
        if let Err(throttled) = self.door.host.knock(self.credentials.peer) {
            let reply = self.door.throttled(throttled);
            return self.say(self.dialect.error(&id, &reply), queue).await;
        }
        let request = match envelope::from_json(request) {
            Ok(request) => request,
            Err(Refused {
                code: Code::BadRequest | Code::BatchingNotSupported,
                message,
                ..
            }) => {
                return ControlFlow::Break(Close::Invalid(message));
            }
            Err(refused) => {
                let reply = self.door.refuse(refused);
                return self.say(self.dialect.error(&id, &reply), queue).await;
            }
        };
        let (handle, registration) = AbortHandle::new_pair();
        let answers = self.door.clone().answers(caller, request, "socket");
        let name = id.clone();
        let events = answers
            .map(move |reply| Event::Answer(name.clone(), Box::new(reply)))
            .chain(stream::once(std::future::ready(Event::Over(id.clone()))));
        self.events.push(Abortable::new(events, registration).boxed());
        self.operations.insert(id, handle);
        ControlFlow::Continue(())
    }

    /// Ends an operation without a word.
    fn stop(&mut self, id: &str) {
        if let Some(handle) = self.operations.remove(id) {
            handle.abort();
        }
    }

    async fn act(&mut self, event: Event<H::Caller>, queue: &Queue) -> ControlFlow<Close> {
        match event {
            Event::Greeted(Ok(caller)) => {
                self.caller = Standing::Known(caller);
                for message in self.dialect.welcome() {
                    self.say(message, queue).await?;
                }
                ControlFlow::Continue(())
            }
            Event::Greeted(Err(close)) => {
                if let Some(message) = self.dialect.unwelcome(&close.reason()) {
                    self.say(message, queue).await?;
                }
                ControlFlow::Break(close)
            }
            Event::Answer(id, reply) if reply.data.is_some() => {
                self.say(self.dialect.next(&id, &reply), queue).await
            }
            Event::Answer(id, reply) => {
                self.stop(&id);
                self.say(self.dialect.error(&id, &reply), queue).await
            }
            Event::Over(id) => {
                self.stop(&id);
                self.say(Dialect::complete(&id), queue).await
            }
            Event::Rechecked(Ok(())) => ControlFlow::Continue(()),
            Event::Rechecked(Err(close)) => ControlFlow::Break(close),
        }
    }

    fn recheck(&mut self) {
        if let Standing::Known(caller) = &self.caller {
            let (door, caller) = (self.door.clone(), caller.clone());
            let asked = async move {
                let why = "Your session has ended: sign in again";
                Event::Rechecked(
                    match door.promptly(pin!(door.host.still_welcome(&caller))).await {
                        Ok(true) => Ok(()),
                        Ok(false) => Err(Close::Forbidden(why.into())),
                        Err(_) => Err(Close::Unavailable),
                    },
                )
            };
            self.events.push(stream::once(asked).boxed());
        }
    }

    async fn pulse(&mut self, queue: &Queue) -> ControlFlow<Close> {
        if self.heard.elapsed() > self.door.guard.limits().keep_alive_every * 2 {
            return ControlFlow::Break(Close::Gone);
        }
        if let (Standing::Known(_), Some(message)) = (&self.caller, self.dialect.keep_alive()) {
            self.say(message, queue).await?;
        }
        self.put(Message::Ping(axum::body::Bytes::new()), queue).await
    }

    async fn say(&mut self, text: String, queue: &Queue) -> ControlFlow<Close> {
        self.put(Message::Text(text.into()), queue).await
    }

    async fn put(&mut self, message: Message, queue: &Queue) -> ControlFlow<Close> {
        tokio::select! {
            biased;
            sent = queue.send(message) => match sent {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(Close::Gone),
            },
            () = self.door.settings.drain.cancelled() => ControlFlow::Break(Close::Restart),
            () = sleep(self.door.guard.limits().slow_time) => ControlFlow::Break(Close::Slow),
        }
    }
}

/// Writes what is queued, and the close frame when the queue has ended.
async fn write(
    mut sink: SplitSink<WebSocket, Message>,
    mut queued: mpsc::Receiver<Message>,
    close: oneshot::Receiver<Close>,
) -> Result<(), axum::Error> {
    while let Some(message) = queued.recv().await {
        sink.send(message).await?;
    }
    if let Ok(close) = close.await {
        sink.send(close.frame()).await?;
    }
    sink.close().await
}

/// What `connection_init` says about who is asking wins over the headers of the upgrade.
fn with(mut credentials: Credentials, payload: Map<String, Value>) -> Credentials {
    for (name, value) in payload {
        let Value::String(value) = value else { continue };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => credentials.authorization = Some(value),
            "horarium-organization" => credentials.organization = Some(value),
            "horarium-client-secret" => credentials.client_secret = Some(value),
            _ => {}
        }
    }
    credentials
}

// axum hides the type of this error; a test holds the words.
fn is_too_large(error: &axum::Error) -> bool {
    error.to_string().contains("too long")
}
