//! How many requests one endpoint gets at once from this node: one that is slow, or dead, delays no other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use kernel::id::WebhookEndpointId;

/// Requests at once.
const AT_ONCE: u32 = 4;

/// Requests at once to an endpoint where nothing arrives.
const AT_ONCE_FAILING: u32 = 1;

/// How long whoever is turned away waits; longer, the more of them there are.
const WAIT: TimeDelta = TimeDelta::seconds(1);

/// The longest that is.
const WAIT_MAX: TimeDelta = TimeDelta::seconds(60);

/// One gate for each endpoint that is being asked.
#[derive(Debug, Default)]
pub(super) struct Gates(Mutex<HashMap<WebhookEndpointId, Gate>>);

#[derive(Debug, Default)]
struct Gate {
    inside: u32,
    turned_away: i32,
}

/// A place inside; leaving is dropping it.
#[derive(Debug)]
pub(super) struct Pass {
    gates: Arc<Gates>,
    endpoint: WebhookEndpointId,
}

impl Gates {
    /// Lets somebody in, or says how long to wait before asking again.
    pub(super) fn enter(
        self: &Arc<Self>,
        endpoint: WebhookEndpointId,
        is_failing: bool,
    ) -> Result<Pass, TimeDelta> {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let gate = gates.entry(endpoint).or_default();
        let room = if is_failing { AT_ONCE_FAILING } else { AT_ONCE };
        if gate.inside >= room {
            gate.turned_away = gate.turned_away.saturating_add(1);
            return Err((WAIT * (1 + gate.turned_away / 4)).min(WAIT_MAX));
        }
        gate.inside += 1;
        gate.turned_away = 0;
        drop(gates);
        Ok(Pass {
            gates: Arc::clone(self),
            endpoint,
        })
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut gates = self.gates.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = gates.get_mut(&self.endpoint) {
            gate.inside -= 1;
            if gate.inside == 0 {
                gates.remove(&self.endpoint);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(letter: char) -> WebhookEndpointId {
        format!("whe_01kjp00000000000000000000{letter}").parse().unwrap()
    }

    #[test]
    fn an_endpoint_that_is_full_turns_away_its_own_and_nobody_elses() {
        let gates = Arc::new(Gates::default());
        let inside: Vec<Pass> = (0..AT_ONCE)
            .map(|_| gates.enter(endpoint('a'), false).unwrap())
            .collect();
        assert_eq!(gates.enter(endpoint('a'), false).unwrap_err(), WAIT);
        assert!(gates.enter(endpoint('b'), false).is_ok());
        drop(inside);
        assert!(gates.enter(endpoint('a'), false).is_ok());
        assert!(
            gates.0.lock().unwrap().is_empty(),
            "nothing is remembered of who is gone"
        );
    }

    #[test]
    fn an_endpoint_where_nothing_arrives_gets_one_at_a_time_and_those_who_wait_wait_longer() {
        let gates = Arc::new(Gates::default());
        let _inside = gates.enter(endpoint('a'), true).unwrap();
        let waits: Vec<TimeDelta> = (0..1_000)
            .map(|_| gates.enter(endpoint('a'), true).unwrap_err())
            .collect();
        assert_eq!(waits[0], WAIT);
        assert!(waits.is_sorted() && waits.last() == Some(&WAIT_MAX));
    }
}
