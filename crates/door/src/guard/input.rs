//! What callers send as values: how much it is, and how long its lists are.

use async_graphql_value::ConstValue;

use super::scan::too_many;
use crate::{Limits, Refused};

/// No list of a variable is longer than allowed, however deep it lies.
pub(super) fn lists_fit(value: &ConstValue, limits: &Limits) -> Result<(), Refused> {
    match value {
        ConstValue::List(items) if items.len() > limits.list_items => {
            Err(too_many("items in one list of the variables", limits.list_items))
        }
        ConstValue::List(items) => items.iter().try_for_each(|it| lists_fit(it, limits)),
        ConstValue::Object(fields) => fields.values().try_for_each(|it| lists_fit(it, limits)),
        ConstValue::Null
        | ConstValue::Number(_)
        | ConstValue::String(_)
        | ConstValue::Boolean(_)
        | ConstValue::Binary(_)
        | ConstValue::Enum(_) => Ok(()),
    }
}

/// How many values a given variable holds.
pub(super) fn size(value: &ConstValue) -> u64 {
    match value {
        ConstValue::List(items) => items.iter().fold(1, |sum: u64, it| sum.saturating_add(size(it))),
        ConstValue::Object(fields) => fields
            .values()
            .fold(1, |sum: u64, it| sum.saturating_add(size(it))),
        ConstValue::String(text) => text_size(text),
        ConstValue::Null
        | ConstValue::Number(_)
        | ConstValue::Boolean(_)
        | ConstValue::Enum(_)
        | ConstValue::Binary(_) => 1,
    }
}

/// A text counts for more the longer it is.
pub(super) fn text_size(text: &str) -> u64 {
    1 + text.len() as u64 / 64
}
