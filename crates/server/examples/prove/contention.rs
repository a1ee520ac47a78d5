//! Many who want times of one resource: what they hear, and how long it takes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{SecondsFormat, TimeDelta};
use serde_json::json;
use tokio::sync::Barrier;

use crate::Outcome;
use crate::answer::{self, Answer};
use crate::audit::Auditor;
use crate::place::Place;
use crate::process::Server;
use crate::scene::Scene;

/// How many want it at once.
const WRITERS: [usize; 3] = [8, 32, 64];

/// How often each asks.
const TRIES: usize = 30;

/// Answers are counted by the first of these milliseconds that they stayed within.
const BUCKETS: [u64; 10] = [1, 2, 5, 10, 20, 50, 100, 200, 500, u64::MAX];

/// What one number of writers has heard.
#[derive(Debug, Default)]
struct Heard {
    codes: BTreeMap<String, u64>,
    times: Vec<Duration>,
}

/// Measures it on both databases.
pub(crate) async fn measure(json: bool) -> Outcome<()> {
    let mut leaked = 0;
    for place in [Some(Place::sqlite()?), Place::postgres().await?]
        .into_iter()
        .flatten()
    {
        let server = Server::start(&place).await?;
        let auditor = Auditor::on(&place).await?;
        for writers in WRITERS {
            let scene = Arc::new(Scene::found(server.address, &format!("writers-{writers}")).await?);
            let heard = race(&scene, &server, writers).await?;
            let audit = auditor.audit(&scene.organization).await?;
            let known = ["OK", "SLOT_TAKEN"];
            let strange: u64 = heard
                .codes
                .iter()
                .filter(|it| !known.contains(&it.0.as_str()))
                .map(|it| it.1)
                .sum();
            leaked += strange + u64::from(!audit.is_clean());
            println!("{}", told((place.name, writers), &heard, json));
        }
    }
    if leaked == 0 {
        Ok(())
    } else {
        Err(
            format!("{leaked} answers were neither a booking nor SLOT_TAKEN, or the audit found something")
                .into(),
        )
    }
}

/// All at once, again and again: each round is about one start of one host.
async fn race(scene: &Arc<Scene>, server: &Server, writers: usize) -> Outcome<Heard> {
    let line = Arc::new(Barrier::new(writers));
    let racers: Vec<_> = (0..writers)
        .map(|_| tokio::spawn(racer(Arc::clone(scene), Arc::clone(&line), server.address)))
        .collect();
    let mut all = Heard::default();
    for racer in racers {
        let heard = racer.await??;
        for (code, count) in heard.codes {
            *all.codes.entry(code).or_default() += count;
        }
        all.times.extend(heard.times);
    }
    all.times.sort_unstable();
    Ok(all)
}

async fn racer(scene: Arc<Scene>, line: Arc<Barrier>, to: std::net::SocketAddr) -> Outcome<Heard> {
    let (mut desk, mut heard) = (scene.desk(to), Heard::default());
    let document = "mutation($input: BookingCreateInput!) { bookingCreate(input: $input) {
        booking { id } userErrors { code message } } }";
    for round in 0..TRIES {
        // The service that only the first host gives, with its buffers.
        let time = scene.opening + TimeDelta::minutes(60 * round as i64);
        let input = json!({ "serviceId": scene.services[1],
            "startsAt": time.to_rfc3339_opts(SecondsFormat::Secs, true),
            "attendee": { "name": "Ana Prado", "email": "ana@example.com" } });
        line.wait().await;
        let began = Instant::now();
        let body = desk.ask(document, json!({ "input": input })).await?;
        heard.times.push(began.elapsed());
        let code = match answer::read("bookingCreate", &body) {
            Answer::Done(_) => "OK".to_owned(),
            Answer::Refused(code) => code,
            Answer::Leaked(what) => {
                eprintln!("leaked: {what}");
                "LEAKED".to_owned()
            }
        };
        *heard.codes.entry(code).or_default() += 1;
    }
    Ok(heard)
}

fn told((database, writers): (&str, usize), heard: &Heard, json: bool) -> String {
    let within = |share: f64| {
        let at = (heard.times.len().saturating_sub(1) as f64 * share).round() as usize;
        heard
            .times
            .get(at)
            .map_or(0.0, |it| (it.as_secs_f64() * 10_000.0).round() / 10.0)
    };
    let mut histogram: Vec<(String, usize)> = Vec::new();
    let mut below = 0;
    for bucket in BUCKETS {
        let upto = heard
            .times
            .partition_point(|it| it.as_millis() < u128::from(bucket));
        let name = if bucket == u64::MAX {
            "more".to_owned()
        } else {
            format!("<{bucket}")
        };
        histogram.push((name, upto - below));
        below = upto;
    }
    if json {
        let pairs: Vec<String> = histogram
            .iter()
            .map(|(name, count)| format!("\"{name}\":{count}"))
            .collect();
        return format!(
            "{{\"database\":\"{database}\",\"writers\":{writers},\"answers\":{},\"p50_ms\":{},\"p99_ms\":{},\"codes\":{},\"histogram_ms\":{{{}}}}}",
            heard.times.len(),
            within(0.5),
            within(0.99),
            json!(heard.codes),
            pairs.join(",")
        );
    }
    let rows: Vec<String> = histogram
        .iter()
        .map(|(name, count)| format!("{name} ms {count}"))
        .collect();
    format!(
        "{database:<11} {writers:>2} writers  p50 {} ms  p99 {} ms  {:?}\n  {}",
        within(0.5),
        within(0.99),
        heard.codes,
        rows.join("  ")
    )
}
