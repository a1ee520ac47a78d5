//! The one path that nearly every request is for, and the way there: past the router, which boxes and clones what it has found,
//! and says twice in the request what it was found by.

use std::convert::Infallible;
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::future::RouteFuture;
use futures::future::{BoxFuture, Either};
use tower::Service;

use super::observe::{Observed, Observer};

/// A path, and what answers there. It keeps its own limits of size and time, and closes its sockets when the process is to end.
#[derive(Clone)]
pub struct Front {
    /// Where.
    pub path: &'static str,
    /// Who.
    pub service: door::Graphql,
}

/// Everything this server answers. Cheap to clone.
#[derive(Clone)]
pub struct App {
    front: Option<(&'static str, Observed<door::Graphql>)>,
    rest: Router,
}

impl App {
    pub(super) fn new(front: Option<Front>, rest: Router, observer: &Observer) -> Self {
        Self {
            front: front.map(|it| (it.path, observer.around(it.path, it.service))),
            rest: rest.layer(observer.clone()),
        }
    }
}

impl Service<Request> for App {
    type Response = Response;
    type Error = Infallible;
    type Future = Either<BoxFuture<'static, Result<Response, Infallible>>, RouteFuture<Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // Neither the front nor a router makes anybody wait here.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match &mut self.front {
            Some((path, front)) if request.uri().path() == *path => Either::Left(front.call(request)),
            Some(_) | None => Either::Right(self.rest.call(request)),
        }
    }
}
