//! A front desk: an organization founded through the API, people who give half hours, and clients who ask.

use kernel::id::{ResourceId, ServiceId};
use scheduling::service::ServiceEdit;
use serde_json::{Value, json};

use super::World;
use super::api::{Answer, Api, Who};
use super::practice::Practice;

/// Books, and shows what stories look at.
const BOOK: &str = "mutation($input: BookingCreateInput!) { bookingCreate(input: $input) {
    manageToken booking { id status startsAt source hosts { resource { slug } } attendees { seat name email } }
    userErrors { code field message }
} }";

/// An organization with an owner who is signed in, somebody who gives half hours, and strangers.
pub(crate) struct Desk {
    pub(crate) api: Api,
    pub(crate) owner: Who,
    pub(crate) practice: Practice,
    /// Bea's half hour.
    pub(crate) service: ServiceId,
    /// Bea, who gives it, and Caio, who does not.
    pub(crate) hosts: Vec<ResourceId>,
}

impl Desk {
    /// Opens it in the morning of the story.
    pub(crate) async fn open(world: &World, details: ServiceEdit) -> Self {
        Self::open_with(world, world.api(), details).await
    }

    /// The same, with an API of the story's own.
    pub(crate) async fn open_with(world: &World, api: Api, details: ServiceEdit) -> Self {
        let owner = api.founder("ana", "aurora").await;
        let practice = world.practice_of(&api, &owner).await;
        let hosts = practice.people(&["bea", "caio"]).await;
        let service = practice.service("consulta", &hosts[..1], details).await;
        Self {
            api,
            owner,
            practice,
            service,
            hosts,
        }
    }

    /// Somebody without credentials, from an address of their own.
    pub(crate) fn client(address: u8) -> Who {
        Who {
            address,
            client_secret: Some(format!("a secret of the client number {address}")),
            ..Who::stranger().at("aurora")
        }
    }

    /// What a client fills in.
    pub(crate) fn form(&self, starts_at: &str) -> Value {
        json!({
            "serviceId": self.service.to_string(),
            "startsAt": starts_at,
            "attendee": { "name": "Rui Prado", "email": "rui@example.com" }
        })
    }

    /// Sends a form.
    pub(crate) async fn book(&self, who: &Who, input: Value) -> Answer {
        self.api.ask_with(who, BOOK, json!({ "input": input })).await
    }

    /// A client's booking at this time, and its token.
    pub(crate) async fn booked(&self, starts_at: &str) -> (String, String) {
        let answer = self.book(&Self::client(1), self.form(starts_at)).await;
        assert!(answer.refusals("bookingCreate").is_empty(), "{}", answer.body);
        (
            answer.text("/bookingCreate/booking/id"),
            answer.text("/bookingCreate/manageToken"),
        )
    }

    /// Calls a booking off with the client's own token.
    pub(crate) async fn cancels(&self, token: &str) {
        let off =
            "mutation($token: String!) { bookingCancel(input: { token: $token }) { userErrors { code } } }";
        let off = self
            .api
            .ask_with(&Self::client(1), off, json!({ "token": token }))
            .await;
        assert!(off.refusals("bookingCancel").is_empty(), "{}", off.body);
    }

    /// Runs a mutation of this name, asking for these fields beside what went wrong.
    pub(crate) async fn act(&self, who: &Who, (mutation, shows): (&str, &str), input: Value) -> Answer {
        let kind = mutation[..1].to_uppercase() + &mutation[1..];
        let document = format!(
            "mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ {shows} userErrors {{ code field message }} }} }}"
        );
        self.api.ask_with(who, &document, json!({ "input": input })).await
    }
}
