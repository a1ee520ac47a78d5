//! What a page of another site can make a browser send: none of it may change anything.

use std::sync::atomic::Ordering::SeqCst;

use axum::body::Body;
use http::{Method, Request, StatusCode, header};

use crate::world::{World, get};

#[tokio::test]
async fn nothing_a_foreign_page_can_send_without_asking_runs_a_mutation() {
    let world = World::new();
    let json = r#"{"query":"mutation { write }"}"#;
    let form = "query=mutation%7Bwrite%7D";
    let multipart = "--b\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n\
        {\"query\":\"mutation { write }\"}\r\n--b--\r\n";
    let bodies = [
        (None, json),
        (Some("text/plain"), json),
        (Some("text/plain;application/json"), json),
        (Some("application/x-www-form-urlencoded"), form),
        (Some("application/x-www-form-urlencoded"), json),
        (Some("multipart/form-data; boundary=b"), multipart),
        (Some("application/jsonp"), json),
        (Some("application/json; charset=utf-16"), json),
    ];
    for (kind, body) in bodies {
        for accept in ["*/*", "text/event-stream"] {
            let mut request = Request::post("/graphql").header(header::ACCEPT, accept);
            if let Some(kind) = kind {
                request = request.header(header::CONTENT_TYPE, kind);
            }
            let answer = world.send(request.body(Body::from(body)).unwrap()).await;
            assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind:?}");
            assert_eq!(answer.code(), "UNSUPPORTED_MEDIA_TYPE");
        }
    }
    for accept in ["*/*", "application/graphql-response+json", "text/event-stream"] {
        let mut request = get(form);
        request
            .headers_mut()
            .insert(header::ACCEPT, accept.parse().unwrap());
        let answer = world.send(request).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{accept}");
        assert_eq!(answer.header("allow"), Some("GET, POST"));
    }
    assert_eq!(world.house.written.load(SeqCst), 0);
}

#[tokio::test]
async fn two_content_types_are_no_content_type() {
    let world = World::new();
    let request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONTENT_TYPE, "text/plain")
        .body(Body::from(r#"{"query":"mutation { write }"}"#))
        .unwrap();
    assert_eq!(
        world.send(request).await.status,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    assert_eq!(world.house.written.load(SeqCst), 0);
}

#[tokio::test]
async fn any_page_may_ask_and_none_with_cookies() {
    let world = World::new();
    let preflight = Request::builder()
        .method(Method::OPTIONS)
        .uri("/graphql")
        .header(header::ORIGIN, "https://elsewhere.example.com")
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization")
        .body(Body::empty())
        .unwrap();
    let answer = world.send(preflight).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    let allowed = answer.header("access-control-allow-headers").unwrap();
    for name in [
        "authorization",
        "content-type",
        "horarium-organization",
        "horarium-client-secret",
    ] {
        assert!(allowed.contains(name), "{name} is missing from {allowed}");
    }

    let answer = world.send(get("query=%7Bhello%7D")).await;
    let exposed = answer.header("access-control-expose-headers").unwrap();
    for name in [
        "ratelimit-limit",
        "ratelimit-remaining",
        "ratelimit-reset",
        "retry-after",
    ] {
        assert!(exposed.contains(name), "{name} is missing from {exposed}");
    }
}

#[tokio::test]
async fn other_methods_are_not_answered() {
    let world = World::new();
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::HEAD] {
        let request = Request::builder()
            .method(method)
            .uri("/graphql")
            .body(Body::empty())
            .unwrap();
        let answer = world.send(request).await;
        assert_eq!(
            (answer.status, answer.header("allow")),
            (StatusCode::METHOD_NOT_ALLOWED, Some("GET, POST"))
        );
    }
}
