//! The boundary of every mutation: one root field is one unit of work with its own key.
//!
//! ```text
//! claim the key ─ replay? ──────────────► the answer that was given before
//!      │ fresh
//!    verb ── done ── keep the answer ── commit ──► the payload, resolved from ids
//!      ├──── refused ── undo ──────────────────► userErrors or a top-level error
//!      └──── refused, keeping ── release the key ── commit ──► the same
//! ```
//!
//! The work runs in a task of its own: a client that hangs up does not leave half a transaction behind.

use std::time::Duration;

use async_graphql::{Context, Error, Result};
use db::idempotency::{self, Ask, Claim, KEY_MAX};
use db::{Asker, Scope, Store, Work};
use futures::future::BoxFuture;
use kernel::id::OrganizationId;
use kernel::{Code, Refuse};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::caller::Caller;
use crate::errors::{Shown, UserError, broken, coded, refuse, unavailable, uncertain};
use crate::host::Host;
use crate::reads::Reads;

/// The shortest secret that an anonymous client may prove itself with: 128 bits in hexadecimal.
pub(crate) const CLIENT_SECRET_MIN: usize = 22;

/// How long a verb may take. The door waits longer, so that it can say that nothing happened.
const VERB_TIME: Duration = Duration::from_secs(50);

/// What came of a mutation: the ids of what it did, or why not.
#[derive(Debug)]
pub(crate) enum Outcome<T> {
    /// It is done (or was, under the same key).
    Done(T),
    /// It would be done; nothing was written.
    Valid,
    /// It was refused.
    Refused(Vec<UserError>),
}

impl<T> Outcome<T> {
    /// What was done.
    pub(crate) fn done(&self) -> Option<&T> {
        match self {
            Self::Done(done) => Some(done),
            Self::Valid | Self::Refused(_) => None,
        }
    }

    /// Whether it was refused for this reason.
    pub(crate) fn was_refused(&self, code: kernel::Code) -> bool {
        self.errors().iter().any(|error| error.is(code))
    }

    /// Why it was not.
    pub(crate) fn errors(&self) -> Vec<UserError> {
        match self {
            Self::Refused(errors) => errors.clone(),
            Self::Done(_) | Self::Valid => Vec::new(),
        }
    }
}

/// How a mutation is to run.
pub(crate) struct Act<S> {
    scope: S,
    ledger: Ledger,
    asker: Asker,
    key: Option<Key>,
    is_rehearsal: bool,
}

/// Where keys are claimed.
#[derive(Debug, Clone, Copy)]
struct Ledger(Option<OrganizationId>);

impl Scope for Ledger {
    fn organization(self) -> Option<OrganizationId> {
        self.0
    }
}

/// The fields that every input has.
#[derive(Debug, Default, Clone)]
pub(crate) struct Manner {
    /// Two requests with the same key have one effect.
    pub idempotency_key: Option<String>,
    /// Only say whether it would be done.
    pub validate_only: Option<bool>,
}

impl Manner {
    /// With a key and nothing else.
    pub(crate) fn once(idempotency_key: Option<String>) -> Self {
        Self {
            idempotency_key,
            validate_only: None,
        }
    }

    /// As asked.
    pub(crate) fn of(idempotency_key: Option<String>, validate_only: Option<bool>) -> Self {
        Self {
            idempotency_key,
            validate_only,
        }
    }
}

struct Key {
    actor: String,
    mutation: String,
    key: String,
    request: Vec<u8>,
}

impl<S: Scope> Act<S> {
    /// Prepares the mutation that `ctx` is the root field of.
    ///
    /// # Errors
    /// If the idempotency key cannot be used: too long, or from an anonymous client that does not prove itself.
    pub(crate) fn new(ctx: &Context<'_>, scope: S, manner: Manner) -> Result<Self> {
        let caller = Caller::of(ctx);
        let key = manner
            .idempotency_key
            .map(|key| Key::new(ctx, caller, key))
            .transpose()?;
        let asker = caller.asker.clone();
        Ok(Self {
            scope,
            ledger: Ledger(scope.organization()),
            asker,
            key,
            is_rehearsal: manner.validate_only.unwrap_or(false),
        })
    }

    /// Looks for the key elsewhere than where the work is done.
    #[must_use]
    pub(crate) fn claiming(mut self, keys: impl Scope) -> Self {
        self.ledger = Ledger(keys.organization());
        self
    }

