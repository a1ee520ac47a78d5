//! The types of what callers send: whether a value is surely one that the executor's validator takes.
//!
//! Only *surely*: what is not, the validator looks at itself, and says what is wrong with it.

use std::collections::HashMap;

use async_graphql_parser::types::{
    BaseType, InputObjectType, Type, TypeDefinition, TypeKind, TypeSystemDefinition,
};
use async_graphql_value::ConstValue;

/// Scalars, enums and input objects, by name.
#[derive(Debug, Default)]
pub(super) struct InputTypes(HashMap<String, InputType>);

#[derive(Debug)]
enum InputType {
    /// Each scalar's own field reads it, and refuses what it cannot read: the validator takes anything.
    Scalar,
    Enum(Vec<String>),
    Object(Vec<InputField>),
}

#[derive(Debug)]
struct InputField {
    name: String,
    ty: Type,
    is_required: bool,
}

impl InputTypes {
    pub(super) fn read(definitions: &[TypeSystemDefinition]) -> Self {
        let types = definitions.iter().filter_map(|it| match it {
            TypeSystemDefinition::Type(it) => of(&it.node).map(|ty| (it.node.name.node.to_string(), ty)),
            TypeSystemDefinition::Schema(_) | TypeSystemDefinition::Directive(_) => None,
        });
        Self(types.collect())
    }

    /// Whether the validator takes this value for this type.
    pub(super) fn take(&self, value: &ConstValue, ty: &Type) -> bool {
        match (&ty.base, value) {
            (_, ConstValue::Null) => ty.nullable,
            (BaseType::List(item), ConstValue::List(values)) => values.iter().all(|it| self.take(it, item)),
            // One stands for a list of one.
            (BaseType::List(item), value) => self.take(value, item),
            (BaseType::Named(name), value) => self.take_named(value, name),
        }
    }

    fn take_named(&self, value: &ConstValue, name: &str) -> bool {
        match (name, value) {
            ("Int" | "ID", ConstValue::Number(number)) => number.is_i64(),
            ("Float", ConstValue::Number(_))
            | ("String" | "ID", ConstValue::String(_))
            | ("Boolean", ConstValue::Boolean(_)) => true,
            ("Int" | "ID" | "Float" | "String" | "Boolean", _) => false,
            (name, value) => match (self.0.get(name), value) {
                (Some(InputType::Scalar), _) => true,
                (Some(InputType::Enum(names)), ConstValue::String(text)) => names.contains(text),
                (Some(InputType::Object(fields)), ConstValue::Object(given)) => {
                    let is_known = |name: &str| fields.iter().any(|it| it.name == name);
                    given.keys().all(|it| is_known(it))
                        && fields.iter().all(|field| match given.get(field.name.as_str()) {
                            Some(value) => self.take(value, &field.ty),
                            None => !field.is_required,
                        })
                }
                (Some(InputType::Enum(_) | InputType::Object(_)) | None, _) => false,
            },
        }
    }
}

/// What a definition says of input; nothing, where the rules are not simple.
fn of(definition: &TypeDefinition) -> Option<InputType> {
    if definition.extend
        || definition
            .directives
            .iter()
            .any(|it| it.node.name.node == "oneOf")
    {
        return None;
    }
    match &definition.kind {
        TypeKind::Scalar => Some(InputType::Scalar),
        TypeKind::Enum(it) => {
            let names = it.values.iter().map(|it| it.node.value.node.to_string());
            Some(InputType::Enum(names.collect()))
        }
        TypeKind::InputObject(it) => Some(InputType::Object(fields(it))),
        TypeKind::Object(_) | TypeKind::Interface(_) | TypeKind::Union(_) => None,
    }
}

fn fields(object: &InputObjectType) -> Vec<InputField> {
    let field = |it: &async_graphql_parser::types::InputValueDefinition| InputField {
        name: it.name.node.to_string(),
        is_required: !it.ty.node.nullable && it.default_value.is_none(),
        ty: it.ty.node.clone(),
    };
    object.fields.iter().map(|it| field(&it.node)).collect()
}

#[cfg(test)]
mod tests {
    use async_graphql_parser::parse_schema;
    use serde_json::json;

    use super::*;

    const SDL: &str = "
        scalar DateTime
        enum Color { RED GREEN }
        input Point { x: Int! y: Int! = 0 label: String near: [Point!] }
        input Either @oneOf { a: Int b: Int }
        extend enum Color { BLUE }
        type Query { a: Int }
    ";

    fn takes(ty: &str, value: serde_json::Value) -> bool {
        let types = InputTypes::read(&parse_schema(SDL).unwrap().definitions);
        types.take(&ConstValue::from_json(value).unwrap(), &Type::new(ty).unwrap())
    }

    #[test]
    fn what_fits_is_taken() {
        for (ty, value) in [
            ("Int!", json!(7)),
            ("Int", json!(null)),
            ("Float!", json!(7)),
            ("Float!", json!(7.5)),
            ("ID!", json!("x")),
            ("ID!", json!(7)),
            ("String", json!("x")),
            ("Boolean!", json!(true)),
            ("DateTime!", json!("whatever it is")),
            ("Color!", json!("RED")),
            ("[Int!]!", json!([1, 2])),
            ("[Int!]!", json!(1)),
            ("[[Int]]", json!([[1, null], 2])),
            ("Point!", json!({"x": 1})),
            (
                "Point!",
                json!({"x": 1, "y": 2, "label": null, "near": [{"x": 3}, {"x": 4}]}),
            ),
        ] {
            assert!(takes(ty, value.clone()), "{ty}: {value}");
        }
    }

    #[test]
    fn what_the_validator_refuses_is_not() {
        for (ty, value) in [
            ("Int!", json!(null)),
            ("Int", json!(7.5)),
            ("Int", json!("7")),
            ("Int", json!(18_446_744_073_709_551_615_u64)),
            ("Float", json!("7")),
            ("ID", json!(7.5)),
            ("String", json!(7)),
            ("Boolean", json!("true")),
            ("Color", json!("PINK")),
            ("Color", json!(1)),
            ("[Int!]", json!([1, null])),
            ("[Int!]", json!(["1"])),
            ("Point", json!(7)),
            ("Point", json!({})),
            ("Point", json!({"x": null})),
            ("Point", json!({"x": 1, "y": null})),
            ("Point", json!({"x": 1, "z": 2})),
            ("Point", json!({"x": 1, "near": [{"y": 2}]})),
        ] {
            assert!(!takes(ty, value.clone()), "{ty}: {value}");
        }
    }

    #[test]
    fn what_has_rules_of_its_own_is_left_to_the_validator() {
        assert!(!takes("Either!", json!({"a": 1})));
        assert!(!takes("Color!", json!("BLUE")), "an extension is not read");
        assert!(!takes("Nobody", json!(1)));
    }
}
