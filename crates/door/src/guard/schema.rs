//! The schema as the guard needs it: which fields a type has, what they return, and how long their lists are.

use std::collections::{BTreeMap, HashMap};

use async_graphql_parser::{
    parse_schema,
    types::{
        BaseType, FieldDefinition, InputValueDefinition, SchemaDefinition, Type, TypeKind,
        TypeSystemDefinition,
    },
};
use async_graphql_value::ConstValue;

use super::values::InputTypes;
use crate::Prices;

/// What introspection answers with. The SDL of a schema leaves it out; the guard weighs it like any other type.
const INTROSPECTION: &str = "
    type __Schema { description: String types: [__Type!]! queryType: __Type! mutationType: __Type
        subscriptionType: __Type directives: [__Directive!]! }
    type __Type { kind: String! name: String description: String specifiedByURL: String isOneOf: Boolean
        fields(includeDeprecated: Boolean): [__Field!] interfaces: [__Type!] possibleTypes: [__Type!]
        enumValues(includeDeprecated: Boolean): [__EnumValue!]
        inputFields(includeDeprecated: Boolean): [__InputValue!] ofType: __Type }
    type __Field { name: String! description: String args(includeDeprecated: Boolean): [__InputValue!]!
        type: __Type! isDeprecated: Boolean! deprecationReason: String }
    type __InputValue { name: String! description: String type: __Type! defaultValue: String
        isDeprecated: Boolean! deprecationReason: String }
    type __EnumValue { name: String! description: String isDeprecated: Boolean! deprecationReason: String }
    type __Directive { name: String! description: String isRepeatable: Boolean! locations: [String!]!
        args(includeDeprecated: Boolean): [__InputValue!]! }
";

/// Index of a type in [`Schema::types`].
pub(super) type TypeId = usize;

#[derive(Debug)]
pub(super) struct Schema {
    types: Vec<ObjectLike>,
    by_name: HashMap<String, TypeId>,
    inputs: InputTypes,
    pub(super) query: TypeId,
    pub(super) mutation: Option<TypeId>,
    pub(super) subscription: Option<TypeId>,
}

/// An object, an interface or a union (which has no fields of its own).
#[derive(Debug)]
pub(super) struct ObjectLike {
    name: String,
    fields: HashMap<String, Field>,
}

#[derive(Debug)]
pub(super) struct Field {
    /// The composite type it returns; `None` for scalars and enums.
    pub(super) target: Option<TypeId>,
    pub(super) size: Size,
    /// The page size its `first` and `last` stand for when neither is given; `None`: it takes neither.
    pub(super) page: Option<u64>,
    /// Points added each time it is resolved.
    pub(super) extra: u64,
    /// `__schema` and `__type`: what lies beneath is held to limits of its own.
    pub(super) introspects: bool,
}

/// How long the list is that a field returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Not a list.
    One,
    /// As long as its own `first` or `last`.
    Own,
    /// As long as the page it stands in: of a connection, or of whatever the prices say shares one.
    Page,
    /// As long as the array in its argument `ids`.
    Ids,
    /// [`crate::Price::size`] says so.
    Named(u64),
    /// Nobody says: [`crate::Prices::plain_list`].
    Assumed(u64),
}

/// The SDL cannot be guarded.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The text is not a schema.
    #[error("the schema cannot be read: {0}")]
    Syntax(#[from] async_graphql_parser::Error),
    /// A root type is named and not defined.
    #[error("the schema has no type `{0}`")]
    NoType(String),
    /// [`crate::Prices::fields`] names a field that does not exist.
    #[error("a price is set for `{0}`, which the schema does not have")]
    NoField(String),
    /// A list of lists, whose length only a price can bound.
    #[error("`{0}` is a list of lists: give it a size in the prices")]
    ListOfLists(String),
}

