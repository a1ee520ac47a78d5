//! No document takes longer than 10 ms of CPU to judge, and none makes the guard panic:
//! `cargo +nightly fuzz run --sanitizer none judge -- -max_len=20000` in `crates/door`.
#![no_main]

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use async_graphql::Variables;
use door::{Guard, Limits, Prices};
use libfuzzer_sys::fuzz_target;

/// The promise.
const AT_MOST: Duration = Duration::from_millis(10);

const SDL: &str = "
    type Query { hello(name: String): String people(first: Int, last: Int): PersonConnection
        nodes(ids: [ID!]!): [Person]! search(filter: Filter!): Int! }
    type Mutation { write(filter: Filter): Int }
    type Subscription { ticks(to: Int): Int! }
    type PersonConnection { nodes: [Person!]! edges: [PersonEdge!]! pageInfo: PageInfo! }
    type PersonEdge { cursor: String! node: Person! }
    type PageInfo { hasNextPage: Boolean! }
    type Person { id: ID! name: String friend: Person friends(first: Int = 10): PersonConnection }
    input Filter { anyOf: [String!]! within: [Filter!] }
";

static GUARD: LazyLock<Guard> = LazyLock::new(|| {
    Guard::new(SDL, Limits::default(), Prices::default()).expect("the schema can be guarded")
});

fuzz_target!(|text: &str| {
    let judge = || {
        let start = Instant::now();
        let visited = GUARD
            .judge(text, None, &Variables::default())
            .map_or(0, |it| it.visited);
        assert!(
            visited <= text.len(),
            "{visited} selections looked at in {} bytes",
            text.len()
        );
        start.elapsed()
    };
    // What is slow once may have been interrupted; what is slow three times is slow.
    let fastest = (0..3).map(|_| judge()).find(|it| *it <= AT_MOST);
    assert!(fastest.is_some(), "three times longer than {AT_MOST:?}");
});
