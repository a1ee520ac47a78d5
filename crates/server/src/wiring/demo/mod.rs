//! The demo: four small organizations with a past and a future, made by the same verbs as any other.
//!
//! It is told by a clock of its own that walks from three weeks ago to the present: what it makes looks as if it had been
//! made then. Everything but that present is the same every time.
//!
//! **Invariant:** nothing here writes a row. What no verb can do, the demo does not show.

mod calendar;
mod diary;
mod examples;
mod house;
mod lessons;
mod practice;
mod solo;
mod studio;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use db::rate::Limit;
use db::{Account, Asker, Store, Tenant, Work};
use kernel::id::{OrganizationId, UserId};
use kernel::{Actor, Clock as _, ManualClock};
use tenancy::{Hasher, Password, PasswordHash, RateLimits, Role};

use self::diary::Habit;
use self::house::{Founded, House, Kind};
use super::broken;
use crate::config::Config;
use crate::demo::{Demo, Shown, SignIn};
use crate::start::Failure;

/// The password of everybody in the demo.
const PASSWORD: &str = "correct horse battery";

/// How long before the present its organizations were founded: before anybody booked.
const OPENED: TimeDelta = TimeDelta::days(21);

/// The four, the first of which the first query is about.
const HOUSES: [&House; 4] = [&solo::HOUSE, &studio::HOUSE, &practice::HOUSE, &lessons::HOUSE];

type Made<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Nobody trying things out should meet the limits of the public. Beside other people's accounts, in a database that is
/// not the demo's own, whatever guards passwords stays as it is.
pub(super) fn limits(config: &Config) -> RateLimits {
    let much = Limit::new(600_000, 60);
    let open = RateLimits {
        api: much,
        user: much,
        key: much,
        booking: much,
        ..config.rate_limits
    };
    if config.database_url.is_some() {
        return open;
    }
    RateLimits {
        register: much,
        sign_in: much,
        sign_in_account: much,
        refresh: much,
        reset: much,
        code: much,
        invitation: much,
        onboarding: much,
        ..open
    }
}

/// Makes the demo. A database that has one already gets another beside it.
pub(super) async fn furnish(store: &Store, hasher: &Hasher) -> Result<Demo, Failure> {
    let taken = is_taken(store).await.map_err(broken("demo"))?;
    let suffix = if taken {
        format!("-{:06x}", u32::from_le_bytes(store.ids().secret()) >> 8)
    } else {
        String::new()
    };
    let made = async {
        let stage = Stage::set(store, hasher, suffix).await?;
        stage.play().await
    };
    made.await
        .map_err(|why| Failure::Machine(format!("the demo cannot be made: {why}")))
}

async fn is_taken(store: &Store) -> Result<bool, db::Fault> {
    let reading = store.read(Account, &Asker::anonymous()).await?;
    for house in HOUSES {
        if tenancy::organization_named(&reading, house.slug).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What every organization of the demo is made with.
struct Stage {
    /// The database, by the demo's clock.
    store: Store,
    clock: Arc<ManualClock>,
    /// Where the clock ends up.
    present: DateTime<Utc>,
    /// Everybody's: hashing is what a demo would spend its time on.
    hash: PasswordHash,
    suffix: String,
}

impl Stage {
    async fn set(store: &Store, hasher: &Hasher, suffix: String) -> Made<Self> {
        let present = store.now();
        let clock = Arc::new(ManualClock::at(present));
        let password = Password::new(PASSWORD, &"anybody@example.com".parse()?)?;
        Ok(Self {
            hash: hasher.hash(&password, store.ids()).await?,
            store: store.with_clock(clock.clone()),
            clock,
            present,
            suffix,
        })
    }

    async fn play(&self) -> Made<Demo> {
        let mut shown = Vec::new();
        let (mut query, mut examples) = (String::new(), Vec::new());
        for house in HOUSES {
            self.turn_to(self.present - OPENED);
            let founded = house::found(self, house).await?;
            let work = founded.owner(self).await?;
            let habits = open(house, &work, &founded.users).await?;
            work.commit().await?;
            diary::live(self, &founded, &habits).await?;
            self.turn_to(self.present);
            if shown.is_empty() {
                query = first_query(house, &habits, self.present);
                examples = examples::examples(self, house, (&founded, &habits)).await?;
            }
            shown.push(self.show(house, founded));
        }
        Ok(Demo {
            organizations: shown,
            query,
            examples,
        })
    }

    /// Sets the demo's clock.
    fn turn_to(&self, at: DateTime<Utc>) {
        self.clock.advance(at - self.clock.now());
    }

    fn email(&self, name: &str) -> String {
        format!("{name}{}@example.com", self.suffix)
    }

    /// A transaction of somebody with a role in an organization.
    async fn work(
        &self,
        organization: OrganizationId,
        (user, role): (UserId, Option<Role>),
    ) -> Made<Work<Tenant>> {
        let asker = Asker {
            actor: Actor::User(user),
            rights: role.map(tenancy::role_rights).unwrap_or_default(),
            ..Asker::anonymous()
        };
        Ok(self.store.write(Tenant(organization), &asker).await?)
    }

    fn show(&self, house: &House, founded: Founded) -> Shown {
        let sign_in = |&(name, _, role): &(&str, &str, Role)| SignIn {
            email: self.email(name),
            password: PASSWORD.to_owned(),
            role: role.word().to_owned(),
        };
        Shown {
            slug: founded.slug.to_string(),
            name: house.name.to_owned(),
            kind: house.kind.words().to_owned(),
            api_key: founded.api_key,
            sign_ins: house.people.iter().map(sign_in).collect(),
        }
    }
}

/// Gives an organization its people, its hours and what it offers.
async fn open(house: &House, work: &Work<Tenant>, users: &[UserId]) -> Made<Vec<Habit>> {
    match house.kind {
        Kind::Solo => solo::open(work, users).await,
        Kind::Studio => studio::open(work, users).await,
        Kind::Practice => practice::open(work, users).await,
        Kind::Tutors => lessons::open(work, users).await,
    }
}

/// What can be booked there, when the first thing can be, and what is in the diary from now on.
fn first_query(house: &House, habits: &[Habit], now: DateTime<Utc>) -> String {
    let service = habits
        .first()
        .map(|it| it.service.to_string())
        .unwrap_or_default();
    format!(
        "{{\n  \
           organization {{ slug name timeZone }}\n  \
           services(first: 5) {{ nodes {{ slug title duration price {{ amountMinor currency }} }} }}\n  \
           slots(serviceId: \"{service}\", timeZone: \"{zone}\", first: 6) {{\n    \
             days {{ fallsOn slots {{ localTime token }} }}\n  \
           }}\n  \
           bookings(filter: {{ from: \"{now}\" }}, first: 5) {{\n    \
             nodes {{ startsOn localTime status attendees {{ name }} }}\n  \
           }}\n\
         }}",
        zone = house.zone,
        now = now.format("%FT%TZ"),
    )
}
