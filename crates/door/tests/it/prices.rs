//! What an operation costs is known before it runs.

use async_graphql::Variables;
use door::{Guard, Limits, Price, Prices, SchemaError, Size};
use serde_json::{Value, json};

use crate::{
    house::House,
    world::{World, post},
};

#[test]
fn an_object_is_a_point_and_a_list_multiplies_what_stands_in_it() {
    let guard = House::new().guard(Limits::default());
    let cost = |query: &str, variables: Value| {
        guard
            .judge(query, None, &Variables::from_json(variables))
            .map(|it| it.bill.cost)
    };
    let none = json!({});
    let cases = [
        ("{ hello viewer __typename }", none.clone(), 0),
        (
            "{ people(first: 10) { nodes { id name } } }",
            none.clone(),
            1 + 10,
        ),
        (
            "{ people(last: 10) { nodes { id name } pageInfo { hasNextPage } } }",
            none.clone(),
            1 + 10 + 1,
        ),
        (
            "{ people(first: 10) { edges { cursor node { id } } } }",
            none.clone(),
            1 + 10 * 2,
        ),
        ("{ people { nodes { id } } }", none.clone(), 1 + 50),
        ("{ people(first: null) { nodes { id } } }", none.clone(), 1 + 50),
        (
            "query($n: Int) { people(first: $n) { nodes { id } } }",
            json!({ "n": 7 }),
            1 + 7,
        ),
        (
            "query($n: Int = 9) { people(first: $n) { nodes { id } } }",
            none.clone(),
            1 + 9,
        ),
        (
            "query($n: Int) { people(first: $n) { nodes { id } } }",
            none.clone(),
            1 + 50,
        ),
        (
            "{ people(first: 5) { nodes { friends { nodes { id } } } } }",
            none.clone(),
            1 + 5 * (1 + 1 + 10),
        ),
        ("{ nodes(ids: [1, 2, 3]) { id } }", none.clone(), 3),
        (
            "query($ids: [ID!]!) { nodes(ids: $ids) { id } }",
            json!({ "ids": ["a", "b"] }),
            2,
        ),
        ("{ days { id } }", none.clone(), 5 + 31),
        ("{ tags }", none.clone(), 0),
        (
            "{ a: people(first: 2) { nodes { id } } b: people(first: 3) { nodes { id } } }",
            none.clone(),
            3 + 4,
        ),
        ("mutation { write }", none.clone(), 10),
        ("{ __schema { queryType { name } } }", none.clone(), 101),
        (
            "{ people(first: 4) { ...page } } fragment page on PersonConnection { nodes { id } }",
            none.clone(),
            5,
        ),
        (
            "{ a: people(first: 4) { ...p } b: people(first: 6) { ...p } } fragment p on PersonConnection { nodes { id } }",
            none,
            5 + 7,
        ),
    ];
    for (query, variables, expected) in cases {
        assert_eq!(cost(query, variables), Ok(expected), "{query}");
    }
}

#[test]
fn groups_of_one_page_cost_what_is_in_them() {
    let sdl = "type Query { found(first: Int! = 7): Found } type Found { groups: [Group!]! }
        type Group { name: String items: [Item!]! } type Item { id: ID parts: [Part!]! } type Part { id: ID }";
    let shares = Price {
        shares_page: true,
        ..Price::default()
    };
    let parts = Price {
        size: Some(3),
        ..Price::default()
    };
    let fields = [
        ("Found.groups", shares),
        ("Group.items", shares),
        ("Item.parts", parts),
    ];
    let prices = Prices {
        fields: fields.map(|(field, price)| (field.to_owned(), price)).into(),
        ..Prices::default()
    };
    let guard = Guard::new(sdl, Limits::default(), prices).unwrap();
    let cost = |query: &str| {
        let judged = guard.judge(query, None, &Variables::default());
        judged.map(|it| it.bill.cost)
    };
    let cases = [
        ("{ found { groups { name } } }", 1 + 7),
        ("{ found { groups { items { id } } } }", 1 + 7),
        (
            "{ found(first: 5000) { groups { name items { id } } } }",
            1 + 5_000,
        ),
        (
            "{ found(first: 10) { groups { items { parts { id } } } } }",
            1 + 10 * (1 + 3),
        ),
    ];
    for (query, expected) in cases {
        assert_eq!(cost(query), Ok(expected), "{query}");
    }
}

#[test]
fn only_the_operation_that_runs_is_paid_for() {
    let guard = House::new().guard(Limits::default());
    let two = "query a { hello } query b { people(first: 9) { nodes { id } } }";
    let cost = |name: &str| {
        guard
            .judge(two, Some(name), &Variables::default())
            .map(|it| it.bill.cost)
    };
    assert_eq!((cost("a"), cost("b")), (Ok(0), Ok(10)));
    assert!(cost("c").is_err());
    assert!(
        guard.judge(two, None, &Variables::default()).is_err(),
        "somebody must say which"
    );
}

