//! Statements that were heard, as a script that `pgbench` can run again and again.
//!
//! A request is heard several times in several places (lanes). What was the same every time stays as it was; what was the
//! same in a lane every time is looked up by the number of the client; what is new every time is made anew: ids by
//! counting, instants by stepping on as the lanes do, far from where they are.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};

use super::Heard;
use crate::Outcome;

/// How far from the lanes the script's own time begins.
const ELSEWHERE: &str = "interval '10 years'";

/// What moves from one run of a script to the next.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fresh {
    /// Minutes by which a lane steps on.
    pub(crate) step: i64,
}

/// What a client of `pgbench` runs, one transaction at a time.
pub(crate) struct Script {
    pub(crate) text: String,
    /// How many statements it has, without those around them.
    pub(crate) statements: usize,
}

/// Two hearings of every lane.
type Lanes = [[Vec<Heard>; 2]];

impl Script {
    /// A script of what reads only: heard once is heard always.
    pub(crate) fn reading(organization: &str, heard: &[Heard]) -> Outcome<Self> {
        let lanes = [[heard.to_vec(), heard.to_vec()]];
        Self::of(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            organization,
            &lanes,
            Fresh { step: 0 },
        )
    }

    /// A script of what writes.
    pub(crate) fn writing(organization: &str, lanes: &Lanes, fresh: Fresh) -> Outcome<Self> {
        Self::of("BEGIN", organization, lanes, fresh)
    }

    fn of(begin: &str, organization: &str, lanes: &Lanes, fresh: Fresh) -> Outcome<Self> {
        let first = &lanes[0][0];
        let shape = |heard: &Vec<Heard>| -> Vec<String> { heard.iter().map(|it| it.sql.clone()).collect() };
        if !lanes.iter().flatten().all(|it| shape(it) == shape(first)) {
            return Err("one request ran other statements than the same request before".into());
        }
        let mut text = String::from("\\set n :n + 1\n");
        writeln!(text, "{begin};")?;
        writeln!(
            text,
            "SELECT set_config('app.organization', '{organization}', true);"
        )?;
        let maker = Maker { lanes, fresh };
        for (at, heard) in first.iter().enumerate() {
            let mut values = Vec::new();
            for which in 0..heard.values.len() {
                values.push(maker.value((at, which))?);
            }
            writeln!(text, "{};", filled(&heard.sql, &values))?;
        }
        writeln!(text, "COMMIT;")?;
        Ok(Self {
            text,
            statements: first.len(),
        })
    }
}

/// Makes the expression that stands for a value.
struct Maker<'a> {
    lanes: &'a Lanes,
    fresh: Fresh,
}

