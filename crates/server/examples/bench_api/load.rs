//! A load on loopback: some connections that each send a request, read the whole answer, and send the next.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What one round measured.
#[derive(Debug, Clone)]
pub struct Round {
    /// Answers a second.
    pub rate: f64,
    /// How long each answer took, sorted.
    pub times: Vec<Duration>,
}

impl Round {
    /// The time that this share of the answers stayed within.
    pub fn within(&self, share: f64) -> Duration {
        let last = self.times.len().saturating_sub(1);
        self.times.get((last as f64 * share).round() as usize).copied().unwrap_or_default()
    }
}

/// One request, as bytes on the wire.
pub fn post(path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
    text.into_bytes()
}

/// Sends `request` over `connections` for `time`.
pub async fn round(to: SocketAddr, request: &[u8], connections: usize, time: Duration) -> std::io::Result<Round> {
    let began = Instant::now();
    let until = began + time;
    let clients: Vec<_> = (0..connections).map(|_| tokio::spawn(client(to, request.to_vec(), until))).collect();
    let mut times = Vec::new();
    for client in clients {
        times.extend(client.await.map_err(std::io::Error::other)??);
    }
    let rate = times.len() as f64 / began.elapsed().as_secs_f64();
    times.sort_unstable();
    Ok(Round { rate, times })
}

async fn client(to: SocketAddr, request: Vec<u8>, until: Instant) -> std::io::Result<Vec<Duration>> {
    let mut socket = TcpStream::connect(to).await?;
    socket.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(16 * 1024);
    let mut times = Vec::new();
    while Instant::now() < until {
        let sent = Instant::now();
        socket.write_all(&request).await?;
        answer(&mut socket, &mut buffer).await?;
        times.push(sent.elapsed());
    }
    Ok(times)
}

/// Reads one answer, which must be 200 and say its length.
async fn answer(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<()> {
    buffer.clear();
    loop {
        if socket.read_buf(buffer).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let Some(end) = buffer.windows(4).position(|it| it == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
        if !head.starts_with("http/1.1 200") {
            let all = String::from_utf8_lossy(buffer).into_owned();
            return Err(std::io::Error::other(format!("not 200: {all}")));
        }
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
        let length = length.ok_or_else(|| std::io::Error::other("an answer without its length"))?;
        let whole = end + 4 + length;
        while buffer.len() < whole {
            if socket.read_buf(buffer).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        }
        return Ok(());
    }
}