    /// In a place where the caller has other rights than the request's own.
    #[must_use]
    pub(crate) fn by(mut self, asker: Asker) -> Self {
        self.asker = asker;
        self
    }

    /// The answer that was given before under the same key, if there is one: for a mutation that must find something out
    /// before its work, which its own effect has changed.
    ///
    /// # Errors
    /// If the database is busy.
    pub(crate) async fn replay<T: DeserializeOwned>(&self, ctx: &Context<'_>) -> Result<Option<Outcome<T>>> {
        let Some(key) = &self.key else {
            return Ok(None);
        };
        let store = Reads::of(ctx).store();
        let reading = store.read(self.ledger, &self.asker).await.map_err(broken)?;
        match idempotency::known(&reading, self.ledger, &key.ask())
            .await
            .map_err(broken)?
        {
            Some(Claim::Replay(answer)) => replayed(answer).map(Some),
            Some(Claim::Reused) => Ok(Some(reused())),
            Some(Claim::Fresh(_)) | None => Ok(None),
        }
    }

    /// Runs the verb.
    ///
    /// # Errors
    /// What belongs on top: no right, too often, our fault.
    pub(crate) async fn run<T, R, F>(self, ctx: &Context<'_>, verb: F) -> Result<Outcome<T>>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        R: Refuse,
        F: for<'a> FnOnce(&'a Work<S>) -> BoxFuture<'a, std::result::Result<T, R>> + Send + 'static,
    {
        let reads = Reads::of(ctx);
        let store = reads.store().clone();
        // A snapshot kept while waiting to write would hold a connection that somebody else's work needs.
        reads.refresh().await;
        let outcome = Host::of(ctx)
            .tasks()
            .spawn(self.perform(store, verb))
            .await
            .map_err(door::fault)?;
        reads.refresh().await;
        outcome
    }

    async fn perform<T, R, F>(self, store: Store, verb: F) -> Result<Outcome<T>>
    where
        T: Serialize + DeserializeOwned,
        R: Refuse,
        F: for<'a> FnOnce(&'a Work<S>) -> BoxFuture<'a, std::result::Result<T, R>>,
    {
        let work = store.write(self.scope, &self.asker).await.map_err(broken)?;
        // The verb has its time; the commit after it is waited for, because a commit cut short has an unknown end.
        match tokio::time::timeout(VERB_TIME, self.decide(&work, verb)).await {
            Err(_) => {
                drop(work);
                Err(unavailable(&"the verb took too long and was undone"))
            }
            Ok(Err(error)) => Err(error),
            Ok(Ok(Decided::Undo(outcome))) => work.undo().await.map_err(broken).and(outcome),
            Ok(Ok(Decided::Commit(outcome))) => work
                .commit()
                .await
                .map_err(|fault| uncertain(&fault))
                .and(outcome),
        }
    }

    async fn decide<T, R, F>(&self, work: &Work<S>, verb: F) -> Result<Decided<T>>
    where
        T: Serialize + DeserializeOwned,
        R: Refuse,
        F: for<'a> FnOnce(&'a Work<S>) -> BoxFuture<'a, std::result::Result<T, R>>,
    {
        let claimed = match &self.key {
            None => None,
            Some(key) => match idempotency::claim(work, self.ledger, &key.ask())
                .await
                .map_err(broken)?
            {
                Claim::Fresh(id) => Some(id),
                Claim::Replay(answer) => return Ok(Decided::Undo(replayed(answer))),
                Claim::Reused => return Ok(Decided::Undo(Ok(reused()))),
            },
        };
        match verb(work).await {
            Ok(_) if self.is_rehearsal => Ok(Decided::Undo(Ok(Outcome::Valid))),
            Ok(done) => {
                if let Some(id) = claimed {
                    let answer = serde_json::to_value(&done).map_err(door::fault)?;
                    idempotency::keep(work, self.ledger, id, answer)
                        .await
                        .map_err(broken)?;
                }
                Ok(Decided::Commit(Ok(Outcome::Done(done))))
            }
            Err(refusal) if refusal.keeps() && !self.is_rehearsal => {
                if let Some(id) = claimed {
                    idempotency::release(work, self.ledger, id)
                        .await
                        .map_err(broken)?;
                }
                Ok(Decided::Commit(refused(refusal)))
            }
            Err(refusal) => Ok(Decided::Undo(refused(refusal))),
        }
    }
}

