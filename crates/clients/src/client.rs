//! One person whom an organization serves: found, made, changed.

use chrono::{DateTime, Utc};
use db::audit::Deed;
use db::paging::{Page, Slice};
use db::{Reading, Tenant, Work};
use kernel::id::{ClientId, ProviderId, UserId};
use kernel::{CountryCode, Email, EventType, Invalid, Line, Locale, Name, Phone, Right, Zone};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::Refusal;
use crate::store;

pub use store::client::{Entity as Clients, Model as Client};

/// Where somebody stands in the directory: derived, never written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "graphql", derive(async_graphql::Enum))]
pub enum ClientStatus {
    /// Served.
    Active,
    /// Put away; their bookings stay, and their address stays theirs.
    Archived,
}

impl Client {
    /// Where they stand.
    #[must_use]
    pub fn status(&self) -> ClientStatus {
        match self.archived_at {
            None => ClientStatus::Active,
            Some(_) => ClientStatus::Archived,
        }
    }

    /// Counts a change, and says the version that it leads to.
    fn touch(&mut self, now: DateTime<Utc>) -> i64 {
        self.version += 1;
        self.updated_at = now;
        self.version
    }
}

/// What somebody typed about themselves.
#[derive(Debug, Clone)]
pub struct Contact {
    /// What they are called.
    pub name: Name,
    /// Where they are written to.
    pub email: Option<Email>,
    /// Where they are called.
    pub phone: Option<Phone>,
    /// The zone of their clock.
    pub timezone: Option<Zone>,
    /// The language that they read.
    pub locale: Option<Locale>,
}

/// Whom the directory knows by what somebody typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recognised {
    /// Who it is.
    pub client: ClientId,
    /// Who has the telephone number, if that is somebody else: staff see that there is something to sort out.
    pub conflict: Option<ClientId>,
    /// Whether they were not there before.
    pub is_new: bool,
}

/// Finds whoever somebody says they are, by e-mail address, else by telephone number; makes them if they are not there.
/// Whoever is there already is not changed. Part of a booking, so it asks for no right of its own.
///
/// # Errors
/// If there is neither an address nor a number.
pub async fn recognise(work: &Work<Tenant>, contact: &Contact) -> Result<Recognised, Refusal> {
    if contact.email.is_none() && contact.phone.is_none() {
        let wrong = Invalid::new("an e-mail address or a telephone number", "neither");
        return Err(Refusal::Invalid {
            field: "attendee",
            wrong,
        });
    }
    if let Some(found) = known(work, contact).await? {
        return Ok(found);
    }
    let row = fresh(work, contact.clone());
    let client = row.id;
    if store::client::insert_unless_known(work, row).await? {
        let conflict = by_phone(work, contact, client).await?;
        told(work, EventType::ClientCreated, (client, 1), json!({})).await?;
        return Ok(Recognised {
            client,
            conflict,
            is_new: true,
        });
    }
    // Somebody with the same address was faster, and has been committed since.
    known(work, contact).await?.ok_or(Refusal::NotFound("client"))
}

async fn known(work: &Work<Tenant>, contact: &Contact) -> Result<Option<Recognised>, Refusal> {
    let by_email = match &contact.email {
        Some(email) => store::client::by_email(work, email).await?,
        None => None,
    };
    let found = match (by_email, &contact.phone) {
        (Some(found), _) => Some(found),
        (None, Some(phone)) => store::client::by_phone(work, phone).await?,
        (None, None) => None,
    };
    let Some(found) = found else { return Ok(None) };
    Ok(Some(Recognised {
        client: found.id,
        conflict: by_phone(work, contact, found.id).await?,
        is_new: false,
    }))
}

/// Who has the number, if it is not this one: only where an address says who it is.
async fn by_phone(
    work: &Work<Tenant>,
    contact: &Contact,
    client: ClientId,
) -> Result<Option<ClientId>, Refusal> {
    let (Some(_), Some(phone)) = (&contact.email, &contact.phone) else {
        return Ok(None);
    };
    let found = store::client::by_phone(work, phone).await?;
    Ok(found.map(|it| it.id).filter(|it| *it != client))
}

