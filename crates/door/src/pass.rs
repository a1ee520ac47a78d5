//! The way in, the same for every transport: judge, greet, spend, run, shape.

use std::{
    any::Any,
    error::Error as StdError,
    future::ready,
    panic::AssertUnwindSafe,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use async_graphql::{Request, Response, Variables};
use async_graphql_parser::types::OperationType;
use futures::{
    FutureExt, StreamExt, poll,
    stream::{self, BoxStream},
};
use tokio::{sync::Semaphore, time::error::Elapsed};
use tracing::{Instrument, Span};

use crate::{
    Charge, Code, Credentials, Denied, Guard, Host, Judged, Refused, Settings, Throttled, Vetting,
    errors::{Shaper, code_of},
    meter::{self, Meter, Outcome},
    reply::Reply,
};

/// The door of one house.
pub(crate) struct Door<H> {
    pub(crate) host: H,
    pub(crate) guard: Guard,
    pub(crate) settings: Settings,
    /// Room for sockets and event streams.
    pub(crate) room: Arc<Semaphore>,
    meter: Meter,
}

/// One request, whatever carried it.
#[derive(Debug)]
pub(crate) struct Envelope {
    pub(crate) query: String,
    pub(crate) operation_name: Option<String>,
    pub(crate) variables: Variables,
}

/// A request that may run, and has been paid for.
pub(crate) struct Ticket<C> {
    caller: C,
    request: Request,
    vetting: Vetting,
    charge: Charge,
}

impl<C> Ticket<C> {
    pub(crate) fn is_subscription(&self) -> bool {
        self.charge.bill.kind == OperationType::Subscription
    }
}

impl<H: Host> Door<H> {
    pub(crate) fn new(host: H, guard: Guard, settings: Settings) -> Self {
        let room = Arc::new(Semaphore::new(guard.limits().streams));
        Self {
            host,
            guard,
            settings,
            room,
            meter: Meter::new(),
        }
    }

    /// Room for one more socket or event stream, until it is dropped.
    pub(crate) fn room(&self) -> Result<meter::Open, Box<Reply>> {
        let full = |_| self.refuse(Refused::new(Code::Unavailable, "Too many streams are open here."));
        self.room
            .clone()
            .try_acquire_owned()
            .map(meter::Open::new)
            .map_err(full)
    }

    /// Says who is asking.
    pub(crate) async fn greet(&self, ask: Credentials) -> Result<H::Caller, Box<Reply>> {
        match self.promptly(pin!(self.host.greet(ask))).await? {
            Ok(caller) => Ok(caller),
            Err(Denied::Unauthenticated(why)) => Err(self.refuse(Refused::new(Code::Unauthenticated, why))),
            Err(Denied::Forbidden(why)) => Err(self.refuse(Refused::new(Code::Forbidden, why))),
            Err(Denied::Fault(cause)) => Err(self.broken(cause.as_ref())),
        }
    }

    /// What the host must answer before anything runs: in the time of a query, and without bringing us down.
    ///
    /// By reference: a future that is handed on by value has its room in every one that hands it on.
    pub(crate) async fn promptly<T>(&self, work: Pin<&mut impl Future<Output = T>>) -> Result<T, Box<Reply>> {
        let time = self.guard.limits().query_time;
        match within(time, AssertUnwindSafe(work).catch_unwind()).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(panic)) => {
                let error = self.with_shaper(false, |it| it.panicked(panic.as_ref()));
                Err(Box::new(Reply::error(error, Code::Internal.status())))
            }
            Err(_) => Err(self.refuse(Refused::new(Code::Unavailable, "Try again in a moment."))),
        }
    }

    /// Judges the document.
    pub(crate) fn judge(&self, envelope: &Envelope) -> Result<Judged, Box<Reply>> {
        let name = envelope.operation_name.as_deref();
        self.guard
            .judge(&envelope.query, name, &envelope.variables)
            .map_err(|refused| self.refuse(refused))
    }

    /// Takes the payment, and makes the request ready to run.
    pub(crate) async fn admit(
        &self,
        caller: H::Caller,
        envelope: Envelope,
        judged: Judged,
    ) -> Result<Ticket<H::Caller>, Box<Reply>> {
        if judged.introspects && !self.host.introspection(&caller) {
            let message = "Introspection is not open to you: the schema is published as SDL.";
            return Err(self.refuse(Refused::new(Code::IntrospectionDisabled, message)));
        }
        let spent = self.promptly(pin!(self.host.spend(&caller, judged.bill))).await?;
        let charge = Charge {
            bill: judged.bill,
            throttle: spent.map_err(|throttled| self.throttled(throttled))?,
        };
        let mut request = Request::new(envelope.query)
            .variables(envelope.variables)
            .data(charge);
        request.operation_name = envelope.operation_name;
        request.set_parsed_query(judged.document);
        Ok(Ticket {
            caller,
            request,
            vetting: judged.vetting,
            charge,
        })
    }

    /// Runs a query or a mutation to its end.
    pub(crate) async fn run(&self, ticket: Ticket<H::Caller>, transport: &'static str) -> Reply {
        let Ticket {
            caller,
            request,
            vetting,
            charge: Charge { bill, throttle },
        } = ticket;
        let suggests = self.host.introspection(&caller);
        let limits = self.guard.limits();
        let time = match bill.kind {
            OperationType::Mutation => limits.mutation_time,
            OperationType::Query | OperationType::Subscription => limits.query_time,
        };
        let work = AssertUnwindSafe(async { self.host.execute(caller, request, vetting).await });
        let work = pin!(work.catch_unwind());
        let clock = self.meter.start(bill.kind);
        let shaped = async {
            match within(time, work).await {
                Ok(Ok(response)) => self.with_shaper(suggests, |it| Reply::executed(response, it)),
                Ok(Err(panic)) => {
                    let error = self.with_shaper(suggests, |it| it.panicked(panic.as_ref()));
                    Reply::error(error, Code::Internal.status())
                }
                Err(_) => *self.refuse(took_too_long(bill.kind, time)),
            }
        };
        let reply = shaped.instrument(span(&self.host, bill.kind, transport)).await;
        clock.stop(outcome_of(&reply));
        reply.billed(bill, throttle)
    }

    /// Runs a subscription; the stream ends after a panic.
    pub(crate) fn follow(
        &self,
        ticket: Ticket<H::Caller>,
        transport: &'static str,
    ) -> BoxStream<'static, Reply> {
        let Ticket {
            caller,
            request,
            charge: Charge { bill, .. },
            ..
        } = ticket;
        let suggests = self.host.introspection(&caller);
        let (host, listed) = (self.host.clone(), self.guard.limits().listed_errors);
        let span = span(&host, bill.kind, transport);
        let opened = {
            let host = host.clone();
            async move { host.subscribe(caller, request) }.flatten_stream()
        };
        let mut events = Box::pin(AssertUnwindSafe(opened).catch_unwind());
        self.meter.start(bill.kind).stop(Outcome::Ok);
        let shape = {
            let span = span.clone();
            move |event: Result<Response, Box<dyn Any + Send>>| {
                let _entered = span.enter();
                let mint = || host.mint();
                let shaper = Shaper {
                    mint: &mint,
                    suggests,
                    listed,
                };
                match event {
                    Ok(response) => Reply::executed(response, &shaper),
                    Err(panic) => Reply::error(shaper.panicked(panic.as_ref()), None),
                }
            }
        };
        stream::poll_fn(move |cx| span.in_scope(|| events.poll_next_unpin(cx)))
            .map(shape)
            .boxed()
    }

    /// The answers to one operation, from its judgement to its end.
    pub(crate) fn answers(
        self: Arc<Self>,
        caller: H::Caller,
        request: Envelope,
        transport: &'static str,
    ) -> BoxStream<'static, Reply> {
        let start = async move {
            let admitted = match self.judge(&request) {
                Ok(judged) => self.admit(caller, request, judged).await,
                Err(reply) => Err(reply),
            };
            match admitted {
                Ok(ticket) if ticket.is_subscription() => self.follow(ticket, transport),
                Ok(ticket) => stream::once(async move { self.run(ticket, transport).await }).boxed(),
                Err(reply) => stream::once(ready(*reply)).boxed(),
            }
        };
        start.flatten_stream().boxed()
    }

    /// The reply where the host itself failed.
    pub(crate) fn broken(&self, cause: &(dyn StdError + 'static)) -> Box<Reply> {
        let code = Code::Unavailable;
        meter::refused(code);
        let error = self.with_shaper(false, |it| it.broken(cause, code, "Try again in a moment."));
        Box::new(Reply::error(error, code.status()))
    }

    /// The reply for a refusal.
    pub(crate) fn refuse(&self, refused: Refused) -> Box<Reply> {
        meter::refused(refused.code);
        let (status, retry_after) = (refused.code.status(), refused.retry_after);
        let error = self.with_shaper(false, |it| it.refused(refused));
        tracing::debug!(code = code_of(&error), "refused");
        let mut reply = Box::new(Reply::error(error, status));
        reply.retry_after = retry_after;
        reply
    }

    /// The reply for an empty purse.
    pub(crate) fn throttled(&self, throttled: Throttled) -> Box<Reply> {
        let message = "Too many requests: wait for `retryAfterMs`.";
        let refused = Refused::new(Code::RateLimited, message).after(throttled.retry_after);
        let mut reply = self.refuse(refused);
        reply.throttle = Some(throttled.throttle);
        reply
    }

    fn with_shaper<T>(&self, suggests: bool, act: impl FnOnce(&Shaper<'_>) -> T) -> T {
        let mint = || self.host.mint();
        act(&Shaper {
            mint: &mint,
            suggests,
            listed: self.guard.limits().listed_errors,
        })
    }
}

/// Waits so long for some work. What is ready at once needs no clock.
pub(crate) async fn within<T>(
    time: Duration,
    mut work: impl Future<Output = T> + Unpin,
) -> Result<T, Elapsed> {
    match poll!(&mut work) {
        Poll::Ready(done) => Ok(done),
        Poll::Pending => tokio::time::timeout(time, work).await,
    }
}

/// What the log calls an operation. Over HTTP the request around it has an id already; nobody needs one where nothing is logged,
/// and there the fields are not asked for.
fn span<H: Host>(host: &H, kind: OperationType, transport: &'static str) -> Span {
    tracing::info_span!("graphql", id = Span::current().is_none().then(|| host.mint()), %kind, transport)
}

fn took_too_long(kind: OperationType, time: Duration) -> Refused {
    let message = match kind {
        OperationType::Mutation => {
            format!("The mutation took longer than {time:?}. Send it again with the same idempotencyKey.")
        }
        OperationType::Query | OperationType::Subscription => {
            format!("The query took longer than {time:?}. Ask for less.")
        }
    };
    Refused::new(Code::Timeout, message)
}

fn outcome_of(reply: &Reply) -> Outcome {
    match (&reply.data, reply.errors.is_empty()) {
        (_, true) => Outcome::Ok,
        (Some(_), false) => Outcome::Partial,
        (None, false) => Outcome::Refused,
    }
}