/// How a work ends, and what is said then.
enum Decided<T> {
    Commit(Result<Outcome<T>>),
    Undo(Result<Outcome<T>>),
}

fn replayed<T: DeserializeOwned>(answer: serde_json::Value) -> Result<Outcome<T>> {
    serde_json::from_value(answer)
        .map(Outcome::Done)
        .map_err(door::fault)
}

fn reused<T>() -> Outcome<T> {
    let message = "this key came before with another input; use a new key for a new request";
    Outcome::Refused(vec![UserError::about(
        "idempotencyKey",
        Code::IdempotencyKeyReused,
        &message,
    )])
}

/// A refusal in its place: the payload, or on top.
///
/// # Errors
/// What belongs on top.
pub(crate) fn refused<T>(refusal: impl Refuse) -> Result<Outcome<T>> {
    match refuse(refusal) {
        Shown::InPayload(error) => Ok(Outcome::Refused(vec![error])),
        Shown::OnTop(error) => Err(error),
    }
}

impl Key {
    fn new(ctx: &Context<'_>, caller: &Caller, key: String) -> Result<Self> {
        if key.is_empty() || key.chars().count() > KEY_MAX {
            return Err(invalid(&format!(
                "expected an idempotencyKey of 1 to {KEY_MAX} characters"
            )));
        }
        let actor = match (caller.asker.actor.id(), &caller.client) {
            (Some(id), _) => id,
            (None, Some(client)) => client.iter().map(|byte| format!("{byte:02x}")).collect(),
            (None, None) => {
                return Err(invalid(&format!(
                    "without a credential an idempotencyKey needs the header Horarium-Client-Secret, a random text of \
                     {CLIENT_SECRET_MIN} characters or more that only this client knows"
                )));
            }
        };
        let field = ctx.field();
        let arguments = field.arguments().map_err(|error| Error::new(error.message))?;
        let mut request = Vec::new();
        for (name, value) in &arguments {
            write_canonical(&mut request, name, value);
        }
        Ok(Self {
            actor,
            mutation: field.name().to_owned(),
            key,
            request,
        })
    }

    fn ask(&self) -> Ask<'_> {
        Ask {
            actor: &self.actor,
            mutation: &self.mutation,
            key: &self.key,
            request: &self.request,
        }
    }
}

fn invalid(message: &str) -> Error {
    coded(Code::InvalidInput, &message)
}

/// Bytes that are equal for equal inputs, whatever the order of their fields.
fn write_canonical(to: &mut Vec<u8>, name: &str, value: &async_graphql::Value) {
    use async_graphql::Value;
    let mut put = |tag: u8, bytes: &[u8]| {
        to.push(tag);
        to.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
        to.extend_from_slice(bytes);
    };
    put(b'n', name.as_bytes());
    match value {
        Value::List(items) => {
            put(b'[', &(items.len() as u64).to_be_bytes());
            items.iter().for_each(|item| write_canonical(to, "", item));
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields
                .iter()
                .filter(|(name, _)| *name != "idempotencyKey")
                .collect();
            fields.sort_by_key(|(name, _)| *name);
            put(b'{', &(fields.len() as u64).to_be_bytes());
            fields
                .iter()
                .for_each(|(name, value)| write_canonical(to, name, value));
        }
        Value::Null
        | Value::Number(_)
        | Value::String(_)
        | Value::Boolean(_)
        | Value::Binary(_)
        | Value::Enum(_) => put(b'v', value.to_string().as_bytes()),
    }
}

/// Makes the payload of one mutation: its `userErrors`, `query`, and the fields given, resolved from the ids it kept.
macro_rules! payload {
    ($(#[doc = $doc:literal])* $name:ident($done:ty) { $($fields:tt)* }) => {
        $(#[doc = $doc])*
        pub(crate) struct $name(pub(crate) $crate::act::Outcome<$done>);

        $(#[doc = $doc])*
        #[async_graphql::Object]
        impl $name {
            $($fields)*

            /// What kept it from being done; empty if it was.
            async fn user_errors(&self) -> Vec<$crate::errors::UserError> {
                self.0.errors()
            }

            /// Whatever else the client wants to read after the change.
            async fn query(&self) -> $crate::Query {
                $crate::Query::default()
            }
        }
    };
}
pub(crate) use payload;
