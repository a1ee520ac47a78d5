//! The cast of the stories of managed teams.

use db::paging::Slice;
use db::{Asker, Tenant, Work};
use kernel::Id as _;
use kernel::id::{BookingId, ResourceId, ServiceId, TeamId};
use scheduling::Refusal;
use scheduling::booking::{self, BookingMade, Status};
use scheduling::service::{self, Service, ServiceChanged, ServiceDraft, ServiceEdit, Services};
use scheduling::team::{self, Lock, Locks, Strategy, TeamEdit, TeamPlace};

use crate::catalogue_cast::{Practice, at, euros, first};
use crate::world::World;
use crate::world::practice::draft;

/// A managed team of three, two of whom belong to it, and a template of its own.
pub(crate) struct School {
    pub(crate) aurora: Practice,
    pub(crate) team: TeamId,
    pub(crate) template: ServiceId,
    pub(crate) bia: ResourceId,
    pub(crate) carla: ResourceId,
    pub(crate) duda: ResourceId,
}

impl School {
    pub(crate) async fn opens(world: World, locks: &[Lock]) -> Self {
        let aurora = Practice::opens(world).await;
        let [bia, carla, duda] = [
            aurora.has_person("bia").await,
            aurora.has_person("carla").await,
            aurora.has_person("duda").await,
        ];
        let team = aurora.has_team("maths", Strategy::Managed, &[bia, carla]).await;
        let mut school = Self {
            template: ServiceId::from_uuid(bia.uuid()),
            aurora,
            team,
            bia,
            carla,
            duda,
        };
        school.locks(locks).await.unwrap();
        school.template = school.makes("lesson").await.unwrap().service;
        school
    }

    pub(crate) async fn makes(&self, slug: &str) -> Result<ServiceChanged, Refusal> {
        let draft = ServiceDraft {
            slug: slug.parse().unwrap(),
            title: "Lesson".parse().unwrap(),
            duration_minutes: 60,
            price: euros(5_000),
            managed_by: Some(self.team),
            details: ServiceEdit::default(),
        };
        let made = self
            .aurora
            .does(async |work| service::create_service(work, draft).await);
        made.await
    }

    pub(crate) async fn locks(&self, locks: &[Lock]) -> Result<(), Refusal> {
        let edit = TeamEdit {
            locks: Some(Locks(locks.iter().copied().collect())),
            ..TeamEdit::default()
        };
        let verb = async |work: &Work<Tenant>| team::update_team(work, self.team, edit, None).await;
        self.aurora.does(verb).await.map(drop)
    }

    pub(crate) async fn edits(&self, id: ServiceId, edit: ServiceEdit) -> Result<ServiceChanged, Refusal> {
        let verb = async |work: &Work<Tenant>| service::update_service(work, id, edit, None).await;
        self.aurora.does(verb).await
    }

    pub(crate) async fn joins(&self, who: ResourceId) -> Result<(), Refusal> {
        let places = vec![TeamPlace::of(who)];
        let verb = async |work: &Work<Tenant>| team::put_team_members(work, self.team, places, None).await;
        self.aurora.does(verb).await.map(drop)
    }

    pub(crate) async fn leaves(&self, who: ResourceId) -> Result<(), Refusal> {
        let verb = async |work: &Work<Tenant>| team::remove_team_members(work, self.team, &[who], None).await;
        self.aurora.does(verb).await.map(drop)
    }

    /// The copies that are not put away.
    pub(crate) async fn copies(&self) -> Vec<Service> {
        let reading = self.aurora.seen().await;
        let page = first::<Services>();
        let found: Slice<Service> = service::copies_of_service(&reading, self.template, &page)
            .await
            .unwrap();
        found.rows.into_iter().map(|(_, it)| it).collect()
    }

    pub(crate) async fn copy_of(&self, who: ResourceId) -> Service {
        let all = self.copies().await;
        all.into_iter()
            .find(|it| it.given_by == Some(who))
            .expect("a copy")
    }

    pub(crate) async fn service(&self, id: ServiceId) -> Service {
        let found = service::find_services(&self.aurora.seen().await, &[id]).await;
        found.unwrap().pop().expect("a service")
    }

    pub(crate) async fn books(&self, service: ServiceId, starts_at: &str) -> Result<BookingMade, Refusal> {
        let draft = draft(service, at(starts_at));
        let verb = async |work: &Work<Tenant>| booking::create(work, draft).await;
        self.aurora.does_as(&Asker::anonymous(), verb).await
    }

    pub(crate) async fn status(&self, id: BookingId) -> Status {
        let found = booking::find_bookings(&self.aurora.seen().await, &[id]).await;
        found.unwrap()[0].status
    }

    /// How often something has been written down.
    pub(crate) async fn deeds(&self, action: &str) -> usize {
        let deeds = self.aurora.deeds().await;
        deeds.iter().filter(|it| *it == action).count()
    }
}

pub(crate) fn title(text: &str) -> ServiceEdit {
    ServiceEdit {
        title: text.parse().ok(),
        ..ServiceEdit::default()
    }
}

pub(crate) fn price(minor: i64) -> ServiceEdit {
    ServiceEdit {
        price: Some(euros(minor)),
        ..ServiceEdit::default()
    }
}
