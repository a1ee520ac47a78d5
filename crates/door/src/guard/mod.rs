//! Judges a document before anything runs: is it GraphQL, is it small enough, what will it cost?
//!
//! The verdict takes time in proportion to the text, never to what the text expands to:
//!
//! 1. [`scan`] counts bytes, tokens and brackets, without recursion;
//! 2. the parser reads it, now that its recursion is bounded, unless the same text is [`known`];
//! 3. [`weigh`] walks it once, each fragment memoised, over the types of the [`schema`].
//!
//! What passes is handed on parsed, so the text is read once. Whether the document *fits* the schema is the
//! business of the executor's validator, which the bounds above keep cheap; it need not look again at what it has passed ([`vetting`]).

mod input;
mod known;
mod scan;
mod schema;
mod tally;
mod values;
mod vetting;
mod weigh;

use std::sync::Arc;

use async_graphql::Variables;
use async_graphql_parser::{
    Positioned, parse_query,
    types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType},
};
use async_graphql_value::ConstValue;

pub use self::schema::{SchemaError, Size};
pub use self::vetting::Vetting;
use self::{
    input::lists_fit,
    known::Known,
    scan::{scan, too_many},
    schema::{Schema, TypeId},
    tally::Tally,
    vetting::Read,
    weigh::{Walk, Weight},
};
use crate::{Bill, Code, Limits, Prices, Refused};

/// Knows the schema, the limits and the prices. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Guard(Arc<Rules>);

#[derive(Debug)]
struct Rules {
    schema: Schema,
    limits: Limits,
    prices: Prices,
    known: Known,
}

/// A document that may run.
#[derive(Debug)]
pub struct Judged {
    /// The parsed document, for [`async_graphql::Request::set_parsed_query`].
    pub document: ExecutableDocument,
    /// Whether the executor's validator knows it.
    pub vetting: Vetting,
    /// What it costs at most.
    pub bill: Bill,
    /// Whether it asks for `__schema` or `__type`.
    pub introspects: bool,
    /// Selections the walk looked at: the work that judging took.
    pub visited: usize,
}

impl Guard {
    /// Reads the schema from its SDL.
    ///
    /// # Errors
    /// When the SDL is not a schema, or a price names a field it does not have.
    pub fn new(sdl: &str, limits: Limits, prices: Prices) -> Result<Self, SchemaError> {
        let schema = Schema::read(sdl, &prices)?;
        Ok(Self(Arc::new(Rules {
            schema,
            limits,
            prices,
            known: Known::new(),
        })))
    }

    /// The limits it holds requests to.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Every list field of the schema as `Type.field`, with what bounds it. A test of the schema's owner can
    /// refuse the ones that only [`Prices::plain_list`] bounds.
    pub fn lists(&self) -> impl Iterator<Item = (String, Size)> {
        self.0.schema.lists()
    }

    /// Judges one request.
    ///
    /// # Errors
    /// The first reason why it may not run.
    pub fn judge(
        &self,
        text: &str,
        operation_name: Option<&str>,
        variables: &Variables,
    ) -> Result<Judged, Refused> {
        let limits = self.limits();
        let read = self.read(text)?;
        let document = &read.document;
        for (_, value) in variables.iter() {
            lists_fit(value, limits)?;
        }
        let chosen = choose(document, operation_name)?;
        let kind = chosen.node.ty;
        given(&chosen.node, variables)?;
        let (weight, visited) = self.weigh(document, chosen, variables)?;
        let tally = weight.on_page(self.0.prices.page);
        self.affordable(kind, &weight, tally)?;
        let introspects = weight.introspection_depth > 0;
        let bill = Bill {
            kind,
            cost: tally.cost(),
            extra: tally.extra,
        };
        Ok(Judged {
            document: document.clone(),
            vetting: Vetting::of(&read, &chosen.node, (self.0.schema.inputs(), variables)),
            bill,
            introspects,
            visited,
        })
    }

    /// Parses the text, unless it is known.
    fn read(&self, text: &str) -> Result<Arc<Read>, Refused> {
        if let Some(read) = self.0.known.get(text) {
            return Ok(read);
        }
        let limits = self.limits();
        scan(text, limits)?;
        let document = parse_query(text).map_err(|error| syntax(&error))?;
        if document.operations.iter().len() > limits.operations {
            return Err(too_many("operations in the document", limits.operations));
        }
        if document.fragments.len() > limits.fragments {
            return Err(too_many("fragments in the document", limits.fragments));
        }
        let read = Arc::new(Read::new(document));
        self.0.known.keep(text, &read);
        Ok(read)
    }

