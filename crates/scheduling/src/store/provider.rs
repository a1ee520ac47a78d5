//! The profiles of people who can be booked.

use db::paging::Keyed;
use db::{Fault, Reading, Tenant, Work, lock};
use kernel::id::{OrganizationId, ProviderId, ResourceId, UserId};
use kernel::{CurrencyCode, Email, Line, Name, Phone, Prose, Right, WebAddress};
use sea_orm::entity::prelude::*;
use sea_orm::{QuerySelect, Select};

use super::{Shown as _, mine, resource};
use crate::error::Refusal;
use crate::provider::{ProviderFilter, ReviewState};

super::word_columns!(ReviewState);

/// The profile of a person who can be booked.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "providers")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProviderId,
    /// The person as something that can be booked.
    pub resource_id: ResourceId,
    /// The person as somebody who signs in.
    pub user_id: Option<UserId>,
    /// What they do.
    pub profession: Option<Line>,
    /// What they say about themselves.
    pub bio: Option<Prose>,
    /// Their picture.
    pub avatar_url: Option<WebAddress>,
    /// Where the organization reaches them; not public.
    pub contact_email: Option<Email>,
    /// Where the organization calls them; not public.
    pub contact_phone: Option<Phone>,
    /// What an hour costs, in the smallest unit of the currency.
    pub rate_minor: Option<i64>,
    /// The currency of the rate.
    pub rate_currency: Option<CurrencyCode>,
    /// Where they meet; told to whoever has booked.
    pub meeting_url: Option<WebAddress>,
    /// What whoever books is told.
    pub welcome_message: Option<Prose>,
    /// How far their admission is.
    pub review_state: ReviewState,
    /// Why it was decided so; for the provider and the organization.
    pub review_reason: Option<Prose>,
    /// Whether they take people who come without a booking.
    pub accepts_walk_ins: bool,
    /// How many clients they take.
    pub caseload_limit: Option<i64>,
    /// The name of their resource, by which they are listed.
    pub name: Name,
    /// What they are found by, folded.
    #[sea_orm(column_type = "Text")]
    pub search: String,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was changed last.
    pub updated_at: DateTimeUtc,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

super::table!(ProviderId, "provider");
super::touched!();

impl Keyed for Entity {
    const LIST: &'static str = "providers";
    fn order() -> Vec<Column> {
        vec![Column::Name, Column::Id]
    }
    fn key(row: &Model) -> Vec<sea_orm::Value> {
        vec![row.name.clone().into(), row.id.into()]
    }
}

fn taken(fault: Fault) -> Refusal {
    let field = match fault.constraint() {
        Some("providers_resource_id_unique") => "resourceId",
        Some("providers_user_id_unique") => "userId",
        _ => return Refusal::Fault(fault),
    };
    Refusal::Taken {
        what: "provider",
        field,
    }
}

pub(crate) async fn insert(work: &Work<Tenant>, provider: Model) -> Result<(), Refusal> {
    super::insert(work, provider).await.map_err(taken)
}

pub(crate) async fn save(work: &Work<Tenant>, provider: Model) -> Result<(), Refusal> {
    super::save(work, provider).await.map_err(taken)
}

impl super::Shown for Entity {
    /// What whoever asks may see: all of them, or those that are admitted and can be booked.
    fn visible(reading: &Reading<Tenant>) -> Select<Self> {
        let all = mine::<Entity>(reading);
        if reading.asker().rights.has(Right::CatalogueRead) {
            all
        } else {
            all.filter(Column::ReviewState.eq(ReviewState::Active))
                .filter(Column::ResourceId.in_subquery(bookable(reading)))
        }
    }
}

/// The ids of resources that can be booked.
pub(crate) fn bookable(reading: &Reading<Tenant>) -> sea_orm::sea_query::SelectStatement {
    use sea_orm::QueryTrait as _;
    mine::<resource::Entity>(reading)
        .filter(resource::Column::IsActive.eq(true))
        .filter(resource::Column::ArchivedAt.is_null())
        .select_only()
        .column(resource::Column::Id)
        .into_query()
}

/// The ids of resources that are not put away.
fn standing(reading: &Reading<Tenant>) -> sea_orm::sea_query::SelectStatement {
    use sea_orm::QueryTrait as _;
    mine::<resource::Entity>(reading)
        .filter(resource::Column::ArchivedAt.is_null())
        .select_only()
        .column(resource::Column::Id)
        .into_query()
}

