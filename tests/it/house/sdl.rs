//! The published schema as the checks read it: flat, with the path of everything.

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, EnumType, FieldDefinition, InputValueDefinition, Type, TypeDefinition, TypeKind,
    TypeSystemDefinition,
};

/// What something in the schema is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An object, an interface, an enum, an input or a scalar.
    Type,
    /// A field of an object or an interface.
    Field,
    /// An argument of a field.
    Argument,
    /// A field of an input.
    Input,
    /// A value of an enum.
    Value,
}

/// One thing with a name.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    /// What it is.
    pub(crate) kind: Kind,
    /// `Type`, `Type.field` or `Type.field.argument`.
    pub(crate) path: String,
    /// The last word of the path.
    pub(crate) name: String,
    /// What it says of itself.
    pub(crate) description: Option<String>,
    /// What it holds, as the schema writes it: `[User!]!`. Empty for types and values.
    pub(crate) holds: String,
    /// Whether something stands for it where it is not given.
    pub(crate) has_default: bool,
    /// The names of a field's arguments.
    pub(crate) arguments: Vec<String>,
}

impl Named {
    /// The path of what it stands in.
    pub(crate) fn owner(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(owner, _)| owner)
    }

    /// The name of the type that it holds, without marks.
    pub(crate) fn of(&self) -> &str {
        self.holds.trim_matches(['[', ']', '!'])
    }

    /// Whether it holds a list.
    pub(crate) fn is_list(&self) -> bool {
        self.holds.starts_with('[')
    }
}

/// The published schema.
#[derive(Debug)]
pub(crate) struct Sdl {
    types: Vec<TypeDefinition>,
    /// Everything with a name.
    pub(crate) all: Vec<Named>,
}

impl Sdl {
    /// Reads it.
    pub(crate) fn read() -> Self {
        let document = parse_schema(gateway::sdl()).expect("the schema is a schema");
        let types = document.definitions.into_iter().filter_map(|it| match it {
            TypeSystemDefinition::Type(it) => Some(it.node),
            TypeSystemDefinition::Schema(_) | TypeSystemDefinition::Directive(_) => None,
        });
        let types: Vec<TypeDefinition> = types.collect();
        let all = types.iter().flat_map(flatten).collect();
        Self { types, all }
    }

    /// Everything of some kinds.
    pub(crate) fn only(&self, kinds: &[Kind]) -> impl Iterator<Item = &Named> {
        self.all.iter().filter(|it| kinds.contains(&it.kind))
    }

    /// The fields, or input fields, of a type.
    pub(crate) fn fields(&self, owner: &str) -> impl Iterator<Item = &Named> {
        self.only(&[Kind::Field, Kind::Input])
            .filter(move |it| it.owner() == owner)
    }

    /// One thing by its path.
    pub(crate) fn find(&self, path: &str) -> Option<&Named> {
        self.all.iter().find(|it| it.path == path)
    }

    /// Scalars of our own, and whether each names the document that specifies it.
    pub(crate) fn scalars(&self) -> impl Iterator<Item = (String, bool)> {
        let scalars = self.types.iter().filter(|it| matches!(it.kind, TypeKind::Scalar));
        scalars.map(|it| {
            let specified = it.directives.iter().any(|it| it.node.name.node == "specifiedBy");
            (it.name.node.to_string(), specified)
        })
    }

    /// The types that implement an interface.
    pub(crate) fn kinds_of(&self, interface: &str) -> Vec<String> {
        let implements = |it: &&TypeDefinition| match &it.kind {
            TypeKind::Object(object) => object.implements.iter().any(|it| it.node == interface),
            TypeKind::Scalar
            | TypeKind::Interface(_)
            | TypeKind::Union(_)
            | TypeKind::Enum(_)
            | TypeKind::InputObject(_) => false,
        };
        let found = self.types.iter().filter(implements);
        found.map(|it| it.name.node.to_string()).collect()
    }

    /// How long the path to a value of an input can be.
    pub(crate) fn depth(&self, input: &str) -> usize {
        self.fields(input)
            .map(|it| 1 + self.depth(it.of()))
            .max()
            .unwrap_or(0)
    }
}

fn flatten(definition: &TypeDefinition) -> Vec<Named> {
    let path = definition.name.node.as_str();
    let description = definition.description.as_ref().map(|it| it.node.clone());
    let mut all = vec![named(Kind::Type, path, description)];
    match &definition.kind {
        TypeKind::Object(it) => it.fields.iter().for_each(|it| field(&mut all, path, &it.node)),
        TypeKind::Interface(it) => it.fields.iter().for_each(|it| field(&mut all, path, &it.node)),
        TypeKind::InputObject(it) => {
            all.extend(it.fields.iter().map(|it| input(Kind::Input, path, &it.node)));
        }
        TypeKind::Enum(it) => values(&mut all, path, it),
        TypeKind::Scalar | TypeKind::Union(_) => {}
    }
    all
}

fn values(all: &mut Vec<Named>, owner: &str, it: &EnumType) {
    for value in &it.values {
        let description = value.node.description.as_ref().map(|it| it.node.clone());
        all.push(named(
            Kind::Value,
            &format!("{owner}.{}", value.node.value.node),
            description,
        ));
    }
}

fn field(all: &mut Vec<Named>, owner: &str, it: &FieldDefinition) {
    let path = format!("{owner}.{}", it.name.node);
    let description = it.description.as_ref().map(|it| it.node.clone());
    let arguments = it
        .arguments
        .iter()
        .map(|it| input(Kind::Argument, &path, &it.node));
    let arguments: Vec<Named> = arguments.collect();
    all.push(Named {
        holds: it.ty.node.to_string(),
        arguments: arguments.iter().map(|it| it.name.clone()).collect(),
        ..named(Kind::Field, &path, description)
    });
    all.extend(arguments);
}

fn input(kind: Kind, owner: &str, it: &InputValueDefinition) -> Named {
    let description = it.description.as_ref().map(|it| it.node.clone());
    Named {
        holds: it.ty.node.to_string(),
        has_default: it.default_value.is_some(),
        ..named(kind, &format!("{owner}.{}", it.name.node), description)
    }
}

fn named(kind: Kind, path: &str, description: Option<String>) -> Named {
    Named {
        kind,
        path: path.to_owned(),
        name: path.rsplit('.').next().unwrap_or(path).to_owned(),
        description,
        holds: String::new(),
        has_default: false,
        arguments: Vec::new(),
    }
}

/// Whether the items of a list may be null.
pub(crate) fn items_may_be_null(holds: &str) -> bool {
    let ty = Type::new(holds).expect("a type");
    matches!(ty.base, BaseType::List(items) if items.nullable)
}
