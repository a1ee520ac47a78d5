//! Server-sent events, in the "distinct connections" mode of graphql-sse: one operation a request, its answers
//! as `next` events and then `complete`. It goes where WebSockets do not: through proxies that only know HTTP.
//!
//! A stream that ends without `complete` is one that the client should open again.

use std::{convert::Infallible, pin::pin, sync::Arc};

use axum::body::{Body, Bytes};
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use http::{HeaderName, HeaderValue, Response, header};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval_at, timeout},
};

use super::add_allowance;
use crate::{Code, Host, Refused, meter, pass::Door, reply::Reply};

/// Tells reverse proxies not to collect the stream.
const UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");

/// A comment: it keeps proxies from closing an idle stream.
const COMMENT: Bytes = Bytes::from_static(b":\n\n");

/// With an empty field of data: browsers swallow an event without any.
const COMPLETE: Bytes = Bytes::from_static(b"event: complete\ndata:\n\n");

/// One answer, and the end.
pub(super) fn single(reply: &Reply) -> Response<Body> {
    let mut response = respond(Body::from([next(reply), COMPLETE].concat()));
    add_allowance(response.headers_mut(), reply);
    response
}

/// A subscription that has been let in.
pub(super) struct Opened<C> {
    pub(super) room: meter::Open,
    pub(super) caller: C,
    pub(super) answers: BoxStream<'static, Reply>,
}

/// The answers of a subscription as they come.
pub(super) fn stream<H: Host>(door: &Arc<Door<H>>, opened: Opened<H::Caller>) -> Response<Body> {
    let (queue, queued) = mpsc::channel(door.guard.limits().send_queue);
    door.settings.tasks.spawn(pump(door.clone(), opened, queue));
    let events = stream::unfold(queued, |mut queued| async move {
        queued
            .recv()
            .await
            .map(|event| (Ok::<_, Infallible>(event), queued))
    });
    respond(Body::from_stream(events))
}

fn respond(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream; charset=utf-8"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(UNBUFFERED, HeaderValue::from_static("no"));
    response
}

/// Moves answers into the queue until they end, the credential falls, the service stops, or nobody reads.
async fn pump<H: Host>(door: Arc<Door<H>>, opened: Opened<H::Caller>, queue: mpsc::Sender<Bytes>) {
    let Opened {
        room: _room,
        caller,
        mut answers,
    } = opened;
    let limits = door.guard.limits();
    let every = |period| {
        let mut ticks = interval_at(Instant::now() + period, period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks
    };
    let (mut recheck, mut pulse) = (every(limits.recheck_every), every(limits.keep_alive_every));
    let last = loop {
        let event = tokio::select! {
            () = door.settings.drain.cancelled() => return,
            () = queue.closed() => return,
            _ = pulse.tick() => COMMENT,
            _ = recheck.tick() => match door.promptly(pin!(door.host.still_welcome(&caller))).await {
                Ok(true) => continue,
                // Nobody could say: the client may ask again elsewhere.
                Err(_) => return,
                Ok(false) => {
                    let why = "Your session has ended: sign in again.";
                    break Some(next(&door.refuse(Refused::new(Code::Unauthenticated, why))));
                }
            },
            reply = answers.next() => match reply {
                Some(reply) => next(&reply),
                None => break None,
            },
        };
        // A reader that takes nothing for so long is as good as gone.
        let Ok(Ok(())) = timeout(limits.slow_time, queue.send(event)).await else {
            return;
        };
    };
    for event in last.into_iter().chain([COMPLETE]) {
        let Ok(Ok(())) = timeout(limits.slow_time, queue.send(event)).await else {
            return;
        };
    }
}

/// JSON holds no line breaks, so it is one line of data.
fn next(reply: &Reply) -> Bytes {
    format!("event: next\ndata: {}\n\n", reply.to_json()).into()
}
