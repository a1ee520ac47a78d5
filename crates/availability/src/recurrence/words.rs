//! A rule in English words.

use chrono::{Datelike, NaiveDate};

use super::bits::{Bits, Signed};
use super::pattern;
use super::rule::{End, Frequency, Rule, Weekdays};

const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const ORDINALS: [&str; 10] = [
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
];

pub(super) fn summary(rule: &Rule, starts_on: NaiveDate) -> String {
    let mut rule = *rule;
    pattern::complete(&mut rule, starts_on);
    let days = match rule.frequency {
        Frequency::Secondly => format!("{}{}", every(rule.interval, "second"), restrictions(&rule)),
        Frequency::Minutely => format!("{}{}", every(rule.interval, "minute"), restrictions(&rule)),
        Frequency::Hourly => format!("{}{}", every(rule.interval, "hour"), restrictions(&rule)),
        Frequency::Daily => daily(&rule),
        Frequency::Weekly => weekly(&rule),
        Frequency::Monthly => monthly(&rule),
        Frequency::Yearly => yearly(&rule),
    };
    let positions = positions(&rule);
    format!(
        "{days}{}{positions}{}",
        times_of_day(&rule),
        end(rule.end, starts_on)
    )
}

fn daily(rule: &Rule) -> String {
    if rule.interval > 1 || !rule.month_days.is_empty() || rule.weekdays.is_empty() {
        return format!("{}{}", every(rule.interval, "day"), restrictions(rule));
    }
    format!(
        "every {}{}",
        weekday_list(rule.weekdays.plain, "and"),
        in_months(rule)
    )
}

fn weekly(rule: &Rule) -> String {
    let days = weekday_list(rule.weekdays.plain, "and");
    let months = in_months(rule);
    match (rule.interval, rule.weekdays.plain.len()) {
        (1, _) => format!("every {days}{months}"),
        (2..=10, 1) => format!("{}{months}", every(rule.interval, &days)),
        _ => format!("{} on {days}{months}", every(rule.interval, "week")),
    }
}

fn monthly(rule: &Rule) -> String {
    let every = every(rule.interval, "month");
    format!(
        "on {} of {every}{}{}",
        chosen_days(rule),
        if_weekday(rule),
        in_months(rule)
    )
}

fn yearly(rule: &Rule) -> String {
    let every = every(rule.interval, "year");
    if !rule.weeks.is_empty() || !rule.year_days.is_empty() {
        return yearly_by_number(rule, &every);
    }
    if let (Some(day), Some(month)) = (only(rule.month_days), only_month(rule)) {
        return format!("on {day} {month} {every}{}", if_weekday(rule));
    }
    let months = rule.months.iter().map(|it| MONTHS[it - 1].to_owned()).collect();
    let place = match (rule.months.is_empty(), rule.month_days.is_empty()) {
        (false, _) => format!("{} {every}", join(months, "and")),
        (true, true) => every,
        (true, false) => format!("every month {every}"),
    };
    format!("on {} of {place}{}", chosen_days(rule), if_weekday(rule))
}

/// By BYWEEKNO, or else by BYYEARDAY; everything else narrows the choice.
fn yearly_by_number(rule: &Rule, every: &str) -> String {
    let mut narrower = *rule;
    let head = if rule.weeks.is_empty() {
        narrower.year_days = Signed::EMPTY;
        counted(rule.year_days, "day")
    } else {
        narrower.weekdays = Weekdays::EMPTY;
        let days = if rule.weekdays.is_empty() {
            Bits::below(7)
        } else {
            rule.weekdays.plain
        };
        let every_day = if days.len() == 7 { "every " } else { "" };
        format!(
            "{every_day}{} in {}",
            weekday_list(days, "and"),
            counted(rule.weeks, "week")
        )
    };
    format!("on {head} of {every}{}", restrictions(&narrower))
}

