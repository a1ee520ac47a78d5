//! What everybody else feels while many people sign in at once: passwords are dear to check, on purpose.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::Outcome;
use crate::load;
use crate::product::{PASSWORD, Product};
use crate::report::Figure;

/// Whose account everybody signs in to.
const EMAIL: &str = "bruno@example.com";
/// People who sign in at the same moment.
const PEOPLE: usize = 200;
/// Connections of those who ask something else meanwhile.
const OTHERS: usize = 8;
/// How often each of them asks.
const EVERY: Duration = Duration::from_millis(5);

/// The 99th percentile of other queries during a flood of sign-ins, in milliseconds.
pub(crate) async fn sign_in(product: &Product, other: &[u8]) -> Outcome<Figure> {
    let mutation =
        "mutation($it: SessionCreateInput!) { sessionCreate(input: $it) { tokens { accessToken } } }";
    // Not whoever asks meanwhile: a person has only so many sessions, and the newest push the oldest out.
    product.sign_up(EMAIL).await?;
    let input = json!({ "email": EMAIL, "password": PASSWORD });
    let body = json!({ "query": mutation, "variables": { "it": input } }).to_string();
    let request = load::post("/graphql", &[], &body);
    let began = Instant::now();
    let people: Vec<_> = (0..PEOPLE)
        .map(|_| tokio::spawn(load::once_owned(product.address, request.clone())))
        .collect();
    let (ended, end) = tokio::sync::watch::channel(false);
    let others: Vec<_> = (0..OTHERS)
        .map(|_| {
            tokio::spawn(load::steadily(
                product.address,
                other.to_vec(),
                EVERY,
                end.clone(),
            ))
        })
        .collect();
    let mut signed_in = 0;
    for person in people {
        signed_in += usize::from(person.await??.body.contains("\"accessToken\":\"hor_session_"));
    }
    let lasted = began.elapsed();
    ended.send(true)?;
    let mut times = Vec::new();
    for asked in others {
        times.extend(asked.await??);
    }
    times.sort_unstable();
    let round = load::Round {
        rate: times.len() as f64 / lasted.as_secs_f64(),
        times,
    };
    Ok(Figure {
        name: "sign_in_flood",
        database: product.database,
        values: vec![
            ("others_p99_ms", round.within(0.99).as_secs_f64() * 1e3),
            ("others_median_ms", round.within(0.5).as_secs_f64() * 1e3),
            ("others_slowest_ms", round.within(1.0).as_secs_f64() * 1e3),
            ("others_asked", round.times.len() as f64),
            ("sign_ins", PEOPLE as f64),
            ("signed_in", signed_in as f64),
            ("lasted_seconds", lasted.as_secs_f64()),
        ],
    })
}
