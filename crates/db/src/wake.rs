//! Tells readers in this process that an organization has new rows. Only a hint: readers also look by themselves.

use kernel::id::OrganizationId;
use tokio::sync::broadcast;

/// Hints kept for a reader that is busy; one that falls behind further looks at everything.
const KEPT: usize = 1_024;

/// The bell.
#[derive(Debug)]
pub struct Wake(broadcast::Sender<OrganizationId>);

impl Default for Wake {
    fn default() -> Self {
        Self(broadcast::Sender::new(KEPT))
    }
}

impl Wake {
    /// Rings for one organization.
    pub(crate) fn ring(&self, organization: OrganizationId) {
        // Nobody listening is no failure.
        let _ = self.0.send(organization);
    }

    /// Listens from now on.
    #[must_use]
    pub fn listen(&self) -> Listener {
        Listener(self.0.subscribe())
    }
}

/// One pair of ears.
#[derive(Debug)]
pub struct Listener(broadcast::Receiver<OrganizationId>);

impl Listener {
    /// Waits until `organization` may have something new.
    pub async fn heard(&mut self, organization: OrganizationId) {
        loop {
            match self.0.recv().await {
                Ok(rung) if rung != organization => {}
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return,
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}