fn fresh(work: &Work<Tenant>, contact: Contact) -> Client {
    let mut client = Client {
        organization_id: work.organization(),
        id: work.mint(),
        name: contact.name,
        email: contact.email,
        phone: contact.phone,
        user_id: None,
        timezone: contact.timezone,
        locale: contact.locale,
        country: None,
        city: None,
        primary_provider_id: None,
        search: String::new(),
        version: 1,
        archived_at: None,
        created_at: work.now(),
        updated_at: work.now(),
    };
    client.index();
    client
}

/// What staff make a client from.
#[derive(Debug, Clone)]
pub struct ClientDraft {
    /// Who it is.
    pub contact: Contact,
    /// The account that they sign in with.
    pub user: Option<UserId>,
    /// In which country they are.
    pub country: Option<CountryCode>,
    /// In which city.
    pub city: Option<Line>,
    /// Who serves them first of all; whoever calls has looked whether they are there.
    pub primary_provider: Option<ProviderId>,
}

/// A change of a client: what is left out stays, `Some(None)` takes away.
#[derive(Debug, Clone, Default)]
pub struct ClientEdit {
    /// What they are called.
    pub name: Option<Name>,
    /// Where they are written to.
    pub email: Option<Option<Email>>,
    /// Where they are called.
    pub phone: Option<Option<Phone>>,
    /// The zone of their clock.
    pub timezone: Option<Option<Zone>>,
    /// The language that they read.
    pub locale: Option<Option<Locale>>,
    /// In which country they are.
    pub country: Option<Option<CountryCode>>,
    /// In which city.
    pub city: Option<Option<Line>>,
    /// Who serves them first of all; whoever calls has looked whether they are there.
    pub primary_provider: Option<Option<ProviderId>>,
}

/// A client was made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientChanged {
    /// Who.
    pub client: ClientId,
}

/// Staff make a client.
///
/// # Errors
/// If the right is missing or another client has the address.
pub async fn create_client(work: &Work<Tenant>, draft: ClientDraft) -> Result<ClientChanged, Refusal> {
    work.need(Right::ClientsWrite)?;
    let row = Client {
        user_id: draft.user,
        country: draft.country,
        city: draft.city,
        primary_provider_id: draft.primary_provider,
        ..fresh(work, draft.contact)
    };
    let client = row.id;
    store::client::insert(work, row).await?;
    told(work, EventType::ClientCreated, (client, 1), json!({})).await?;
    Ok(ClientChanged { client })
}

/// Staff change a client. Bookings that were made keep what was typed then.
///
/// # Errors
/// If the right is missing, the client is not there or has another version, or another client has the address.
pub async fn update_client(
    work: &Work<Tenant>,
    client: ClientId,
    edit: ClientEdit,
    expected_version: Option<i64>,
) -> Result<ClientChanged, Refusal> {
    work.need(Right::ClientsWrite)?;
    let mut row = store::client::hold(work, client).await?;
    expect_version(expected_version, &row)?;
    let changed = edit.apply(&mut row);
    if changed.is_empty() {
        return Ok(ClientChanged { client });
    }
    row.index();
    let version = row.touch(work.now());
    store::client::save(work, row).await?;
    told(
        work,
        EventType::ClientUpdated,
        (client, version),
        json!({ "changed": changed }),
    )
    .await?;
    Ok(ClientChanged { client })
}

/// Staff put a client away. What is booked stays booked.
///
/// # Errors
/// If the right is missing, or the client is not there or has another version.
pub async fn archive_client(
    work: &Work<Tenant>,
    client: ClientId,
    expected_version: Option<i64>,
) -> Result<ClientChanged, Refusal> {
    put_client(
        work,
        (client, expected_version),
        (EventType::ClientArchived, Some(work.now())),
    )
    .await
}

