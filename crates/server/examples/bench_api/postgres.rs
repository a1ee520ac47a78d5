//! A PostgreSQL to measure on: the one that the stories would run on, made to keep what it has acknowledged.

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseBackend, Statement};
use url::Url;

use crate::{Outcome, cluster};

/// The login of the application.
const LOGIN: &str = "horarium_bench";

/// The stories' cluster waits for no disk and never cleans up; a figure is about one that does, as it comes out of the box.
const DURABLE: [&str; 4] = ["fsync", "synchronous_commit", "full_page_writes", "autovacuum"];

/// How one database is reached by its two logins.
pub(crate) struct Urls {
    /// As the owner of the tables, who is a superuser here.
    pub(crate) owner: Url,
    /// As the application: neither superuser nor owner.
    pub(crate) app: Url,
}

/// An empty database of this name, if there is a server.
pub(crate) async fn fresh(name: &str) -> Outcome<Option<Urls>> {
    let Some(server) = cluster::url() else {
        return Ok(None);
    };
    let db = Database::connect(server.as_str()).await?;
    for setting in DURABLE {
        db.execute_unprepared(&format!("ALTER SYSTEM SET {setting} = on"))
            .await?;
    }
    // Unguessable wherever the superuser's address is.
    let password = format!(
        "{:032x}",
        u128::from_le_bytes(kernel::IdSource::system().secret())
    );
    let login =
        format!("DO $$ BEGIN CREATE ROLE {LOGIN} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
    let steps = [
        "SELECT pg_reload_conf()".to_owned(),
        format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        format!("CREATE DATABASE {name}"),
        login,
        format!("ALTER ROLE {LOGIN} PASSWORD '{password}'"),
    ];
    for step in steps {
        db.execute_unprepared(&step).await?;
    }
    db.close().await?;
    let mut owner = server.clone();
    owner.set_path(name);
    let mut app = owner.clone();
    let named = app
        .set_username(LOGIN)
        .and_then(|()| app.set_password(Some(&password)));
    named.map_err(|()| "an address without a host")?;
    Ok(Some(Urls { owner, app }))
}

impl Urls {
    /// One connection as its owner, past the API.
    pub(crate) async fn superuser(&self) -> Outcome<impl ConnectionTrait + use<>> {
        let mut options = ConnectOptions::new(self.owner.as_str());
        options.max_connections(1).sqlx_logging(false);
        Ok(Database::connect(options).await?)
    }

    /// The organization of a slug.
    pub(crate) async fn organization(&self, slug: &str) -> Outcome<String> {
        let sql = "SELECT id::text FROM organizations WHERE slug = $1";
        let asked = Statement::from_sql_and_values(DatabaseBackend::Postgres, sql, [slug.into()]);
        let row = self.superuser().await?.query_one_raw(asked).await?;
        Ok(row.ok_or("no such organization")?.try_get_by_index(0)?)
    }
}
