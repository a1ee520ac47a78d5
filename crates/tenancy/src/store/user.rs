//! People.

use db::{Fault, Reading, Scope, Work, lock};
use kernel::id::UserId;
use kernel::{Email, Locale, Name, Phone, Zone};
use sea_orm::IntoActiveModel;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;

use crate::error::Refusal;
use crate::password::PasswordHash;

/// A person with an account; one person may belong to many organizations.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UserId,
    /// The address that the person signs in with.
    pub email: Email,
    /// What the person is called.
    pub name: Name,
    /// Where the person can be called.
    pub phone: Option<Phone>,
    /// The zone that times are shown in.
    pub timezone: Zone,
    /// The language that the person reads.
    pub locale: Locale,
    /// None for whoever only signs in through an issuer.
    #[sea_orm(column_type = "Text", nullable)]
    pub password_hash: Option<PasswordHash>,
    /// When the person proved that the address is theirs.
    pub verified_at: Option<DateTimeUtc>,
    /// Since when the person may not sign in.
    pub disabled_at: Option<DateTimeUtc>,
    /// Counts the changes.
    pub version: i64,
    /// When the account was made.
    pub created_at: DateTimeUtc,
    /// When it was changed last.
    pub updated_at: DateTimeUtc,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Counts a change.
    pub(crate) fn touch(&mut self, now: DateTimeUtc) {
        self.version += 1;
        self.updated_at = now;
    }
}

/// Makes an account.
pub(crate) async fn insert<S: Scope>(work: &Work<S>, user: Model) -> Result<(), Refusal> {
    super::insert(work, user)
        .await
        .map_err(|fault| match fault.constraint() {
            Some("users_email_unique") => Refusal::EmailTaken,
            _ => Refusal::Fault(fault),
        })
}

/// Makes an account unless its address has one; says whether it did.
pub(crate) async fn insert_unless_taken<S: Scope>(work: &Work<S>, user: Model) -> Result<bool, Fault> {
    let made = Entity::insert(user.into_active_model())
        .on_conflict(OnConflict::column(Column::Email).do_nothing().to_owned())
        .exec_without_returning(work.db())
        .await?;
    Ok(made == 1)
}

pub(crate) async fn by_email<S: Scope>(reading: &Reading<S>, email: &Email) -> Result<Option<Model>, Fault> {
    Ok(Entity::find()
        .filter(Column::Email.eq(email.clone()))
        .one(reading.db())
        .await?)
}

pub(crate) async fn find<S: Scope>(reading: &Reading<S>, ids: &[UserId]) -> Result<Vec<Model>, Fault> {
    Ok(Entity::find()
        .filter(Column::Id.is_in(ids.iter().copied()))
        .all(reading.db())
        .await?)
}

/// Holds the account. Whatever changes its sessions, codes, password or memberships holds it first.
pub(crate) async fn hold<S: Scope>(work: &Work<S>, id: UserId) -> Result<Option<Model>, Fault> {
    Ok(lock::hold(Entity::find_by_id(id)).one(work.db()).await?)
}

pub(crate) async fn hold_by_email<S: Scope>(work: &Work<S>, email: &Email) -> Result<Option<Model>, Fault> {
    Ok(lock::hold(Entity::find().filter(Column::Email.eq(email.clone())))
        .one(work.db())
        .await?)
}