impl Maker<'_> {
    fn value(&self, (at, which): (usize, usize)) -> Outcome<String> {
        let heard =
            |lane: &[Vec<Heard>; 2], round: usize| lane[round][at].values.get(which).cloned().flatten();
        let all: Vec<[Option<String>; 2]> = self
            .lanes
            .iter()
            .map(|lane| [heard(lane, 0), heard(lane, 1)])
            .collect();
        let [first, second] = &all[0];
        let Some(sample) = first else {
            return Ok("NULL".to_owned());
        };
        if all.iter().flatten().all(|it| it == first) {
            return Ok(literal(sample));
        }
        if all.iter().all(|[before, after]| before == after) {
            return Ok(per_client(
                sample,
                all.iter().map(|[it, _]| it.as_deref().unwrap_or_default()),
            ));
        }
        if is_uuid(sample) {
            return Ok(format!("{}::uuid", self.counted(sample, 32)));
        }
        if let Some(prefix) = prefix_of_id(sample) {
            return Ok(format!("'{prefix}' || {}", self.counted(sample, 26)));
        }
        if let Some(bytes) = sample.strip_prefix("\\x") {
            let digits = bytes.len();
            return Ok(format!(
                "decode(lpad(to_hex(:n::bigint * 64 + :client_id), {digits}, '0'), 'hex')"
            ));
        }
        Ok(match self.moved(sample, second.as_deref()) {
            Some(kind) => format!(
                "(E'{}'::{kind} + {ELSEWHERE} + :n * interval '{} minutes')",
                escaped(sample),
                self.fresh.step
            ),
            None => literal(sample),
        })
    }

    /// The digits of a new id: the same ones wherever this one was. They grow with time, as ours do.
    fn counted(&self, sample: &str, digits: usize) -> String {
        let heard = self.lanes[0][0].iter().flat_map(|it| &it.values).flatten();
        let mut distinct: Vec<&str> = Vec::new();
        for it in heard.filter(|it| is_uuid(it) || prefix_of_id(it).is_some()) {
            if !distinct.contains(&it.as_str()) {
                distinct.push(it);
            }
        }
        let number = distinct
            .iter()
            .position(|it| *it == sample)
            .unwrap_or(distinct.len());
        format!("lpad(to_hex(:n::bigint * 16384 + :client_id * 256 + {number}), {digits}, '0')")
    }

    /// What type of time it is, if it has stepped on with the lane.
    fn moved(&self, before: &str, after: Option<&str>) -> Option<&'static str> {
        let zoned = |it: &str| DateTime::parse_from_str(it, "%Y-%m-%d %H:%M:%S%.f%#z").ok();
        let plain = |it: &str| chrono::NaiveDateTime::parse_from_str(it, "%Y-%m-%d %H:%M:%S%.f").ok();
        let step = TimeDelta::minutes(self.fresh.step);
        let utc = |it: &str| zoned(it).map(|it| it.with_timezone(&Utc));
        match (utc(before), after.and_then(utc)) {
            (Some(before), Some(after)) => return (after - before == step).then_some("timestamptz"),
            (Some(_), None) | (None, Some(_)) => return None,
            (None, None) => {}
        }
        let (before, after) = (plain(before)?, plain(after?)?);
        (after - before == step).then_some("timestamp")
    }
}

/// One value for each client.
fn per_client<'a>(sample: &str, values: impl Iterator<Item = &'a str>) -> String {
    let kind = match sample {
        it if is_uuid(it) => "uuid",
        it if it.starts_with(['{', '[']) => "jsonb",
        it if it.starts_with("\\x") => "bytea",
        _ => "text",
    };
    let values: Vec<String> = values.map(literal).collect();
    format!("(ARRAY[{}]::{kind}[])[:client_id + 1]", values.join(", "))
}

/// What a global id begins with, `bkg_` for one: a key must not be the same for all clients, who would wait for each other.
fn prefix_of_id(text: &str) -> Option<&str> {
    let (kind, digits) = text.split_at_checked(text.find('_')? + 1)?;
    let is_id = digits.len() == 26
        && digits
            .bytes()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit());
    is_id.then_some(kind)
}

fn is_uuid(text: &str) -> bool {
    let bytes = text.as_bytes();
    let fits = |(at, byte): (usize, &u8)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    bytes.len() == 36 && bytes.iter().enumerate().all(fits)
}

/// A literal in which `pgbench` finds no variable of its own.
fn literal(text: &str) -> String {
    format!("E'{}'", escaped(text))
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('\'', "''")
        .replace(':', "\\x3a")
}

/// A statement with its values in the places of its parameters.
fn filled(sql: &str, values: &[String]) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut parts = sql.split('$');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let digits = part.len() - part.trim_start_matches(|it: char| it.is_ascii_digit()).len();
        let (number, rest) = part.split_at(digits);
        let value = number
            .parse::<usize>()
            .ok()
            .and_then(|it| values.get(it.checked_sub(1)?));
        match value {
            Some(value) => text.push_str(value),
            None => {
                text.push('$');
                text.push_str(number);
            }
        }
        text.push_str(rest);
    }
    text
}
