//! How connections begin, wait and end.

use super::*;

#[tokio::test]
async fn draining_answers_what_has_begun_and_refuses_what_is_new() {
    let server = serve(|parts| parts.checks = vec![database(true)]).await;
    let (mut slow, mut idle) = (server.connect().await, server.connect().await);
    say(&mut idle, "GET /healthz HTTP/1.1").await;
    until(&mut idle, "ok\n").await;
    say(&mut slow, "GET /slow HTTP/1.1").await;
    server.reached.notified().await;

    server.stop.cancel();
    assert_eq!(rest(&mut idle).await, "");
    let refused = loop {
        let Ok(mut late) = TcpStream::connect(server.at).await else {
            break true;
        };
        if late.read_u8().await.is_ok() {
            break false;
        }
    };
    assert!(refused && !server.ended.is_finished());
    server.go.notify_one();
    assert!(rest(&mut slow).await.ends_with("\r\n\r\ndone"));
    assert_eq!(server.ended.await.unwrap(), Ended::Drained);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_end_is_cut_off_sockets_too() {
    let server = serve(|_| {}).await;
    let (mut slow, mut socket) = (server.connect().await, server.connect().await);
    say(&mut slow, "GET /slow HTTP/1.1").await;
    server.reached.notified().await;
    say(
        &mut socket,
        "GET /socket HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: story",
    )
    .await;
    until(&mut socket, "\r\n\r\n").await;
    let began = Instant::now();
    server.stop.cancel();
    assert_eq!(server.ended.await.unwrap(), Ended::CutOff { connections: 2 });
    assert!(began.elapsed() >= DRAIN && began.elapsed() < DRAIN + Duration::from_secs(1));
}

#[tokio::test]
async fn a_socket_keeps_its_place_until_it_closes() {
    let server = serve_places(1, |_| {}).await;
    let mut socket = server.connect().await;
    say(
        &mut socket,
        "GET /socket HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: story",
    )
    .await;
    until(&mut socket, "\r\n\r\n").await;
    let mut second = server.connect().await;
    say(&mut second, "GET /healthz HTTP/1.1").await;
    let early = tokio::time::timeout(Duration::from_millis(100), second.read_u8()).await;
    assert!(
        early.is_err(),
        "the second connection was served beside the first"
    );
    drop(socket);
    assert!(until(&mut second, "ok\n").await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test(start_paused = true)]
async fn a_head_that_does_not_come_ends_the_connection() {
    let server = serve(|_| {}).await;
    for begun in ["", "PRI * HT", "GET /healthz HTTP/1.1\r\nHo"] {
        let mut stream = server.connect().await;
        stream.write_all(begun.as_bytes()).await.unwrap();
        let began = Instant::now();
        rest(&mut stream).await;
        assert!(
            began.elapsed() >= HEAD_TIMEOUT && began.elapsed() < 2 * HEAD_TIMEOUT,
            "{:?}",
            began.elapsed()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed() {
    let server = serve(|_| {}).await;
    let mut stream = server.connect().await;
    say(&mut stream, "GET /healthz HTTP/1.1").await;
    until(&mut stream, "ok\n").await;
    let began = Instant::now();
    assert_eq!(rest(&mut stream).await, "");
    assert!(began.elapsed() < 2 * HEAD_TIMEOUT, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_body_that_pauses_ends_the_request() {
    let server = serve(|_| {}).await;
    let mut stream = server.connect().await;
    say(&mut stream, "POST /echo HTTP/1.1\r\nContent-Length: 2").await;
    stream.write_all(b"1").await.unwrap();
    let began = Instant::now();
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert!(
        began.elapsed() >= BODY_PAUSE && began.elapsed() < BODY_PAUSE + HEAD_TIMEOUT,
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn a_head_ends_at_its_limit() {
    let server = serve(|_| {}).await;
    let most = MAX_HEAD_BYTES as usize
        - "GET /healthz HTTP/1.1\r\nX: \r\nHost: x\r\nConnection: close\r\n\r\n".len();
    for (length, status) in [(most - 1, 200), (most + 1, 431)] {
        let answer = server
            .ask(&format!("GET /healthz HTTP/1.1\r\nX: {}", "a".repeat(length)))
            .await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{length}: {:?}",
            answer.get(..40)
        );
    }
}
