//! Serves a small schema behind the door, for the audits in `tests/conformance`:
//! `cargo run -p door --example echo -- 127.0.0.1:4400`.

#[path = "house.rs"]
mod house;

use std::{net::SocketAddr, sync::atomic::Ordering::SeqCst};

use door::{Limits, Settings};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:4400".into());
    let settings = Settings {
        origins: vec!["https://app.example.com".into()],
        ..Settings::default()
    };
    let drain = settings.drain.clone();
    let tasks = settings.tasks.clone();
    let house = house::House::new();
    let app = door::router(house.clone(), house.guard(Limits::default()), settings);
    let listener = tokio::net::TcpListener::bind(&address).await?;
    println!("http://{}/graphql", listener.local_addr()?);
    let stop = async move {
        let _ = tokio::signal::ctrl_c().await;
        drain.cancel();
    };
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(stop)
        .await?;
    tasks.close();
    tasks.wait().await;
    println!(
        "mutations: {}, streams left open: {}",
        house.written.load(SeqCst),
        house.following.load(SeqCst)
    );
    Ok(())
}
