//! How the stories knock.

use axum::{Router, body::Body};
use door::{Limits, Settings};
use http::{HeaderMap, Request, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::house::House;

/// A house and its door.
pub(crate) struct World {
    pub(crate) house: House,
    pub(crate) door: Router,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Limits::default())
    }

    pub(crate) fn with(limits: Limits) -> Self {
        Self::of(limits, Settings::default())
    }

    pub(crate) fn of(limits: Limits, settings: Settings) -> Self {
        let house = House::new();
        let door = door::router(house.clone(), house.guard(limits), settings);
        Self { house, door }
    }

    /// Asks by POST, accepting `application/graphql-response+json`.
    pub(crate) async fn ask(&self, query: &str) -> Answer {
        self.ask_with(query, json!({})).await
    }

    pub(crate) async fn ask_with(&self, query: &str, variables: Value) -> Answer {
        self.send(post(
            &json!({ "query": query, "variables": variables }).to_string(),
        ))
        .await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.door.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    /// `extensions.code` of the first error.
    pub(crate) fn code(&self) -> String {
        self.json()["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap_or("")
            .to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// A POST as clients of today send it.
pub(crate) fn post(body: &str) -> Request<Body> {
    Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/graphql-response+json")
        .body(Body::from(body.to_owned()))
        .unwrap()
}

/// A GET.
pub(crate) fn get(query: &str) -> Request<Body> {
    Request::get(format!("/graphql?{query}"))
        .body(Body::empty())
        .unwrap()
}
