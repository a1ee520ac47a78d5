//! Server-sent events, in the "distinct connections" mode of graphql-sse: one operation a request, its answers
//! as `next` events and then `complete`. It goes where WebSockets do not: through proxies that only know HTTP.
//!
//! A stream that ends without `complete` is one that the client should open again.

use std::{convert::Infallible, sync::Arc};

use axum::{
    body::Body,
    response::{
        IntoResponse,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use http::{HeaderName, HeaderValue, Response};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval_at, timeout},
};

use crate::{Code, Host, Refused, meter, pass::Door, reply::Reply};

/// Tells reverse proxies not to collect the stream.
const UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");

/// One answer, and the end.
pub(super) fn single(reply: &Reply) -> Response<Body> {
    let events = [next(reply), complete()].into_iter().map(Ok::<_, Infallible>);
    finish(Sse::new(stream::iter(events)).into_response(), reply)
}

/// The answers of a subscription as they come.
pub(super) fn stream<H: Host>(
    door: &Arc<Door<H>>,
    caller: H::Caller,
    answers: BoxStream<'static, Reply>,
) -> Response<Body> {
    let limits = door.guard.limits();
    let (queue, queued) = mpsc::channel(limits.send_queue);
    door.settings.tasks.spawn(pump(door.clone(), caller, answers, queue));
    let events = stream::unfold(queued, |mut queued| async move {
        queued.recv().await.map(|event| (Ok::<_, Infallible>(event), queued))
    });
    let alive = KeepAlive::new().interval(limits.keep_alive_every);
    finish(Sse::new(events).keep_alive(alive).into_response(), &Reply::default())
}

fn finish(mut response: Response<Body>, reply: &Reply) -> Response<Body> {
    response.headers_mut().insert(UNBUFFERED, HeaderValue::from_static("no"));
    super::add_allowance(response.headers_mut(), reply);
    response
}

/// Moves answers into the queue until they end, the credential falls, the service stops, or nobody reads.
async fn pump<H: Host>(
    door: Arc<Door<H>>,
    caller: H::Caller,
    mut answers: BoxStream<'static, Reply>,
    queue: mpsc::Sender<Event>,
) {
    let _open = meter::Open::new();
    let limits = door.guard.limits();
    let mut recheck = interval_at(Instant::now() + limits.recheck_every, limits.recheck_every);
    recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let last = loop {
        let event = tokio::select! {
            () = door.settings.drain.cancelled() => return,
            () = queue.closed() => return,
            _ = recheck.tick() => match door.host.still_welcome(&caller).await {
                true => continue,
                false => {
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
        let Ok(Ok(())) = timeout(limits.slow_time, queue.send(event)).await else { return };
    };
    for event in last.into_iter().chain([complete()]) {
        let Ok(Ok(())) = timeout(limits.slow_time, queue.send(event)).await else { return };
    }
}

fn next(reply: &Reply) -> Event {
    Event::default().event("next").data(reply.to_json())
}

/// With an empty field of data: browsers swallow an event without any.
fn complete() -> Event {
    Event::default().event("complete").data("")
}
