//! The memoised walk: every fragment is weighed once, however often it is spread.
//!
//! What a selection weighs is linear in the page size of the connection it stands in, and everything else about
//! it depends on nothing around it. So the weight of a fragment is a value that can be added wherever the
//! fragment is spread, and the walk visits each selection of the text once: 100 fragments that each spread the
//! next one 20 times are 2,000 visits, not 20^100.

use std::collections::HashMap;

use async_graphql::Variables;
use async_graphql_parser::{
    Pos, Positioned,
    types::{Directive, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet},
};
use async_graphql_value::{ConstValue, Name, Value};

use super::{
    input::{size, text_size},
    scan::too_many,
    schema::{self, Schema, Size, TypeId},
    tally::Tally,
};
use crate::{Code, Limits, Refused};

/// How much there is below a point of the document. Sums saturate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Weight {
    /// What does not depend on the page around it.
    fixed: Tally,
    /// What is there once for every item of the page around it.
    per_item: Tally,
    /// Longest chain of fields.
    pub(super) depth: usize,
    /// Longest chain of fields beneath `__schema` or `__type`.
    pub(super) introspection_depth: usize,
    /// Field values of the introspection.
    pub(super) introspection_values: u64,
    /// Longest chain of selection sets.
    nesting: usize,
    /// Fields side by side, fragments expanded.
    pub(super) fields: usize,
    /// Selections, fragments expanded.
    pub(super) selections: u64,
    /// Values in arguments, variables written out.
    pub(super) input_values: u64,
}

impl Weight {
    /// The two stand side by side.
    fn beside(self, other: Self) -> Self {
        Self {
            fixed: self.fixed.plus(other.fixed),
            per_item: self.per_item.plus(other.per_item),
            depth: self.depth.max(other.depth),
            introspection_depth: self.introspection_depth.max(other.introspection_depth),
            introspection_values: self
                .introspection_values
                .saturating_add(other.introspection_values),
            nesting: self.nesting.max(other.nesting),
            fields: self.fields.saturating_add(other.fields),
            selections: self.selections.saturating_add(other.selections),
            input_values: self.input_values.saturating_add(other.input_values),
        }
    }

    /// What it comes to when it stands in a page of `items`.
    pub(super) fn on_page(&self, items: u64) -> Tally {
        self.fixed.plus(self.per_item.times(items))
    }
}

/// Walks one document.
pub(super) struct Walk<'a> {
    pub(super) schema: &'a Schema,
    pub(super) limits: &'a Limits,
    /// The page size where nobody says one.
    pub(super) page: u64,
    pub(super) document: &'a ExecutableDocument,
    pub(super) variables: &'a Variables,
    defaults: HashMap<&'a str, &'a ConstValue>,
    /// `None` while a fragment is being weighed: meeting it again then is a cycle.
    fragments: HashMap<&'a str, Option<Weight>>,
    /// What each variable weighs where it is used.
    sizes: HashMap<&'a str, u64>,
    unknown: usize,
    /// Selections looked at: what the walk itself costs.
    pub(super) visited: usize,
}

