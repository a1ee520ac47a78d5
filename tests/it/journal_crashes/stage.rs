//! An organization in which something is about to be done: somebody who is booked and signs in, two endpoints, a mail box.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use db::journal::number::backlog;
use db::journal::reader::behind;
use db::timer::{self, LEASE};
use db::{Tenant, Work};
use flows::tell::{NOTIFIER, WEBHOOKS};
use kernel::Id as _;
use kernel::id::{MembershipId, ResourceId, ServiceId, WebhookEndpointId};
use messaging::webhook::endpoint::create_endpoint;
use scheduling::provider::{Person, ProviderDraft, ProviderEdit, ReviewState, create_provider};
use scheduling::resource::ResourceKind;
use scheduling::service::ServiceEdit;

use super::carrier::Carrier;
use super::scene::Scene;
use crate::world::hooks::draft;
use crate::world::practice::Practice;
use crate::world::telling::{Postbox, Receiver, Teller, outside};
use crate::world::{World, run};

/// How long whoever takes over may need until nothing is left: what the dead one asked of the database may still be on its
/// way when they look.
const PATIENCE: Duration = Duration::from_secs(60);

/// What one of the endpoints wants: whatever a scene is about, and nothing of how its stage is set.
const MUCH: &[&str] = &[
    "booking.*",
    "hold.*",
    "waitlist.*",
    "series.*",
    "webhook_endpoint.disabled",
    "webhook_endpoint.paused",
    "webhook_endpoint.resumed",
];

/// Whoever is no member is told nothing inside.
const MEMBERSHIP: &str = "INSERT INTO memberships (organization_id, id, user_id, role, version, created_at, updated_at) \
    VALUES ($1, $2, $3, 'PROVIDER', 1, $4, $4)";

/// Everybody outside, for all the stages of a scene.
pub(super) struct Elsewhere {
    receiver: Receiver,
    postbox: Postbox,
    carrier: Carrier,
    /// How many there were.
    stages: usize,
    /// The ids of everything that was to be told there.
    known: BTreeSet<String>,
}

/// What reached whom how often.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Again, under the same id.
    pub(super) duplicates: u64,
    /// Of those, what was not the same.
    pub(super) differing: u64,
    /// Under an id that nothing has.
    pub(super) strangers: u64,
}

impl Elsewhere {
    pub(super) async fn new() -> Self {
        let postbox = Postbox::new();
        Self {
            receiver: Receiver::new().await,
            carrier: Carrier::new(postbox.clone()),
            postbox,
            stages: 0,
            known: BTreeSet::new(),
        }
    }

    /// Counts what came.
    pub(super) fn told(&self) -> Told {
        let mut came: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for it in self.receiver.everything() {
            let id = it.header("webhook-id").to_owned();
            came.entry((it.path, id)).or_default().push(it.body);
        }
        for it in self.postbox.got() {
            let invite = it.invite.map(|it| it.text);
            let letter = format!("{:?}\n{}\n{}\n{invite:?}", it.to_name, it.subject, it.text);
            came.entry((it.to.to_string(), it.id)).or_default().push(letter);
        }
        let mut told = Told::default();
        for ((_, id), same) in came {
            told.duplicates += same.len() as u64 - 1;
            told.differing += same.iter().filter(|it| **it != same[0]).count() as u64;
            told.strangers += u64::from(!self.known.contains(&id));
        }
        told
    }
}

/// One organization in which a scene is played once.
pub(super) struct Stage<'a> {
    pub(super) world: &'a World,
    pub(super) practice: Practice,
    pub(super) receiver: Receiver,
    pub(super) postbox: Postbox,
    carrier: Carrier,
    pub(super) host: ResourceId,
    /// Who wants [`MUCH`], and who wants what is about bookings.
    pub(super) endpoints: [WebhookEndpointId; 2],
    /// Where those are.
    pub(super) paths: [String; 2],
}

/// The day after this one begins.
fn midnight_after(now: DateTime<Utc>) -> DateTime<Utc> {
    now.duration_trunc(TimeDelta::days(1)).unwrap() + TimeDelta::days(1)
}

/// Nine o'clock of the day after this one: every stage begins at the same hour, so that what is made so many days ahead is
/// the same.
fn morning_after(now: DateTime<Utc>) -> DateTime<Utc> {
    midnight_after(now) + TimeDelta::hours(9)
}

