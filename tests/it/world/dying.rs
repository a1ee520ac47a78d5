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
