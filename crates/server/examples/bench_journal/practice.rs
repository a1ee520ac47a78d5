//! An organization that is watched, made through the API, and whoever makes its events.

use std::net::SocketAddr;
use std::time::Duration;

use db::Tenant;
use kernel::{Clock as _, SystemClock};
use serde_json::{Value, json};
use tokio::time::MissedTickBehavior;

use crate::Outcome;
use crate::client::Client;
use crate::product::PASSWORD;

/// From one event to the next: twenty a second.
const CALM: Duration = Duration::from_millis(50);

/// Organizations that one person may found.
const FOUNDED: usize = 20;

/// An organization with one resource, and its owner's session.
#[derive(Debug, Clone)]
pub(crate) struct Practice {
    /// Its id.
    pub(crate) organization: String,
    /// The owner's access token.
    pub(crate) session: String,
    resource: String,
}

impl Practice {
    /// Founds one.
    pub(crate) async fn found(to: SocketAddr, slug: &str) -> Outcome<Self> {
        let session = sign_up(to, slug).await?;
        Self::of(to, session, slug).await
    }

    /// Founds several, with as few owners as there may be.
    pub(crate) async fn several(to: SocketAddr, slug: &str, count: usize) -> Outcome<Vec<Self>> {
        let mut founded = Vec::with_capacity(count);
        let mut session = String::new();
        for number in 0..count {
            let slug = format!("{slug}-{number}");
            if number % FOUNDED == 0 {
                session = sign_up(to, &slug).await?;
            }
            founded.push(Self::of(to, session.clone(), &slug).await?);
        }
        Ok(founded)
    }

    async fn of(to: SocketAddr, session: String, slug: &str) -> Outcome<Self> {
        let mut founder = Client::new(to, Some((session.clone(), None)));
        let input = json!({ "slug": slug, "name": slug, "timeZone": "UTC", "currency": "EUR" });
        let gives = "organization { id }";
        let made = change(&mut founder, ("organizationCreate", gives), input).await?;
        let mut practice = Self {
            organization: text(&made, "/organization/id")?,
            session,
            resource: String::new(),
        };
        let input = json!({ "slug": "room", "name": "Room", "kind": "ROOM", "timeZone": "UTC" });
        let gives = "resource { id }";
        let made = change(&mut practice.owner(to), ("resourceCreate", gives), input).await?;
        practice.resource = text(&made, "/resource/id")?;
        Ok(practice)
    }

    /// Whose rows its are.
    pub(crate) fn tenant(&self) -> Outcome<Tenant> {
        Ok(Tenant(self.organization.parse()?))
    }

    /// Its owner, as a client of the server there.
    pub(crate) fn owner(&self, to: SocketAddr) -> Client {
        Client::new(to, Some((self.session.clone(), Some(self.organization.clone()))))
    }

    /// Whoever makes its events, through the server there.
    pub(crate) fn writer(&self, to: SocketAddr) -> Writer {
        Writer {
            client: self.owner(to),
            resource: self.resource.clone(),
        }
    }
}

/// Renames a resource, again and again: one event each, `resource.updated`.
pub(crate) struct Writer {
    client: Client,
    resource: String,
}

impl Writer {
    /// Makes one event. It is committed when this returns; what is said is the version that the resource came to by it.
    pub(crate) async fn write(&mut self) -> Outcome<i64> {
        // A name that it never had.
        let name = format!("Room {}", SystemClock.now().timestamp_micros());
        let input = json!({ "resourceId": self.resource, "name": name });
        let gives = "resource { version }";
        let made = change(&mut self.client, ("resourceUpdate", gives), input).await?;
        Ok(made["resource"]["version"].as_i64().ok_or("no version")?)
    }

    /// Makes some events, calmly.
    pub(crate) async fn write_calmly(&mut self, events: usize) -> Outcome<()> {
        let mut turn = tokio::time::interval(CALM);
        turn.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for _ in 0..events {
            turn.tick().await;
            self.write().await?;
        }
        Ok(())
    }
}

async fn sign_up(to: SocketAddr, name: &str) -> Outcome<String> {
    let input =
        json!({ "email": format!("{name}@example.com"), "name": "Ana Ribeiro", "password": PASSWORD });
    let gives = "tokens { accessToken }";
    let made = change(&mut Client::new(to, None), ("userRegister", gives), input).await?;
    text(&made, "/tokens/accessToken")
}

/// One mutation that must be done; what is given back is its payload.
pub(crate) async fn change(
    client: &mut Client,
    (field, gives): (&str, &str),
    input: Value,
) -> Outcome<Value> {
    let (first, rest) = field.split_at(1);
    let kind = format!("{}{rest}Input", first.to_uppercase());
    let document = format!(
        "mutation($it: {kind}!) {{ {field}(input: $it) {{ {gives} userErrors {{ code field message }} }} }}"
    );
    let answer = client.ask(&document, json!({ "it": input })).await?;
    let payload = &answer["data"][field];
    if payload["userErrors"].as_array().is_some_and(Vec::is_empty) {
        Ok(payload.clone())
    } else {
        Err(answer.to_string().into())
    }
}

fn text(json: &Value, place: &str) -> Outcome<String> {
    let found = json.pointer(place).and_then(Value::as_str);
    Ok(found.ok_or_else(|| format!("no {place} in {json}"))?.to_owned())
}
