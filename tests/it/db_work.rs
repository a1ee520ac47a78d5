//! What a unit of work promises.

use crate::world::{World, stories};

stories! { both: [the_store_answers] }

async fn the_store_answers(world: World) {
    world.store.ping().await.unwrap();
}
