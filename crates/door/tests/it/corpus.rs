//! Documents that try to make judging, validating or running them expensive.

use serde_json::{Value, json};

/// A document that must be refused, and the code it must be refused with.
pub(crate) struct Bomb {
    pub(crate) name: String,
    pub(crate) query: String,
    pub(crate) variables: Value,
    pub(crate) code: &'static str,
}

/// The corpus.
pub(crate) fn bombs() -> Vec<Bomb> {
    const LIMIT: &str = "LIMIT_EXCEEDED";
    const COST: &str = "COST_EXCEEDED";
    const PARSE: &str = "PARSE_FAILED";
    const VALID: &str = "VALIDATION_FAILED";
    let page = |first: &str, inner: &str| format!("{{ friends(first: {first}) {{ nodes {inner} }} }}");
    let deep = |first: &str| {
        let inner = page(first, &page(first, "{ id }"));
        format!("people(first: {first}) {{ nodes {inner} }}")
    };
    let root = |inner: &str| format!("{{ people(first: 1) {{ nodes {{ {inner} }} }} }}");
    let conflicts: String = (0..500)
        .map(|it| format!("friends(first: {it}) {{ __typename }} "))
        .collect();
    let big = json!({ "f": { "anyOf": vec!["x".repeat(130); 250] } });
    let cases: Vec<(&str, String, Value, &'static str)> = vec![
        ("fragments 30^5", fan_out(30, 5), json!({}), LIMIT),
        ("fragments 50^5", fan_out(50, 5), json!({}), LIMIT),
        ("fragments 100^20", fan_out(100, 20), json!({}), LIMIT),
        ("fragments 2^25", fan_out(2, 25), json!({}), LIMIT),
        ("fragments 2^40", fan_out(2, 40), json!({}), LIMIT),
        ("fragments 2^1000", fan_out(2, 1_000), json!({}), LIMIT),
        (
            "inline fragments",
            root(&("... { ".repeat(35) + "id" + &"}".repeat(35))),
            json!({}),
            LIMIT,
        ),
        (
            "50,000 aliases",
            format!("{{ {} }}", aliases(50_000, "hello")),
            json!({}),
            LIMIT,
        ),
        (
            "1,600 aliases",
            format!("{{ {} }}", aliases(1_600, "hello")),
            json!({}),
            LIMIT,
        ),
        (
            "1,400 aliases on a page",
            people_with(&aliases(1_400, "id")),
            json!({}),
            LIMIT,
        ),
        ("100,000 levels", "{ friend ".repeat(100_000), json!({}), LIMIT),
        ("6,000 levels", "{a ".repeat(6_000), json!({}), LIMIT),
        (
            "6,000 closed levels",
            "{a".repeat(6_000) + &"}".repeat(6_000),
            json!({}),
            LIMIT,
        ),
        (
            "6,000 levels of a list",
            format!("{{ a(x: {}", "[".repeat(6_000)),
            json!({}),
            LIMIT,
        ),
        (
            "levels of an object",
            format!("{{ a(x: {}", "{b:".repeat(3_000)),
            json!({}),
            LIMIT,
        ),
        (
            "brackets behind a broken string",
            format!("{{a(x:[\"\"\" \"{}", "{a".repeat(6_000)),
            json!({}),
            PARSE,
        ),
        (
            "a fragment in itself",
            "{ ...a } fragment a on Query { ...a }".into(),
            json!({}),
            VALID,
        ),
        ("fragments in a circle", circle(20), json!({}), VALID),
        (
            "a circle out of reach",
            "{ hello } fragment a on Query { ...a }".into(),
            json!({}),
            VALID,
        ),
        (
            "a flood of directives",
            format!("{{ hello {} }}", "@skip(if:false)".repeat(600)),
            json!({}),
            LIMIT,
        ),
        (
            "1,000,000 objects",
            format!("{{ {} }}", deep("100")),
            json!({}),
            COST,
        ),
        (
            "1,000,000 by variable",
            format!("query($n: Int) {{ {} }}", deep("$n")),
            json!({ "n": 100 }),
            COST,
        ),
        (
            "1,000,000 by default",
            format!("query($n: Int = 100) {{ {} }}", deep("$n")),
            json!({}),
            COST,
        ),
        (
            "a page beyond counting",
            deep("18446744073709551615").replace("people", "{ people") + "}",
            json!({}),
            COST,
        ),
        (
            "a flood of unknown fields",
            root(&aliases(1_000, "nothing")),
            json!({}),
            VALID,
        ),
        ("a flood of conflicts", root(&conflicts), json!({}), VALID),
        (
            "a flood of operations",
            (0..700).map(|it| format!("query a{it} {{ hello }} ")).collect(),
            json!({}),
            LIMIT,
        ),
        (
            "a flood of fragments",
            format!("{{ hello }} {}", fragments(400)),
            json!({}),
            LIMIT,
        ),
        (
            "a large variable in many places",
            format!("query($f: Filter!) {{ {} }}", aliases(30, "search(filter: $f)")),
            big.clone(),
            LIMIT,
        ),
        (
            "introspection in circles",
            format!(
                "{{ __schema {{ types {{ {}name{} }} }} }}",
                "fields { type { ".repeat(12),
                " } }".repeat(12)
            ),
            json!({}),
            LIMIT,
        ),
        ("blanks", " ".repeat(200_000), json!({}), LIMIT),
        ("comments", "#\n".repeat(9_900) + "{", json!({}), PARSE),
        (
            "a comment at every turn",
            format!("{{ hello {} ", "#\n".repeat(9_000)),
            json!({}),
            PARSE,
        ),
        (
            "an open string",
            format!("{{ hello(name: \"{}", "\\\"".repeat(9_000)),
            json!({}),
            PARSE,
        ),
    ];
    let bomb = |(name, query, variables, code): (&str, String, Value, &'static str)| Bomb {
        name: name.into(),
        query,
        variables,
        code,
    };
    cases.into_iter().map(bomb).collect()
}

