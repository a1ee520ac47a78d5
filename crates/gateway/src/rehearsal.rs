//! `rateLimit(dryRun: true)`: says what a request would cost without running it.

use async_graphql::parser::types::{
    DocumentOperations, Field, OperationDefinition, OperationType, Selection,
};
use async_graphql::{Request, Variables};
use async_graphql_value::{ConstValue, Value};

/// If the query asks for a dry run, leaves of it only the field that tells its cost. The cost itself was found before.
pub(crate) fn only_if_dry(mut request: Request) -> Request {
    let variables = request.variables.clone();
    let Ok(document) = request.parsed_query() else {
        return request;
    };
    let mut document = document.clone();
    let operations: Vec<&mut OperationDefinition> = match &mut document.operations {
        DocumentOperations::Single(operation) => vec![&mut operation.node],
        DocumentOperations::Multiple(named) => named.values_mut().map(|it| &mut it.node).collect(),
    };
    let pruned = operations
        .into_iter()
        .filter_map(|operation| prune(operation, &variables))
        .count();
    if pruned > 0 {
        // A fragment that nothing spreads any more would fail the validator.
        document.fragments.clear();
        request.set_parsed_query(document);
    }
    request
}

/// Leaves only the dry fields of a query that has one.
fn prune(operation: &mut OperationDefinition, variables: &Variables) -> Option<()> {
    let dry = |selection: &Selection| match selection {
        Selection::Field(field) => is_dry(&field.node, variables),
        Selection::FragmentSpread(_) | Selection::InlineFragment(_) => false,
    };
    let items = &mut operation.selection_set.node.items;
    if operation.ty != OperationType::Query || !items.iter().any(|it| dry(&it.node)) {
        return None;
    }
    items.retain(|it| dry(&it.node));
    let used: Vec<_> = items.iter().filter_map(|it| asked_by(&it.node)).collect();
    operation
        .variable_definitions
        .retain(|it| used.contains(&it.node.name.node));
    Some(())
}

fn is_dry(field: &Field, variables: &Variables) -> bool {
    let asked = field.get_argument("dryRun").map(|it| &it.node);
    field.name.node == "rateLimit"
        && match asked {
            Some(Value::Variable(name)) => variables.get(name) == Some(&ConstValue::Boolean(true)),
            asked => asked == Some(&Value::Boolean(true)),
        }
}

/// The variable in which a field is asked to be dry.
fn asked_by(selection: &Selection) -> Option<async_graphql::Name> {
    let Selection::Field(field) = selection else {
        return None;
    };
    if let Value::Variable(name) = &field.node.get_argument("dryRun")?.node {
        Some(name.clone())
    } else {
        None
    }
}
