//! Promises that are kept without leaving the database.

use chrono::{DateTime, Utc};
use db::timer::Claim;
use db::{Fault, Store, Tenant, Work};
use kernel::Kind;
use scheduling::{booking, hold, series, waitlist};
use serde_json::{Value, json};

use super::{Failure, worker};

/// Every kind that is kept here.
pub const KINDS: &[&str] = &[booking::COURSE, hold::EXPIRY, waitlist::OFFER, series::EXTENSION];

/// When it is to be kept again, and what must be known then; nothing if it is kept for good.
type Again = Option<(DateTime<Utc>, Value)>;

/// Does what was promised, and says so in the same transaction. What it is about may be gone: then there is nothing to do.
pub(super) async fn keep(store: &Store, claim: &Claim) -> Result<(), Failure> {
    let work = store.write(Tenant(claim.organization), &worker()).await?;
    match act(&work, claim).await {
        Ok(again) => end(work, claim, again).await,
        Err(failure) => {
            work.undo().await?;
            if !is_gone(&failure) {
                return Err(failure);
            }
            let work = store.write(Tenant(claim.organization), &worker()).await?;
            end(work, claim, None).await
        }
    }
}

fn is_gone(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused(refused) if refused.kind() == Kind::NotFound)
}

/// Says that it is kept. The promise's own row comes last: nobody who holds it waits for anything.
async fn end(work: Work<Tenant>, claim: &Claim, again: Again) -> Result<(), Failure> {
    let kept = match again {
        None => work.keep(claim).await?,
        Some((due_at, payload)) => work.keep_until(claim, due_at, payload).await?,
    };
    if let Err(lost) = kept {
        work.undo().await?;
        return Err(lost.into());
    }
    Ok(work.commit().await?)
}

async fn act(work: &Work<Tenant>, claim: &Claim) -> Result<Again, Failure> {
    match claim.kind.as_str() {
        booking::COURSE => {
            let course = serde_json::from_value(claim.payload.clone()).map_err(|_| corrupt(claim))?;
            Ok(booking::keep_course(work, subject(claim)?, course).await?)
        }
        hold::EXPIRY => {
            hold::expire(work, subject(claim)?).await?;
            Ok(None)
        }
        waitlist::OFFER => {
            waitlist::expire_due(work).await?;
            Ok(None)
        }
        series::EXTENSION => {
            let next = series::keep_going(work, subject(claim)?).await?;
            Ok(next.map(|at| (at, json!({}))))
        }
        _ => Err(Failure::Unknown),
    }
}

fn subject<I: std::str::FromStr>(claim: &Claim) -> Result<I, Failure> {
    claim.subject.parse().map_err(|_| corrupt(claim))
}

fn corrupt(claim: &Claim) -> Failure {
    Fault::Corrupt(claim.id.to_string()).into()
}
