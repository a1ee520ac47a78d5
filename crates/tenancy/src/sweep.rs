//! Forgetting what is no longer needed. The worker calls it; what it forgets, nobody can ask for any more.

use chrono::TimeDelta;
use db::{Account, Asker, Fault, Scope, Store, Tenant, Work, idempotency, rate};
use kernel::SystemKind;

use crate::store;

/// Rows that one transaction forgets at most: whoever wants to write waits no longer than that takes.
const BATCH: u64 = 1_000;

/// How long the re-use of a refresh token is still known for what it is. Later it is merely unknown.
pub const REUSE_KNOWN_FOR: TimeDelta = TimeDelta::days(30);

/// How many rows were forgotten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// One-time codes that have expired and count for no limit any more.
    pub codes: u64,
    /// Pairs of tokens.
    pub generations: u64,
    /// Sessions that have expired.
    pub sessions: u64,
    /// Answers that nobody may ask for again.
    pub idempotency_keys: u64,
    /// Windows of rate limits that have passed.
    pub rate_windows: u64,
}

/// Forgets what has expired, a batch at a time.
///
/// # Errors
/// If the database refuses; what was forgotten until then stays forgotten.
pub async fn sweep(store: &Store) -> Result<Swept, Fault> {
    Ok(Swept {
        codes: codes(store).await?,
        generations: generations(store).await?,
        sessions: sessions(store).await?,
        idempotency_keys: answers(store).await?,
        rate_windows: rate::sweep(store).await?,
    })
}

async fn account(store: &Store) -> Result<Work<Account>, Fault> {
    store.write(Account, &Asker::system(SystemKind::Worker)).await
}

/// Repeats a statement in transactions of their own until it finds no full batch.
macro_rules! in_batches {
    ($store:expr, $forget:path) => {{
        let mut total = 0;
        loop {
            let work = account($store).await?;
            let gone = $forget(&work, BATCH).await?;
            work.commit().await?;
            total += gone;
            if gone < BATCH {
                break Ok(total);
            }
        }
    }};
}

async fn codes(store: &Store) -> Result<u64, Fault> {
    in_batches!(store, store::one_time_code::forget)
}

async fn generations(store: &Store) -> Result<u64, Fault> {
    in_batches!(store, store::generation::forget)
}

async fn sessions(store: &Store) -> Result<u64, Fault> {
    in_batches!(store, store::session::forget)
}

/// Goes through every organization: in PostgreSQL nobody sees the answers of two at once. Most have nothing to forget, and
/// whoever only looks holds up no writer.
async fn answers(store: &Store) -> Result<u64, Fault> {
    let mut total = answers_of(store, Account).await?;
    let mut last = None;
    loop {
        let reading = store.read(Account, &Asker::system(SystemKind::Worker)).await?;
        let ids = store::organization::ids_after(&reading, last, BATCH).await?;
        drop(reading);
        for id in &ids {
            total += answers_of(store, Tenant(*id)).await?;
        }
        last = ids.last().copied();
        if (ids.len() as u64) < BATCH {
            return Ok(total);
        }
    }
}

async fn answers_of<S: Scope + Copy>(store: &Store, scope: S) -> Result<u64, Fault> {
    let mut total = 0;
    let asker = Asker::system(SystemKind::Worker);
    while idempotency::has_expired(&store.read(scope, &asker).await?, scope).await? {
        let work = store.write(scope, &asker).await?;
        total += idempotency::sweep(&work, scope, BATCH).await?;
        work.commit().await?;
    }
    Ok(total)
}
