//! A node that is paused in the middle of its deliveries, and goes on when somebody else has them.
//!
//! Both nodes have deliveries in their hands, and the receiver answers neither. The one is paused; then the receiver answers
//! everybody. What the other had arrives; the answers to the paused one lie in its sockets. When its leases have run out, the other sends
//! the same again, and meets one of three receivers by the endpoint: one that answers at once, one that wants it once more
//! in five seconds, one that takes its time. At that moment the paused one goes on: whatever it makes of the answers in its
//! sockets, nothing of that may be seen in the log of deliveries.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::watch;

use super::house::{self, House, RENAME};
use super::receiver::{Arrival, Receiver, Reply, When};
use super::rows::{self, Delivery};
use crate::Outcome;
use crate::client::Client;
use crate::dice::Dice;
use crate::place::Place;
use crate::process::Server;
use crate::scene::run;

/// Endpoints, each asked by two deliveries at once at most, so that none is full.
const ENDPOINTS: usize = 15;

/// Deliveries of one round: as many as both nodes carry at once, nearly.
const DELIVERIES: usize = ENDPOINTS * 2;

/// How long it may take until all of them wait for their answer; a node waits fifteen seconds for one.
const HANDED_OUT: Duration = Duration::from_secs(8);

/// How long after that the node is paused in milliseconds, at least and at most. A lease ends a minute after it was taken, and
/// nodes look every second: whoever dies in the first second of a lease is replaced in the second after its minute.
const IN_THE_MIDDLE: (usize, usize) = (1_500, 5_000);

/// How long the work of a node that has stopped may lie.
const LATE: Duration = Duration::from_secs(60);

/// How long the other node may take to carry what it has.
const STILL: Duration = Duration::from_secs(2);

/// How long anybody waits for a lease to run out.
const TAKEN_OVER: Duration = Duration::from_secs(90);

/// How long the one that was paused has for its mischief.
const AWAKE: Duration = Duration::from_secs(3);

/// How long it may take until everything has arrived.
const ARRIVED: Duration = Duration::from_secs(60);

/// How long a write may take while a node is paused. One that was paused in the middle of a write to SQLite's file lets
/// nobody write: that is no pause in the middle of a delivery.
const WRITE: Duration = Duration::from_secs(2);

/// What has been found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// How often a node was paused.
    pub(super) pauses: usize,
    /// Deliveries that it had in its hands.
    pub(super) zombies: usize,
    /// From the pause until somebody else sent the same.
    pub(super) takeovers: Vec<Duration>,
    /// Deliveries in whose log the one that was paused is seen.
    pub(super) zombie_acks: usize,
}

impl Found {
    /// Takeovers that came too late.
    pub(super) fn late(&self) -> usize {
        self.takeovers.iter().filter(|it| **it > LATE).count()
    }
}

/// The gates of a round: for everybody's first answer, and for the second answer of those that take their time.
#[derive(Debug, Clone)]
struct Gates {
    first: watch::Sender<bool>,
    second: watch::Sender<bool>,
}

impl Gates {
    fn closed() -> Self {
        Self {
            first: watch::Sender::new(false),
            second: watch::Sender::new(false),
        }
    }
}

/// What an endpoint does when something comes a second time.
#[derive(Debug, Clone, Copy)]
enum Second {
    Thanks,
    Refuses,
    TakesTime,
}

impl Second {
    fn of(path: &str) -> Self {
        let number: usize = path.trim_start_matches('/').parse().unwrap_or_default();
        [Self::Thanks, Self::Refuses, Self::TakesTime][number % 3]
    }

    /// How often it is tried in the log, and what was answered last, if only the successor is seen there.
    fn log(self) -> (u32, &'static str) {
        match self {
            Self::Thanks | Self::TakesTime => (1, "second"),
            Self::Refuses => (2, "third"),
        }
    }
}

fn reply(gates: &Gates, arrival: &Arrival) -> Reply {
    match (arrival.time, Second::of(&arrival.path)) {
        (1, _) => Reply::thanks("first").held(gates.first.subscribe()),
        (2, Second::Thanks) => Reply::thanks("second"),
        (2, Second::Refuses) => Reply {
            status: 503,
            words: "second",
            when: When::After(Duration::ZERO),
        },
        (2, Second::TakesTime) => Reply::thanks("second").held(gates.second.subscribe()),
        _ => Reply::thanks("third"),
    }
}

/// A house whose deliveries are carried by two nodes.
struct Stage<'a> {
    gates: Arc<Mutex<Gates>>,
    receiver: Receiver,
    desk: Client,
    resource: String,
    worker: &'a Server,
}

/// Pauses a worker beside a node that serves, so often.
pub(super) async fn prove(
    place: &Place,
    (serving, worker): (&Server, &Server),
    rounds: usize,
) -> Outcome<Found> {
    let mut house = House::found(serving.address, &format!("pauses-{}", place.name)).await?;
    let resource = house.furnisher.resource("bea", "PERSON", 1).await?;
    let gates = Arc::new(Mutex::new(Gates::closed()));
    let shared = Arc::clone(&gates);
    let receiver =
        Receiver::open(move |arrival| reply(&shared.lock().unwrap_or_else(PoisonError::into_inner), arrival))
            .await?;
    let mut desk = house.desk(serving.address);
    for number in 0..ENDPOINTS {
        house::endpoint(
            &mut desk,
            receiver.at(&format!("/{number}")),
            &["resource.updated"],
        )
        .await?;
    }
    let mut stage = Stage {
        gates,
        receiver,
        desk,
        resource,
        worker,
    };
    let (mut found, mut dice) = (Found::default(), Dice::new(7));
    for round in 0..rounds {
        stage.round(round, &mut dice, &mut found).await?;
    }
    found.takeovers.sort_unstable();
    Ok(found)
}

