//! Who did what in an organization, when. Append-only by trigger in both databases.
//!
//! **Invariant:** a diff names the changed fields and holds ids, enums and instants; what is personal does not enter it.

use kernel::id::{AuditId, OrganizationId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::ExprTrait as _;
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect};
use serde_json::Value;

use crate::fault::Fault;
use crate::paging::{self, Keyed, Page, Slice};
use crate::work::{Reading, Tenant, Work};

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_log")]
pub struct Model {
    /// Whose line.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AuditId,
    /// USER, `API_KEY`, ANONYMOUS or SYSTEM.
    #[sea_orm(column_type = "Text")]
    pub actor_kind: String,
    /// Which of them.
    #[sea_orm(column_type = "Text", nullable)]
    pub actor_id: Option<String>,
    /// What was done: `member.role_changed`.
    #[sea_orm(column_type = "Text")]
    pub action: String,
    /// To what sort of thing.
    #[sea_orm(column_type = "Text")]
    pub entity: String,
    /// To which.
    #[sea_orm(column_type = "Text")]
    pub entity_id: String,
    /// What changed.
    #[sea_orm(column_type = "JsonBinary")]
    pub diff: Value,
    /// From which address.
    #[sea_orm(column_type = "Text", nullable)]
    pub ip: Option<String>,
    /// When.
    pub at: DateTimeUtc,
}

/// It stands alone: what it names may be gone.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// One line of the audit log, as domains and the gateway speak of it.
pub type Line = Model;

/// What was done, to what.
#[derive(Debug)]
pub struct Deed {
    /// `member.role_changed`: the thing, then the verb in the past.
    pub action: &'static str,
    /// The id of the thing; its prefix tells the sort.
    pub entity: String,
    /// Names of changed fields; ids, enums and instants in the clear; nothing personal.
    pub diff: Value,
}

impl Work<Tenant> {
    /// Writes a line of the audit log, in the transaction that makes it true.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn audit(&self, deed: Deed) -> Result<(), Fault> {
        let (entity, _) = deed.action.split_once('.').unwrap_or((deed.action, ""));
        let line = ActiveModel {
            organization_id: Set(self.organization()),
            id: Set(self.mint()),
            actor_kind: Set(self.actor().kind().to_owned()),
            actor_id: Set(self.actor().id()),
            action: Set(deed.action.to_owned()),
            entity: Set(entity.to_owned()),
            entity_id: Set(deed.entity),
            diff: Set(deed.diff),
            ip: Set(self.asker().ip.map(|it| it.to_string())),
            at: Set(self.now()),
        };
        Entity::insert(line).exec_without_returning(self.db()).await?;
        self.will_ring();
        Ok(())
    }
}

impl Keyed for Entity {
    const LIST: &'static str = "audit_log";
    fn order() -> Vec<Column> {
        vec![Column::At, Column::Id]
    }
    fn key(row: &Model) -> Vec<sea_orm::Value> {
        vec![row.at.into(), row.id.into()]
    }
}

/// A page of the log, oldest first; the caller has checked the right.
///
/// # Errors
/// If the database refuses.
pub async fn page(reading: &Reading<Tenant>, page: &Page) -> Result<Slice<Model>, Fault> {
    paging::slice(reading.db(), mine(reading), page).await
}

/// How many lines there are, counting no further than the cap.
///
/// # Errors
/// If the database refuses.
pub async fn count(reading: &Reading<Tenant>) -> Result<u64, Fault> {
    paging::count(reading.db(), mine(reading)).await
}

/// One line.
///
/// # Errors
/// If the database refuses.
pub async fn find(reading: &Reading<Tenant>, id: AuditId) -> Result<Option<Model>, Fault> {
    Ok(mine(reading).filter(Column::Id.eq(id)).one(reading.db()).await?)
}

/// Lines since a moment, or after a line of that moment, oldest first: what a live reader looks at.
///
/// # Errors
/// If the database refuses.
pub async fn since(
    reading: &Reading<Tenant>,
    (at, after): (DateTimeUtc, Option<AuditId>),
    limit: u64,
) -> Result<Vec<Model>, Fault> {
    let from = match after {
        Some(id) => Column::At.gt(at).or(Column::At.eq(at).and(Column::Id.gt(id))),
        None => Column::At.gte(at),
    };
    Ok(mine(reading)
        .filter(from)
        .order_by_asc(Column::At)
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(reading.db())
        .await?)
}

fn mine(reading: &Reading<Tenant>) -> Select<Entity> {
    Entity::find().filter(Column::OrganizationId.eq(reading.organization()))
}
