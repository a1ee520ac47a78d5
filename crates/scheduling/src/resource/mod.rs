//! What time can be booked with: people, rooms, equipment.

use db::paging::{Page, Slice};
use db::{Fault, Reading, Tenant, Work, lock};
use kernel::id::ResourceId;
use kernel::{EventType, Line, Name, Prose, Right, Slug, Zone};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::Refusal;
use crate::folded::folded;
use crate::metadata::Metadata;
use crate::patch::{Shelf, expect_version, named, set, write_down};
use crate::store;
use crate::store::resource::Entity;
use crate::word::words;

pub use store::resource::{Entity as Resources, Model as Resource};

/// Resources that are not put away, in one organization.
pub const RESOURCES_MAX: u64 = 5_000;

/// The most bookings that one resource can carry at once.
pub const CAPACITY_MAX: i64 = 500;

words! {
    /// What a resource is.
    pub enum ResourceKind {
        /// Somebody who gives their time.
        Person = "PERSON",
        /// Somewhere to be.
        Room = "ROOM",
        /// Something to work with.
        Equipment = "EQUIPMENT",
    }
}

/// What a resource is made from.
#[derive(Debug, Clone)]
pub struct ResourceDraft {
    /// What it is; that never changes.
    pub kind: ResourceKind,
    /// What it is called.
    pub name: Name,
    /// Its part of a public address.
    pub slug: Slug,
    /// The zone that its dates and hours are counted in.
    pub timezone: Zone,
    /// Everything else; what is left out has its default.
    pub details: ResourceEdit,
}

/// A change of a resource: what is left out stays, `Some(None)` takes away.
#[derive(Debug, Clone, Default)]
pub struct ResourceEdit {
    /// What it is called.
    pub name: Option<Name>,
    /// Its part of a public address.
    pub slug: Option<Slug>,
    /// What there is to know about it.
    pub description: Option<Option<Prose>>,
    /// The zone that its dates and hours are counted in.
    pub timezone: Option<Zone>,
    /// How many bookings it can carry at once, 1 to [`CAPACITY_MAX`]; 1 unless said.
    pub capacity: Option<i64>,
    /// Where it is.
    pub location: Option<Option<Line>>,
    /// Whether it can be booked; it can unless said.
    pub is_active: Option<bool>,
    /// The integrator's own words.
    pub metadata: Option<Metadata>,
}

impl ResourceEdit {
    /// Applies itself and names what has changed.
    fn apply(self, to: &mut Resource) -> Result<Vec<&'static str>, Refusal> {
        let changed = named(&[
            ("name", set(&mut to.name, self.name)),
            ("slug", set(&mut to.slug, self.slug)),
            ("description", set(&mut to.description, self.description)),
            ("timeZone", set(&mut to.timezone, self.timezone)),
            ("capacity", set(&mut to.capacity, self.capacity)),
            ("location", set(&mut to.location, self.location)),
            ("isActive", set(&mut to.is_active, self.is_active)),
            ("metadata", set(&mut to.metadata, self.metadata)),
        ]);
        if !(1..=CAPACITY_MAX).contains(&to.capacity) {
            return Err(Refusal::wanted(
                "capacity",
                "1 to 500 bookings at once",
                to.capacity,
            ));
        }
        to.search = folded(&format!("{} {}", to.name, to.slug));
        to.location_search = to.location.as_ref().map(|it| folded(it.as_str()));
        Ok(changed)
    }
}

/// A resource was made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceChanged {
    /// Which.
    pub resource: ResourceId,
}

/// Makes a resource.
///
/// # Errors
/// If the right is missing, the slug is taken, a value is out of range, or there are as many as there may be.
pub async fn create_resource(work: &Work<Tenant>, draft: ResourceDraft) -> Result<ResourceChanged, Refusal> {
    work.need(Right::CatalogueWrite)?;
    room_for_one_more(work).await?;
    let kind = draft.kind;
    let mut resource = Resource {
        organization_id: work.organization(),
        id: work.mint(),
        kind,
        name: draft.name,
        slug: draft.slug,
        description: None,
        timezone: draft.timezone,
        capacity: 1,
        location: None,
        is_active: true,
        metadata: Metadata::default(),
        search: String::new(),
        location_search: None,
        version: 1,
        archived_at: None,
        created_at: work.now(),
        updated_at: work.now(),
    };
    draft.details.apply(&mut resource)?;
    let id = resource.id;
    store::resource::insert(work, resource).await?;
    write_down(work, EventType::ResourceCreated, (id, 1), json!({ "kind": kind })).await?;
    Ok(ResourceChanged { resource: id })
}

