//! What routing promises, whatever the rules and the answers.

use proptest::prelude::*;

use super::*;

fn asked(kind: QuestionKind) -> Questions {
    let choice = matches!(kind, QuestionKind::Select | QuestionKind::MultiSelect);
    let options = if choice { vec!["Red", "Green"] } else { Vec::new() };
    let question = Question {
        key: "q".to_owned(),
        label: "What?".parse().unwrap(),
        kind,
        is_required: false,
        options: options.iter().map(|it| it.parse().unwrap()).collect(),
        min: None,
        max: None,
    };
    Questions::new(vec![question]).unwrap()
}

fn say(text: &str) -> Target {
    Target::Message(text.parse().unwrap())
}

fn rule(operator: Operator, values: &[&str]) -> Rule {
    Rule {
        joined: Joined::All,
        conditions: vec![Condition {
            field: "q".to_owned(),
            operator,
            values: values.iter().map(|it| (*it).to_owned()).collect(),
        }],
        target: say("there"),
    }
}

fn one(text: &str) -> Answers {
    Answers::from([("q".to_owned(), Answer::One(text.to_owned()))])
}

fn some(chosen: &[&str]) -> Answers {
    let chosen = chosen.iter().map(|it| (*it).to_owned()).collect();
    Answers::from([("q".to_owned(), Answer::Some(chosen))])
}

#[test]
fn each_operator_means_what_it_says() {
    use Operator::{Contains, Equals, In, NotEquals};
    let cases = [
        (Equals, &["Olá"][..], one("ola"), true),
        (Equals, &["ola"], one("ola there"), false),
        (NotEquals, &["ola"], one("OLÁ"), false),
        (NotEquals, &["ola"], one("adeus"), true),
        (NotEquals, &["ola"], Answers::new(), false),
        (Contains, &["SORE"], one("a sore back"), true),
        (Contains, &["sore"], one("a back"), false),
        (In, &["a", "b"], one("B"), true),
        (In, &["a", "b"], one("c"), false),
        (Equals, &["Red"], some(&["Red"]), true),
        (Equals, &["Red"], some(&["Red", "Green"]), false),
        (NotEquals, &["Red"], some(&["Red", "Green"]), true),
        (Contains, &["Red"], some(&["Red", "Green"]), true),
        (In, &["Blue", "Green"], some(&["Red", "Green"]), true),
    ];
    for (operator, values, answers, expected) in cases {
        let matched = rule(operator, values).matches(&answers);
        assert_eq!(matched, expected, "{answers:?} {operator} {values:?}");
    }
}

#[test]
fn a_value_takes_the_form_of_an_answer_or_is_refused() {
    let read = |kind, operator, value: &str| {
        let rules = Rules::new(vec![rule(operator, &[value])], &asked(kind)).ok()?;
        Some(rules.as_slice()[0].conditions[0].values[0].clone())
    };
    let is = |text: &str| Some(text.to_owned());
    assert_eq!(read(QuestionKind::Number, Operator::Equals, "1.50"), is("1.5"));
    assert_eq!(read(QuestionKind::Number, Operator::Equals, "many"), None);
    assert_eq!(read(QuestionKind::Boolean, Operator::Equals, "yes"), is("true"));
    assert_eq!(read(QuestionKind::Select, Operator::In, "Red"), is("Red"));
    assert_eq!(read(QuestionKind::Select, Operator::In, "Blue"), None);
    assert_eq!(
        read(QuestionKind::MultiSelect, Operator::Contains, "Green"),
        is("Green")
    );
    assert_eq!(read(QuestionKind::MultiSelect, Operator::Contains, "Blue"), None);
    assert_eq!(
        read(QuestionKind::Email, Operator::Contains, "@example"),
        is("@example")
    );
    assert_eq!(read(QuestionKind::Number, Operator::Contains, "1"), None);
    assert_eq!(read(QuestionKind::Text, Operator::Equals, " "), None);
}

