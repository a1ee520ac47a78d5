//! The scalars of the API, each with the document that specifies it.
//!
//! As input they take any string: what cannot be meant is refused by the field's own constructor, in `userErrors`, with its
//! path. As output they are always in their one form.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{DateTime, SecondsFormat, Utc};

/// An instant, RFC 3339, always in UTC and ending in `Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instant(pub DateTime<Utc>);

/// An instant, RFC 3339. Any offset is taken; UTC, ending in `Z`, is given.
#[Scalar(
    name = "DateTime",
    specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339"
)]
impl ScalarType for Instant {
    fn parse(value: Value) -> InputValueResult<Self> {
        if let Value::String(text) = &value
            && let Ok(at) = DateTime::parse_from_rfc3339(text)
        {
            return Ok(Self(at.to_utc()));
        }
        Err(InputValueError::custom(
            "expected an RFC 3339 instant with an offset, such as 2026-03-02T09:00:00Z",
        ))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl From<DateTime<Utc>> for Instant {
    fn from(at: DateTime<Utc>) -> Self {
        Self(at)
    }
}

/// Any value of JSON.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Json(pub(crate) serde_json::Value);

/// Any value of JSON.
#[Scalar(name = "JSON", specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value.into_json()?))
    }

    fn to_value(&self) -> Value {
        // What JSON can say, GraphQL can.
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}

macro_rules! text_scalars {
    ($($(#[doc = $doc:literal])* $name:ident = $url:literal,)*) => {
        $(
            $(#[doc = $doc])*
            #[derive(Debug, Clone, PartialEq, Eq)]
            pub(crate) struct $name(pub(crate) String);

            $(#[doc = $doc])*
            #[Scalar(specified_by_url = $url)]
            impl ScalarType for $name {
                fn parse(value: Value) -> InputValueResult<Self> {
                    match value {
                        Value::String(text) => Ok(Self(text)),
                        other => Err(InputValueError::expected_type(other)),
                    }
                }

                fn to_value(&self) -> Value {
                    Value::String(self.0.clone())
                }
            }

            impl $name {
                /// Writes a value of the domain.
                pub(crate) fn of(value: &impl ToString) -> Self {
                    Self(value.to_string())
                }
            }
        )*
    };
}

text_scalars! {
    /// An ISO 3166-1 alpha-2 country, such as `BR`.
    CountryCode = "https://www.iso.org/iso-3166-country-codes.html",
    /// An ISO 4217 currency, such as `BRL`.
    CurrencyCode = "https://www.iso.org/iso-4217-currency-codes.html",
    /// An e-mail address. Upper and lower case are the same; lower case is given.
    EmailAddress = "https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address",
    /// A BCP 47 language, such as `pt-BR`.
    Locale = "https://www.rfc-editor.org/rfc/rfc5646",
    /// A telephone number, E.164, such as `+5511987654321`.
    PhoneNumber = "https://www.itu.int/rec/T-REC-E.164",
    /// An IANA time zone, such as `America/Sao_Paulo`.
    TimeZone = "https://www.iana.org/time-zones",
}
