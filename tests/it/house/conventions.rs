//! What the schema's names promise: whoever knows one type of the API knows how the next one is spelled.

use super::sdl::{Kind, Sdl, items_may_be_null};

const MEMBERS: &[Kind] = &[Kind::Field, Kind::Argument, Kind::Input];

/// Names that break a convention, and why they may. `*` stands for every type.
const EXEMPT: &[(&str, &str)] = &[
    ("*.validateOnly", "an instruction, not a fact: “only validate”"),
    (
        "Query.rateLimit.dryRun",
        "an instruction, not a fact: what others call it too",
    ),
    ("*.from", "one end of a span of time, as everybody calls it"),
    ("*.to", "one end of a span of time, as everybody calls it"),
    ("*.validFrom", "one end of a span of dates, as calendars call it"),
    ("*.validUntil", "one end of a span of dates, as calendars call it"),
    (
        "*.withArchived",
        "an instruction, not a fact: list those put away too",
    ),
    ("Organization.weekStartsOn", "a day of the week, not a date"),
    (
        "OrganizationUpdateInput.weekStartsOn",
        "a day of the week, not a date",
    ),
    (
        "AuditLine.actorId",
        "a global id, or the word for a part of the system",
    ),
    (
        "BookingEvent.actorId",
        "a global id, or the word for a part of the system",
    ),
    (
        "EventActor.id",
        "a global id, or the word for a part of the system",
    ),
    (
        "AuditLine.entityId",
        "the log outlives what it tells of, and tells of things that are no nodes",
    ),
    (
        "Query.nodes",
        "null stands where there is none that you may see, so that the others keep their places",
    ),
    (
        "Subscription.auditLogged",
        "nothing else stands beside the one field of a subscription",
    ),
    (
        "Subscription.agendaChanged",
        "nothing else stands beside the one field of a subscription",
    ),
    (
        "Subscription.bookingChanged",
        "nothing else stands beside the one field of a subscription",
    ),
    (
        "Subscription.events",
        "nothing else stands beside the one field of a subscription",
    ),
    (
        "Subscription.notificationReceived",
        "nothing else stands beside the one field of a subscription",
    ),
    (
        "Subscription.slotsChanged",
        "nothing else stands beside the one field of a subscription",
    ),
];

fn is_exempt(path: &str) -> bool {
    let listed = |pattern: &str| match pattern.strip_prefix('*') {
        Some(end) => path.ends_with(end),
        None => path == pattern,
    };
    EXEMPT.iter().any(|(pattern, _)| listed(pattern))
}

/// Says which of the things named break a rule; a test fails with all of them at once.
fn hold<'a>(rule: &str, breaking: impl Iterator<Item = &'a super::sdl::Named>) {
    let wrong: Vec<String> = breaking
        .filter(|it| !is_exempt(&it.path))
        .map(|it| format!("{}: {}", it.path, it.holds))
        .collect();
    assert!(wrong.is_empty(), "{rule}: {wrong:#?}");
}

fn is_pascal(name: &str) -> bool {
    name.starts_with(|it: char| it.is_ascii_uppercase()) && name.chars().all(|it| it.is_ascii_alphanumeric())
}

fn is_camel(name: &str) -> bool {
    name.starts_with(|it: char| it.is_ascii_lowercase()) && name.chars().all(|it| it.is_ascii_alphanumeric())
}

fn is_upper(name: &str) -> bool {
    name.starts_with(|it: char| it.is_ascii_uppercase())
        && name
            .chars()
            .all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || it == '_')
}

/// Whether a name begins with a word: `is`, and then a capital.
fn begins(name: &str, word: &str) -> bool {
    name.strip_prefix(word)
        .is_some_and(|rest| rest.starts_with(|it: char| it.is_ascii_uppercase()))
}

#[test]
fn everything_is_spelled_as_its_kind_is() {
    let sdl = Sdl::read();
    hold(
        "types are PascalCase",
        sdl.only(&[Kind::Type]).filter(|it| !is_pascal(&it.name)),
    );
    hold(
        "fields and arguments are camelCase",
        sdl.only(MEMBERS).filter(|it| !is_camel(&it.name)),
    );
    hold(
        "values are UPPER_CASE",
        sdl.only(&[Kind::Value]).filter(|it| !is_upper(&it.name)),
    );
    hold(
        "a field is what it gives: no get…",
        sdl.only(MEMBERS).filter(|it| begins(&it.name, "get")),
    );
    hold(
        "that it is a type need not be said: no …Type",
        sdl.only(&[Kind::Type]).filter(|it| it.name.ends_with("Type")),
    );
}

#[test]
fn a_name_tells_what_it_holds() {
    let sdl = Sdl::read();
    let instant = |of: &str| of == "DateTime";
    hold(
        "instants, and nothing else, end in At",
        sdl.only(MEMBERS)
            .filter(|it| instant(it.of()) != it.name.ends_with("At")),
    );
    hold(
        "dates, and nothing else, end in On",
        sdl.only(MEMBERS)
            .filter(|it| (it.of() == "Date") != it.name.ends_with("On")),
    );
    let asks = |name: &str| ["is", "has", "can"].iter().any(|word| begins(name, word));
    hold(
        "booleans, and nothing else, begin with is, has or can",
        sdl.only(MEMBERS)
            .filter(|it| (it.of() == "Boolean") != asks(&it.name)),
    );
    let id = |name: &str| name == "id" || name.ends_with("Id");
    hold(
        "what is called an id is one",
        sdl.only(MEMBERS).filter(|it| id(&it.name) && it.of() != "ID"),
    );
}

