//! `rateLimit(dryRun: true)`: says what a request would cost without running it.

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, OperationDefinition, OperationType, Selection,
};
use async_graphql::{Request, Variables};
use async_graphql_value::{ConstValue, Value};

/// If the query asks for a dry run at its root, leaves of it only the field that tells its cost, and says so. The cost itself was
/// found before.
pub(crate) fn only_if_dry(mut request: Request) -> (Request, bool) {
    // Lent, since looking at the document borrows the request.
    let (variables, name) = (
        std::mem::take(&mut request.variables),
        request.operation_name.take(),
    );
    let pruned = request.parsed_query().ok().and_then(|document| {
        let pruned = selected(document, name.as_deref()).and_then(|it| prune(it, &variables))?;
        Some((document.clone(), pruned))
    });
    request.variables = variables;
    let Some((mut document, pruned)) = pruned else {
        request.operation_name = name;
        return (request, false);
    };
    // Nothing else of the document runs, and what nobody uses any more would fail the validator.
    document.fragments.clear();
    document.operations = DocumentOperations::Single(async_graphql::Positioned::new(
        pruned,
        async_graphql::Pos::default(),
    ));
    request.set_parsed_query(document);
    (request, true)
}

fn selected<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Option<&'a OperationDefinition> {
    match &document.operations {
        DocumentOperations::Single(operation) => Some(&operation.node),
        DocumentOperations::Multiple(named) => named.get(name?).map(|it| &it.node),
    }
}

/// A query with only its dry fields, if it has one.
fn prune(operation: &OperationDefinition, variables: &Variables) -> Option<OperationDefinition> {
    let dry = |selection: &Selection| match selection {
        Selection::Field(field) => is_dry(&field.node, operation, variables),
        Selection::FragmentSpread(_) | Selection::InlineFragment(_) => false,
    };
    let items = &operation.selection_set.node.items;
    if operation.ty != OperationType::Query || !items.iter().any(|it| dry(&it.node)) {
        return None;
    }
    let mut pruned = operation.clone();
    pruned.selection_set.node.items.retain(|it| dry(&it.node));
    let used: Vec<_> = items.iter().filter_map(|it| asked_by(&it.node)).collect();
    pruned
        .variable_definitions
        .retain(|it| used.contains(&it.node.name.node));
    Some(pruned)
}

fn is_dry(field: &Field, operation: &OperationDefinition, variables: &Variables) -> bool {
    let yes = ConstValue::Boolean(true);
    let asked = field.get_argument("dryRun").map(|it| &it.node);
    field.name.node == "rateLimit"
        && match asked {
            Some(Value::Variable(name)) => match variables.get(name) {
                Some(given) => *given == yes,
                None => operation.variable_definitions.iter().any(|it| {
                    let default = it.node.default_value.as_ref().map(|it| &it.node);
                    it.node.name.node == *name && default == Some(&yes)
                }),
            },
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