/// The ids of resources whose location has this in it.
fn situated(reading: &Reading<Tenant>, place: &Line) -> sea_orm::sea_query::SelectStatement {
    use sea_orm::QueryTrait as _;
    mine::<resource::Entity>(reading)
        .filter(super::has_inside(
            resource::Column::LocationSearch,
            place.as_str(),
        ))
        .select_only()
        .column(resource::Column::Id)
        .into_query()
}

/// The profile of a resource, if it has one.
pub(crate) async fn of_resource(
    reading: &Reading<Tenant>,
    resource: ResourceId,
) -> Result<Option<Model>, Fault> {
    Ok(mine::<Entity>(reading)
        .filter(Column::ResourceId.eq(resource))
        .one(reading.db())
        .await?)
}

/// Holds the profile of a resource, if it has one.
pub(crate) async fn hold_of(work: &Work<Tenant>, resource: ResourceId) -> Result<Option<Model>, Fault> {
    Ok(
        lock::hold(mine::<Entity>(work).filter(Column::ResourceId.eq(resource)))
            .one(work.db())
            .await?,
    )
}

/// The profile of a person who signs in.
pub(crate) async fn of_user(reading: &Reading<Tenant>, user: UserId) -> Result<Option<Model>, Fault> {
    Ok(mine::<Entity>(reading)
        .filter(Column::UserId.eq(user))
        .one(reading.db())
        .await?)
}

/// Which of some people have a profile and are not admitted.
pub(crate) async fn not_admitted(
    reading: &Reading<Tenant>,
    people: &[ResourceId],
) -> Result<Vec<ResourceId>, Fault> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    Ok(mine::<Entity>(reading)
        .filter(Column::ResourceId.is_in(people.iter().copied()))
        .filter(Column::ReviewState.ne(ReviewState::Active))
        .select_only()
        .column(Column::ResourceId)
        .into_tuple()
        .all(reading.db())
        .await?)
}

/// The list that a filter means.
pub(crate) fn select(reading: &Reading<Tenant>, filter: &ProviderFilter) -> Select<Entity> {
    let mut list = Entity::visible(reading);
    for tag in &filter.tags {
        list = list.filter(Column::Id.in_subquery(super::provider_tag::having(reading, tag)));
    }
    if !filter.with_archived {
        list = list.filter(Column::ResourceId.in_subquery(standing(reading)));
    }
    if let Some(place) = &filter.location {
        list = list.filter(Column::ResourceId.in_subquery(situated(reading, place)));
    }
    if let Some(state) = filter.review_state {
        list = list.filter(Column::ReviewState.eq(state));
    }
    if let Some(accepts) = filter.accepts_walk_ins {
        list = list.filter(Column::AcceptsWalkIns.eq(accepts));
    }
    match &filter.text {
        Some(text) => list.filter(super::has_inside(Column::Search, text.as_str())),
        None => list,
    }
}

/// The resources of a list.
pub(crate) async fn resources(
    reading: &Reading<Tenant>,
    filter: &ProviderFilter,
) -> Result<Vec<ResourceId>, Fault> {
    Ok(select(reading, filter)
        .select_only()
        .column(Column::ResourceId)
        .into_tuple()
        .all(reading.db())
        .await?)
}

/// The profiles of some resources, as far as whoever asks may see them.
pub(crate) async fn seen_of(
    reading: &Reading<Tenant>,
    resources: &[ResourceId],
) -> Result<Vec<Model>, Fault> {
    Ok(Entity::visible(reading)
        .filter(Column::ResourceId.is_in(resources.iter().copied()))
        .all(reading.db())
        .await?)
}

/// Whether one of these is a provider who is admitted and takes walk-ins.
pub(crate) async fn takes_walk_ins(
    reading: &Reading<Tenant>,
    resources: &[ResourceId],
) -> Result<bool, Fault> {
    let one = mine::<Entity>(reading)
        .filter(Column::ResourceId.is_in(resources.iter().copied()))
        .filter(Column::AcceptsWalkIns.eq(true))
        .filter(Column::ReviewState.eq(ReviewState::Active))
        .one(reading.db())
        .await?;
    Ok(one.is_some())
}