/// Changes a resource. A change that changes nothing counts as none.
///
/// # Errors
/// If the right is missing, it is not there, has another version than expected, a value is out of range or taken, or more
/// is booked at once than its new capacity allows.
pub async fn update_resource(
    work: &Work<Tenant>,
    id: ResourceId,
    edit: ResourceEdit,
    expected_version: Option<i64>,
) -> Result<ResourceChanged, Refusal> {
    work.need(Right::CatalogueWrite)?;
    let mut resource = store::hold::<Entity>(work, id).await?;
    expect_version(expected_version, resource.version)?;
    let changed = edit.apply(&mut resource)?;
    if changed.is_empty() {
        return Ok(ResourceChanged { resource: id });
    }
    if changed.contains(&"capacity") && store::taken::lanes_in_use(work, id).await? > resource.capacity {
        return Err(Refusal::InUse("bookings beside each other"));
    }
    if changed.contains(&"name") {
        crate::provider::renamed(work, &resource).await?;
    }
    let version = resource.touch(work.now());
    store::resource::save(work, resource).await?;
    write_down(
        work,
        EventType::ResourceUpdated,
        (id, version),
        json!({ "changed": changed }),
    )
    .await?;
    Ok(ResourceChanged { resource: id })
}

/// Puts a resource away: it can no longer be booked, and its slug is free again.
///
/// # Errors
/// If the right is missing, it is not there, or has another version than expected.
pub async fn archive_resource(
    work: &Work<Tenant>,
    id: ResourceId,
    expected_version: Option<i64>,
) -> Result<ResourceChanged, Refusal> {
    put_resource(work, id, Shelf::Away, expected_version).await?;
    Ok(ResourceChanged { resource: id })
}

/// Takes a resource out again.
///
/// # Errors
/// If the right is missing, it is not there, has another version than expected, somebody took its slug meanwhile, or there
/// are as many as there may be.
pub async fn restore_resource(
    work: &Work<Tenant>,
    id: ResourceId,
    expected_version: Option<i64>,
) -> Result<ResourceChanged, Refusal> {
    put_resource(work, id, Shelf::Back, expected_version).await?;
    Ok(ResourceChanged { resource: id })
}

/// Puts a resource away or takes it out; says whether it was elsewhere.
pub(crate) async fn put_resource(
    work: &Work<Tenant>,
    id: ResourceId,
    shelf: Shelf,
    expected_version: Option<i64>,
) -> Result<bool, Refusal> {
    work.need(Right::CatalogueWrite)?;
    if shelf == Shelf::Back {
        room_for_one_more(work).await?;
    }
    let mut resource = store::hold::<Entity>(work, id).await?;
    expect_version(expected_version, resource.version)?;
    let has_moved = shelf.put(&mut resource.archived_at, work.now());
    if has_moved {
        let version = resource.touch(work.now());
        store::resource::save(work, resource).await?;
        let action = shelf.word([EventType::ResourceArchived, EventType::ResourceRestored]);
        write_down(work, action, (id, version), json!({})).await?;
    }
    Ok(has_moved)
}

async fn room_for_one_more(work: &Work<Tenant>) -> Result<(), Refusal> {
    lock::organization(work).await?;
    if store::resource::live(work).await? < RESOURCES_MAX {
        return Ok(());
    }
    Err(Refusal::LimitReached {
        what: "resources",
        max: RESOURCES_MAX,
    })
}

/// Which resources are listed.
#[derive(Debug, Clone, Default)]
pub struct ResourceFilter {
    /// Only these kinds; all if there is none.
    pub kinds: Vec<ResourceKind>,
    /// Only those whose name has this in it, whatever the case and accents.
    pub text: Option<Line>,
    /// Whether those that were put away are listed too, to whoever may see them.
    pub with_archived: bool,
}

/// A page of resources by name. Whoever may not read the catalogue sees those that can be booked.
///
/// # Errors
/// If the database refuses.
pub async fn resources(
    reading: &Reading<Tenant>,
    filter: &ResourceFilter,
    page: &Page,
) -> Result<Slice<Resource>, Refusal> {
    Ok(store::page(reading, store::resource::select(reading, filter), page).await?)
}

/// How many resources a list has, counting no further than the cap.
///
/// # Errors
/// If the database refuses.
pub async fn count_resources(reading: &Reading<Tenant>, filter: &ResourceFilter) -> Result<u64, Refusal> {
    Ok(store::count(reading, store::resource::select(reading, filter)).await?)
}

/// Resources by their ids, as far as whoever asks may see them.
///
/// # Errors
/// If the database refuses.
pub async fn find_resources(reading: &Reading<Tenant>, ids: &[ResourceId]) -> Result<Vec<Resource>, Fault> {
    store::seen::<Entity>(reading, ids).await
}

/// The resource at a public address.
///
/// # Errors
/// If the database refuses.
pub async fn resource_named(reading: &Reading<Tenant>, slug: &Slug) -> Result<Option<Resource>, Fault> {
    store::resource::named(reading, slug).await
}
