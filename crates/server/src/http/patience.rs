//! A request's body may pause only so long.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::BoxError;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// How long a request's body may pause.
pub const BODY_PAUSE: Duration = Duration::from_secs(10);

/// A body whose every pause ends. The clock runs only while something is waited for: most bodies come with their head.
pub(super) struct Patient<B> {
    body: B,
    pause: Option<Pin<Box<Sleep>>>,
}

/// It has paused for longer than [`BODY_PAUSE`].
#[derive(Debug, thiserror::Error)]
#[error("the body paused for too long")]
struct Paused;

impl<B> Patient<B> {
    pub(super) fn new(body: B) -> Self {
        Self { body, pause: None }
    }
}

impl<B: Body<Error: Into<BoxError>> + Unpin> Body for Patient<B> {
    type Data = B::Data;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            self.pause = None;
            return Poll::Ready(frame.map(|it| it.map_err(Into::into)));
        }
        let pause = self.pause.get_or_insert_with(|| Box::pin(sleep(BODY_PAUSE)));
        ready!(pause.as_mut().poll(cx));
        Poll::Ready(Some(Err(Paused.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
