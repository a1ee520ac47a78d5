//! GraphQL over WebSocket.
//!
//! The `Origin` is checked before the upgrade: a browser cannot forge it, so no foreign page speaks here with a
//! credential it tricked out of somebody. Clients that are not browsers send none.

mod close;
mod dialect;
mod session;

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{FromRequestParts, ws::WebSocketUpgrade},
};
use http::{HeaderMap, Method, Response, header, request::Parts};

use self::{dialect::Dialect, session::Session};
use crate::{Code, Credentials, Host, Refused, pass::Door, reply::Reply};

/// Whether a request asks for a WebSocket.
pub(crate) fn is_upgrade(parts: &Parts) -> bool {
    let upgrade = parts.headers.get(header::UPGRADE).and_then(|it| it.to_str().ok());
    parts.method == Method::CONNECT || upgrade.is_some_and(|it| it.eq_ignore_ascii_case("websocket"))
}

/// Turns the connection into a WebSocket, or says why not.
pub(crate) async fn upgrade<H: Host>(
    door: &Arc<Door<H>>,
    parts: &mut Parts,
    credentials: Credentials,
) -> Result<Response<Body>, Box<Reply>> {
    let refuse = |code, why: &str| door.refuse(Refused::new(code, why));
    if !is_listed(&parts.headers, &door.settings.origins) {
        return Err(refuse(
            Code::Forbidden,
            "This `Origin` may not open a WebSocket here.",
        ));
    }
    let upgrade = WebSocketUpgrade::from_request_parts(parts, &()).await;
    let upgrade = upgrade.map_err(|why| refuse(Code::BadRequest, &why.body_text()))?;
    let upgrade = upgrade.protocols(Dialect::NAMES);
    let Some(dialect) = upgrade
        .selected_protocol()
        .and_then(|it| it.to_str().ok())
        .map(Dialect::named)
    else {
        let why = "`Sec-WebSocket-Protocol` must be `graphql-transport-ws` or `graphql-ws`.";
        return Err(refuse(Code::BadRequest, why));
    };
    let room = door.room()?;
    let bytes = door.guard.limits().body_bytes;
    let session = Session::new(door.clone(), dialect, credentials);
    let tasks = door.settings.tasks.clone();
    Ok(upgrade
        .max_message_size(bytes)
        .max_frame_size(bytes)
        .on_upgrade(move |socket| {
            tasks.track_future(async move {
                session.run(socket).await;
                drop(room);
            })
        }))
}

fn is_listed(headers: &HeaderMap, origins: &[String]) -> bool {
    let mut sent = headers.get_all(header::ORIGIN).iter();
    match (sent.next(), sent.next()) {
        (None, _) => true,
        (Some(origin), None) => origin
            .to_str()
            .is_ok_and(|it| origins.iter().any(|ours| ours.eq_ignore_ascii_case(it))),
        (Some(_), Some(_)) => false,
    }
}
