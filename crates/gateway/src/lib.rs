//! The API: GraphQL over the domains. Resolvers translate and decide nothing.
//!
//! To add a mutation: an input in the domain's folder, `Form` to read it, `Act` to run the verb, `payload!` for what it answers, a
//! knock in `tests/it/locked`, and `UPDATE_SCHEMA=1 cargo test -p tests schema`. To add a list: `connection!` and a keyed entity.
//!
//! **Invariant:** no `if` about the business. **Invariant:** a mutation writes only inside [`act`].

mod act;
mod asked;
mod caller;
mod clients;
mod errors;
mod flood;
mod host;
mod journal;
mod list;
mod loaders;
mod messaging;
mod node;
mod prices;
mod reads;
mod recognise;
mod rehearsal;
mod scalars;
mod scheduling;
mod tenancy;

use async_graphql::{
    Context, MergedObject, MergedSubscription, Object, SchemaBuilder, SimpleObject, ValidationMode,
};

pub use self::errors::WRONG_MAX;
pub use self::host::{Host, Settings};
pub use self::prices::prices;
pub use self::recognise::RECOGNISED_FOR;
pub use self::tenancy::Outside;

/// The schema of the whole product.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// What can be asked.
#[derive(Debug, Default, MergedObject)]
pub struct Query(
    node::NodeQuery,
    MeterQuery,
    tenancy::TenancyQuery,
    scheduling::SchedulingQuery,
    clients::ClientQuery,
    messaging::MessagingQuery,
    journal::JournalQuery,
);

/// What can be done. Each field is one unit of work.
#[derive(Debug, Default, MergedObject)]
pub struct Mutation(
    tenancy::TenancyMutation,
    scheduling::SchedulingMutation,
    clients::ClientMutation,
    messaging::MessagingMutation,
    journal::JournalMutation,
);

/// What can be watched.
#[derive(Debug, Default, MergedSubscription)]
pub struct Subscription(
    tenancy::TenancySubscription,
    messaging::MessagingSubscription,
    journal::JournalSubscription,
);

/// The schema twice, since the executor keeps with it how it validates: what its validator has passed, it need not see again.
pub struct Schemas {
    checked: Schema,
    vetted: Schema,
}

/// The schema over what lies outside: mail, identity providers, password hashing.
#[must_use]
pub fn schema(outside: &Outside) -> Schemas {
    let of = |mode| builder().data(outside.clone()).validation_mode(mode).finish();
    Schemas {
        checked: of(ValidationMode::Strict),
        vetted: of(ValidationMode::Fast),
    }
}

/// The schema's text, as it is published. Whoever has a host asks that: a schema is made for this one.
#[must_use]
pub fn sdl() -> String {
    published(&builder().finish())
}

fn published(schema: &Schema) -> String {
    let options = async_graphql::SDLExportOptions::new()
        .sorted_fields()
        .sorted_enum_items()
        .prefer_single_line_descriptions()
        .include_specified_by();
    schema.sdl_with_options(options)
}

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .register_output_type::<node::Node>()
        .register_output_type::<errors::UserError>()
}

/// What requests cost.
#[derive(Debug, Default)]
struct MeterQuery;

/// What this request costs and what is left to spend.
#[derive(Debug, SimpleObject)]
struct RateLimit {
    /// The cost of this request in points, known before it ran.
    cost: u64,
    /// Requests in one window.
    limit: u64,
    /// Requests left in this window, as far as this node knows.
    remaining: u64,
    /// Seconds until the next window.
    resets_in_seconds: u64,
}

#[Object]
impl MeterQuery {
    /// What this request costs and what is left. With `dryRun: true`, asked at the root of the query, nothing else of it runs.
    async fn rate_limit(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            default_with = "Some(false)",
            desc = "Whether to find out the cost without running the rest of the query."
        )]
        dry_run: Option<bool>,
    ) -> Option<RateLimit> {
        // The query was pruned before it ran; here nothing is left to decide.
        let _ = dry_run;
        let door::Charge { bill, throttle } = ctx.data_opt()?;
        Some(RateLimit {
            cost: bill.cost,
            limit: throttle.limit,
            remaining: throttle.remaining,
            resets_in_seconds: throttle.reset.as_secs(),
        })
    }
}
