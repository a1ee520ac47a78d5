//! Requests to the server beside the same statements run by `pgbench`, in alternating rounds.

use std::time::{Duration, Instant};

use super::practice::LANES;
use crate::Outcome;
use crate::load::{self, Sender};
use crate::pgbench::{Pgbench, Script};
use crate::postgres::Urls;
use crate::product::Product;
use crate::report::{Figure, median};

/// Rounds of each side that count.
const ROUNDS: usize = 7;
/// How long a round lasts.
const ROUND: Duration = Duration::from_secs(2);
/// How long the server is watched to see whether it still works, and what it may use of it when it only waits.
const LOOK: Duration = Duration::from_millis(250);
const IDLE: Duration = Duration::from_millis(20);
/// How long what follows from a round may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Answers a second, as a share of what `pgbench` reaches with the same statements; without a script, answers a second.
pub(super) async fn compare(
    name: &'static str,
    product: &Product,
    senders: impl Fn() -> Vec<Sender>,
    script: Option<(&Script, &Urls)>,
) -> Outcome<Figure> {
    let mut pgbench = script
        .map(|(script, urls)| Pgbench::new(script, &urls.app))
        .transpose()?;
    let (mut rates, mut medians, mut p99s, mut costs) = (vec![], vec![], vec![], vec![]);
    let (mut theirs, mut means) = (vec![], vec![]);
    for round in 0..=ROUNDS {
        let before = product.process.used()?;
        let ours = load::round_of(product.address, senders(), ROUND).await?;
        let used = product.process.used()?.saturating_sub(before);
        let ran = match &mut pgbench {
            Some(pgbench) => {
                settled(product).await?;
                Some(pgbench.round(LANES, ROUND).await?)
            }
            None => None,
        };
        // The first warms both.
        if round == 0 {
            continue;
        }
        rates.push(ours.rate);
        medians.push(ours.within(0.5).as_secs_f64() * 1e3);
        p99s.push(ours.within(0.99).as_secs_f64() * 1e3);
        costs.push(used.as_secs_f64() * 1e6 / ours.times.len().max(1) as f64);
        theirs.extend(ran.as_ref().map(|it| it.rate));
        means.extend(ran.map(|it| it.mean_ms));
    }
    let mut values = Vec::new();
    if let Some((script, _)) = script {
        let mut ratios: Vec<f64> = rates
            .iter()
            .zip(&theirs)
            .map(|(ours, theirs)| ours / theirs)
            .collect();
        values.push(("ratio", median(&mut ratios)));
        values.push(("ratio_lowest", ratios[0]));
        values.push(("ratio_highest", ratios[ratios.len() - 1]));
        values.push(("pgbench_per_second", median(&mut theirs)));
        values.push(("pgbench_mean_ms", median(&mut means)));
        values.push(("statements", script.statements as f64));
    }
    values.push(("per_second", median(&mut rates)));
    values.push(("median_ms", median(&mut medians)));
    values.push(("p99_ms", median(&mut p99s)));
    values.push(("cpu_us", median(&mut costs)));
    values.push(("rounds", ROUNDS as f64));
    values.push(("connections", LANES as f64));
    Ok(Figure {
        name,
        database: product.database,
        values,
    })
}

/// Waits until the server has done what follows from a round: letters that it still writes would slow down the other side.
async fn settled(product: &Product) -> Outcome<()> {
    let began = Instant::now();
    loop {
        let before = product.process.used()?;
        tokio::time::sleep(LOOK).await;
        if product.process.used()?.saturating_sub(before) <= IDLE {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            return Err("the server does not come to rest after a round".into());
        }
    }
}
