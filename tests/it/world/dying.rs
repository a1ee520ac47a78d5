//! Dying while something is waited for.

use std::future::{Future, poll_fn};
use std::task::Poll;

/// Runs something that dies when it has waited so often; nothing if it died.
pub(crate) async fn dying_after<F: Future>(waits: usize, work: F) -> Option<F::Output> {
    let (mut work, mut left) = (Box::pin(work), waits);
    poll_fn(move |context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

/// Runs something to its end; says how often it waited.
pub(crate) async fn counting_waits<F: Future>(work: F) -> (F::Output, usize) {
    let (mut work, mut waits) = (Box::pin(work), 0);
    let done = poll_fn(|context| {
        let polled = work.as_mut().poll(context);
        waits += usize::from(polled.is_pending());
        polled
    });
    let done = done.await;
    (done, waits)
}