/// "the 13th", "the second Tuesday", "every Monday and the last Friday".
fn chosen_days(rule: &Rule) -> String {
    if !rule.month_days.is_empty() {
        return days_of_month(rule.month_days);
    }
    let plain = rule.weekdays.plain;
    if positions_choose_weekdays(rule) {
        return format!("the {} {}", place_list(rule.positions), weekday_list(plain, "or"));
    }
    let every = (!plain.is_empty()).then(|| format!("every {}", weekday_list(plain, "and")));
    let ordinal = rule
        .weekdays
        .ordinal
        .iter()
        .zip(WEEKDAYS)
        .filter(|(ordinals, _)| !ordinals.is_empty());
    let ordinal = ordinal.map(|(ordinals, name)| format!("the {} {name}", place_list(*ordinals)));
    join(every.into_iter().chain(ordinal).collect(), "and")
}

/// Whether BYSETPOS does nothing but turn weekdays into "the last Friday".
fn positions_choose_weekdays(rule: &Rule) -> bool {
    let by_month_or_year = matches!(rule.frequency, Frequency::Monthly | Frequency::Yearly);
    let by_number =
        [rule.month_days, rule.weeks].iter().any(|it| !it.is_empty()) || !rule.year_days.is_empty();
    let one_time = [rule.hours, rule.minutes, rule.seconds]
        .iter()
        .all(|it| it.len() < 2);
    !rule.positions.is_empty() && by_month_or_year && !by_number && one_time && !rule.weekdays.has_ordinals()
}

/// What BYSETPOS leaves, unless [`chosen_days`] has said it.
fn positions(rule: &Rule) -> String {
    if rule.positions.is_empty() || positions_choose_weekdays(rule) {
        return String::new();
    }
    format!(
        ", of these only the {} of each {}",
        place_list(rule.positions),
        unit(rule.frequency)
    )
}

/// What narrows the choice of days that the interval alone would make.
fn restrictions(rule: &Rule) -> String {
    let mut text = String::new();
    if !rule.month_days.is_empty() {
        text += &format!(" on {} of the month", days_of_month(rule.month_days));
    }
    if !rule.year_days.is_empty() {
        text += &format!(" on {} of the year", counted(rule.year_days, "day"));
    }
    text + &if_it_is(rule) + &in_months(rule)
}

/// Where days of the month are chosen, weekdays narrow the choice.
fn if_weekday(rule: &Rule) -> String {
    if rule.month_days.is_empty() {
        String::new()
    } else {
        if_it_is(rule)
    }
}

fn if_it_is(rule: &Rule) -> String {
    if rule.weekdays.is_empty() {
        return String::new();
    }
    if !rule.weekdays.has_ordinals() {
        return format!(" if it is a {}", weekday_list(rule.weekdays.plain, "or"));
    }
    let mut bare = *rule;
    (bare.month_days, bare.positions) = (Signed::EMPTY, Signed::EMPTY);
    format!(" if it is {}", chosen_days(&bare))
}

fn in_months(rule: &Rule) -> String {
    if rule.months.is_empty() {
        return String::new();
    }
    let names = rule.months.iter().map(|it| MONTHS[it - 1].to_owned()).collect();
    format!(" in {}", join(names, "and"))
}

fn times_of_day(rule: &Rule) -> String {
    let parts = [
        (rule.hours, "hour"),
        (rule.minutes, "minute"),
        (rule.seconds, "second"),
    ];
    let said = parts
        .iter()
        .filter(|(set, _)| !set.is_empty())
        .map(|(set, unit)| {
            let plural = if set.len() > 1 { "s" } else { "" };
            format!(
                "{unit}{plural} {}",
                join(set.iter().map(|it| it.to_string()).collect(), "and")
            )
        });
    let said: Vec<String> = said.collect();
    if said.is_empty() {
        String::new()
    } else {
        format!(" at {}", said.join(", "))
    }
}

