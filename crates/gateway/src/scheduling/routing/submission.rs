//! What was answered to a form, and where it led.

use async_graphql::{Context, Object, Result, SimpleObject};
use db::paging::Page;
use kernel::id::{RoutingFormId, RoutingSubmissionId};
use scheduling::service::Answer;

use super::rules::RoutingTarget;
use crate::errors::on_top;
use crate::list::{Count, connection};
use crate::reads::Reads;
use crate::scalars::Instant;

/// One form that was filled in.
#[derive(Debug, Clone)]
pub(crate) struct RoutingSubmission(scheduling::routing::RoutingSubmission);

/// One form that somebody filled in, and where that led, as the form was then.
#[Object]
impl RoutingSubmission {
    /// The submission's global id.
    async fn id(&self) -> RoutingSubmissionId {
        self.0.id
    }

    /// The version that the form had.
    async fn form_version(&self) -> i64 {
        self.0.form_version
    }

    /// What was answered, by the fields' keys.
    async fn answers(&self) -> Vec<RoutingAnswer> {
        let answers = self.0.answers.0.iter();
        answers
            .map(|(field, answer)| RoutingAnswer::of(field, answer))
            .collect()
    }

    /// Which of its rules matched, counted from 1; null if it was the fallback.
    async fn rule_number(&self) -> Option<i64> {
        self.0.rule_no
    }

    /// Where it led.
    async fn target(&self) -> RoutingTarget {
        RoutingTarget(self.0.target.clone())
    }

    /// When it was filled in.
    async fn created_at(&self) -> Instant {
        self.0.created_at.into()
    }
}

/// What somebody answered to one field.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct RoutingAnswer {
    /// The field's key.
    field: String,
    /// The answer, or each of the chosen options.
    values: Vec<String>,
}

impl RoutingAnswer {
    fn of(field: &str, answer: &Answer) -> Self {
        let values = match answer {
            Answer::One(text) => vec![text.clone()],
            Answer::Some(chosen) => chosen.clone(),
        };
        Self {
            field: field.to_owned(),
            values,
        }
    }
}

connection! {
    /// What was answered to a form.
    RoutingSubmissionConnection, RoutingSubmissionEdge of RoutingSubmission
}

pub(super) async fn answered(
    ctx: &Context<'_>,
    form: RoutingFormId,
    page: Result<Page>,
) -> Result<RoutingSubmissionConnection> {
    let reading = Reads::of(ctx).tenant().await?;
    let slice = scheduling::routing::submissions(&reading, form, &page?)
        .await
        .map_err(on_top)?
        .map(RoutingSubmission);
    let count: Count = Box::new(move |reading| {
        Box::pin(async move {
            let counted = scheduling::routing::count_submissions(&reading, form).await;
            counted.map_err(on_top)
        })
    });
    Ok(RoutingSubmissionConnection { slice, count })
}
