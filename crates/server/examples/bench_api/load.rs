//! A load on loopback: some connections that each send a request, read the whole answer, and send the next.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;

/// What one round measured.
#[derive(Debug, Clone)]
pub(crate) struct Round {
    /// Answers a second.
    pub(crate) rate: f64,
    /// How long each answer took, sorted.
    pub(crate) times: Vec<Duration>,
}

impl Round {
    /// The time that this share of the answers stayed within.
    pub(crate) fn within(&self, share: f64) -> Duration {
        let last = self.times.len().saturating_sub(1);
        self.times
            .get((last as f64 * share).round() as usize)
            .copied()
            .unwrap_or_default()
    }
}

/// An answer with status 200.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// `name: value`, without those that every server adds by itself.
    pub(crate) headers: Vec<String>,
    pub(crate) body: String,
}

/// One request, as bytes on the wire.
pub(crate) fn post(path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
    text.into_bytes()
}

/// Sends `request` once.
pub(crate) async fn once(to: SocketAddr, request: &[u8]) -> io::Result<Answer> {
    let mut client = Client::connect(to).await?;
    let body = client.ask(request).await?;
    let (head, body) = (client.buffer[..body].to_vec(), client.buffer[body..].to_vec());
    let head = String::from_utf8_lossy(&head).into_owned();
    let added = ["content-length", "date"];
    let headers = head.lines().skip(1).filter(|line| !line.is_empty());
    let headers = headers.filter(|line| {
        line.split_once(':')
            .is_some_and(|(name, _)| !added.contains(&name))
    });
    Ok(Answer {
        headers: headers.map(str::to_owned).collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

/// The same, to be spawned.
pub(crate) async fn once_owned(to: SocketAddr, request: Vec<u8>) -> io::Result<Answer> {
    once(to, &request).await
}

/// Sends `request` over `connections` for `time`, as fast as it is answered.
pub(crate) async fn round(
    to: SocketAddr,
    request: &[u8],
    connections: usize,
    time: Duration,
) -> io::Result<Round> {
    let began = Instant::now();
    let until = began + time;
    let clients: Vec<_> = (0..connections)
        .map(|_| tokio::spawn(eagerly(to, request.to_vec(), until)))
        .collect();
    let mut times = Vec::new();
    for client in clients {
        times.extend(client.await.map_err(io::Error::other)??);
    }
    let rate = times.len() as f64 / began.elapsed().as_secs_f64();
    times.sort_unstable();
    Ok(Round { rate, times })
}

/// What one connection sends next, and what its answer must have in it.
pub(crate) struct Sender {
    /// Makes the next request.
    pub(crate) next: Box<dyn FnMut() -> Vec<u8> + Send>,
    /// Without it the request has failed, whatever the status says.
    pub(crate) wanted: &'static str,
}

/// Lets every sender send for `time`, as fast as it is answered.
pub(crate) async fn round_of(to: SocketAddr, senders: Vec<Sender>, time: Duration) -> io::Result<Round> {
    let began = Instant::now();
    let until = began + time;
    let clients: Vec<_> = senders
        .into_iter()
        .map(|sender| tokio::spawn(insistently(to, sender, until)))
        .collect();
    let mut times = Vec::new();
    for client in clients {
        times.extend(client.await.map_err(io::Error::other)??);
    }
    let rate = times.len() as f64 / began.elapsed().as_secs_f64();
    times.sort_unstable();
    Ok(Round { rate, times })
}

async fn insistently(to: SocketAddr, mut sender: Sender, until: Instant) -> io::Result<Vec<Duration>> {
    let mut client = Client::connect(to).await?;
    let mut times = Vec::new();
    while Instant::now() < until {
        let request = (sender.next)();
        let sent = Instant::now();
        let body = client.ask(&request).await?;
        times.push(sent.elapsed());
        client.must_say(body, sender.wanted)?;
    }
    Ok(times)
}

async fn eagerly(to: SocketAddr, request: Vec<u8>, until: Instant) -> io::Result<Vec<Duration>> {
    let mut client = Client::connect(to).await?;
    let mut times = Vec::new();
    while Instant::now() < until {
        times.push(client.timed(&request).await?);
    }
    Ok(times)
}

/// Sends `request` again and again with a pause between, until `end` says so.
pub(crate) async fn steadily(
    to: SocketAddr,
    request: Vec<u8>,
    every: Duration,
    end: watch::Receiver<bool>,
) -> io::Result<Vec<Duration>> {
    let mut client = Client::connect(to).await?;
    let mut times = Vec::new();
    while !*end.borrow() {
        times.push(client.timed(&request).await?);
        tokio::time::sleep(every).await;
    }
    Ok(times)
}

/// One connection.
struct Client {
    socket: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    async fn connect(to: SocketAddr) -> io::Result<Self> {
        let socket = TcpStream::connect(to).await?;
        socket.set_nodelay(true)?;
        Ok(Self {
            socket,
            buffer: Vec::with_capacity(16 * 1024),
        })
    }

    async fn timed(&mut self, request: &[u8]) -> io::Result<Duration> {
        let sent = Instant::now();
        self.ask(request).await?;
        Ok(sent.elapsed())
    }

    /// Sends a request and reads the answer, which must be 200 and say its length. Tells where its body begins.
    async fn ask(&mut self, request: &[u8]) -> io::Result<usize> {
        self.socket.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            self.more().await?;
            if let Some(end) = self.buffer.windows(4).position(|it| it == b"\r\n\r\n") {
                break end + 4;
            }
        };
        if !self.buffer.starts_with(b"HTTP/1.1 200") {
            let all = String::from_utf8_lossy(&self.buffer).into_owned();
            return Err(io::Error::other(format!("not 200: {all}")));
        }
        let whole = head + length(&self.buffer[..head])?;
        while self.buffer.len() < whole {
            self.more().await?;
        }
        Ok(head)
    }

    /// Refuses an answer that does not say this.
    fn must_say(&self, body: usize, wanted: &str) -> io::Result<()> {
        let body = &self.buffer[body..];
        if body.windows(wanted.len()).any(|it| it == wanted.as_bytes()) {
            return Ok(());
        }
        let body = String::from_utf8_lossy(body).into_owned();
        Err(io::Error::other(format!("no {wanted} in {body}")))
    }

    async fn more(&mut self) -> io::Result<()> {
        match self.socket.read_buf(&mut self.buffer).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// What the head says about the length of the body. Both servers write names in lower case.
fn length(head: &[u8]) -> io::Result<usize> {
    let name = b"\r\ncontent-length: ";
    let at = head.windows(name.len()).position(|it| it == name);
    let digits = at.map(|at| {
        head[at + name.len()..]
            .iter()
            .take_while(|it| it.is_ascii_digit())
    });
    let length = digits.and_then(|it| String::from_utf8(it.copied().collect()).ok()?.parse().ok());
    length.ok_or_else(|| io::Error::other("an answer without its length"))
}