#[test]
fn everything_says_what_it_is() {
    let sdl = Sdl::read();
    hold(
        "the schema is the manual: describe it",
        sdl.all
            .iter()
            .filter(|it| it.description.as_ref().is_none_or(|it| it.trim().is_empty())),
    );
    hold(
        "a description is made of sentences",
        sdl.all.iter().filter(|it| {
            let ends = |text: &String| text.trim_end().ends_with(['.', '?', '`']);
            it.description.as_ref().is_some_and(|text| !ends(text))
        }),
    );
}

#[test]
fn every_mutation_takes_one_input_and_answers_with_a_payload_of_its_own() {
    let sdl = Sdl::read();
    let mut wrong = Vec::new();
    for mutation in sdl.fields("Mutation") {
        let (first, rest) = mutation.name.split_at(1);
        let stem = format!("{}{rest}", first.to_uppercase());
        let holds = |path: String| sdl.find(&path).map(|it| it.holds.clone()).unwrap_or_default();
        let mut must = vec![
            (mutation.arguments.join(" "), "input".to_owned()),
            (
                holds(format!("Mutation.{}.input", mutation.name)),
                format!("{stem}Input!"),
            ),
            (mutation.holds.clone(), format!("{stem}Payload")),
            (holds(format!("{stem}Input.idempotencyKey")), "String".to_owned()),
            (
                holds(format!("{stem}Payload.userErrors")),
                "[UserError!]!".to_owned(),
            ),
            (holds(format!("{stem}Payload.query")), "Query!".to_owned()),
        ];
        if stem.ends_with("Update") {
            must.push((holds(format!("{stem}Input.expectedVersion")), "Int".to_owned()));
        }
        for (is, right) in must.into_iter().filter(|(is, right)| is != right) {
            wrong.push(format!("{}: {is:?} is to be {right:?}", mutation.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn an_argument_that_has_a_default_takes_a_variable_that_is_not_given() {
    let sdl = Sdl::read();
    hold(
        "the validator wants a variable that cannot be null where nothing may be null, default or not",
        sdl.only(&[Kind::Argument])
            .filter(|it| it.has_default && it.holds.ends_with('!')),
    );
}

#[test]
fn whatever_fails_alone_leaves_the_rest_of_the_answer() {
    let sdl = Sdl::read();
    let roots = ["Query", "Mutation", "Subscription"];
    let fields = roots.into_iter().flat_map(|root| sdl.fields(root));
    hold(
        "root fields are nullable",
        fields.filter(|it| it.holds.ends_with('!')),
    );
    let lists = sdl.only(MEMBERS).filter(|it| it.is_list());
    hold(
        "the items of a list are there",
        lists.filter(|it| items_may_be_null(&it.holds)),
    );
}

#[test]
fn a_connection_is_relays() {
    let sdl = Sdl::read();
    let mut wrong = Vec::new();
    for connection in sdl
        .only(&[Kind::Type])
        .filter(|it| it.name.ends_with("Connection"))
    {
        let node = connection.name.trim_end_matches("Connection");
        let right = [
            ("edges", format!("[{node}Edge!]!")),
            ("nodes", format!("[{node}!]!")),
            ("pageInfo", "PageInfo!".to_owned()),
            ("totalCount", "Int".to_owned()),
        ];
        let is = |name: &str| {
            sdl.find(&format!("{}.{name}", connection.name))
                .map(|it| it.holds.clone())
        };
        let more = right
            .iter()
            .filter(|(name, right)| is(name).as_ref() != Some(right));
        wrong.extend(more.map(|(name, right)| format!("{}.{name} is to be {right}", connection.name)));
    }
    for field in sdl
        .only(&[Kind::Field])
        .filter(|it| it.of().ends_with("Connection"))
    {
        for argument in ["first", "after", "last", "before"] {
            if !field.arguments.iter().any(|it| it == argument) {
                wrong.push(format!("{} takes no `{argument}`", field.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_scalar_says_which_document_specifies_it() {
    let silent: Vec<String> = Sdl::read()
        .scalars()
        .filter(|(_, specified)| !specified)
        .map(|(name, _)| name)
        .collect();
    assert!(silent.is_empty(), "@specifiedBy: {silent:?}");
}

#[test]
fn every_exemption_is_needed() {
    let sdl = Sdl::read();
    let idle: Vec<&str> = EXEMPT
        .iter()
        .map(|(pattern, _)| *pattern)
        .filter(|pattern| match pattern.strip_prefix('*') {
            Some(end) => !sdl.all.iter().any(|it| it.path.ends_with(end)),
            None => sdl.find(pattern).is_none(),
        })
        .collect();
    assert!(idle.is_empty(), "strike {idle:?}");
}
