//! How often what may be done: data, so that an operator, a test or a bench can say otherwise.

use db::rate::Limit;
use serde::{Deserialize, Serialize};

/// The cluster-wide limits. The gateway spends them before a verb runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimits {
    /// Anonymous calls from one address.
    pub api: Limit,
    /// Calls of one signed-in person.
    pub user: Limit,
    /// Calls with one API key whose own rate is not set.
    pub key: Limit,
    /// Registrations from one address.
    pub register: Limit,
    /// Sign-ins from one address.
    pub sign_in: Limit,
    /// Sign-ins to one account, from wherever: guessing from many addresses is guessing too.
    pub sign_in_account: Limit,
    /// Refreshes from one address.
    pub refresh: Limit,
    /// Password resets asked for and tried from one address.
    pub reset: Limit,
    /// Codes and invitations tried from one address.
    pub code: Limit,
    /// Invitations made in one organization.
    pub invitation: Limit,
    /// Organizations founded from one address.
    pub onboarding: Limit,
    /// Bookings from one address.
    pub booking: Limit,
    /// Messages over WhatsApp in one organization.
    pub whatsapp: Limit,
    /// Turns of one person in a chat with the assistant.
    pub ai_chat: Limit,
}

const MINUTE: u32 = 60;
const HOUR: u32 = 60 * MINUTE;

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            api: Limit::new(60, MINUTE),
            user: Limit::new(600, MINUTE),
            key: Limit::new(600, MINUTE),
            register: Limit::new(5, HOUR),
            sign_in: Limit::new(30, 15 * MINUTE),
            sign_in_account: Limit::new(20, 15 * MINUTE),
            refresh: Limit::new(120, MINUTE),
            reset: Limit::new(10, HOUR),
            code: Limit::new(30, HOUR),
            invitation: Limit::new(100, HOUR),
            onboarding: Limit::new(3, HOUR),
            booking: Limit::new(5, 10 * MINUTE),
            whatsapp: Limit::new(10, MINUTE),
            ai_chat: Limit::new(20, HOUR),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_sets_one_limit_leaves_the_others() {
        let read: RateLimits = serde_json::from_str(r#"{"booking":{"max":500,"seconds":60}}"#).unwrap();
        assert_eq!(
            read,
            RateLimits {
                booking: Limit::new(500, 60),
                ..RateLimits::default()
            }
        );
        let misspelt = serde_json::from_str::<RateLimits>(r#"{"bookings":{"max":1,"seconds":1}}"#);
        assert!(misspelt.is_err_and(|it| it.to_string().contains("`bookings`")));
    }
}