/// Staff take a client out again.
///
/// # Errors
/// If the right is missing, or the client is not there or has another version.
pub async fn restore_client(
    work: &Work<Tenant>,
    client: ClientId,
    expected_version: Option<i64>,
) -> Result<ClientChanged, Refusal> {
    put_client(
        work,
        (client, expected_version),
        (EventType::ClientRestored, None),
    )
    .await
}

async fn put_client(
    work: &Work<Tenant>,
    (client, expected_version): (ClientId, Option<i64>),
    (what, archived_at): (EventType, Option<DateTime<Utc>>),
) -> Result<ClientChanged, Refusal> {
    work.need(Right::ClientsWrite)?;
    let mut row = store::client::hold(work, client).await?;
    expect_version(expected_version, &row)?;
    if row.archived_at.is_some() != archived_at.is_some() {
        row.archived_at = archived_at;
        let version = row.touch(work.now());
        store::client::save(work, row).await?;
        told(work, what, (client, version), json!({})).await?;
    }
    Ok(ClientChanged { client })
}

fn expect_version(expected: Option<i64>, row: &Client) -> Result<(), Refusal> {
    match expected {
        Some(expected) if expected != row.version => Err(Refusal::VersionConflict { now: row.version }),
        Some(_) | None => Ok(()),
    }
}

impl ClientEdit {
    /// Applies itself and names what has changed.
    fn apply(self, to: &mut Client) -> Vec<&'static str> {
        fn set<T: PartialEq>(place: &mut T, new: Option<T>) -> bool {
            new.is_some_and(|new| std::mem::replace(place, new) != *place)
        }
        let changes = [
            ("name", set(&mut to.name, self.name)),
            ("email", set(&mut to.email, self.email)),
            ("phone", set(&mut to.phone, self.phone)),
            ("timeZone", set(&mut to.timezone, self.timezone)),
            ("locale", set(&mut to.locale, self.locale)),
            ("country", set(&mut to.country, self.country)),
            ("city", set(&mut to.city, self.city)),
            (
                "primaryProviderId",
                set(&mut to.primary_provider_id, self.primary_provider),
            ),
        ];
        changes.into_iter().filter(|it| it.1).map(|it| it.0).collect()
    }
}

async fn told(
    work: &Work<Tenant>,
    what: EventType,
    (client, version): (ClientId, i64),
    diff: serde_json::Value,
) -> Result<(), Refusal> {
    let thing = client.to_string();
    Ok(work
        .audit(Deed {
            what,
            thing,
            version,
            diff,
        })
        .await?)
}

/// Which clients are listed; what is left out does not matter.
#[derive(Debug, Clone, Default)]
pub struct ClientFilter {
    /// Only those whose name, address or number has this in it, whatever the case and accents.
    pub text: Option<Line>,
    /// Only those who stand here.
    pub status: Option<ClientStatus>,
    /// Only those whom this provider serves first of all.
    pub primary_provider: Option<ProviderId>,
}

/// A page of clients by name.
///
/// # Errors
/// If the right is missing.
pub async fn clients(
    reading: &Reading<Tenant>,
    filter: &ClientFilter,
    page: &Page,
) -> Result<Slice<Client>, Refusal> {
    reading.need(Right::ClientsRead)?;
    Ok(store::client::page(reading, filter, page).await?)
}

/// How many there are, counting no further than the cap.
///
/// # Errors
/// If the right is missing.
pub async fn count_clients(reading: &Reading<Tenant>, filter: &ClientFilter) -> Result<u64, Refusal> {
    reading.need(Right::ClientsRead)?;
    Ok(store::client::count(reading, filter).await?)
}

/// Clients by their ids.
///
/// # Errors
/// If the right is missing.
pub async fn find_clients(reading: &Reading<Tenant>, ids: &[ClientId]) -> Result<Vec<Client>, Refusal> {
    reading.need(Right::ClientsRead)?;
    Ok(store::client::find(reading, ids).await?)
}
