//! From a body or a query string to one request.

use std::pin::pin;

use async_graphql::Variables;
use axum::body::Body;
use http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    Code, Limits, Refused,
    pass::{Envelope, within},
};

/// Reads the body of a POST.
pub(crate) async fn from_body(headers: &HeaderMap, body: Body, limits: &Limits) -> Result<Envelope, Refused> {
    if !is_json(headers) {
        let message = "Send `Content-Type: application/json`.";
        return Err(Refused::new(Code::UnsupportedMediaType, message));
    }
    let read = pin!(Limited::new(body, limits.body_bytes).collect());
    let bytes = match within(limits.body_time, read).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if !error.is::<LengthLimitError>() => return Err(malformed("it breaks off")),
        Ok(Err(_)) => {
            let message = format!("The body is larger than {} bytes.", limits.body_bytes);
            return Err(Refused::new(Code::BodyTooLarge, message));
        }
        Err(_) => {
            let message = format!("The body did not arrive within {:?}.", limits.body_time);
            return Err(Refused::new(Code::BodyTimeout, message));
        }
    };
    let json = serde_json::from_slice(&bytes).map_err(|error| malformed(&format!("not JSON: {error}")))?;
    from_json(json)
}

/// Reads the query string of a GET.
pub(crate) fn from_query(query: &str) -> Result<Envelope, Refused> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Parameters {
        query: Option<String>,
        operation_name: Option<String>,
        variables: Option<String>,
        extensions: Option<String>,
    }
    let uri = http::Uri::builder().path_and_query(format!("/?{query}")).build();
    let uri = uri.map_err(|_| malformed("the query string is not one"))?;
    let axum::extract::Query(it) = axum::extract::Query::<Parameters>::try_from_uri(&uri)
        .map_err(|_| malformed("a parameter of the query string cannot be read, or is given twice"))?;
    let mut json = Map::new();
    let mut put = |name: &str, value: Option<Value>| value.map(|it| json.insert(name.into(), it));
    put("query", it.query.map(Value::String));
    put("operationName", it.operation_name.map(Value::String));
    put("variables", nested("variables", it.variables)?);
    put("extensions", nested("extensions", it.extensions)?);
    from_json(Value::Object(json))
}

fn nested(name: &str, text: Option<String>) -> Result<Option<Value>, Refused> {
    let Some(text) = text.filter(|it| !it.is_empty()) else {
        return Ok(None);
    };
    serde_json::from_str(&text)
        .map(Some)
        .map_err(|_| malformed(&format!("`{name}` is not JSON")))
}

/// Reads the parameters of a request, from whatever carried them.
pub(crate) fn from_json(json: Value) -> Result<Envelope, Refused> {
    let mut json = match json {
        Value::Object(json) => json,
        Value::Array(_) => {
            let message = "Send one request at a time: an array of requests is not taken.";
            return Err(Refused::new(Code::BatchingNotSupported, message));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            return Err(malformed("it must be an object with `query`"));
        }
    };
    let extensions = object(&mut json, "extensions")?;
    let variables = object(&mut json, "variables")?;
    let operation_name = match json.remove("operationName") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(name),
        Some(_) => return Err(malformed("`operationName` must be a string")),
    };
    let query = match json.remove("query") {
        Some(Value::String(query)) => query,
        None | Some(Value::Null)
            if extensions
                .as_ref()
                .is_some_and(|it| it.contains_key("persistedQuery")) =>
        {
            return Err(Refused::new(
                Code::PersistedQueryNotSupported,
                "PersistedQueryNotSupported",
            ));
        }
        _ => return Err(malformed("`query` must be a string")),
    };
    let variables = variables.map_or_else(Variables::default, |it| Variables::from_json(Value::Object(it)));
    Ok(Envelope {
        query,
        operation_name,
        variables,
    })
}

fn object(json: &mut Map<String, Value>, name: &str) -> Result<Option<Map<String, Value>>, Refused> {
    match json.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(it)) => Ok(Some(it)),
        Some(_) => Err(malformed(&format!("`{name}` must be an object"))),
    }
}

fn malformed(why: &str) -> Refused {
    Refused::new(Code::BadRequest, format!("The request cannot be read: {why}."))
}

/// Only `application/json`, in UTF-8: what a browser would send across sites without asking is none of these.
fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else {
        return false;
    };
    let Ok(text) = only.to_str() else { return false };
    let mut parts = text.split(';').map(str::trim);
    parts
        .next()
        .is_some_and(|it| it.eq_ignore_ascii_case("application/json"))
        && parts.all(|it| match it.to_ascii_lowercase().strip_prefix("charset=") {
            Some(charset) => matches!(charset.trim_matches('"'), "utf-8" | "utf8"),
            None => true,
        })
}
