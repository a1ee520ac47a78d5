//! Stands in until the calendar is there.
use crate::error::Refusal;
use crate::needs::Needs;
use crate::occupancy::OwnerKind;
use crate::store;
use availability::recurrence::Rule;
use availability::*;
use db::{Tenant, Work};
use kernel::id::*;
use kernel::{Id as _, Span};
use std::collections::BTreeMap;
use uuid::Uuid;

pub(crate) async fn load(
    work: &Work<Tenant>,
    needs: &Needs,
    (span, without): (Span, Option<Uuid>),
) -> Result<(Policy, BTreeMap<ResourceId, Calendar>), Refusal> {
    let mut policy = needs.service.policy()?;
    policy.limits.clear();
    let ids: Vec<ResourceId> = needs.resources.iter().map(|it| it.id).collect();
    let wide = Span::new(
        span.start() - chrono::TimeDelta::days(1),
        span.end() + chrono::TimeDelta::days(1),
    )
    .expect("span");
    let rows = store::occupancy::meeting(work, &ids, wide).await?;
    let mut all = BTreeMap::new();
    for resource in &needs.resources {
        let mut facts = Facts::new(Tag::of(resource.id), resource.timezone);
        facts.lanes = std::num::NonZeroU16::new(resource.capacity as u16).expect("lanes");
        facts.rules.push(HoursRule::new(
            Tag(1),
            Rule::for_dates("FREQ=DAILY").expect("rule"),
            "2020-01-01".parse().expect("date"),
            "00:00-24:00".parse().expect("hours"),
        ));
        for row in rows
            .iter()
            .filter(|it| it.resource_id == resource.id && it.expires_at.is_none_or(|at| at > work.now()))
        {
            let kind = match row.owner_kind {
                OwnerKind::Hold => Owner::Hold,
                OwnerKind::Booking => Owner::Booking,
                OwnerKind::Block => Owner::Block,
            };
            facts.occupancies.push(Occupancy {
                owner: Tag(row.owner_id.as_u128()),
                kind,
                lane: Some(row.lane as u16),
                span: Span::new(row.starts_at, row.ends_at).expect("span"),
            });
            if row.owner_kind == OwnerKind::Booking {
                let id = BookingId::from_uuid(row.owner_id);
                let booking = store::find::<store::booking::Entity>(work, &[id])
                    .await?
                    .remove(0);
                if booking.seats > 1 {
                    let taken = store::attendee::of(work, &[id])
                        .await?
                        .iter()
                        .filter(|it| it.is_live(work.now()))
                        .count();
                    facts.sessions.push(Session {
                        booking: Tag::of(id),
                        service: Tag::of(booking.service_id),
                        span: Span::new(booking.starts_at, booking.ends_at).expect("span"),
                        seats: booking.seats as u16,
                        taken: taken as u16,
                    });
                }
            }
        }
        if let Some(without) = without {
            facts = facts.without(Tag(without.as_u128()));
        }
        all.insert(resource.id, Calendar::new(facts));
    }
    Ok((policy, all))
}
