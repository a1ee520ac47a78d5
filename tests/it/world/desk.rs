//! A front desk: an organization that can be booked through the API, by clients and by staff.

use kernel::id::{ResourceId, ServiceId};
use scheduling::service::ServiceEdit;
use serde_json::{Value, json};

use super::World;
use super::api::{Answer, Api, Who};
use super::practice::Practice;

/// A time at which nothing is booked yet.
pub(crate) const TEN: &str = "2026-03-03T10:00:00Z";

/// Books, and asks for what stories look at.
pub(crate) const BOOK: &str = "mutation($input: BookingCreateInput!) { bookingCreate(input: $input) {
    manageToken
    booking { id status version startsAt endsAt startsOn localTime timeZone price { amountMinor currency }
        hosts { part resource { slug } } attendees { name email } events { kind } }
    userErrors { code field message ... on SlotTakenError { alternatives { startsAt token } } }
} }";

/// Keeps a time.
pub(crate) const HOLD: &str = "mutation($input: HoldCreateInput!) { holdCreate(input: $input) {
    token hold { startsAt expiresAt }
    userErrors { code field ... on SlotTakenError { alternatives { startsAt } } }
} }";

/// An organization with an owner who is signed in, somebody who gives half hours, and strangers.
pub(crate) struct Desk {
    pub(crate) api: Api,
    pub(crate) owner: Who,
    pub(crate) practice: Practice,
    pub(crate) service: ServiceId,
    pub(crate) hosts: Vec<ResourceId>,
}

impl Desk {
    /// Opens at nine on a Monday.
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

    /// Somebody books.
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

    /// Runs a mutation that answers with the booking.
    pub(crate) async fn change(&self, who: &Who, mutation: &str, input: Value) -> Answer {
        let kind = mutation[..1].to_uppercase() + &mutation[1..];
        let document = format!(
            "mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{
                booking {{ status version startsAt closedReason hosts {{ resource {{ slug }} }} }} userErrors {{ code field message }}
            }} }}"
        );
        self.api.ask_with(who, &document, json!({ "input": input })).await
    }
}
