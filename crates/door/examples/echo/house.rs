//! A small house behind the door: what the door's own tests and the outside audits knock on.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use async_graphql::{
    Context, Error, ErrorExtensions, ID, InputObject, Object, Request, Response, Schema, SimpleObject,
    Subscription, ValidationMode,
};
use door::{
    Bill, Charge, Credentials, Denied, Guard, Host, Limits, Price, Prices, Throttle, Throttled, Vetting,
};
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};

/// Text that no client may ever read.
pub(crate) const CANARY: &str = "canary-3f9c: relation \"bookings\" does not exist";

/// Points in everybody's bucket.
pub(crate) const ALLOWANCE: u64 = 1_000_000;

/// The house: a schema and a few switches that tests turn.
#[derive(Clone)]
pub(crate) struct House {
    schema: Schema<Query, Mutation, Subscriptions>,
    /// The same, for what the validator has passed before.
    vetted: Schema<Query, Mutation, Subscriptions>,
    /// How many requests the validator did not look at.
    pub(crate) unseen: Arc<AtomicU64>,
    /// How many mutations have run.
    pub(crate) written: Arc<AtomicU64>,
    /// Points spent.
    pub(crate) spent: Arc<AtomicU64>,
    /// Whether the credential has been revoked.
    pub(crate) revoked: Arc<AtomicBool>,
    /// Whether callers without a credential may introspect.
    pub(crate) is_open: Arc<AtomicBool>,
    /// Subscriptions alive.
    pub(crate) following: Arc<AtomicU64>,
    minted: Arc<AtomicU64>,
}

impl House {
    /// A new house. Introspection is open.
    pub(crate) fn new() -> Self {
        let written = Arc::new(AtomicU64::new(0));
        let following = Arc::new(AtomicU64::new(0));
        let schema = || Schema::build(Query, Mutation(written.clone()), Subscriptions(following.clone()));
        Self {
            schema: schema().finish(),
            vetted: schema().validation_mode(ValidationMode::Fast).finish(),
            unseen: Arc::default(),
            written,
            spent: Arc::default(),
            revoked: Arc::default(),
            is_open: Arc::new(AtomicBool::new(true)),
            following,
            minted: Arc::default(),
        }
    }

    /// The guard for its schema.
    pub(crate) fn guard(&self, limits: Limits) -> Guard {
        let price = Price {
            extra: 5,
            size: Some(31),
            ..Price::default()
        };
        let prices = Prices {
            fields: [("Query.days".to_owned(), price)].into(),
            ..Prices::default()
        };
        Guard::new(&self.schema.sdl(), limits, prices).expect("the schema of the house can be guarded")
    }
}

/// Somebody with a name, or nobody.
#[derive(Debug, Clone)]
pub(crate) struct Caller(pub(crate) Option<String>);

impl Host for House {
    type Caller = Caller;

    fn knock(&self, peer: IpAddr) -> Result<(), Throttled> {
        match peer.to_string() == "203.0.113.66" {
            true => Err(empty_purse()),
            false => Ok(()),
        }
    }

    async fn greet(&self, ask: Credentials) -> Result<Caller, Denied> {
        match ask.authorization.as_deref() {
            None => Ok(Caller(None)),
            Some("Bearer alice") => Ok(Caller(Some("alice".into()))),
            Some("Bearer poor") => Ok(Caller(Some("poor".into()))),
            Some("Bearer banned") => Err(Denied::Forbidden("This account is suspended.".into())),
            Some("Bearer unlucky") => Err(Denied::Fault(CANARY.into())),
            Some(_) => Err(Denied::Unauthenticated("The token is not valid.".into())),
        }
    }

    async fn still_welcome(&self, _caller: &Caller) -> bool {
        !self.revoked.load(SeqCst)
    }

    async fn spend(&self, caller: &Caller, bill: Bill) -> Result<Throttle, Throttled> {
        if caller.0.as_deref() == Some("poor") {
            return Err(empty_purse());
        }
        let spent = self.spent.fetch_add(bill.cost, SeqCst) + bill.cost;
        let remaining = ALLOWANCE.saturating_sub(spent);
        Ok(Throttle {
            limit: ALLOWANCE,
            remaining,
            reset: Duration::from_millis(1_500),
        })
    }

    fn introspection(&self, caller: &Caller) -> bool {
        caller.0.is_some() || self.is_open.load(SeqCst)
    }

    async fn execute(&self, caller: Caller, request: Request, vetting: Vetting) -> Response {
        if vetting.is_done() {
            self.unseen.fetch_add(1, SeqCst);
            return self.vetted.execute(request.data(caller)).await;
        }
        let response = self.schema.execute(request.data(caller)).await;
        vetting.learn(&response);
        response
    }

    fn subscribe(&self, caller: Caller, request: Request) -> BoxStream<'static, Response> {
        self.schema.execute_stream(request.data(caller))
    }

    fn mint(&self) -> String {
        format!("id_{}", self.minted.fetch_add(1, SeqCst))
    }
}

fn empty_purse() -> Throttled {
    let throttle = Throttle {
        limit: 10,
        remaining: 0,
        reset: Duration::from_secs(9),
    };
    Throttled {
        throttle,
        retry_after: Duration::from_millis(2_500),
    }
}

/// The questions.
pub(crate) struct Query;

#[Object]
impl Query {
    /// A greeting.
    async fn hello(&self, name: Option<String>) -> String {
        format!("Hello, {}!", name.as_deref().unwrap_or("you"))
    }

