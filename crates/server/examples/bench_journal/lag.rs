//! How long things took.

use chrono::TimeDelta;

use crate::Values;

/// Milliseconds, in order.
pub(crate) struct Lags(Vec<f64>);

impl Lags {
    /// Of some spans of time.
    pub(crate) fn of(spans: impl IntoIterator<Item = TimeDelta>) -> Self {
        let mut lags: Vec<f64> = spans.into_iter().map(|it| it.as_seconds_f64() * 1e3).collect();
        lags.sort_by(f64::total_cmp);
        Self(lags)
    }

    /// The time that this share of them stayed within.
    pub(crate) fn within(&self, share: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        let at = (last as f64 * share).round() as usize;
        self.0.get(at).copied().unwrap_or(f64::NAN)
    }

    /// What every lag says of itself.
    pub(crate) fn values(&self) -> Values {
        vec![
            ("p50", self.within(0.5)),
            ("p99", self.within(0.99)),
            ("worst", self.within(1.0)),
            ("times", self.0.len() as f64),
        ]
    }
}
