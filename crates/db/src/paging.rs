//! Keyset paging: the last page of 100,000 rows costs what the first one does.
//!
//! A list has one order, whose last column is the id; a cursor is the key of one row, opaque and versioned. Both databases
//! compare whole keys at once, `(at, id) > (…, …)`, which their indexes understand.

use std::fmt;

use chrono::Datelike as _;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{BinOper, Expr, ExprTrait as _};
use sea_orm::{Order, QueryOrder, QuerySelect, Select, Value};
use serde::{Deserialize, Serialize};

use crate::fault::Fault;

/// The most that one page holds.
pub const PAGE_MAX: u32 = 100;

/// What a page holds if nobody says.
pub const PAGE_DEFAULT: u32 = 50;

/// Counting stops here.
pub const COUNT_MAX: u64 = 10_000;

/// The version that cursors carry; a cursor of another version is refused, never misread.
const VERSION: u8 = 1;

/// An entity that is shown as a list in one order.
pub trait Keyed: EntityTrait {
    /// The list's name, inside its cursors: a cursor of one list is refused by another.
    const LIST: &'static str;
    /// The columns it is ordered by; the id comes last.
    fn order() -> Vec<Self::Column>;
    /// The key of a row, in the same order.
    fn key(row: &Self::Model) -> Vec<Value>;
}

/// Which way a page is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// `first`/`after`.
    Forward,
    /// `last`/`before`.
    Backward,
}

/// Which rows are asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    limit: u32,
    direction: Direction,
    from: Option<Cursor>,
}

impl Page {
    /// From which moment it goes on and which way, in a list that is ordered by time.
    #[must_use]
    pub fn moment(&self) -> Option<(Direction, DateTimeUtc)> {
        let moment = self.from.as_ref()?.moment()?;
        Some((self.direction, moment))
    }
}

/// What is wrong with the arguments of a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPage {
    /// A size beyond what there is.
    #[error("expected {0} between 1 and {PAGE_MAX}, got {1}")]
    Size(&'static str, i64),
    /// Forward and backward at once.
    #[error("expected either `first` and `after`, or `last` and `before`")]
    BothWays,
    /// Not a cursor of this list.
    #[error("`{0}` is no cursor of this list; use `pageInfo.endCursor` or `edges.cursor` as they were given")]
    Cursor(&'static str),
}

/// Relay's four arguments, as they came.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// How many from the beginning.
    pub first: Option<i64>,
    /// Only what comes after this cursor.
    pub after: Option<String>,
    /// How many from the end.
    pub last: Option<i64>,
    /// Only what comes before this cursor.
    pub before: Option<String>,
}

impl Asked {
    /// The page that is meant, of the list of `E`.
    ///
    /// # Errors
    /// If the arguments contradict each other, the size is out of range, or the cursor is of another list.
    pub fn page<E: Keyed>(&self) -> Result<Page, BadPage> {
        let forward = self.first.is_some() || self.after.is_some();
        let backward = self.last.is_some() || self.before.is_some();
        if forward && backward {
            return Err(BadPage::BothWays);
        }
        let (name, size, edge, direction) = if backward {
            ("last", self.last, ("before", &self.before), Direction::Backward)
        } else {
            ("first", self.first, ("after", &self.after), Direction::Forward)
        };
        let size = size.unwrap_or(i64::from(PAGE_DEFAULT));
        let limit = u32::try_from(size)
            .ok()
            .filter(|it| (1..=PAGE_MAX).contains(it))
            .ok_or(BadPage::Size(name, size))?;
        let from = match edge.1 {
            Some(text) => Some(Cursor::read::<E>(text).ok_or(BadPage::Cursor(edge.0))?),
            None => None,
        };
        Ok(Page {
            limit,
            direction,
            from,
        })
    }
}