#[test]
fn there_are_so_many_rules_conditions_and_values_and_no_more() {
    let fields = asked(QuestionKind::Text);
    let rules = |count: usize| Rules::new(vec![rule(Operator::In, &["a"]); count], &fields).is_ok();
    assert!(rules(0) && rules(50) && !rules(51));
    let conditions = |count: usize| {
        let mut it = rule(Operator::In, &["a"]);
        it.conditions = vec![it.conditions[0].clone(); count];
        Rules::new(vec![it], &fields).is_ok()
    };
    assert!(!conditions(0) && conditions(1) && conditions(10) && !conditions(11));
    let values =
        |operator, count: usize| Rules::new(vec![rule(operator, &vec!["a"; count])], &fields).is_ok();
    assert!(!values(Operator::In, 0) && values(Operator::In, 50) && !values(Operator::In, 51));
    assert!(values(Operator::Equals, 1) && !values(Operator::Equals, 2));
    let mut unasked = rule(Operator::In, &["a"]);
    unasked.conditions[0].field = "other".to_owned();
    assert!(Rules::new(vec![unasked], &fields).is_err());
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        "[abA ]{1,3}".prop_map(Answer::One),
        proptest::collection::vec("[abA]", 1..3).prop_map(Answer::Some),
    ]
}

fn answers() -> impl Strategy<Value = Answers> {
    proptest::collection::btree_map("[pqr]", answer(), 0..3)
}

fn condition() -> impl Strategy<Value = Condition> {
    let operator = proptest::sample::select(Operator::ALL);
    let values = proptest::collection::vec("[abA]", 1..3);
    ("[pqr]", operator, values).prop_map(|(field, operator, values)| Condition {
        field,
        operator,
        values,
    })
}

fn rules() -> impl Strategy<Value = Rules> {
    let joined = proptest::sample::select(Joined::ALL);
    let conditions = proptest::collection::vec(condition(), 0..4);
    let rule = (joined, conditions).prop_map(|(joined, conditions)| (joined, conditions));
    proptest::collection::vec(rule, 0..6).prop_map(|rules| {
        let each = rules.into_iter().enumerate();
        Rules(
            each.map(|(at, (joined, conditions))| Rule {
                joined,
                conditions,
                target: say(&format!("rule {}", at + 1)),
            })
            .collect(),
        )
    })
}

proptest! {
    #[test]
    fn the_first_rule_that_matches_leads_and_otherwise_the_fallback(rules in rules(), answers in answers()) {
        let routed = rules.route(&say("else"), &answers);
        let first = rules.0.iter().position(|it| it.matches(&answers));
        prop_assert_eq!(routed.rule_no, first.map(|at| at as i64 + 1));
        let expected = first.map_or(say("else"), |at| rules.0[at].target.clone());
        prop_assert_eq!(routed.target, expected);
    }

    #[test]
    fn what_comes_after_the_rule_that_matches_changes_nothing(rules in rules(), answers in answers()) {
        let routed = rules.route(&say("else"), &answers);
        if let Some(at) = routed.rule_no {
            let shorter = Rules(rules.0[..at as usize].to_vec());
            prop_assert_eq!(shorter.route(&say("else"), &answers), routed);
        }
    }

    #[test]
    fn nothing_answered_matches_nothing(rules in rules()) {
        prop_assert_eq!(rules.route(&say("else"), &Answers::new()).rule_no, None);
    }

    #[test]
    fn answers_that_no_condition_asks_about_change_nothing(rules in rules(), answers in answers(), other in answer()) {
        let mut more = answers.clone();
        more.insert("unasked".to_owned(), other);
        prop_assert_eq!(rules.route(&say("else"), &more), rules.route(&say("else"), &answers));
    }

    #[test]
    fn what_is_answered_is_something_or_something_else(condition in condition(), answer in answer()) {
        let answers = Answers::from([(condition.field.clone(), answer)]);
        let with = |operator| Condition { operator, ..condition.clone() }.holds(&answers);
        prop_assert!(with(Operator::Equals) != with(Operator::NotEquals));
        prop_assert!(!with(Operator::Equals) || with(Operator::In), "whatever is one of them is among them");
        prop_assert!(!with(Operator::In) || with(Operator::Contains), "and has one of them in it");
    }

    #[test]
    fn where_all_hold_any_does(conditions in proptest::collection::vec(condition(), 0..4), answers in answers()) {
        let joined = |joined| Rule { joined, conditions: conditions.clone(), target: say("there") }.matches(&answers);
        prop_assert!(!joined(Joined::All) || joined(Joined::Any));
        prop_assert!(!conditions.is_empty() || !joined(Joined::Any));
    }

    #[test]
    fn what_is_stored_reads_back(rules in rules()) {
        let text = serde_json::to_string(&rules).unwrap();
        prop_assert_eq!(serde_json::from_str::<Rules>(&text).unwrap(), rules);
    }
}
