//! Stories about the door, told through the router and through real sockets.

#[path = "../../examples/echo/house.rs"]
mod house;

mod http;
mod world;