/// Rows of one page, in the list's order, and whether there is more on either side.
#[derive(Debug)]
pub struct Slice<M> {
    /// The rows with their cursors.
    pub rows: Vec<(Cursor, M)>,
    /// More after them.
    pub has_next: bool,
    /// More before them.
    pub has_previous: bool,
}

impl<M> Slice<M> {
    /// The same slice of something else.
    #[must_use]
    pub fn map<T>(self, each: impl Fn(M) -> T) -> Slice<T> {
        let rows = self
            .rows
            .into_iter()
            .map(|(cursor, row)| (cursor, each(row)))
            .collect();
        Slice {
            rows,
            has_next: self.has_next,
            has_previous: self.has_previous,
        }
    }
}

/// The key of one row.
#[derive(Clone, PartialEq)]
pub struct Cursor {
    list: &'static str,
    key: Vec<Value>,
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cursor({self})")
    }
}

#[derive(Serialize, Deserialize)]
enum Part {
    #[serde(rename = "t")]
    At(DateTimeUtc),
    #[serde(rename = "u")]
    Id(Uuid),
    #[serde(rename = "s")]
    Text(String),
    #[serde(rename = "i")]
    Number(i64),
}

impl Cursor {
    /// The cursor of a row.
    pub fn of<E: Keyed>(row: &E::Model) -> Self {
        Self {
            list: E::LIST,
            key: E::key(row),
        }
    }

    /// The cursor at a number of a list that is numbered.
    #[must_use]
    pub fn at<E: Keyed>(number: i64) -> Self {
        Self {
            list: E::LIST,
            key: vec![number.into()],
        }
    }

    /// Reads what was given out for the same list.
    #[must_use]
    pub fn read<E: Keyed>(text: &str) -> Option<Self> {
        let (version, list, parts): (u8, String, Vec<Part>) = serde_json::from_slice(&unhex(text)?).ok()?;
        if version != VERSION || list != E::LIST || parts.len() != E::order().len() {
            return None;
        }
        let key: Vec<Value> = parts.into_iter().map(Part::value).collect();
        let fits =
            |(column, value): (&E::Column, &Value)| fits(&column.def().get_column_type().clone(), value);
        E::order()
            .iter()
            .zip(&key)
            .all(fits)
            .then_some(Self { list: E::LIST, key })
    }

    /// The number in its first place, for lists that are numbered.
    #[must_use]
    pub fn number(&self) -> Option<i64> {
        match self.key.first() {
            Some(Value::BigInt(number)) => *number,
            _ => None,
        }
    }

    /// The moment in its first place, for lists that are ordered by time.
    #[must_use]
    pub fn moment(&self) -> Option<DateTimeUtc> {
        match self.key.first() {
            Some(Value::ChronoDateTimeUtc(at)) => *at,
            _ => None,
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Option<Vec<Part>> = self.key.iter().map(Part::of).collect();
        let parts = parts.ok_or(fmt::Error)?;
        let json = serde_json::to_vec(&(VERSION, self.list, parts)).map_err(|_| fmt::Error)?;
        json.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Part {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a key is of these four kinds; Value has thirty"
    )]
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::ChronoDateTimeUtc(Some(at)) => Some(Self::At(*at)),
            Value::Uuid(Some(id)) => Some(Self::Id(*id)),
            Value::String(Some(text)) => Some(Self::Text(text.clone())),
            Value::BigInt(Some(number)) => Some(Self::Number(*number)),
            _ => None,
        }
    }

    fn value(self) -> Value {
        match self {
            Self::At(at) => at.into(),
            Self::Id(id) => id.into(),
            Self::Text(text) => text.into(),
            Self::Number(number) => number.into(),
        }
    }
}

