//! Every limit of the door, in one place, each with its reason and its default.
//!
//! A request is inside a limit when it is *equal to or below* it: the tests hold each at `max` and `max + 1`.

use std::{collections::BTreeMap, time::Duration};

/// How much one request, one connection and one document may ask for.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of an HTTP body (413) or of one WebSocket message (close 1009).
    pub body_bytes: usize,
    /// How long a client may take to send its body (408).
    pub body_time: Duration,
    /// Bytes of the `query` text.
    pub document_bytes: usize,
    /// Lexical tokens of the document, counted before the recursive parser sees it.
    pub tokens: usize,
    /// Brackets open at once, `{`, `(` and `[` together, counted before the recursive parser sees them.
    pub brackets: usize,
    /// Operations defined in the document.
    pub operations: usize,
    /// Fragments defined in the document.
    pub fragments: usize,
    /// Directives on one element of the document.
    pub directives: usize,
    /// Fields below each other, fragments followed.
    pub depth: usize,
    /// Fields below each other beneath `__schema` and `__type`: the standard introspection query needs 15.
    pub introspection_depth: usize,
    /// Selection sets below each other, fields and fragments together.
    pub nesting: usize,
    /// Fields at the root of an operation, fragments followed.
    pub root_fields: usize,
    /// Selections of the document once every fragment is expanded.
    pub selections: u64,
    /// Items of any list in an argument or a variable.
    pub list_items: usize,
    /// Values in arguments once every fragment is expanded and every variable written out (a text counts one
    /// more for every 64 bytes): a large variable used in many places is copied in each of them.
    pub input_values: u64,
    /// Points one operation may cost; see [`crate::Prices`].
    pub cost: u64,
    /// Field values one answer may hold, page sizes multiplied out.
    pub answer_values: u64,
    /// Field values the answer to an introspection may hold.
    pub introspection_values: u64,
    /// Names the schema does not know, before the document is refused without listing more.
    pub unknown_fields: usize,
    /// Errors listed in one answer to a document that is not valid.
    pub listed_errors: usize,
    /// How long a query may run.
    pub query_time: Duration,
    /// How long a mutation may run.
    pub mutation_time: Duration,
    /// How long a socket may stay without `connection_init` (close 4408).
    pub init_time: Duration,
    /// WebSockets and event streams open at once, of everybody together (503).
    pub streams: usize,
    /// Operations in flight on one socket.
    pub subscriptions: usize,
    /// Messages that wait to be written to one socket or event stream.
    pub send_queue: usize,
    /// How long a full queue may stay full before its slow reader is closed (close 1013).
    pub slow_time: Duration,
    /// How often an open socket or event stream asks whether its credential still stands.
    pub recheck_every: Duration,
    /// How often an idle socket is pinged and an idle event stream gets a comment; a socket that stays silent
    /// for two rounds is gone.
    pub keep_alive_every: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 256 * 1024,
            body_time: Duration::from_secs(10),
            document_bytes: 20_000,
            tokens: 5_000,
            brackets: 40,
            operations: 50,
            fragments: 50,
            directives: 5,
            depth: 12,
            introspection_depth: 20,
            nesting: 30,
            root_fields: 30,
            selections: 5_000,
            list_items: 250,
            input_values: 20_000,
            cost: 10_000,
            answer_values: 100_000,
            introspection_values: 500_000,
            unknown_fields: 10,
            listed_errors: 20,
            query_time: Duration::from_secs(15),
            mutation_time: Duration::from_secs(60),
            init_time: Duration::from_secs(5),
            streams: 10_000,
            subscriptions: 100,
            send_queue: 64,
            slow_time: Duration::from_secs(10),
            recheck_every: Duration::from_secs(4),
            keep_alive_every: Duration::from_secs(25),
        }
    }
}

/// What fields cost, beyond what their types say.
///
/// Every object in the answer is one point and every scalar is free. A list multiplies what stands inside it:
///
/// * a field with `first` or `last` by that number, or the argument's default, or [`Prices::page`];
/// * the lists of a connection (a type with `pageInfo`) by the page size of the field that returned it;
/// * a list that shares a page, as [`Price::shares_page`] says, by the page size of the field above it;
/// * a list field with an argument `ids` by the length of that array;
/// * any other list by the size that [`Prices::fields`] names for it, else by [`Prices::plain_list`].
///
/// So the price is known before the call, and is never less than what the call can load.
#[derive(Debug, Clone)]
pub struct Prices {
    /// The page size where neither the caller nor the schema says one.
    pub page: u64,
    /// The assumed length of a list that nothing bounds.
    pub plain_list: u64,
    /// Points added for each root field of a mutation.
    pub mutation: u64,
    /// Points added for each `__schema` and `__type`.
    pub introspection: u64,
    /// Exceptions, by `Type.field`. A name the schema does not have is an error of [`crate::Guard::new`].
    pub fields: BTreeMap<String, Price>,
}

impl Default for Prices {
    fn default() -> Self {
        Self {
            page: 50,
            plain_list: 20,
            mutation: 10,
            introspection: 100,
            fields: BTreeMap::new(),
        }
    }
}

/// An exception for one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Price {
    /// Points added each time the field is resolved.
    pub extra: u64,
    /// The length to assume for the list it returns.
    pub size: Option<u64>,
    /// Whether the list it returns is a part of the page around it, though that is no connection: the field above has
    /// the `first`. Of lists in each other, only the items of the innermost are objects that cost; what groups them
    /// holds one at least.
    pub shares_page: bool,
}
