//! What the executor's validator has said of a document. It says the same of it every time, and takes longer than many an answer.
//!
//! All but one of its rules look at the document alone. That one looks at arguments with the values of variables in them: those are
//! held to their types here, for every request. A document is vetted when the validator has seen all of it and found nothing.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_graphql::{Response, Variables};
use async_graphql_parser::{
    Positioned,
    types::{Directive, ExecutableDocument, OperationDefinition, Selection, SelectionSet},
};
use async_graphql_value::{ConstValue, Name, Value};

use super::values::InputTypes;
use crate::reply::is_request_error;

/// A document that keeps to the limits.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) document: ExecutableDocument,
    /// Whether somewhere variables are parts of what is written out. The validator leaves the rest of it alone if one of them is not given.
    mixes: bool,
    is_vetted: AtomicBool,
}

impl Read {
    pub(super) fn new(document: ExecutableDocument) -> Self {
        Self {
            mixes: mixes(&document),
            document,
            is_vetted: AtomicBool::new(false),
        }
    }
}

/// What is known of the document of a request, and where it is told what the validator found.
#[derive(Debug)]
pub struct Vetting {
    read: Arc<Read>,
    /// Whether what the validator finds in this request holds for the next.
    is_whole: bool,
    /// Whether it would find nothing in these variables.
    fits: bool,
}

impl Vetting {
    pub(super) fn of(
        read: &Arc<Read>,
        operation: &OperationDefinition,
        (types, variables): (&InputTypes, &Variables),
    ) -> Self {
        let (mut are_given, mut fits) = (true, true);
        for Positioned { node: it, .. } in &operation.variable_definitions {
            match variables.get(&it.name.node) {
                None => are_given = false,
                // Where it stands may be without a null, and have a default.
                Some(ConstValue::Null) => fits = false,
                Some(value) => fits = fits && types.take(value, &it.var_type.node),
            }
        }
        let is_alone = read.document.operations.iter().len() == 1;
        Self {
            read: Arc::clone(read),
            is_whole: is_alone && (are_given || !read.mixes),
            fits,
        }
    }

    /// Whether the validator would find nothing wrong with this request.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.fits && self.read.is_vetted.load(Ordering::Relaxed)
    }

    /// Tells what became of this request, all of its document, after the validator had looked at it.
    pub fn learn(&self, response: &Response) {
        if self.is_whole && !is_request_error(response) {
            self.read.is_vetted.store(true, Ordering::Relaxed);
        }
    }
}

/// Whether a variable stands within a list or an object that is written out.
fn mixes(document: &ExecutableDocument) -> bool {
    let in_operation = |it: &OperationDefinition| directives(&it.directives) || set(&it.selection_set.node);
    document.operations.iter().any(|(_, it)| in_operation(&it.node))
        || document
            .fragments
            .values()
            .any(|it| directives(&it.node.directives) || set(&it.node.selection_set.node))
}

fn set(set: &SelectionSet) -> bool {
    set.items.iter().any(|it| match &it.node {
        Selection::Field(it) => {
            arguments(&it.node.arguments)
                || directives(&it.node.directives)
                || self::set(&it.node.selection_set.node)
        }
        Selection::FragmentSpread(it) => directives(&it.node.directives),
        Selection::InlineFragment(it) => {
            directives(&it.node.directives) || self::set(&it.node.selection_set.node)
        }
    })
}

fn directives(directives: &[Positioned<Directive>]) -> bool {
    directives.iter().any(|it| arguments(&it.node.arguments))
}

fn arguments(arguments: &[(Positioned<Name>, Positioned<Value>)]) -> bool {
    let is_variable = |it: &Value| matches!(it, Value::Variable(_));
    arguments
        .iter()
        .any(|(_, it)| !is_variable(&it.node) && names_variable(&it.node))
}

fn names_variable(value: &Value) -> bool {
    match value {
        Value::Variable(_) => true,
        Value::List(items) => items.iter().any(names_variable),
        Value::Object(fields) => fields.values().any(names_variable),
        Value::Null
        | Value::Number(_)
        | Value::String(_)
        | Value::Boolean(_)
        | Value::Binary(_)
        | Value::Enum(_) => false,
    }
}