/// Where in the document the walk stands.
#[derive(Clone, Copy)]
struct Place {
    on: Option<TypeId>,
    /// Selection sets above.
    nesting: usize,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        (schema, limits, page): (&'a Schema, &'a Limits, u64),
        document: &'a ExecutableDocument,
        variables: &'a Variables,
    ) -> Self {
        Self {
            schema,
            limits,
            page,
            document,
            variables,
            defaults: HashMap::new(),
            fragments: HashMap::new(),
            sizes: HashMap::new(),
            unknown: 0,
            visited: 0,
        }
    }

    /// Weighs one operation. Fragments are weighed anew, since variables have other defaults in another one.
    pub(super) fn operation(&mut self, it: &'a OperationDefinition, root: TypeId) -> Result<Weight, Refused> {
        self.fragments.clear();
        self.sizes.clear();
        self.defaults = it
            .variable_definitions
            .iter()
            .filter_map(|it| Some((it.node.name.node.as_str(), &it.node.default_value.as_ref()?.node)))
            .collect();
        let inputs = self.directives(&it.directives)?;
        let mut weight = self.set(
            &it.selection_set,
            Place {
                on: Some(root),
                nesting: 0,
            },
        )?;
        weight.input_values = weight.input_values.saturating_add(inputs);
        Ok(weight)
    }

    fn set(&mut self, set: &'a Positioned<SelectionSet>, place: Place) -> Result<Weight, Refused> {
        if set.node.items.is_empty() {
            return Ok(Weight::default());
        }
        let place = Place {
            nesting: place.nesting + 1,
            ..place
        };
        self.nests(place.nesting, set.pos)?;
        let mut sum = Weight::default();
        for selection in &set.node.items {
            sum = sum.beside(self.selection(&selection.node, place)?);
        }
        sum.nesting += 1;
        Ok(sum)
    }

    fn selection(&mut self, selection: &'a Selection, place: Place) -> Result<Weight, Refused> {
        self.visited += 1;
        let inputs = self.directives(selection.directives())?;
        let mut weight = match selection {
            Selection::Field(it) => self.field(it, place)?,
            Selection::InlineFragment(it) => {
                let on = match &it.node.type_condition {
                    Some(condition) => self.schema.find(&condition.node.on.node),
                    None => place.on,
                };
                self.set(&it.node.selection_set, Place { on, ..place })?
            }
            Selection::FragmentSpread(it) => self.spread(&it.node.fragment_name, place)?,
        };
        weight.selections = weight.selections.saturating_add(1);
        weight.input_values = weight.input_values.saturating_add(inputs);
        Ok(weight)
    }

    fn spread(&mut self, name: &'a Positioned<Name>, place: Place) -> Result<Weight, Refused> {
        let weight = match self.fragments.get(name.node.as_str()) {
            Some(Some(known)) => *known,
            Some(None) => {
                let message = format!("Fragment \"{}\" spreads itself.", name.node);
                return Err(Refused::new(Code::ValidationFailed, message).at(name.pos));
            }
            None => {
                // An unknown fragment is the validator's to name.
                let Some(fragment) = self.document.fragments.get(&name.node) else {
                    return Ok(Weight::default());
                };
                self.fragments.insert(&name.node, None);
                let on = self.schema.find(&fragment.node.type_condition.node.on.node);
                let inputs = self.directives(&fragment.node.directives)?;
                let mut weight = self.set(&fragment.node.selection_set, Place { on, ..place })?;
                weight.input_values = weight.input_values.saturating_add(inputs);
                self.fragments.insert(&name.node, Some(weight));
                weight
            }
        };
        self.nests(place.nesting + weight.nesting, name.pos)?;
        Ok(weight)
    }

    fn field(&mut self, field: &'a Positioned<Field>, place: Place) -> Result<Weight, Refused> {
        let it = &field.node;
        let known = place.on.and_then(|on| self.schema.field(on, &it.name.node));
        if known.is_none() && place.on.is_some() && it.name.node != "__typename" {
            self.unknown(field, place)?;
        }
        let on = known.and_then(|it| it.target);
        let inner = self.set(&it.selection_set, Place { on, ..place })?;
        let mut weight = match known {
            Some(known) if known.introspects => introspection(known, &inner),
            Some(known) => self.known(known, it, &inner),
            None => Weight {
                fixed: leaf().plus(inner.on_page(self.page)),
                ..inner
            },
        };
        weight.depth += 1;
        weight.fields = 1;
        for (_, value) in &it.arguments {
            let values = self.value(&value.node).map_err(|refused| refused.at(value.pos))?;
            weight.input_values = weight.input_values.saturating_add(values);
        }
        Ok(weight)
    }

    fn known(&self, known: &schema::Field, field: &'a Field, inner: &Weight) -> Weight {
        let page = match known.page {
            Some(default) => self.page_size(field, default),
            None => self.page,
        };
        let object = Tally {
            objects: u64::from(known.target.is_some()),
            ..leaf()
        };
        let item = match known.size {
            // What groups items of the same page is there for one of them at least, and they are paid for.
            Size::Page if inner.per_item.objects > 0 => leaf().plus(inner.fixed).plus(inner.per_item),
            Size::Page | Size::One | Size::Own | Size::Ids | Size::Named(_) | Size::Assumed(_) => {
                object.plus(inner.on_page(page))
            }
        };
        let extra = Tally {
            extra: known.extra,
            ..Tally::default()
        };
        let (fixed, per_item) = match known.size {
            Size::One => (item.plus(extra), Tally::default()),
            Size::Own => (item.times(page).plus(leaf()).plus(extra), Tally::default()),
            Size::Page => (leaf().plus(extra), item),
            Size::Ids => (
                item.times(self.ids(field)).plus(leaf()).plus(extra),
                Tally::default(),
            ),
            Size::Named(count) | Size::Assumed(count) => {
                (item.times(count).plus(leaf()).plus(extra), Tally::default())
            }
        };
        Weight {
            fixed,
            per_item,
            ..*inner
        }
    }

    /// The larger of `first` and `last`; what is not a number is the validator's to refuse.
    fn page_size(&self, field: &'a Field, default: u64) -> u64 {
        let given = ["first", "last"].into_iter().filter_map(|name| {
            let value = &field.get_argument(name)?.node;
            if let Value::Number(number) = value {
                number.as_u64()
            } else if let Value::Variable(name) = value
                && let ConstValue::Number(number) = self.variable(name)?
            {
                number.as_u64()
            } else {
                None
            }
        });
        given.max().unwrap_or(default)
    }

    fn ids(&self, field: &'a Field) -> u64 {
        let length = match field.get_argument("ids").map(|it| &it.node) {
            Some(Value::List(items)) => Some(items.len()),
            Some(Value::Variable(name)) => match self.variable(name) {
                Some(ConstValue::List(items)) => Some(items.len()),
                _ => None,
            },
            _ => None,
        };
        length.unwrap_or(1) as u64
    }

    fn variable(&self, name: &str) -> Option<&ConstValue> {
        self.variables
            .get(name)
            .or_else(|| self.defaults.get(name).copied())
    }

    fn directives(&mut self, directives: &'a [Positioned<Directive>]) -> Result<u64, Refused> {
        if let Some(first_over) = directives.get(self.limits.directives) {
            return Err(too_many("directives in one place", self.limits.directives).at(first_over.pos));
        }
        let mut sum = 0_u64;
        for (_, value) in directives.iter().flat_map(|it| &it.node.arguments) {
            sum = sum.saturating_add(self.value(&value.node).map_err(|it| it.at(value.pos))?);
        }
        Ok(sum)
    }

    /// How many values are written here, variables written out.
    fn value(&mut self, value: &'a Value) -> Result<u64, Refused> {
        let sum = |sum: u64, more: u64| sum.saturating_add(more);
        match value {
            Value::Variable(name) => Ok(self.variable_size(name)),
            Value::String(text) => Ok(text_size(text)),
            Value::List(items) => {
                self.fits(items.len())?;
                items
                    .iter()
                    .try_fold(1, |so_far, it| Ok(sum(so_far, self.value(it)?)))
            }
            Value::Object(fields) => fields
                .values()
                .try_fold(1, |so_far, it| Ok(sum(so_far, self.value(it)?))),
            Value::Null | Value::Number(_) | Value::Boolean(_) | Value::Enum(_) | Value::Binary(_) => Ok(1),
        }
    }

    fn variable_size(&mut self, name: &'a Name) -> u64 {
        if let Some(known) = self.sizes.get(name.as_str()) {
            return *known;
        }
        let size = self.variable(name).map_or(1, size);
        self.sizes.insert(name, size);
        size
    }

    fn fits(&self, items: usize) -> Result<(), Refused> {
        if items > self.limits.list_items {
            return Err(too_many("items in one list", self.limits.list_items));
        }
        Ok(())
    }

    fn nests(&self, nesting: usize, pos: Pos) -> Result<(), Refused> {
        if nesting > self.limits.nesting {
            return Err(too_many("selection sets below each other", self.limits.nesting).at(pos));
        }
        Ok(())
    }

    /// The validator names what the schema does not know; past a handful that is no typing error any more.
    fn unknown(&mut self, field: &Positioned<Field>, place: Place) -> Result<(), Refused> {
        self.unknown += 1;
        if self.unknown <= self.limits.unknown_fields {
            return Ok(());
        }
        let on = place.on.map_or("", |on| self.schema.name(on));
        let name = &field.node.name.node;
        let max = self.limits.unknown_fields;
        let message = format!("Unknown field \"{name}\" on type \"{on}\", after {max} other unknown fields.");
        Err(Refused::new(Code::ValidationFailed, message).at(field.pos))
    }
}

fn leaf() -> Tally {
    Tally {
        values: 1,
        ..Tally::default()
    }
}

fn introspection(known: &schema::Field, inner: &Weight) -> Weight {
    Weight {
        fixed: Tally {
            objects: 1,
            extra: known.extra,
            values: 1,
        },
        per_item: Tally::default(),
        depth: 0,
        introspection_depth: inner.depth + 1,
        introspection_values: inner.on_page(1).values,
        ..*inner
    }
}
