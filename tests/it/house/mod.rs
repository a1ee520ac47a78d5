//! The checks of the house itself: what `ARCHITECTURE.md` says, the code does, or a test here fails.

mod arrows;
mod budgets;
mod catalog;
mod conventions;
mod drift;
mod events;
mod habits;
mod manifests;
mod schema;
pub(crate) mod sdl;
mod sources;
