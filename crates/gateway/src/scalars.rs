//! The scalars of the API, each with the document that specifies it.
//!
//! As input they take any string: what cannot be meant is refused by the field's own constructor, in `userErrors`, with its
//! path. As output they are always in their one form.

use async_graphql::{
    InputObject, InputValueError, InputValueResult, Scalar, ScalarType, SimpleObject, Value,
};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use kernel::Invalid;

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
    /// A local time of day, `00:00` to `24:00`.
    LocalTime = "https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
    /// A BCP 47 language, such as `pt-BR`.
    Locale = "https://www.rfc-editor.org/rfc/rfc5646",
    /// A telephone number, E.164, such as `+5511987654321`.
    PhoneNumber = "https://www.itu.int/rec/T-REC-E.164",
    /// A recurrence of dates, RFC 5545, such as `FREQ=WEEKLY;BYDAY=MO,WE`.
    Rrule = "https://www.rfc-editor.org/rfc/rfc5545#section-3.3.10",
    /// An IANA time zone, such as `America/Sao_Paulo`.
    TimeZone = "https://www.iana.org/time-zones",
}

/// A date of the calendar, such as `2026-03-02`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Date(pub NaiveDate);

/// A date of the calendar, such as `2026-03-02`.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339#section-5.6")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        if let Value::String(text) = &value
            && text.len() == "2026-03-02".len()
            && let Ok(date) = text.parse()
        {
            return Ok(Self(date));
        }
        Err(InputValueError::custom(
            "expected a date of the calendar, such as 2026-03-02",
        ))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// An elapsed time in whole minutes, ISO 8601, such as `PT1H30M`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Duration {
    /// How long.
    pub minutes: i64,
}

/// An elapsed time in whole minutes, ISO 8601, such as `PT1H30M`. A day is `PT24H`: dates are not all that long.
#[Scalar(specified_by_url = "https://www.iso.org/iso-8601-date-and-time-format.html")]
impl ScalarType for Duration {
    fn parse(value: Value) -> InputValueResult<Self> {
        let minutes = if let Value::String(text) = &value {
            whole_minutes(text)
        } else {
            None
        };
        minutes.map(|minutes| Self { minutes }).ok_or_else(|| {
            InputValueError::custom("expected an ISO 8601 duration in hours and minutes, such as PT1H30M")
        })
    }

    fn to_value(&self) -> Value {
        let (hours, minutes) = (self.minutes / 60, self.minutes % 60);
        Value::String(match (hours, minutes) {
            (0, minutes) => format!("PT{minutes}M"),
            (hours, 0) => format!("PT{hours}H"),
            (hours, minutes) => format!("PT{hours}H{minutes}M"),
        })
    }
}

impl Duration {
    /// So many minutes.
    pub(crate) fn of(minutes: i64) -> Self {
        Self { minutes }
    }

    /// How long it is.
    pub(crate) fn delta(self) -> chrono::TimeDelta {
        chrono::TimeDelta::minutes(self.minutes)
    }
}

/// Reads `PT1H30M`: hours, minutes, or both, in this order, at most six digits each.
fn whole_minutes(text: &str) -> Option<i64> {
    let number = |text: &str| {
        let fits = (1..=6).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit());
        fits.then(|| text.parse::<i64>().ok()).flatten()
    };
    let rest = text.strip_prefix("PT")?;
    let (hours, rest) = match rest.split_once('H') {
        Some((hours, rest)) => (Some(number(hours)?), rest),
        None => (None, rest),
    };
    let minutes = match rest {
        "" => None,
        rest => Some(number(rest.strip_suffix('M')?)?),
    };
    if hours.is_none() && minutes.is_none() {
        return None;
    }
    Some(hours.unwrap_or(0) * 60 + minutes.unwrap_or(0))
}

/// A whole number of up to 64 bits, as text: JSON numbers lose the last digits of large ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Int64(pub i64);

/// A whole number of up to 64 bits, as text, such as `"15000"`: JSON numbers lose the last digits of large ones.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259#section-6")]
impl ScalarType for Int64 {
    fn parse(value: Value) -> InputValueResult<Self> {
        let number = match &value {
            Value::String(text) => text.parse().ok(),
            Value::Number(number) => number.as_i64(),
            Value::Null
            | Value::Boolean(_)
            | Value::Binary(_)
            | Value::Enum(_)
            | Value::List(_)
            | Value::Object(_) => None,
        };
        number
            .map(Self)
            .ok_or_else(|| InputValueError::custom("expected a whole number as text, such as \"15000\""))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub(crate) struct Money {
    /// The amount in the smallest unit of its currency: `"15000"` BRL is R$ 150.00.
    amount_minor: Int64,
    /// Its currency.
    currency: CurrencyCode,
}

impl From<&kernel::Money> for Money {
    fn from(money: &kernel::Money) -> Self {
        Self {
            amount_minor: Int64(money.amount_minor()),
            currency: CurrencyCode::of(money.currency()),
        }
    }
}

/// An amount of money.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct MoneyInput {
    /// The amount in the smallest unit of its currency: `"15000"` BRL is R$ 150.00.
    pub amount_minor: Int64,
    /// Its currency.
    pub currency: CurrencyCode,
}

impl MoneyInput {
    /// What is meant.
    ///
    /// # Errors
    /// If there is no such currency.
    pub(crate) fn money(&self) -> Result<kernel::Money, Invalid> {
        Ok(kernel::Money::new(self.amount_minor.0, self.currency.0.parse()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_hours_and_minutes() {
        for (text, minutes) in [
            ("PT0M", 0),
            ("PT45M", 45),
            ("PT1H", 60),
            ("PT1H30M", 90),
            ("PT999999H", 59_999_940),
        ] {
            let read = Duration::parse(Value::from(text)).unwrap();
            assert_eq!((read.minutes, read.to_value()), (minutes, Value::from(text)));
        }
        for text in [
            "",
            "PT",
            "P1D",
            "PT1.5H",
            "PT-1H",
            "PT+1M",
            "PT30S",
            "PT1M1H",
            "PT1H1",
            "PT1000000H",
            "pt1h",
        ] {
            assert!(Duration::parse(Value::from(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn a_date_is_written_in_one_way() {
        let read = Date::parse(Value::from("2026-03-02")).unwrap();
        assert_eq!(read.to_value(), Value::from("2026-03-02"));
        for text in [
            "2026-3-2",
            "2026-02-30",
            "20260302",
            "+2026-03-0",
            "2026-03-02T00:00:00Z",
        ] {
            assert!(Date::parse(Value::from(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn a_large_number_keeps_its_last_digits() {
        let read = Int64::parse(Value::from("9007199254740993")).unwrap();
        assert_eq!(read.to_value(), Value::from("9007199254740993"));
        assert!(Int64::parse(Value::from("1.5")).is_err());
    }
}
