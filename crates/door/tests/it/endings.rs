//! How a socket ends, or does not, when nobody has said anything wrong: who asks may no longer, the service stops, or the
//! peer does not read.

use std::{sync::atomic::Ordering::SeqCst, time::Duration};

use door::Limits;

use crate::wire::{Town, soon};

#[tokio::test]
async fn a_revoked_credential_closes_with_4403() {
    let town = Town::with(Limits {
        recheck_every: Duration::from_millis(20),
        ..Limits::default()
    })
    .await;
    let mut socket = town.enter().await;
    socket
        .subscribe("a", "subscription { ticks(millis: 600000) }")
        .await;
    soon(|| town.house.following.load(SeqCst) == 1).await;
    town.house.revoked.store(true, SeqCst);
    assert_eq!(socket.closed().await.0, 4403);
    soon(|| town.house.following.load(SeqCst) == 0).await;
}

#[tokio::test]
async fn a_stopping_service_says_come_back() {
    let town = Town::new().await;
    let mut sockets = [town.open().await, town.enter().await, town.enter().await];
    sockets[2]
        .subscribe("a", "subscription { ticks(millis: 600000) }")
        .await;
    soon(|| town.house.following.load(SeqCst) == 1).await;
    town.settings.drain.cancel();
    for socket in &mut sockets {
        assert_eq!(socket.closed().await.0, 1012);
    }
    drop(sockets);
    town.settings.tasks.close();
    town.settings.tasks.wait().await;
    assert_eq!(town.house.following.load(SeqCst), 0);
}

#[tokio::test]
async fn who_does_not_read_is_closed() {
    let limits = Limits {
        send_queue: 2,
        slow_time: Duration::from_millis(100),
        ..Limits::default()
    };
    let town = Town::with(limits).await;
    let mut socket = town.enter().await;
    socket
        .subscribe("a", "subscription { floods(bytes: 200000) }")
        .await;
    soon(|| town.house.following.load(SeqCst) == 1).await;
    soon(|| town.house.following.load(SeqCst) == 0).await;
    // It starts to read again while the last words are still under way.
    assert_eq!(socket.closed().await.0, 1013);
}

#[tokio::test]
async fn a_silent_peer_is_given_up() {
    let town = Town::with(Limits {
        keep_alive_every: Duration::from_millis(30),
        ..Limits::default()
    })
    .await;
    let mut socket = town.enter().await;
    socket
        .subscribe("a", "subscription { ticks(millis: 600000) }")
        .await;
    soon(|| town.house.following.load(SeqCst) == 1).await;
    // A client that never polls its socket answers no pings.
    soon(|| town.house.following.load(SeqCst) == 0).await;
}

#[tokio::test]
async fn a_reading_peer_stays() {
    let town = Town::with(Limits {
        keep_alive_every: Duration::from_millis(500),
        ..Limits::default()
    })
    .await;
    let mut socket = town.enter().await;
    socket
        .subscribe("a", "subscription { ticks(millis: 1600, to: 1) }")
        .await;
    assert_eq!(
        socket.hear().await["payload"]["data"]["ticks"],
        1,
        "its client answered every ping"
    );
}
