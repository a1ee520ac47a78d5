//! Who did what in an organization, when. Append-only by trigger in both databases.
//!
//! What was done also happened: the same statement tells it to the [journal](crate::journal), so no verb can write the one and
//! forget the other.
//!
//! **Invariant:** a diff names the changed fields and holds ids, enums and instants; what is personal does not enter it.

use kernel::id::{AuditId, OrganizationId};
use kernel::{Actor, EventType, SystemKind};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait as _, InsertStatement};
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect, QueryTrait as _};
use serde_json::Value;

use crate::dialect;
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
    /// What.
    pub what: EventType,
    /// The global id of the thing.
    pub thing: String,
    /// The version that the thing comes to by it.
    pub version: i64,
    /// Names of changed fields; ids, enums and instants in the clear; nothing personal.
    pub diff: Value,
}

/// Who did it, as rows say it.
#[derive(Debug, Clone)]
pub struct Doer {
    /// `USER`, `API_KEY`, `BOOKING_TOKEN`, `ANONYMOUS` or `SYSTEM`.
    pub kind: &'static str,
    /// Which of them.
    pub id: Option<String>,
}

impl Doer {
    /// Time itself.
    #[must_use]
    pub fn time() -> Self {
        Self::of(Actor::System(SystemKind::Worker))
    }

    /// Whoever asks.
    #[must_use]
    pub fn of(actor: Actor) -> Self {
        Self {
            kind: actor.kind(),
            id: actor.id(),
        }
    }
}

impl Work<Tenant> {
    /// Writes a line of the audit log and tells the journal, in the transaction that makes it true.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn audit(&self, deed: Deed) -> Result<(), Fault> {
        let by = Doer::of(self.actor());
        self.audit_by(by, deed, Vec::new()).await
    }

    /// The same for what somebody else did than whoever asks (the bearer of a link, or time itself), with other rows that
    /// are written at once.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn audit_by(&self, by: Doer, deed: Deed, beside: Vec<InsertStatement>) -> Result<(), Fault> {
        let line = ActiveModel {
            organization_id: Set(self.organization()),
            id: Set(self.mint()),
            actor_kind: Set(by.kind.to_owned()),
            actor_id: Set(by.id.clone()),
            action: Set(deed.what.word().to_owned()),
            entity: Set(deed.what.aggregate().to_owned()),
            entity_id: Set(deed.thing.clone()),
            diff: Set(deed.diff.clone()),
            ip: Set(self.asker().ip.map(|it| it.to_string())),
            at: Set(self.now()),
        };
        let happened = self.happened(by, deed);
        let mut together = beside;
        together.extend([Entity::insert(line).into_query(), happened]);
        dialect::insert_together(self.db(), together).await?;
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
