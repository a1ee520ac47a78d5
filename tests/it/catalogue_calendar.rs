//! Shorthand for calendars: hours, other hours, time that is taken, and the starts that are left.

use availability::Change;
use chrono::{DateTime, Utc};
use db::{Asker, Tenant};
use kernel::Id as _;
use kernel::id::ResourceId;
use scheduling::overrides::OverrideDraft;
use scheduling::slots::SlotsAsk;
use scheduling::{overrides, slots};

use crate::catalogue_cast::{Practice, at, on};
use crate::world::run;

/// The starts that the public is shown.
pub(crate) async fn starts(aurora: &Practice, ask: &SlotsAsk) -> Vec<String> {
    let found = slots::slots(&aurora.seen_by(&Asker::anonymous()).await, ask)
        .await
        .unwrap();
    let all = found.days.iter().flat_map(|it| &it.slots);
    all.map(|it| it.starts_at.format("%d %H:%M").to_string())
        .collect()
}

impl Practice {
    /// Weekdays from nine to noon.
    pub(crate) async fn works(&self, slug: &str) -> ResourceId {
        let person = self.has_person(slug).await;
        self.opens_on(person, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "09:00-12:00")
            .await;
        person
    }

    pub(crate) async fn overrides_on(&self, resource: ResourceId, date: &str, change: Change) {
        let draft = OverrideDraft {
            resource,
            date: on(date),
            change,
            reason: None,
        };
        let made = self.does(async |work| overrides::create_override(work, draft).await);
        made.await.unwrap();
    }

    /// Time that is taken, written where a booking would write it.
    pub(crate) async fn takes(
        &self,
        resource: ResourceId,
        (kind, from, to): (&str, &str, &str),
        expires: Option<DateTime<Utc>>,
    ) {
        let work = self
            .world
            .store
            .write(Tenant(self.id), &self.owner)
            .await
            .unwrap();
        let id: kernel::id::OccupancyId = work.mint();
        let row = "INSERT INTO occupancies (organization_id, id, resource_id, lane, starts_at, ends_at, owner_kind, \
                   owner_id, expires_at) VALUES ($1, $2, $3, 0, $4, $5, $6, $2, $7)";
        let values = [
            self.id.uuid().into(),
            id.uuid().into(),
            resource.uuid().into(),
            at(from).into(),
            at(to).into(),
            kind.into(),
            expires.into(),
        ];
        run(&work, row, values).await.unwrap();
        work.commit().await.unwrap();
    }
}
