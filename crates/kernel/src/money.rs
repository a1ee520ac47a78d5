//! Money: whole minor units of one currency. No floats, ever.

use std::fmt;

use crate::text::{CurrencyCode, Invalid};

/// An amount in the smallest unit of its currency: 1990 BRL is R$ 19.90, 1990 JPY is ¥ 1990.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Money {
    amount_minor: i64,
    currency: CurrencyCode,
}

impl Money {
    /// So much of that.
    #[must_use]
    pub fn new(amount_minor: i64, currency: CurrencyCode) -> Self {
        Self {
            amount_minor,
            currency,
        }
    }

    /// Whole minor units.
    #[must_use]
    pub fn amount_minor(&self) -> i64 {
        self.amount_minor
    }

    /// Its currency.
    #[must_use]
    pub fn currency(&self) -> &CurrencyCode {
        &self.currency
    }

    /// Adds what is of the same currency.
    ///
    /// # Errors
    /// If the currencies differ, or the sum is more than can be counted.
    pub fn plus(&self, other: &Self) -> Result<Self, Invalid> {
        if self.currency != other.currency {
            return Err(Invalid::new(
                &format!("an amount in {}", self.currency),
                other.currency.as_str(),
            ));
        }
        let sum = self.amount_minor.checked_add(other.amount_minor);
        let sum = sum.ok_or_else(|| Invalid::new("a smaller amount", &other.to_string()))?;
        Ok(Self {
            amount_minor: sum,
            currency: self.currency.clone(),
        })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = iso_currency::Currency::from_code(self.currency.as_str())
            .and_then(|currency| currency.exponent())
            .unwrap_or(0);
        let unit = 10_u64.pow(u32::from(digits));
        let (whole, rest) = (
            self.amount_minor.unsigned_abs() / unit,
            self.amount_minor.unsigned_abs() % unit,
        );
        let sign = if self.amount_minor < 0 { "-" } else { "" };
        write!(f, "{} {sign}{whole}", self.currency)?;
        if digits > 0 {
            write!(f, ".{rest:0width$}", width = usize::from(digits))
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(amount_minor: i64, currency: &str) -> Money {
        Money::new(amount_minor, currency.parse().unwrap())
    }

    #[test]
    fn minor_units_are_written_as_the_currency_counts_them() {
        let written = [
            (1990, "BRL"),
            (-5, "USD"),
            (1990, "JPY"),
            (1234, "KWD"),
            (i64::MIN, "EUR"),
        ]
        .map(|(amount, currency)| money(amount, currency).to_string());
        assert_eq!(
            written,
            [
                "BRL 19.90",
                "USD -0.05",
                "JPY 1990",
                "KWD 1.234",
                "EUR -92233720368547758.08"
            ]
        );
    }

    #[test]
    fn only_the_same_currency_adds_up() {
        assert_eq!(money(1, "BRL").plus(&money(2, "BRL")), Ok(money(3, "BRL")));
        assert!(money(1, "BRL").plus(&money(2, "USD")).is_err());
        assert!(money(i64::MAX, "BRL").plus(&money(1, "BRL")).is_err());
    }
}
