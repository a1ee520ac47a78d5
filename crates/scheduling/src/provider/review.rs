//! Admission: a profile is handed in, looked at, and admitted or not, with a word on why.

use db::{Tenant, Work};
use kernel::id::ProviderId;
use kernel::{EventType, Prose};
use serde_json::json;

use super::{ProviderChanged, hold_for_change};
use crate::error::Refusal;
use crate::patch::{expect_version, write_down};
use crate::store;
use crate::word::words;

words! {
    /// How far a provider's admission is. Only those who are admitted are shown to the public.
    pub enum ReviewState {
        /// The profile is being filled in.
        Draft = "DRAFT",
        /// Somebody is to look at it.
        PendingReview = "PENDING_REVIEW",
        /// Admitted.
        Active = "ACTIVE",
        /// Not admitted; may be handed in again.
        Declined = "DECLINED",
    }
}

impl ReviewState {
    /// Whether one may follow the other. Whoever reviews may do all of these; a provider hands in, and no more.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        match (self, next) {
            (Self::Draft | Self::Declined, Self::PendingReview)
            | (Self::Draft | Self::PendingReview | Self::Declined, Self::Active)
            | (Self::PendingReview | Self::Active, Self::Declined)
            | (Self::PendingReview, Self::Draft) => true,
            (Self::Draft, Self::Draft | Self::Declined)
            | (Self::PendingReview, Self::PendingReview)
            | (Self::Active, Self::Draft | Self::PendingReview | Self::Active)
            | (Self::Declined, Self::Draft | Self::Declined) => false,
        }
    }
}

/// What is decided about an admission.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The state that follows.
    pub next: ReviewState,
    /// Why, told to the provider; somebody who is declined hears a reason.
    pub reason: Option<Prose>,
    /// The version that was read.
    pub expected_version: Option<i64>,
}

impl Verdict {
    /// Without a word on why.
    #[must_use]
    pub fn of(next: ReviewState) -> Self {
        Self {
            next,
            reason: None,
            expected_version: None,
        }
    }
}

/// Moves an admission on. Providers may hand in their own profile; everything else is the organization's.
///
/// # Errors
/// If the right is missing, it is not there, has another version than expected, is not in a state that allows it, or is
/// declined without a reason.
pub async fn review_provider(
    work: &Work<Tenant>,
    id: ProviderId,
    verdict: Verdict,
) -> Result<ProviderChanged, Refusal> {
    let next = verdict.next;
    let decides = next != ReviewState::PendingReview;
    let mut provider = hold_for_change(work, id, decides).await?;
    expect_version(verdict.expected_version, provider.version)?;
    let of = ProviderChanged {
        provider: id,
        resource: provider.resource_id,
    };
    let before = provider.review_state;
    if before == next {
        return Ok(of);
    }
    if !before.may_become(next) {
        let wanted = "a state that may follow the present one";
        return Err(Refusal::wanted(
            "reviewState",
            wanted,
            format!("{before:?} to {next:?}"),
        ));
    }
    if next == ReviewState::Declined && verdict.reason.is_none() {
        return Err(Refusal::wanted(
            "reason",
            "a reason, 1 to 10,000 characters",
            "none",
        ));
    }
    provider.review_state = next;
    provider.review_reason = verdict.reason;
    let version = provider.touch(work.now());
    store::provider::save(work, provider).await?;
    // The reason is for the provider; the log tells that it was decided, and by whom.
    let diff = json!({ "reviewState": [before, next] });
    write_down(work, EventType::ProviderReviewed, (id, version), diff).await?;
    Ok(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_admission_moves_as_the_table_says() {
        use ReviewState::{Active, Declined, Draft, PendingReview};
        let all = [Draft, PendingReview, Active, Declined];
        let moves: Vec<(ReviewState, ReviewState)> = all
            .iter()
            .flat_map(|from| all.iter().map(move |to| (*from, *to)))
            .filter(|(from, to)| from.may_become(*to))
            .collect();
        assert_eq!(
            moves,
            [
                (Draft, PendingReview),
                (Draft, Active),
                (PendingReview, Draft),
                (PendingReview, Active),
                (PendingReview, Declined),
                (Active, Declined),
                (Declined, PendingReview),
                (Declined, Active),
            ]
        );
    }
}