impl<'a> Stage<'a> {
    /// A fresh one, in which nothing is left to do.
    pub(super) async fn new(world: &'a World, elsewhere: &mut Elsewhere) -> Self {
        world
            .clock
            .advance(morning_after(world.store.now()) - world.store.now());
        elsewhere.stages += 1;
        let number = elsewhere.stages;
        let practice = world.practice(&format!("stage-{number}")).await;
        let host = practice.resource("bea", ResourceKind::Person, 1).await;
        let bea = world.person(&format!("bea-{number}@example.com")).await;
        let paths = ["much", "bookings"].map(|it| format!("/{number}/{it}"));
        let work = practice.staff().await;
        let profile = ProviderDraft {
            person: Person::Known(host),
            details: ProviderEdit {
                user: Some(Some(bea)),
                ..ProviderEdit::default()
            },
            review_state: ReviewState::Active,
        };
        create_provider(&work, profile).await.unwrap();
        let membership: MembershipId = work.mint();
        let place = [
            work.organization().uuid().into(),
            membership.uuid().into(),
            bea.uuid().into(),
            work.now().into(),
        ];
        run(&work, MEMBERSHIP, place).await.unwrap();
        let mut endpoints = Vec::new();
        for (path, types) in paths.iter().zip([MUCH, &["booking.*"]]) {
            let endpoint = draft(&elsewhere.receiver.at(path), types);
            endpoints.push(create_endpoint(&work, endpoint).await.unwrap().endpoint);
        }
        work.commit().await.unwrap();
        let stage = Self {
            world,
            practice,
            receiver: elsewhere.receiver.clone(),
            postbox: elsewhere.postbox.clone(),
            carrier: elsewhere.carrier.clone(),
            host,
            endpoints: endpoints.try_into().unwrap(),
            paths,
        };
        stage.rests().await;
        stage
    }

    /// Who works here; each has memories of their own, and dies with them.
    pub(super) fn worker(&self) -> Teller {
        Teller::with(Arc::new(self.carrier.clone()), self.postbox.clone())
    }

    /// Keepers of promises who are held up whenever they have asked somebody outside.
    pub(super) fn held_up(&self) -> (flows::promises::Keepers, Carrier) {
        let carrier = self.carrier.held_up();
        let post = Arc::new(carrier.clone());
        (outside(post.clone(), post).keepers(), carrier)
    }

    /// A service that the host gives, known to everybody.
    pub(super) async fn service(&self, details: ServiceEdit) -> ServiceId {
        let made = self.practice.service("lesson", &[self.host], details).await;
        self.rests().await;
        made
    }

    /// A full hour of the day after this one.
    pub(super) fn tomorrow(&self, hour: i64) -> DateTime<Utc> {
        midnight_after(self.world.store.now()) + TimeDelta::hours(hour)
    }

    /// Lets time pass until a moment, and does everything before it.
    pub(super) async fn until(&self, at: DateTime<Utc>) {
        let second = TimeDelta::seconds(1);
        let before = at - second - self.world.store.now();
        self.worker().passes(self.world, before).await;
        self.world.clock.advance(second);
    }

    /// Does everything that is to be done, however long the database takes to let go of what somebody dead held.
    pub(super) async fn rests(&self) {
        let resting = async {
            loop {
                self.worker().works(self.world).await;
                if self.is_at_rest().await {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let rested = tokio::time::timeout(PATIENCE, resting).await;
        rested.expect("whoever takes over comes to an end");
    }

    async fn is_at_rest(&self) -> bool {
        let store = &self.world.store;
        let mut left = backlog(store).await.unwrap().events + timer::backlog(store).await.unwrap().promises;
        for reader in [WEBHOOKS, NOTIFIER] {
            left += behind(store, reader, 1).await.unwrap().len() as u64;
        }
        left == 0
    }

    /// The lease of whoever died runs out, and somebody else does what is left, to the end of the scene.
    pub(super) async fn takes_over(&self, scene: Scene) {
        self.world.clock.advance(LEASE + TimeDelta::seconds(1));
        scene.outside_recovers(self);
        self.rests().await;
        scene.goes_on(self).await;
        self.rests().await;
    }

    pub(super) async fn work(&self) -> Work<Tenant> {
        self.practice.staff().await
    }

    /// Ends the stage: what else was promised there is nobody's affair any more.
    pub(super) async fn strikes(self, elsewhere: &mut Elsewhere) {
        let work = self.work().await;
        for known in self.known(&work).await {
            elsewhere.known.insert(known);
        }
        let organization = self.practice.organization.uuid();
        let all = "DELETE FROM timers WHERE organization_id = $1";
        run(&work, all, [organization.into()]).await.unwrap();
        work.commit().await.unwrap();
    }
}