fn end(end: End, starts_on: NaiveDate) -> String {
    let date = |date: NaiveDate| {
        let year = if date.year() == starts_on.year() {
            String::new()
        } else {
            format!(" {}", date.year())
        };
        format!("{} {}{year}", date.day(), MONTHS[date.month0() as usize])
    };
    match end {
        End::Never => String::new(),
        End::After(1) => ", once".to_owned(),
        End::After(2) => ", twice".to_owned(),
        End::After(count) => format!(", {count} times"),
        End::OnDate(last) => format!(" until {}", date(last)),
        End::AtInstant(last) => format!(" until {}, {} UTC", date(last.date_naive()), last.format("%H:%M")),
    }
}

/// "every day", "every second day", "every 14 days".
fn every(interval: u32, unit: &str) -> String {
    match interval {
        1 => format!("every {unit}"),
        2..=10 => format!("every {} {unit}", ORDINALS[interval as usize - 1]),
        _ => format!("every {interval} {unit}s"),
    }
}

fn unit(frequency: Frequency) -> &'static str {
    match frequency {
        Frequency::Secondly => "second",
        Frequency::Minutely => "minute",
        Frequency::Hourly => "hour",
        Frequency::Daily => "day",
        Frequency::Weekly => "week",
        Frequency::Monthly => "month",
        Frequency::Yearly => "year",
    }
}

/// "Tuesday and Thursday"; the whole week is a "day", Monday to Friday a "weekday".
fn weekday_list(days: Bits<1>, conjunction: &str) -> String {
    let weekend = days.len() - days.rank(5);
    match (days.len(), weekend) {
        (7, _) => "day".to_owned(),
        (5, 0) => "weekday".to_owned(),
        _ => join(
            days.iter().map(|it| WEEKDAYS[it].to_owned()).collect(),
            conjunction,
        ),
    }
}

/// "the 1st, the 15th and the last day".
fn days_of_month(days: Signed<1>) -> String {
    let from_start = days.from_start.iter().map(|it| format!("the {}", nth(it)));
    let from_end = days
        .from_end
        .iter()
        .map(|it| format!("the {} day", from_the_end(it)));
    join(from_start.chain(from_end).collect(), "and")
}

/// "week 20", "day 100 and the last day".
fn counted<const N: usize>(numbers: Signed<N>, unit: &str) -> String {
    let from_start = numbers.from_start.iter().map(|it| format!("{unit} {it}"));
    let from_end = numbers
        .from_end
        .iter()
        .map(|it| format!("the {} {unit}", from_the_end(it)));
    join(from_start.chain(from_end).collect(), "and")
}

/// "first and last".
fn place_list<const N: usize>(places: Signed<N>) -> String {
    let from_start = places.from_start.iter().map(|it| match ORDINALS.get(it - 1) {
        Some(word) => (*word).to_owned(),
        None => nth(it),
    });
    join(
        from_start
            .chain(places.from_end.iter().map(from_the_end))
            .collect(),
        "and",
    )
}

/// "last", "second to last".
fn from_the_end(number: usize) -> String {
    match (number, ORDINALS.get(number - 1)) {
        (1, _) => "last".to_owned(),
        (_, Some(word)) => format!("{word} to last"),
        (_, None) => format!("{} to last", nth(number)),
    }
}

/// "1st", "22nd", "13th".
fn nth(number: usize) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

fn only(days: Signed<1>) -> Option<usize> {
    let alone = days.from_end.is_empty() && days.from_start.len() == 1;
    alone.then(|| days.from_start.nth(0))?
}

fn only_month(rule: &Rule) -> Option<&'static str> {
    let alone = rule.months.len() == 1;
    alone.then(|| rule.months.nth(0).map(|it| MONTHS[it - 1]))?
}

/// "a", "a and b", "a, b and c".
fn join(mut items: Vec<String>, conjunction: &str) -> String {
    match items.pop() {
        None => String::new(),
        Some(last) if items.is_empty() => last,
        Some(last) => format!("{} {conjunction} {last}", items.join(", ")),
    }
}
