//! What happens to those who are connected, and to what is under way, when the process is asked to end.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use sea_orm::{ConnectionTrait as _, Database, DbBackend, Statement};
use serde_json::Value;
use tempfile::{TempDir, tempdir};
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

/// A demo that sends an event to a receiver, and the connections of that receiver with a request on them: it answers none by
/// itself.
fn sending(data: &TempDir) -> (Server, Receiver<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (asked, requests) = mpsc::channel();
    std::thread::spawn(move || {
        for mut request in listener.incoming().map_while(Result::ok) {
            let mut head = [0; 16];
            request.read_exact(&mut head).unwrap();
            if asked.send(request).is_err() {
                return;
            }
        }
    });
    let mut command = horarium(data.path(), &["demo", "--json"]);
    command.env("HORARIUM_WEBHOOK_LOOPBACK", "admitted");
    let server = Server::start(command);
    let line: Value = serde_json::from_str(&server.printed.recv_timeout(PATIENCE).unwrap()).unwrap();
    let key = line["apiKey"].as_str().unwrap();
    let made = server.ask(
        Some(key),
        &format!(
            r#"mutation {{ webhookEndpointCreate(input: {{ url: "{url}", types: ["*"] }}) {{
                webhookEndpoint {{ id }} userErrors {{ message }} }} }}"#
        ),
    );
    let made = made.unwrap();
    let endpoint = made.pointer("/data/webhookEndpointCreate/webhookEndpoint/id");
    let endpoint = endpoint.unwrap_or_else(|| panic!("{made}"));
    let sent = server.ask(
        Some(key),
        &format!(
            "mutation {{ webhookEndpointTest(input: {{ webhookEndpointId: {endpoint} }}) {{ userErrors {{ message }} }} }}"
        ),
    );
    assert!(sent.unwrap().get("errors").is_none());
    (server, requests)
}

/// State and attempts of what was sent, read from the file that the process has left.
fn log(data: &Path) -> Vec<(String, i64)> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let db = Database::connect(format!("sqlite://{}", data.join("demo.db").display()))
            .await
            .unwrap();
        let asked = "SELECT state, attempts FROM webhook_deliveries WHERE event_type = 'webhook.test'";
        let asked = Statement::from_string(DbBackend::Sqlite, asked);
        let rows = db.query_all_raw(asked).await.unwrap();
        db.close().await.unwrap();
        let read = |row: &sea_orm::QueryResult| row.try_get_many_by_index().unwrap();
        rows.iter().map(read).collect()
    })
}

#[test]
fn a_delivery_that_is_under_way_is_waited_for_and_noted() {
    let data = tempdir().unwrap();
    let (server, requests) = sending(&data);
    let mut request = requests.recv_timeout(PATIENCE).unwrap();
    server.signal("TERM");
    std::thread::sleep(Duration::from_secs(1));
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    request.write_all(answer).unwrap();
    assert!(server.ended_within(DRAINED).success());
    assert_eq!(log(data.path()), [("DELIVERED".to_owned(), 1)]);
}

#[test]
fn a_receiver_that_does_not_answer_holds_up_the_end_no_longer() {
    let data = tempdir().unwrap();
    let (server, requests) = sending(&data);
    let unanswered = requests.recv_timeout(PATIENCE).unwrap();
    server.signal("TERM");
    assert!(server.ended_within(DRAINED).success());
    assert_eq!(
        log(data.path()),
        [("WAITING".to_owned(), 0)],
        "and it is sent again"
    );
    drop(unanswered);
}
