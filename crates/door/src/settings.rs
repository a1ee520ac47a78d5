//! What differs between one installation and another.

use ipnet::IpNet;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Settings of the door.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Pages that may open a WebSocket, as browsers write them in `Origin`: `https://app.example.com`. A client
    /// that sends no `Origin` is not a browser and may.
    pub origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Cancelled when the service stops: sockets close with 1012 and event streams end, so that clients come
    /// back to another node.
    pub drain: CancellationToken,
    /// Every open socket and event stream. After cancelling [`Settings::drain`], close it and wait for it.
    pub tasks: TaskTracker,
}
