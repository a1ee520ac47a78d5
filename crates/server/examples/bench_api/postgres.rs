//! A PostgreSQL to measure on: the one that the stories would run on.

use sea_orm::{ConnectionTrait, Database};
use url::Url;

use crate::{Outcome, cluster};

/// The database, and the login of the application in it.
const NAME: &str = "horarium_bench";

/// How one database is reached by its two logins.
pub(crate) struct Urls {
    /// As the owner of the tables.
    pub(crate) owner: Url,
    /// As the application: neither superuser nor owner.
    pub(crate) app: Url,
}

/// An empty database, if there is a server.
pub(crate) async fn fresh() -> Outcome<Option<Urls>> {
    let Some(server) = cluster::url() else {
        return Ok(None);
    };
    let db = Database::connect(server.as_str()).await?;
    // Unguessable wherever the superuser's address is.
    let password = format!(
        "{:032x}",
        u128::from_le_bytes(kernel::IdSource::system().secret())
    );
    let login =
        format!("DO $$ BEGIN CREATE ROLE {NAME} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
    let steps = [
        format!("DROP DATABASE IF EXISTS {NAME} WITH (FORCE)"),
        format!("CREATE DATABASE {NAME}"),
        login,
        format!("ALTER ROLE {NAME} PASSWORD '{password}'"),
    ];
    for step in steps {
        db.execute_unprepared(&step).await?;
    }
    db.close().await?;
    let mut owner = server.clone();
    owner.set_path(NAME);
    let mut app = owner.clone();
    let named = app
        .set_username(NAME)
        .and_then(|()| app.set_password(Some(&password)));
    named.map_err(|()| "an address without a host")?;
    Ok(Some(Urls { owner, app }))
}
