//! Stories about the door, told through the router and through real sockets.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on stops there")]

#[path = "../../examples/echo/house.rs"]
mod house;

mod bombs;
mod corpus;
mod crossing;
mod endings;
mod errors;
mod events;
mod http;
mod legacy;
mod limits;
mod prices;
mod records;
mod sockets;
mod vetting;
mod wire;
mod world;
