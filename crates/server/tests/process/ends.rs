//! What happens to those who are connected when the process is asked to end.

use std::net::TcpStream;
use std::time::Duration;

use tempfile::tempdir;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Message, WebSocket, client};

use crate::horarium::{PATIENCE, Server, horarium};

/// How long a process may take from the signal to its end.
const DRAINED: Duration = Duration::from_secs(15);

fn socket(server: &Server) -> WebSocket<TcpStream> {
    let mut request = format!("ws://{}/graphql", server.address)
        .into_client_request()
        .unwrap();
    let headers = request.headers_mut();
    headers.insert(
        "sec-websocket-protocol",
        HeaderValue::from_static("graphql-transport-ws"),
    );
    // As the page for developers would send it: the port was chosen by the system.
    headers.insert("origin", format!("http://{}", server.address).parse().unwrap());
    let stream = TcpStream::connect(&server.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let (mut socket, _) = client(request, stream).unwrap();
    socket
        .send(Message::text(r#"{"type":"connection_init"}"#))
        .unwrap();
    let acknowledged = socket.read().unwrap().into_text().unwrap();
    assert!(acknowledged.contains("connection_ack"), "{acknowledged}");
    socket
}

#[test]
fn an_open_socket_is_told_to_come_back_and_the_process_ends_in_time() {
    let data = tempdir().unwrap();
    let server = Server::start(horarium(data.path(), &["serve"]));
    let mut socket = socket(&server);
    server.signal("TERM");
    let code = loop {
        if let Message::Close(frame) = socket.read().unwrap() {
            break u16::from(frame.unwrap().code);
        }
    };
    assert_eq!(code, 1012);
    assert!(server.ended_within(DRAINED).success());
}

#[test]
fn a_peer_that_does_not_answer_holds_up_the_end_no_longer() {
    let data = tempdir().unwrap();
    let server = Server::start(horarium(data.path(), &["serve"]));
    let deaf = socket(&server);
    server.signal("TERM");
    assert!(server.ended_within(DRAINED).success());
    drop(deaf);
}
