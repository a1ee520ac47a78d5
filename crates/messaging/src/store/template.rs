//! An organization's own words.

use db::{Fault, Reading, Tenant, Work, lock};
use kernel::id::{OrganizationId, TemplateId};
use sea_orm::Select;
use sea_orm::entity::prelude::*;

use crate::mail::Key;
use crate::mail::delivery::Channel;

/// The words of one letter in one language, where they are not the ones that Horarium brings.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "templates")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TemplateId,
    /// Of which letter.
    pub key: Key,
    /// How that is carried.
    pub channel: Channel,
    /// In which language.
    #[sea_orm(column_type = "Text")]
    pub locale: String,
    /// One line.
    #[sea_orm(column_type = "Text")]
    pub subject: String,
    /// Plain text.
    #[sea_orm(column_type = "Text")]
    pub body: String,
    /// Counts the changes.
    pub version: i64,
    /// When it was written.
    pub created_at: DateTimeUtc,
    /// When it was changed last.
    pub updated_at: DateTimeUtc,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

fn mine(reading: &Reading<Tenant>) -> Select<Entity> {
    Entity::find().filter(Column::OrganizationId.eq(reading.organization()))
}

/// Those of one language.
pub(crate) async fn of(reading: &Reading<Tenant>, locale: &str) -> Result<Vec<Model>, Fault> {
    Ok(mine(reading)
        .filter(Column::Locale.eq(locale))
        .all(reading.db())
        .await?)
}

/// Holds the words of one letter in one language, if there are any.
pub(crate) async fn hold(work: &Work<Tenant>, key: Key, locale: &str) -> Result<Option<Model>, Fault> {
    let own = mine(work)
        .filter(Column::Key.eq(key))
        .filter(Column::Locale.eq(locale));
    Ok(lock::hold(own).one(work.db()).await?)
}

pub(crate) async fn delete(work: &Work<Tenant>, id: TemplateId) -> Result<(), Fault> {
    Entity::delete_many()
        .filter(Column::OrganizationId.eq(work.organization()))
        .filter(Column::Id.eq(id))
        .exec(work.db())
        .await?;
    Ok(())
}