#[tokio::test]
async fn the_answer_says_what_it_did_cost() {
    let world = World::new();
    let answer = world
        .ask("{ people(first: 3) { nodes { id } } days { id } }")
        .await;
    let cost = &answer.json()["extensions"]["cost"];
    assert_eq!(
        (&cost["requested"], &cost["actual"]),
        (&json!(4 + 36), &json!(4 + 5 + 2))
    );
    assert_eq!(cost["throttle"]["remaining"], 1_000_000 - 40);
    let answer = world
        .send(post(r#"{"query":"{ bill people(first: 3) { nodes { id } } }"}"#))
        .await;
    assert_eq!(answer.json()["data"]["bill"], "4", "resolvers see the bill");
}

#[test]
fn no_list_is_without_a_length() {
    let guard = House::new().guard(Limits::default());
    let mut lists: Vec<_> = guard.lists().collect();
    lists.sort_by(|a, b| a.0.cmp(&b.0));
    let expected = [
        ("PersonConnection.edges", Size::Page),
        ("PersonConnection.nodes", Size::Page),
        ("Query.days", Size::Named(31)),
        ("Query.nodes", Size::Ids),
        ("Query.tags", Size::Assumed(20)),
    ];
    assert_eq!(lists, expected.map(|(name, size)| (name.to_owned(), size)));
}

#[test]
fn a_schema_that_cannot_be_priced_is_refused() {
    let priced = |sdl: &str, path: &str, price: Price| {
        let prices = Prices {
            fields: [(path.to_owned(), price)].into(),
            ..Prices::default()
        };
        Guard::new(sdl, Limits::default(), prices)
    };
    let nested = "type Query { rows: [[Int!]!]! }";
    let refused = Guard::new(nested, Limits::default(), Prices::default());
    assert!(matches!(refused, Err(SchemaError::ListOfLists(path)) if path == "Query.rows"));
    assert!(
        priced(
            nested,
            "Query.rows",
            Price {
                size: Some(100),
                ..Price::default()
            }
        )
        .is_ok()
    );
    let typo = priced("type Query { a: Int }", "Query.b", Price::default());
    assert!(matches!(typo, Err(SchemaError::NoField(path)) if path == "Query.b"));
    let rootless = Guard::new("type A { a: Int }", Limits::default(), Prices::default());
    assert!(matches!(rootless, Err(SchemaError::NoType(name)) if name == "Query"));
    assert!(Guard::new("type {", Limits::default(), Prices::default()).is_err());
}

#[test]
fn the_introspection_queries_of_the_tools_pass() {
    let guard = House::new().guard(Limits::default());
    for text in [introspection(7), introspection(9)] {
        let judged = guard
            .judge(&text, Some("IntrospectionQuery"), &Variables::default())
            .unwrap();
        assert!(judged.introspects);
    }
}

#[tokio::test]
async fn the_introspection_query_is_answered() {
    let world = World::new();
    let body = json!({ "query": introspection(9), "operationName": "IntrospectionQuery" });
    let answer = world.send(post(&body.to_string())).await;
    assert!(
        answer.json()["data"]["__schema"]["types"]
            .as_array()
            .unwrap()
            .len()
            > 10,
        "{}",
        answer.text
    );
}

/// As graphql-js writes it, for GraphiQL, Apollo and Relay alike; newer ones unwrap nine wrappers, older seven.
fn introspection(wrappers: usize) -> String {
    let wrapped = "ofType { kind name ".repeat(wrappers) + &"}".repeat(wrappers);
    format!(
        "query IntrospectionQuery {{
          __schema {{
            description queryType {{ name kind }} mutationType {{ name kind }} subscriptionType {{ name kind }}
            types {{ ...FullType }}
            directives {{ name description isRepeatable locations args(includeDeprecated: true) {{ ...InputValue }} }}
          }}
        }}
        fragment FullType on __Type {{
          kind name description specifiedByURL isOneOf
          fields(includeDeprecated: true) {{
            name description args(includeDeprecated: true) {{ ...InputValue }} type {{ ...TypeRef }}
            isDeprecated deprecationReason
          }}
          inputFields(includeDeprecated: true) {{ ...InputValue }}
          interfaces {{ ...TypeRef }}
          enumValues(includeDeprecated: true) {{ name description isDeprecated deprecationReason }}
          possibleTypes {{ ...TypeRef }}
        }}
        fragment InputValue on __InputValue {{
          name description type {{ ...TypeRef }} defaultValue isDeprecated deprecationReason
        }}
        fragment TypeRef on __Type {{ kind name {wrapped} }}"
    )
}