impl Stage<'_> {
    async fn round(&mut self, round: usize, dice: &mut Dice, found: &mut Found) -> Outcome<()> {
        let gates = Gates::closed();
        *self.gates.lock().unwrap_or_else(PoisonError::into_inner) = gates.clone();
        let before = self.receiver.came().len();
        for number in 0..DELIVERIES / ENDPOINTS {
            self.rename(&format!("{round} {number}"), false).await?;
        }
        let are_all_out = |came: &[Arrival]| came.len() >= before + DELIVERIES;
        if !self.receiver.until(are_all_out, HANDED_OUT).await {
            let came = self.receiver.came().len() - before;
            return Err(format!("the nodes carry {came} deliveries at once, and should {DELIVERIES}").into());
        }
        let pause = IN_THE_MIDDLE.0 + dice.below(IN_THE_MIDDLE.1 - IN_THE_MIDDLE.0);
        tokio::time::sleep(Duration::from_millis(pause as u64)).await;
        let paused_at = self.pause().await?;
        gates.first.send_replace(true);
        let zombies = self.in_its_hands().await?;
        let again = self.taken_over(&zombies).await?;
        self.worker.signal("CONT")?;
        tokio::time::sleep(AWAKE).await;
        gates.second.send_replace(true);
        self.desk.hang_up();
        let log = self.arrived(&zombies).await?;
        found.pauses += 1;
        found.zombies += zombies.len();
        found
            .takeovers
            .extend(again.iter().map(|it| it.moment - paused_at));
        for delivery in log.iter().filter(|it| is_a_zombies(it)) {
            eprintln!("a zombie is seen: {delivery:?}");
            found.zombie_acks += 1;
        }
        Ok(())
    }

    /// An event, or, rehearsed, only the room for one.
    async fn rename(&mut self, name: &str, is_rehearsed: bool) -> Outcome<()> {
        let input = json!({ "resourceId": self.resource, "name": name, "validateOnly": is_rehearsed });
        run(&mut self.desk, RENAME, input).await.map(drop)
    }

    /// Pauses the worker, and says when.
    async fn pause(&mut self) -> Outcome<Instant> {
        loop {
            let paused_at = Instant::now();
            self.worker.signal("STOP")?;
            if let Ok(written) = tokio::time::timeout(WRITE, self.rename("nobody", true)).await {
                return written.map(|()| paused_at);
            }
            self.worker.signal("CONT")?;
            self.desk.hang_up();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What is left when the other node has carried what it had.
    async fn in_its_hands(&mut self) -> Outcome<Vec<Delivery>> {
        let (mut last, mut since) = (usize::MAX, Instant::now());
        loop {
            let waiting: Vec<Delivery> = rows::deliveries(&mut self.desk)
                .await?
                .into_iter()
                .filter(|it| it.state == "WAITING")
                .collect();
            if waiting.len() != last {
                (last, since) = (waiting.len(), Instant::now());
            }
            if since.elapsed() < STILL {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
            // Not those that were given up and are about to be tried again.
            let untried: Vec<_> = waiting.into_iter().filter(|it| it.attempts == 0).collect();
            if untried.is_empty() {
                return Err("the node that was paused had nothing in its hands".into());
            }
            return Ok(untried);
        }
    }

    /// Waits until all of them have come once more; gives the arrivals.
    async fn taken_over(&self, zombies: &[Delivery]) -> Outcome<Vec<Arrival>> {
        let again = |came: &[Arrival]| -> Vec<Arrival> {
            let wanted = |it: &&Arrival| it.time == 2 && zombies.iter().any(|zombie| is_of(it, zombie));
            came.iter().filter(wanted).cloned().collect()
        };
        if self
            .receiver
            .until(|came| again(came).len() == zombies.len(), TAKEN_OVER)
            .await
        {
            Ok(again(&self.receiver.came()))
        } else {
            Err("nobody takes over what a paused node has".into())
        }
    }

    /// Waits until everything has arrived; gives the log of those that were in the hands of the paused one.
    async fn arrived(&mut self, zombies: &[Delivery]) -> Outcome<Vec<Delivery>> {
        let began = Instant::now();
        loop {
            let log = rows::deliveries(&mut self.desk).await?;
            let mut states: BTreeMap<&str, usize> = BTreeMap::new();
            for delivery in &log {
                *states.entry(&delivery.state).or_default() += 1;
            }
            if states.get("DELIVERED") == Some(&log.len()) {
                let was_one = |it: &Delivery| {
                    zombies
                        .iter()
                        .any(|zombie| (&zombie.path, &zombie.event_id) == (&it.path, &it.event_id))
                };
                return Ok(log.into_iter().filter(was_one).collect());
            }
            if began.elapsed() > ARRIVED {
                return Err(format!("something does not arrive: {states:?}").into());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

fn is_of(arrival: &Arrival, delivery: &Delivery) -> bool {
    (&arrival.path, &arrival.id) == (&delivery.path, &delivery.event_id)
}

fn is_a_zombies(delivery: &Delivery) -> bool {
    let seen = (delivery.attempts, delivery.answer_body.as_deref());
    let (attempts, words) = Second::of(&delivery.path).log();
    seen != (attempts, Some(words)) || delivery.error.is_some()
}
