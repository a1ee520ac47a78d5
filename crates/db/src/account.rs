//! What happened to an account outside any organization. Append-only by trigger in both databases.

use kernel::id::{AccountEventId, UserId};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use serde_json::Value;

use crate::fault::Fault;
use crate::work::{Scope, Work};

/// One fact: registered, signed in, password reset.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "account_events")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountEventId,
    /// Whose account.
    pub user_id: UserId,
    /// `session.created`.
    #[sea_orm(column_type = "Text")]
    pub action: String,
    /// Ids, enums and instants.
    #[sea_orm(column_type = "JsonBinary")]
    pub facts: Value,
    /// From which address.
    #[sea_orm(column_type = "Text", nullable)]
    pub ip: Option<String>,
    /// When.
    pub at: DateTimeUtc,
}

/// It stands alone.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl<S: Scope> Work<S> {
    /// Writes down what happened to an account.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn account_event(&self, user: UserId, action: &str, facts: Value) -> Result<(), Fault> {
        let event = ActiveModel {
            id: Set(self.mint()),
            user_id: Set(user),
            action: Set(action.to_owned()),
            facts: Set(facts),
            ip: Set(self.asker().ip.map(|it| it.to_string())),
            at: Set(self.now()),
        };
        Entity::insert(event).exec_without_returning(self.db()).await?;
        Ok(())
    }
}