    /// Who is asking.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<String> {
        ctx.data_unchecked::<Caller>().0.clone()
    }

    /// What this request costs.
    async fn bill(&self, ctx: &Context<'_>) -> String {
        ctx.data_unchecked::<Charge>().bill.cost.to_string()
    }

    /// A page of people.
    async fn people(&self, first: Option<i32>, last: Option<i32>) -> PersonConnection {
        PersonConnection {
            count: first.or(last).unwrap_or(50),
        }
    }

    /// The people with these ids.
    async fn nodes(&self, ids: Vec<ID>) -> Vec<Option<Person>> {
        ids.iter().map(|_| Some(Person)).collect()
    }

    /// The days of a month.
    async fn days(&self) -> Vec<Person> {
        vec![Person, Person]
    }

    /// A list that nothing bounds.
    async fn tags(&self) -> Vec<String> {
        vec!["a".into()]
    }

    /// Echoes how many values a filter has.
    async fn search(&self, filter: Filter) -> usize {
        filter.any_of.len()
    }

    /// Panics.
    async fn panics(&self) -> Option<String> {
        haunted()
    }

    /// Fails with inner text.
    async fn leaks(&self) -> Option<Result<String, Error>> {
        Some(Err(Error::new(CANARY)))
    }

    /// Fails with an inner error by `?`.
    async fn breaks(&self) -> Option<Result<String, Error>> {
        Some(Err(std::io::Error::other(CANARY).into()))
    }

    /// Fails with a chain of causes.
    async fn faults(&self) -> Option<Result<String, Error>> {
        Some(Err(door::fault(std::io::Error::other(CANARY))))
    }

    /// Refuses in words for the caller.
    async fn refuses(&self) -> Option<Result<String, Error>> {
        let error = Error::new("Not on Sundays.");
        Some(Err(error.extend_with(|_, it| it.set("code", "CLOSED"))))
    }

    /// Answers after so many milliseconds.
    async fn slow(&self, millis: u64) -> bool {
        tokio::time::sleep(Duration::from_millis(millis)).await;
        true
    }
}

fn haunted() -> Option<String> {
    panic!("{CANARY}")
}

/// What to look for.
#[derive(InputObject)]
pub(crate) struct Filter {
    /// Words.
    any_of: Vec<String>,
    /// Filters within.
    within: Option<Vec<Filter>>,
}

/// A page of people.
pub(crate) struct PersonConnection {
    count: i32,
}

#[Object]
impl PersonConnection {
    /// The edges.
    async fn edges(&self) -> Vec<PersonEdge> {
        (0..self.count)
            .map(|_| PersonEdge { cursor: "c".into() })
            .collect()
    }

    /// The people.
    async fn nodes(&self) -> Vec<Person> {
        (0..self.count).map(|_| Person).collect()
    }

    /// Where the page stands.
    async fn page_info(&self) -> PageInfo {
        PageInfo { has_next_page: true }
    }
}

/// One person of a page.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(crate) struct PersonEdge {
    cursor: String,
}

#[async_graphql::ComplexObject]
impl PersonEdge {
    /// The person.
    async fn node(&self) -> Person {
        Person
    }
}

/// Where a page stands.
#[derive(SimpleObject)]
pub(crate) struct PageInfo {
    has_next_page: bool,
}

/// A person.
pub(crate) struct Person;

#[Object]
impl Person {
    /// Their id.
    async fn id(&self) -> ID {
        "usr_1".into()
    }

    /// Their name.
    async fn name(&self) -> &str {
        "Ada Example"
    }

    /// A friend.
    async fn friend(&self) -> Person {
        Person
    }

    /// Friends, by page.
    async fn friends(&self, #[graphql(default = 10)] first: i32) -> PersonConnection {
        PersonConnection { count: first }
    }
}

/// The changes.
pub(crate) struct Mutation(Arc<AtomicU64>);

#[Object]
impl Mutation {
    /// Counts.
    async fn write(&self) -> u64 {
        self.0.fetch_add(1, SeqCst) + 1
    }

    /// Counts after so many milliseconds.
    async fn write_slowly(&self, millis: u64) -> u64 {
        tokio::time::sleep(Duration::from_millis(millis)).await;
        self.0.fetch_add(1, SeqCst) + 1
    }
}

/// The streams.
pub(crate) struct Subscriptions(Arc<AtomicU64>);

/// Counts a living stream until it is dropped.
struct Alive(Arc<AtomicU64>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

#[Subscription]
impl Subscriptions {
    /// Counts up, one number every so many milliseconds; `to` numbers or for ever.
    async fn ticks(
        &self,
        #[graphql(default = 5)] millis: u64,
        to: Option<u64>,
    ) -> impl futures::Stream<Item = u64> {
        self.0.fetch_add(1, SeqCst);
        let alive = Alive(self.0.clone());
        let count = usize::try_from(to.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
        stream::iter(1..).take(count).then(move |it| {
            let _ = &alive;
            async move {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                it
            }
        })
    }

    /// So much text, again and again, as fast as it is taken.
    async fn floods(&self, bytes: usize) -> impl futures::Stream<Item = String> {
        self.0.fetch_add(1, SeqCst);
        let alive = Alive(self.0.clone());
        stream::repeat_with(move || {
            let _ = &alive;
            "x".repeat(bytes)
        })
    }

    /// Panics at its second number.
    async fn panics(&self) -> impl futures::Stream<Item = u64> {
        stream::iter(1..).map(|it| match it {
            1 => it,
            _ => panic!("{CANARY}"),
        })
    }

    /// Fails with inner text.
    async fn leaks(&self) -> impl futures::Stream<Item = Result<u64, Error>> {
        stream::iter([Err(Error::new(CANARY))])
    }
}
