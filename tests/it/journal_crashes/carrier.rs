//! Who carries what is told: one who may die when a request has arrived and its answer is not heard yet, and who may be held
//! up there.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use kernel::Email;
use messaging::mail::{Mail, Post, Unsent};
use messaging::webhook::{Answer, Request, Unreached, Wire};
use tokio::sync::Semaphore;
use url::Url;

use crate::world::telling::{Postbox, wire};

/// A wire and a post.
#[derive(Debug, Clone)]
pub(super) struct Carrier {
    wire: Arc<dyn Wire>,
    post: Postbox,
    /// Answers that may be heard.
    answers: Arc<Semaphore>,
    arrived: Arc<AtomicUsize>,
}

impl Carrier {
    /// One that hears every answer.
    pub(super) fn new(post: Postbox) -> Self {
        Self::hearing(wire(), post, Semaphore::MAX_PERMITS)
    }

    /// Another one by the same ways, who hears no answer before [`Carrier::goes_on`].
    pub(super) fn held_up(&self) -> Self {
        Self::hearing(Arc::clone(&self.wire), self.post.clone(), 0)
    }

    fn hearing(wire: Arc<dyn Wire>, post: Postbox, answers: usize) -> Self {
        Self {
            wire,
            post,
            answers: Arc::new(Semaphore::new(answers)),
            arrived: Arc::default(),
        }
    }

    /// How many requests have arrived.
    pub(super) fn arrived(&self) -> usize {
        self.arrived.load(Ordering::SeqCst)
    }

    /// Lets every answer be heard.
    pub(super) fn goes_on(&self) {
        self.answers.add_permits(Semaphore::MAX_PERMITS);
    }

    /// The answer is there, and on its way to whoever asked.
    async fn hear<T>(&self, answer: T) -> T {
        self.arrived.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        let _heard = self.answers.acquire().await;
        answer
    }
}

#[async_trait]
impl Wire for Carrier {
    fn admit(&self, url: &Url) -> Result<(), Unreached> {
        self.wire.admit(url)
    }

    async fn post(&self, request: &Request) -> Result<Answer, Unreached> {
        let answer = self.wire.post(request).await;
        self.hear(answer).await
    }
}

#[async_trait]
impl Post for Carrier {
    fn sender(&self) -> &Email {
        self.post.sender()
    }

    async fn send(&self, mail: &Mail) -> Result<(), Unsent> {
        let answer = self.post.send(mail).await;
        self.hear(answer).await
    }
}