/// Whether a value can be compared with a column: a forged cursor is refused here, not by the database, which knows no
/// moment beyond its own calendar, and on SQLite compares moments as text, whose order ends with the year 9999.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a key is of these four kinds; Value has thirty"
)]
fn fits(column: &ColumnType, value: &Value) -> bool {
    match value {
        Value::ChronoDateTimeUtc(Some(at)) => {
            matches!(column, ColumnType::TimestampWithTimeZone) && (0..=9_999).contains(&at.year())
        }
        Value::Uuid(_) => matches!(column, ColumnType::Uuid),
        // PostgreSQL's text holds no NUL.
        Value::String(Some(text)) => {
            matches!(column, ColumnType::Text | ColumnType::String(_)) && !text.contains('\0')
        }
        Value::BigInt(_) => matches!(column, ColumnType::BigInteger | ColumnType::Integer),
        _ => false,
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) || digits.len() > 2_048 {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|it| u8::try_from(it).ok());
    digits
        .chunks_exact(2)
        .map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?))
        .collect()
}

/// Reads one page of a query.
///
/// # Errors
/// If the database refuses.
pub async fn slice<E: Keyed>(
    db: &impl ConnectionTrait,
    query: Select<E>,
    page: &Page,
) -> Result<Slice<E::Model>, Fault> {
    let own = E::order().into_iter().map(|it| Expr::col((E::default(), it)));
    slice_along(db, query, page, own.collect()).await
}

/// The same where columns of another table hold the list's key as well: the rows are found along that table's index, and
/// nothing is sorted.
///
/// # Errors
/// If the database refuses.
pub async fn slice_along<E: Keyed>(
    db: &impl ConnectionTrait,
    query: Select<E>,
    page: &Page,
    key: Vec<Expr>,
) -> Result<Slice<E::Model>, Fault> {
    let (order, compare) = match page.direction {
        Direction::Forward => (Order::Asc, BinOper::GreaterThan),
        Direction::Backward => (Order::Desc, BinOper::SmallerThan),
    };
    let mut query = query.limit(u64::from(page.limit) + 1);
    if let Some(from) = &page.from {
        let values = Expr::tuple(from.key.iter().cloned().map(Expr::value));
        query = query.filter(Expr::tuple(key.iter().cloned()).binary(compare, values));
    }
    for column in key {
        query = query.order_by(column, order.clone());
    }
    let mut found = query.all(db).await?;
    let more = found.len() > page.limit as usize;
    found.truncate(page.limit as usize);
    if page.direction == Direction::Backward {
        found.reverse();
    }
    let came_from = page.from.is_some();
    let (has_next, has_previous) = match page.direction {
        Direction::Forward => (more, came_from),
        Direction::Backward => (came_from, more),
    };
    let rows = found
        .into_iter()
        .map(|row| (Cursor::of::<E>(&row), row))
        .collect();
    Ok(Slice {
        rows,
        has_next,
        has_previous,
    })
}

/// Counts the rows of a query, no further than [`COUNT_MAX`].
///
/// # Errors
/// If the database refuses.
pub async fn count<E: Keyed>(db: &impl ConnectionTrait, query: Select<E>) -> Result<u64, Fault>
where
    E::Model: Send + Sync,
{
    let capped = query.select_only().columns(E::order()).limit(COUNT_MAX);
    Ok(capped.into_tuple_count(db).await?)
}

/// Counting over a capped subquery.
trait TupleCount {
    async fn into_tuple_count(self, db: &impl ConnectionTrait) -> Result<u64, DbErr>;
}

impl<E: EntityTrait> TupleCount for Select<E> {
    async fn into_tuple_count(self, db: &impl ConnectionTrait) -> Result<u64, DbErr> {
        use sea_orm::QueryTrait as _;
        use sea_orm::sea_query::{Alias, Query};
        let mut counting = Query::select();
        counting
            .expr_as(Expr::cust("COUNT(*)"), Alias::new("n"))
            .from_subquery(self.into_query(), Alias::new("capped"));
        let row = db.query_one(&counting).await?;
        let n: i64 = row.map(|it| it.try_get("", "n")).transpose()?.unwrap_or(0);
        Ok(n.unsigned_abs())
    }
}