/// `depth` fragments, each spreading the next one `width` times.
pub(crate) fn fan_out(width: usize, depth: usize) -> String {
    let mut text = "{ ...f0 } ".to_owned();
    for level in 0..depth {
        let next = format!("...f{} ", level + 1);
        text += &format!("fragment f{level} on Query {{ {} }} ", next.repeat(width));
    }
    text + &format!("fragment f{depth} on Query {{ hello }}")
}

fn circle(length: usize) -> String {
    let fragment = |it: usize| format!("fragment f{it} on Query {{ ...f{} }} ", (it + 1) % length);
    "{ ...f0 } ".to_owned() + &(0..length).map(fragment).collect::<String>()
}

fn fragments(count: usize) -> String {
    (0..count)
        .map(|it| format!("fragment f{it} on Query {{ hello }} "))
        .collect()
}

pub(crate) fn aliases(count: usize, field: &str) -> String {
    (0..count).map(|it| format!("a{it}:{field} ")).collect()
}

fn people_with(fields: &str) -> String {
    format!("{{ people(first: 100) {{ nodes {{ {fields} }} }} }}")
}

/// The largest documents that pass, of several shapes: what they cost to judge is the most a request can.
pub(crate) fn giants() -> Vec<(&'static str, String)> {
    let flat = format!(
        "{{ people(first: 1) {{ nodes {{ {} }} }} }}",
        aliases(1_630, "id")
    );
    let spread = |text: &str| {
        format!(
            "{{ people(first: 1) {{ nodes {{ {} }} }} }} {text}",
            "...f ".repeat(49)
        )
    };
    let fields = aliases(95, "id");
    let conditional = "id @include(if: true) @skip(if: false) ".repeat(325);
    vec![
        ("many fields", flat),
        (
            "a fragment in many places",
            spread(&format!("fragment f on Person {{ {fields} }}")),
        ),
        (
            "many directives",
            format!("{{ people(first: 1) {{ nodes {{ {conditional} }} }} }}"),
        ),
    ]
}
