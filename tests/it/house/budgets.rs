//! How long a file and a function may be: a ratchet, not a rule.
//!
//! What was longer when the budget was set stands in `budgets.txt` with its length. Such a line may shrink and go; one
//! that grows, or a new one, is a thing to take apart.

use std::collections::BTreeMap;

use super::sources::{Source, rust};

/// Lines of a file.
const FILE_MAX: usize = 400;

/// Lines of a function, from its first to its closing brace.
const FUNCTION_MAX: usize = 70;

/// `path length` for a file, `path name length` for a function.
const BASELINE: &str = include_str!("budgets.txt");

fn over_budget(sources: &[Source]) -> BTreeMap<String, usize> {
    let mut over = BTreeMap::new();
    for source in sources {
        let length = source.text.lines().count();
        if length > FILE_MAX {
            over.insert(source.path.clone(), length);
        }
        for (name, length) in functions(&source.text)
            .into_iter()
            .filter(|(_, length)| *length > FUNCTION_MAX)
        {
            over.insert(format!("{} {name}", source.path), length);
        }
    }
    over
}

/// Names and lengths of functions. rustfmt puts a function's last brace where its first word begins.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let head = lines[at..].iter().position(|it| it.ends_with(['{', ';', '}']));
        let Some(head) = head.filter(|head| lines[at + head].ends_with('{')) else {
            continue;
        };
        let margin = line.len() - line.trim_start().len();
        let end = format!("{}}}", " ".repeat(margin));
        let body = lines[at + head..].iter().position(|it| *it == end);
        found.push((name.to_owned(), head + body.unwrap_or(0) + 1));
    }
    found
}

fn function_name(line: &str) -> Option<&str> {
    let (before, after) = line.trim_start().split_once("fn ")?;
    let words = ["pub", "pub(crate)", "pub(super)", "async", "const"];
    let name = after
        .split(|it: char| !it.is_alphanumeric() && it != '_')
        .next()?;
    (before.split_whitespace().all(|it| words.contains(&it)) && !name.is_empty()).then_some(name)
}

fn baseline(text: &str) -> BTreeMap<String, usize> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let entries = lines.map(|line| {
        let (what, length) = line.rsplit_once(' ').expect("something and its length");
        (what.to_owned(), length.parse().expect("a number"))
    });
    entries.collect()
}

#[test]
fn nothing_grows_beyond_its_budget() {
    let (now, then) = (over_budget(&rust()), baseline(BASELINE));
    let mut wrong = Vec::new();
    for (what, length) in &now {
        match then.get(what) {
            None => wrong.push(format!("{what} has {length} lines: take it apart")),
            Some(before) if length > before => {
                wrong.push(format!("{what} grew from {before} to {length}: take it apart"))
            }
            Some(before) if length < before => {
                wrong.push(format!("{what} shrank to {length}: write that into budgets.txt"))
            }
            Some(_) => {}
        }
    }
    for what in then.keys().filter(|what| !now.contains_key(*what)) {
        wrong.push(format!("{what} is within its budget: strike it from budgets.txt"));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_function_is_measured_from_its_first_line_to_its_last() {
    let text = "impl X {\n    pub(crate) async fn long(\n        a: u8,\n    ) -> u8 {\n        if a > 1 {\n        }\n        a\n    }\n}\n\
                trait Y {\n    fn declared(a: u8);\n}\nfn short() {}\nlet fn_like = 1;\n";
    assert_eq!(functions(text), [("long".to_owned(), 7)]);
}
