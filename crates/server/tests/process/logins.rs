//! PostgreSQL with two logins: one that owns the tables, one that works on them.

use sea_orm::{ConnectionTrait, Database};
use tempfile::tempdir;
use url::Url;

use crate::cluster;
use crate::horarium::{PATIENCE, Server, horarium, run, text};

/// An empty database and its two logins, neither of them a superuser.
struct Logins {
    owner: Url,
    app: Url,
}

/// Nothing if there is no server; `name` is the story's own.
fn logins(name: &str) -> Option<Logins> {
    let server = cluster::url()?;
    let (owner, app) = (format!("{name}_owner"), format!("{name}_app"));
    let steps = [
        format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        format!("DROP ROLE IF EXISTS {owner}"),
        format!("DROP ROLE IF EXISTS {app}"),
        format!("CREATE ROLE {owner} LOGIN CREATEROLE PASSWORD '{owner}'"),
        format!("CREATE ROLE {app} LOGIN PASSWORD '{app}'"),
        format!("CREATE DATABASE {name} OWNER {owner}"),
    ];
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let db = Database::connect(server.as_str()).await.unwrap();
        for step in steps {
            db.execute_unprepared(&step).await.unwrap();
        }
        db.close().await.unwrap();
    });
    let at = |login: &str| {
        let mut url = server.clone();
        url.set_path(name);
        url.set_username(login).unwrap();
        url.set_password(Some(login)).unwrap();
        url
    };
    Some(Logins {
        owner: at(&owner),
        app: at(&app),
    })
}

/// Thirty-two bytes in hex.
const SECRET: &str = "5ec2e70000000000000000000000000000000000000000000000000000000000";

#[test]
fn two_logins_serve_and_the_one_that_works_owns_nothing() {
    let Some(logins) = logins("horarium_process_two") else {
        return;
    };
    let data = tempdir().unwrap();
    let mut command = horarium(data.path(), &["serve"]);
    command
        .env("HORARIUM_ENV", "production")
        .env("HORARIUM_SECRET", SECRET)
        .env("DATABASE_URL", logins.app.as_str())
        .env("DATABASE_OWNER_URL", logins.owner.as_str());
    let server = Server::start(command);
    assert!(
        server.get("/readyz").starts_with("HTTP/1.1 200"),
        "{}",
        server.get("/readyz")
    );
    let register = r#"mutation { userRegister(input: {
        email: "ana@example.com", name: "Ana Ribeiro", password: "correct horse battery"
    }) { user { name } userErrors { message } } }"#;
    let answer = server.ask(None, register).unwrap();
    assert_eq!(
        answer["data"]["userRegister"]["user"]["name"], "Ana Ribeiro",
        "{answer}"
    );
    server.signal("TERM");
    assert!(server.ended_within(PATIENCE).success());
}

#[test]
fn a_login_that_may_not_migrate_refuses_a_schema_that_is_behind() {
    let Some(logins) = logins("horarium_process_behind") else {
        return;
    };
    let data = tempdir().unwrap();
    let serve = || {
        let mut command = horarium(data.path(), &["serve"]);
        command
            .env("HORARIUM_ENV", "production")
            .env("HORARIUM_SECRET", SECRET)
            .env("DATABASE_URL", logins.app.as_str());
        command
    };
    let refused = run(serve());
    assert_eq!(refused.status.code(), Some(1));
    let why = text(&refused.stderr);
    assert!(
        why.contains("run `horarium migrate` with DATABASE_OWNER_URL"),
        "{why}"
    );

    let mut migrate = horarium(data.path(), &["migrate"]);
    migrate
        .env("DATABASE_URL", logins.app.as_str())
        .env("DATABASE_OWNER_URL", logins.owner.as_str());
    let migrated = run(migrate);
    assert!(migrated.status.success(), "{}", text(&migrated.stderr));
    let server = Server::start(serve());
    assert!(
        server.get("/readyz").starts_with("HTTP/1.1 200"),
        "{}",
        server.get("/readyz")
    );
}
