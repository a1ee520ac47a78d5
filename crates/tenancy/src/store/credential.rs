//! How a secret finds its organization before the organization is known.

use db::{Digest, Fault, Reading, Scope, Tenant, Work};
use kernel::id::OrganizationId;
use sea_orm::entity::prelude::*;

/// What kind of secret it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub(crate) enum Kind {
    #[sea_orm(string_value = "API_KEY")]
    ApiKey,
    #[sea_orm(string_value = "INVITATION")]
    Invitation,
}

/// One living secret.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "credentials")]
pub(crate) struct Model {
    #[sea_orm(
        primary_key,
        auto_increment = false,
        column_type = "VarBinary(StringLen::None)"
    )]
    pub digest: Digest,
    pub kind: Kind,
    pub organization_id: OrganizationId,
    pub subject_id: Uuid,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

pub(crate) async fn insert(
    work: &Work<Tenant>,
    kind: Kind,
    digest: Digest,
    subject: Uuid,
) -> Result<(), Fault> {
    let organization_id = work.organization();
    let row = Model {
        digest,
        kind,
        organization_id,
        subject_id: subject,
    };
    super::insert(work, row).await
}

/// Where a secret belongs: its organization and its row there.
pub(crate) async fn find<S: Scope>(
    reading: &Reading<S>,
    kind: Kind,
    digest: Digest,
) -> Result<Option<(OrganizationId, Uuid)>, Fault> {
    let found = Entity::find_by_id(digest)
        .filter(Column::Kind.eq(kind))
        .one(reading.db())
        .await?;
    Ok(found.map(|it| (it.organization_id, it.subject_id)))
}

/// Forgets the secrets of some rows.
pub(crate) async fn delete(
    work: &Work<Tenant>,
    subjects: impl IntoIterator<Item = Uuid>,
) -> Result<(), Fault> {
    Entity::delete_many()
        .filter(Column::OrganizationId.eq(work.organization()))
        .filter(Column::SubjectId.is_in(subjects))
        .exec(work.db())
        .await?;
    Ok(())
}

/// Forgets every secret of the organization.
pub(crate) async fn delete_all(work: &Work<Tenant>) -> Result<(), Fault> {
    Entity::delete_many()
        .filter(Column::OrganizationId.eq(work.organization()))
        .exec(work.db())
        .await?;
    Ok(())
}
