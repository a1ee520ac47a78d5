//! Somebody who asks over HTTP, one request at a time, on a connection that stays open.

use std::io;
use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// One client.
pub(crate) struct Client {
    to: SocketAddr,
    /// The key or session, and the organization that the requests name.
    credential: Option<(String, Option<String>)>,
    socket: Option<TcpStream>,
    read: Vec<u8>,
}

impl Client {
    /// A client of the server there.
    pub(crate) fn new(to: SocketAddr, credential: Option<(String, Option<String>)>) -> Self {
        Self {
            to,
            credential,
            socket: None,
            read: Vec::new(),
        }
    }

    /// From now on to another server.
    pub(crate) fn turn_to(&mut self, to: SocketAddr) {
        if self.to != to {
            (self.to, self.socket) = (to, None);
        }
    }

    /// Leaves the connection, whatever was asked on it; one that is quiet for long is closed by the server, too. The next
    /// request goes over another.
    pub(crate) fn hang_up(&mut self) {
        self.socket = None;
    }

    /// Sends a document and reads the whole answer. An error leaves open whether it was done.
    pub(crate) async fn ask(&mut self, document: &str, variables: Value) -> io::Result<Value> {
        let body = json!({ "query": document, "variables": variables }).to_string();
        let answer = self.exchange(&body).await;
        if answer.is_err() {
            self.socket = None;
        }
        answer
    }

    async fn exchange(&mut self, body: &str) -> io::Result<Value> {
        let request = self.request(body);
        let socket = match &mut self.socket {
            Some(socket) => socket,
            empty @ None => {
                let socket = TcpStream::connect(self.to).await?;
                socket.set_nodelay(true)?;
                empty.insert(socket)
            }
        };
        socket.write_all(request.as_bytes()).await?;
        self.read.clear();
        loop {
            if let Some(whole) = whole(&self.read)? {
                return serde_json::from_slice(&self.read[whole..]).map_err(io::Error::other);
            }
            if socket.read_buf(&mut self.read).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    fn request(&self, body: &str) -> String {
        let mut head =
            String::from("POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n");
        if let Some((token, organization)) = &self.credential {
            head.push_str(&format!("authorization: Bearer {token}\r\n"));
            if let Some(organization) = organization {
                head.push_str(&format!("horarium-organization: {organization}\r\n"));
            }
        }
        format!("{head}content-length: {}\r\n\r\n{body}", body.len())
    }
}

/// Where the body begins, once all of it has been read.
fn whole(read: &[u8]) -> io::Result<Option<usize>> {
    let Some(end) = read.windows(4).position(|it| it == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = String::from_utf8_lossy(&read[..end]).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length: Option<usize> = length.and_then(|it| it.trim().parse().ok());
    let length = length.ok_or_else(|| io::Error::other("an answer without its length"))?;
    Ok((read.len() >= end + 4 + length).then_some(end + 4))
}
