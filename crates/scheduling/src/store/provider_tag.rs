//! The words by which providers are found.

use db::{Fault, Reading, Tenant, Work};
use kernel::Line;
use kernel::id::{OrganizationId, ProviderId, ProviderTagId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::SelectStatement;
use sea_orm::{QueryOrder, QuerySelect, QueryTrait as _};

use super::mine;
use crate::provider::{TagFilter, TagKind};

super::word_columns!(TagKind);

/// One word by which a provider is found.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_tags")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProviderTagId,
    /// Who is found by it.
    pub provider_id: ProviderId,
    /// What sort of word it is.
    pub kind: TagKind,
    /// The word, folded.
    #[sea_orm(column_type = "Text")]
    pub tag: String,
    /// The word as it was written.
    pub label: Line,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

super::table!(ProviderTagId, "tag");

/// Those of some providers, by kind and word.
pub(crate) async fn of(reading: &Reading<Tenant>, providers: &[ProviderId]) -> Result<Vec<Model>, Fault> {
    Ok(mine::<Entity>(reading)
        .filter(Column::ProviderId.is_in(providers.iter().copied()))
        .order_by_asc(Column::ProviderId)
        .order_by_asc(Column::Kind)
        .order_by_asc(Column::Tag)
        .all(reading.db())
        .await?)
}

/// Puts others in the place of a provider's.
pub(crate) async fn replace(
    work: &Work<Tenant>,
    provider: ProviderId,
    tags: Vec<Model>,
) -> Result<(), Fault> {
    Entity::delete_many()
        .filter(Column::OrganizationId.eq(work.organization()))
        .filter(Column::ProviderId.eq(provider))
        .exec(work.db())
        .await?;
    super::insert_many(work, tags).await
}

/// The ids of the providers that have a tag.
pub(crate) fn having(reading: &Reading<Tenant>, tag: &TagFilter) -> SelectStatement {
    mine::<Entity>(reading)
        .filter(Column::Kind.eq(tag.kind))
        .filter(Column::Tag.eq(crate::folded::folded(tag.word.as_str())))
        .select_only()
        .column(Column::ProviderId)
        .into_query()
}
