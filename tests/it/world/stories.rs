//! One body, two tests: every story is told on both databases.

use super::time::settle;
use super::{Database, World};

/// Makes tests of stories: `sqlite::name` and `postgres::name`. What only one database can do is listed under its name.
macro_rules! stories {
    (
        both: [$($both:ident),* $(,)?]
        $(, sqlite: [$($sqlite:ident),* $(,)?])?
        $(, postgres: [$($postgres:ident),* $(,)?])?
        $(,)?
    ) => {
        mod sqlite {
            $crate::world::stories!(@tests Sqlite: $($both)* $($($sqlite)*)?);
        }
        mod postgres {
            $crate::world::stories!(@tests Postgres: $($both)* $($($postgres)*)?);
        }
    };
    (@tests $database:ident: $($name:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                $crate::world::tell($crate::world::Database::$database, super::$name).await;
            }
        )*
    };
}
pub(crate) use stories;

/// Tells one story in a fresh world. Where there is no PostgreSQL it is not told, and the harness has said so.
///
/// No world ends with a promise that is due and cannot be kept.
pub(crate) async fn tell(database: Database, story: impl AsyncFnOnce(World)) {
    let Some(world) = World::new(database).await else {
        return;
    };
    let home = world.home.clone();
    let store = world.store.clone();
    story(world).await;
    // A story may leave no database behind; then nothing is due there.
    let _ = settle(&store).await;
    store.close().await;
    drop(home);
}
