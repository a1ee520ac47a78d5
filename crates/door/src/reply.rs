//! What goes back, whatever carries it.

use async_graphql::{Response, ServerError, Value};
use http::StatusCode;
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{Bill, Throttle, errors::Shaper};

/// An answer, shaped. Without `data` nothing was executed.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    pub(crate) data: Option<Value>,
    pub(crate) errors: Vec<ServerError>,
    pub(crate) cost: Option<Cost>,
    pub(crate) extensions: std::collections::BTreeMap<String, Value>,
    /// The status that the refusal asks for, unless the media type decides.
    pub(crate) status: Option<StatusCode>,
    pub(crate) throttle: Option<Throttle>,
    pub(crate) retry_after: Option<std::time::Duration>,
}

/// `extensions.cost`.
#[derive(Debug, Serialize)]
pub(crate) struct Cost {
    requested: u64,
    actual: u64,
    throttle: ThrottleStatus,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ThrottleStatus {
    limit: u64,
    remaining: u64,
    reset_ms: u64,
}

impl Reply {
    /// From the executor.
    pub(crate) fn executed(response: Response, shaper: &Shaper<'_>) -> Self {
        let is_request = is_request_error(&response);
        Self {
            data: (!is_request).then_some(response.data),
            errors: shaper.executed(response.errors, is_request),
            extensions: response.extensions,
            ..Self::default()
        }
    }

    /// From one error, before or instead of an execution.
    pub(crate) fn error(error: ServerError, status: Option<StatusCode>) -> Self {
        Self {
            errors: vec![error],
            status,
            ..Self::default()
        }
    }

    /// As it goes over the wire.
    pub(crate) fn to_json(&self) -> String {
        // A value of GraphQL has a JSON form; only a scalar that breaks its own rule could fail here.
        serde_json::to_string(self).unwrap_or_else(|error| {
            tracing::error!(%error, "an answer cannot be written as JSON");
            r#"{"errors":[{"message":"The answer cannot be written.","extensions":{"code":"INTERNAL"}}]}"#
                .into()
        })
    }

    /// Adds what it cost.
    pub(crate) fn billed(mut self, bill: Bill, throttle: Throttle) -> Self {
        let objects = self.data.as_ref().map_or(0, objects);
        let status = ThrottleStatus {
            limit: throttle.limit,
            remaining: throttle.remaining,
            reset_ms: u64::try_from(throttle.reset.as_millis()).unwrap_or(u64::MAX),
        };
        // The root is not an object of the answer.
        let actual = objects
            .saturating_sub(1)
            .saturating_add(bill.extra)
            .min(bill.cost);
        self.cost = Some(Cost {
            requested: bill.cost,
            actual,
            throttle: status,
        });
        self.throttle = Some(throttle);
        self
    }
}

/// Whether nothing was executed.
pub(crate) fn is_request_error(response: &Response) -> bool {
    let errors = &response.errors;
    response.data == Value::Null && !errors.is_empty() && errors.iter().all(|it| it.path.is_empty())
}

fn objects(value: &Value) -> u64 {
    match value {
        Value::Object(fields) => 1 + fields.values().map(objects).sum::<u64>(),
        Value::List(items) => items.iter().map(objects).sum(),
        Value::Null
        | Value::Number(_)
        | Value::String(_)
        | Value::Boolean(_)
        | Value::Binary(_)
        | Value::Enum(_) => 0,
    }
}

impl Serialize for Reply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        // Errors first, so that a reader of a cut-off answer sees them.
        if !self.errors.is_empty() {
            map.serialize_entry("errors", &self.errors)?;
        }
        if let Some(data) = &self.data {
            map.serialize_entry("data", data)?;
        }
        if self.cost.is_some() || !self.extensions.is_empty() {
            map.serialize_entry(
                "extensions",
                &Extensions {
                    cost: &self.cost,
                    more: &self.extensions,
                },
            )?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Extensions<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: &'a Option<Cost>,
    #[serde(flatten)]
    more: &'a std::collections::BTreeMap<String, Value>,
}