impl Schema {
    pub(super) fn read(sdl: &str, prices: &Prices) -> Result<Self, SchemaError> {
        let ours = parse_schema(sdl)?.definitions;
        let standard = parse_schema(INTROSPECTION)?.definitions;
        let inputs = InputTypes::read(&ours);
        let mut roots = (None, None, None);
        let count = ours.len() + standard.len();
        let mut drafts: BTreeMap<String, Vec<FieldDefinition>> = BTreeMap::new();
        for definition in ours.into_iter().chain(standard) {
            match definition {
                TypeSystemDefinition::Schema(it) => roots = named_roots(&it.node),
                TypeSystemDefinition::Directive(_) => {}
                TypeSystemDefinition::Type(it) => {
                    if let Some(fields) = fields_of(it.node.kind) {
                        drafts
                            .entry(it.node.name.node.to_string())
                            .or_default()
                            .extend(fields);
                    }
                }
            }
        }
        let by_name: HashMap<String, TypeId> = drafts
            .keys()
            .enumerate()
            .map(|(id, name)| (name.clone(), id))
            .collect();
        let root = |name: Option<String>, usual: &str| match name {
            Some(name) => by_name
                .get(&name)
                .copied()
                .map(Some)
                .ok_or(SchemaError::NoType(name)),
            None => Ok(by_name.get(usual).copied()),
        };
        let query = root(roots.0, "Query")?.ok_or_else(|| SchemaError::NoType("Query".into()))?;
        let mutation = root(roots.1, "Mutation")?;
        let subscription = root(roots.2, "Subscription")?;

        let reader = Reader {
            prices,
            by_name: &by_name,
            averages: Averages::of(count, &drafts),
        };
        let types = drafts
            .iter()
            .map(|(name, fields)| reader.object(name, fields))
            .collect::<Result<_, _>>()?;
        let mut schema = Self {
            types,
            by_name,
            inputs,
            query,
            mutation,
            subscription,
        };
        schema.add_introspection(prices);
        schema.charge_mutations(prices);
        schema.check(prices)?;
        Ok(schema)
    }

    pub(super) fn find(&self, name: &str) -> Option<TypeId> {
        self.by_name.get(name).copied()
    }

    pub(super) fn name(&self, id: TypeId) -> &str {
        &self.types[id].name
    }

    pub(super) fn field(&self, id: TypeId, name: &str) -> Option<&Field> {
        self.types[id].fields.get(name)
    }

    /// What callers may send.
    pub(super) fn inputs(&self) -> &InputTypes {
        &self.inputs
    }

    /// Every list field as `Type.field`, with what bounds it.
    pub(super) fn lists(&self) -> impl Iterator<Item = (String, Size)> {
        self.types
            .iter()
            .filter(|it| !it.name.starts_with("__"))
            .flat_map(|it| {
                let lists = it.fields.iter().filter(|(_, field)| field.size != Size::One);
                lists.map(|(name, field)| (format!("{}.{name}", it.name), field.size))
            })
    }

    fn add_introspection(&mut self, prices: &Prices) {
        for (name, target) in [("__schema", "__Schema"), ("__type", "__Type")] {
            let field = Field {
                target: self.find(target),
                size: Size::One,
                page: None,
                extra: prices.introspection,
                introspects: true,
            };
            self.types[self.query].fields.insert(name.into(), field);
        }
    }

    fn charge_mutations(&mut self, prices: &Prices) {
        if let Some(mutation) = self.mutation {
            for field in self.types[mutation].fields.values_mut() {
                field.extra = field.extra.saturating_add(prices.mutation);
            }
        }
    }

    fn check(&self, prices: &Prices) -> Result<(), SchemaError> {
        for path in prices.fields.keys() {
            path.split_once('.')
                .and_then(|(object, field)| self.field(self.find(object)?, field))
                .ok_or_else(|| SchemaError::NoField(path.clone()))?;
        }
        Ok(())
    }
}

/// Turns definitions into fields.
struct Reader<'a> {
    prices: &'a Prices,
    by_name: &'a HashMap<String, TypeId>,
    averages: Averages,
}