    /// Holds every operation of the document to the structural limits; the executor's validator walks them all.
    fn weigh(
        &self,
        document: &ExecutableDocument,
        chosen: &Positioned<OperationDefinition>,
        variables: &Variables,
    ) -> Result<(Weight, usize), Refused> {
        let (
            Rules {
                schema,
                limits,
                prices,
                ..
            },
            mut of_chosen,
        ) = (&*self.0, Weight::default());
        let mut walk = Walk::new((schema, limits, prices.page), document, variables);
        let (mut selections, mut input_values) = (0_u64, 0_u64);
        for (_, operation) in document.operations.iter() {
            let root = self.root(operation)?;
            let weight = walk.operation(&operation.node, root)?;
            selections = selections.saturating_add(weight.selections);
            input_values = input_values.saturating_add(weight.input_values);
            let held: [(&str, u64, u64); 5] = [
                ("selections, fragments expanded", selections, limits.selections),
                (
                    "values in arguments, variables written out",
                    input_values,
                    limits.input_values,
                ),
                (
                    "fields below each other",
                    weight.depth as u64,
                    limits.depth as u64,
                ),
                (
                    "fields below each other in an introspection",
                    weight.introspection_depth as u64,
                    limits.introspection_depth as u64,
                ),
                (
                    "fields at the root",
                    weight.fields as u64,
                    limits.root_fields as u64,
                ),
            ];
            if let Some((what, _, max)) = held.into_iter().find(|(_, is, max)| is > max) {
                return Err(too_many(what, max).at(operation.pos));
            }
            if std::ptr::eq(operation, chosen) {
                of_chosen = weight;
            }
        }
        Ok((of_chosen, walk.visited))
    }

    fn root(&self, operation: &Positioned<OperationDefinition>) -> Result<TypeId, Refused> {
        let Schema {
            query,
            mutation,
            subscription,
            ..
        } = &self.0.schema;
        let root = match operation.node.ty {
            OperationType::Query => Some(*query),
            OperationType::Mutation => *mutation,
            OperationType::Subscription => *subscription,
        };
        root.ok_or_else(|| {
            let message = format!("The schema has no {}.", operation.node.ty);
            Refused::new(Code::ValidationFailed, message).at(operation.pos)
        })
    }

    fn affordable(&self, kind: OperationType, weight: &Weight, tally: Tally) -> Result<(), Refused> {
        let limits = self.limits();
        if kind == OperationType::Subscription && weight.fields != 1 {
            let message = "A subscription has exactly one field at its root.";
            return Err(Refused::new(Code::ValidationFailed, message));
        }
        let (cost, max) = (tally.cost(), limits.cost);
        if cost > max {
            let message = format!(
                "The operation costs {cost} points: at most {max} are allowed. Ask for smaller pages."
            );
            return Err(Refused::new(Code::CostExceeded, message));
        }
        if tally.values > limits.answer_values {
            return Err(too_many("field values in the answer", limits.answer_values));
        }
        if weight.introspection_values > limits.introspection_values {
            return Err(too_many(
                "field values in the introspection",
                limits.introspection_values,
            ));
        }
        Ok(())
    }
}

/// The operation that `operationName` names, or the only one.
fn choose<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<&'a Positioned<OperationDefinition>, Refused> {
    let invalid = |message: String| Refused::new(Code::ValidationFailed, message);
    match (&document.operations, name) {
        (DocumentOperations::Single(only), None) => Ok(only),
        (DocumentOperations::Multiple(named), Some(name)) => named
            .get(name)
            .ok_or_else(|| invalid(format!("The document has no operation \"{name}\"."))),
        (DocumentOperations::Multiple(named), None) => match named.values().next() {
            Some(only) if named.len() == 1 => Ok(only),
            _ => Err(invalid(
                "The document has several operations: say which in `operationName`.".into(),
            )),
        },
        (DocumentOperations::Single(_), Some(name)) => {
            Err(invalid(format!("The document has no operation \"{name}\".")))
        }
    }
}

/// Every variable that must be given is.
fn given(operation: &OperationDefinition, variables: &Variables) -> Result<(), Refused> {
    for Positioned { node: it, pos } in &operation.variable_definitions {
        let is_missing = match variables.get(&it.name.node) {
            Some(value) => *value == ConstValue::Null,
            None => it.default_value.is_none(),
        };
        if is_missing && !it.var_type.node.nullable {
            let (name, ty) = (&it.name.node, &it.var_type.node);
            let message = format!("Variable \"${name}\" of type \"{ty}\" must be given.");
            return Err(Refused::new(Code::ValidationFailed, message).at(*pos));
        }
    }
    Ok(())
}

/// Says what was expected and where. The parser's own text quotes the whole line, however long.
fn syntax(error: &async_graphql_parser::Error) -> Refused {
    let text = error.to_string();
    let gist = text.rsplit_once("= ").map_or(text.as_str(), |(_, gist)| gist);
    let mut refused = Refused::new(
        Code::ParseFailed,
        format!("Syntax error: {}.", gist.trim_end_matches('.')),
    );
    refused.locations = error.positions().collect();
    refused
}
