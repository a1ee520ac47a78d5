//! What a refresh token is good for: the rule, without a database.

use chrono::{DateTime, Utc};
use kernel::id::GenerationId;

use super::{GRACE, Session};
use crate::store::generation::Model as Generation;

/// What a refresh token is good for at some moment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Worth {
    /// The next generation.
    Next,
    /// The successor that it was given a moment ago.
    Same(GenerationId),
    /// The end of its session: it was copied.
    Reused,
    /// Nothing.
    Nothing,
}

/// What it is good for now.
pub(super) fn worth(generation: &Generation, session: &Session, now: DateTime<Utc>) -> Worth {
    match (generation.rotated_at, generation.successor_id) {
        _ if !session.is_alive(now) => Worth::Nothing,
        (Some(at), Some(successor)) if now - at <= GRACE => Worth::Same(successor),
        (None, None) => Worth::Next,
        (Some(_), Some(_)) | (None, Some(_)) | (Some(_), None) => Worth::Reused,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use kernel::Id as _;
    use kernel::id::{SessionId, UserId};
    use uuid::Uuid;

    use super::super::{ACCESS_FOR, REFRESH_FOR};
    use super::*;

    fn noon() -> DateTime<Utc> {
        "2026-03-02T12:00:00Z".parse().unwrap()
    }

    fn session() -> Session {
        Session {
            id: SessionId::from_uuid(uuid(1)),
            user_id: UserId::from_uuid(uuid(2)),
            user_agent: None,
            ip: None,
            signed_in_at: noon(),
            refreshed_at: noon(),
            expires_at: noon() + REFRESH_FOR,
            revoked_at: None,
        }
    }

    fn uuid(bits: u128) -> Uuid {
        Uuid::from_u128(bits)
    }

    fn generation(rotated_at: Option<DateTime<Utc>>) -> Generation {
        Generation {
            id: GenerationId::from_uuid(uuid(3)),
            session_id: session().id,
            access_digest: Vec::new(),
            access_expires_at: noon() + ACCESS_FOR,
            refresh_digest: Vec::new(),
            rotated_at,
            successor_id: rotated_at.map(|_| GenerationId::from_uuid(uuid(4))),
            created_at: noon(),
        }
    }

    #[test]
    fn a_refresh_token_is_worth_its_successor_for_ten_seconds_and_then_the_end() {
        let (fresh, used) = (generation(None), generation(Some(noon())));
        let successor = GenerationId::from_uuid(uuid(4));
        let microsecond = TimeDelta::microseconds(1);
        assert_eq!(worth(&fresh, &session(), noon()), Worth::Next);
        assert_eq!(worth(&used, &session(), noon()), Worth::Same(successor));
        assert_eq!(worth(&used, &session(), noon() + GRACE), Worth::Same(successor));
        assert_eq!(
            worth(&used, &session(), noon() + GRACE + microsecond),
            Worth::Reused
        );
    }

    #[test]
    fn nothing_comes_of_an_ended_session() {
        let ended = Session {
            revoked_at: Some(noon()),
            ..session()
        };
        let last = noon() + REFRESH_FOR - TimeDelta::microseconds(1);
        for generation in [generation(None), generation(Some(noon()))] {
            assert_eq!(worth(&generation, &ended, noon()), Worth::Nothing);
            assert_eq!(
                worth(&generation, &session(), noon() + REFRESH_FOR),
                Worth::Nothing
            );
        }
        assert_eq!(worth(&generation(None), &session(), last), Worth::Next);
    }
}
