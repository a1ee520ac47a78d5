//! Filling a form in, and what was answered.

use db::paging::{Page, Slice};
use db::{Reading, Tenant, Work};
use kernel::id::{RoutingFormId, RoutingSubmissionId};
use kernel::{Right, Slug};
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

use super::{RoutingSubmission, RoutingSubmissions, Target};
use crate::error::Refusal;
use crate::service::Answers;
use crate::store;

/// What was answered, as it is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Given(pub Answers);

/// A form was filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    /// Which answers; [`routed`] says where they lead.
    pub submission: RoutingSubmissionId,
}

/// Somebody fills a form in: keeps what was answered, and where it led.
///
/// # Errors
/// If there is no such form, or an answer is missing or cannot be meant.
pub async fn submit(work: &Work<Tenant>, slug: &Slug, answers: Answers) -> Result<Submitted, Refusal> {
    let form = store::routing_form::named(work, slug).await?;
    let form = form.ok_or(Refusal::NotFound("routing form"))?;
    let answers = form.fields.read(answers)?;
    let routed = form.rules.route(&form.fallback, &answers);
    let submission: RoutingSubmissionId = work.mint();
    let row = RoutingSubmission {
        organization_id: work.organization(),
        id: submission,
        form_id: form.id,
        form_version: form.version,
        answers: Given(answers),
        rule_no: routed.rule_no,
        target: routed.target,
        created_at: work.now(),
    };
    store::insert(work, row).await?;
    Ok(Submitted { submission })
}

/// Where the answers led that were just given. Whoever calls has given them.
///
/// # Errors
/// If there are no such answers.
pub async fn routed(reading: &Reading<Tenant>, submission: RoutingSubmissionId) -> Result<Target, Refusal> {
    let found = store::find::<RoutingSubmissions>(reading, &[submission]).await?;
    let found = found.into_iter().next();
    Ok(found.ok_or(Refusal::NotFound("routing submission"))?.target)
}

/// A page of what was answered to a form, by when.
///
/// # Errors
/// If the right is missing.
pub async fn submissions(
    reading: &Reading<Tenant>,
    form: RoutingFormId,
    page: &Page,
) -> Result<Slice<RoutingSubmission>, Refusal> {
    reading.need(Right::ClientsRead)?;
    Ok(store::page(reading, store::routing_submission::of(reading, form), page).await?)
}

/// How many there are, counting no further than the cap.
///
/// # Errors
/// If the right is missing.
pub async fn count_submissions(reading: &Reading<Tenant>, form: RoutingFormId) -> Result<u64, Refusal> {
    reading.need(Right::ClientsRead)?;
    Ok(store::count(reading, store::routing_submission::of(reading, form)).await?)
}
