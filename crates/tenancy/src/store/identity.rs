//! Who somebody is at an issuer's door.

use db::{Account, Fault, Reading, Scope, Work};
use kernel::id::{IdentityId, UserId};
use sea_orm::entity::prelude::*;

/// One person as one issuer knows them.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "identities")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IdentityId,
    pub user_id: UserId,
    #[sea_orm(column_type = "Text")]
    pub issuer: String,
    #[sea_orm(column_type = "Text")]
    pub subject: String,
    pub created_at: DateTimeUtc,
    pub last_used_at: DateTimeUtc,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

pub(crate) async fn find<S: Scope>(
    reading: &Reading<S>,
    issuer: &str,
    subject: &str,
) -> Result<Option<Model>, Fault> {
    Ok(Entity::find()
        .filter(Column::Issuer.eq(issuer))
        .filter(Column::Subject.eq(subject))
        .one(reading.db())
        .await?)
}

/// Forgets every identity of an account that is held; says how many there were.
pub(crate) async fn delete_of(work: &Work<Account>, user: UserId) -> Result<u64, Fault> {
    let gone = Entity::delete_many()
        .filter(Column::UserId.eq(user))
        .exec(work.db())
        .await?;
    Ok(gone.rows_affected)
}
