//! What was answered to a form, and where that led.

use db::paging::Keyed;
use db::{Reading, Tenant};
use kernel::id::{OrganizationId, RoutingFormId, RoutingSubmissionId};
use sea_orm::Select;
use sea_orm::entity::prelude::*;

use crate::routing::{Given, Target};

/// One form that somebody filled in.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "routing_submissions")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RoutingSubmissionId,
    /// Which form.
    pub form_id: RoutingFormId,
    /// As it was at this version.
    pub form_version: i64,
    /// What was answered.
    #[sea_orm(column_type = "JsonBinary")]
    pub answers: Given,
    /// Which of the rules matched, counted from 1; none, if it was the fallback.
    pub rule_no: Option<i64>,
    /// Where that led.
    #[sea_orm(column_type = "JsonBinary")]
    pub target: Target,
    /// When.
    pub created_at: DateTimeUtc,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

super::table!(RoutingSubmissionId, "routing submission");

impl Keyed for Entity {
    const LIST: &'static str = "routing_submissions";
    fn order() -> Vec<Column> {
        vec![Column::CreatedAt, Column::Id]
    }
    fn key(row: &Model) -> Vec<sea_orm::Value> {
        vec![row.created_at.into(), row.id.into()]
    }
}

/// Those of one form.
pub(crate) fn of(reading: &Reading<Tenant>, form: RoutingFormId) -> Select<Entity> {
    super::mine::<Entity>(reading).filter(Column::FormId.eq(form))
}