impl Reader<'_> {
    fn object(&self, name: &str, fields: &[FieldDefinition]) -> Result<ObjectLike, SchemaError> {
        let is_connection = fields.iter().any(|it| it.name.node == "pageInfo");
        let read = |it: &FieldDefinition| {
            self.field(name, it, is_connection)
                .map(|field| (it.name.node.to_string(), field))
        };
        Ok(ObjectLike {
            name: name.into(),
            fields: fields.iter().map(read).collect::<Result<_, _>>()?,
        })
    }

    fn field(&self, object: &str, it: &FieldDefinition, in_connection: bool) -> Result<Field, SchemaError> {
        let priced = self.prices.fields.get(&format!("{object}.{}", it.name.node));
        let page = self.page(&it.arguments.iter().map(|it| &it.node).collect::<Vec<_>>());
        let has_ids = it
            .arguments
            .iter()
            .any(|it| it.node.name.node == "ids" && is_list(&it.node.ty.node));
        let size = match priced.and_then(|it| it.size) {
            _ if !is_list(&it.ty.node) => Size::One,
            _ if priced.is_some_and(|it| it.shares_page) => Size::Page,
            Some(size) => Size::Named(size),
            None if is_list_of_lists(&it.ty.node) => {
                return Err(SchemaError::ListOfLists(format!("{object}.{}", it.name.node)));
            }
            None if object.starts_with("__") => Size::Assumed(self.averages.length(&it.name.node)),
            None if page.is_some() => Size::Own,
            None if in_connection => Size::Page,
            None if has_ids => Size::Ids,
            None => Size::Assumed(self.prices.plain_list),
        };
        let target = self.by_name.get(named(&it.ty.node)).copied();
        Ok(Field {
            target,
            size,
            page,
            extra: priced.map_or(0, |it| it.extra),
            introspects: false,
        })
    }

    fn page(&self, arguments: &[&InputValueDefinition]) -> Option<u64> {
        let mut paging = arguments
            .iter()
            .filter(|it| it.name.node == "first" || it.name.node == "last");
        let default = |it: &InputValueDefinition| match it.default_value.as_ref().map(|it| &it.node) {
            Some(ConstValue::Number(number)) => number.as_u64(),
            _ => None,
        };
        let first = paging.next()?;
        Some(
            default(first)
                .or_else(|| paging.find_map(|it| default(it)))
                .unwrap_or(self.prices.page),
        )
    }
}

/// How long the lists of introspection are in this schema, rounded up.
struct Averages {
    types: u64,
    fields: u64,
    arguments: u64,
}

impl Averages {
    fn of(types: usize, drafts: &BTreeMap<String, Vec<FieldDefinition>>) -> Self {
        let fields: usize = drafts.values().map(Vec::len).sum();
        let arguments: usize = drafts.values().flatten().map(|it| it.arguments.len()).sum();
        let mean = |sum: usize, count: usize| sum.div_ceil(count.max(1)) as u64;
        Self {
            types: types as u64,
            fields: mean(fields, drafts.len()),
            arguments: mean(arguments, fields),
        }
    }

    fn length(&self, field: &str) -> u64 {
        match field {
            "types" => self.types,
            "fields" => self.fields,
            "args" => self.arguments,
            // Directives, locations, interfaces, possible types, enum values and input fields: short or rare.
            _ => 3,
        }
    }
}

fn named_roots(it: &SchemaDefinition) -> (Option<String>, Option<String>, Option<String>) {
    let name = |it: &Option<async_graphql_parser::Positioned<async_graphql_value::Name>>| {
        it.as_ref().map(|it| it.node.to_string())
    };
    (name(&it.query), name(&it.mutation), name(&it.subscription))
}

fn fields_of(kind: TypeKind) -> Option<Vec<FieldDefinition>> {
    let nodes =
        |fields: Vec<async_graphql_parser::Positioned<_>>| fields.into_iter().map(|it| it.node).collect();
    match kind {
        TypeKind::Object(it) => Some(nodes(it.fields)),
        TypeKind::Interface(it) => Some(nodes(it.fields)),
        TypeKind::Union(_) => Some(Vec::new()),
        TypeKind::Scalar | TypeKind::Enum(_) | TypeKind::InputObject(_) => None,
    }
}

fn is_list(ty: &Type) -> bool {
    matches!(ty.base, BaseType::List(_))
}

fn is_list_of_lists(ty: &Type) -> bool {
    matches!(&ty.base, BaseType::List(inner) if is_list(inner))
}

fn named(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => named(inner),
    }
}
