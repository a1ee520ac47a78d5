//! Words everyone shares: typed ids, money, zones, clocks, who is asking, what they may do, and how things are refused.
//!
//! **Invariant:** no I/O. Time and randomness enter through [`Clock`] and [`IdSource`] and nowhere else.
//! To add an id, add a line to [`id`]; to add a reason for refusing, add a variant to [`Code`]; to add
//! something that can happen, add a word to [`EventType`].

pub mod actor;
pub mod clock;
pub mod event;
pub mod fault;
pub mod folded;
pub mod id;
pub mod money;
pub mod right;
pub mod source;
pub mod span;
pub mod text;
pub mod zone;

#[cfg(feature = "sea-orm")]
mod column;
#[cfg(feature = "graphql")]
mod graphql;

pub use actor::{Actor, SystemKind};
pub use clock::{Clock, ManualClock, SystemClock};
pub use event::EventType;
pub use fault::{Code, Denied, Kind, Refuse};
pub use id::Id;
pub use money::Money;
pub use right::{Right, Rights};
pub use source::IdSource;
pub use span::Span;
pub use text::{
    CountryCode, CurrencyCode, Email, Invalid, Line, Locale, Name, Phone, Prose, Slug, WebAddress,
};
pub use zone::Zone;
