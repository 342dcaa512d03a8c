//! Schemas from the types that are read and written, so that no member can be one thing in the code and another in the
//! document.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value};

/// Makes schemas, and keeps those that have names.
pub struct Schemas {
    read: SchemaGenerator,
    written: SchemaGenerator,
}

impl Default for Schemas {
    fn default() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        Self {
            read: settings.clone().for_deserialize().into_generator(),
            written: settings.for_serialize().into_generator(),
        }
    }
}

impl Schemas {
    /// What a body must be to be read as a `T`.
    pub fn read<T: JsonSchema>(&mut self) -> Value {
        clean(self.read.subschema_for::<T>().to_value())
    }

    /// What a `T` is when it is written.
    pub fn written<T: JsonSchema>(&mut self) -> Value {
        clean(self.written.subschema_for::<T>().to_value())
    }

    /// The parameters of a query that is read as a `T`, in the order of their names.
    pub fn query<T: JsonSchema>(&mut self) -> Vec<(String, Value)> {
        let schema = clean(T::json_schema(&mut self.read).to_value());
        let members = schema.get("properties").and_then(Value::as_object);
        members.cloned().unwrap_or_default().into_iter().collect()
    }

    /// Those that have names.
    #[must_use]
    pub fn named(mut self) -> Map<String, Value> {
        let mut named = self.read.take_definitions(false);
        named.extend(self.written.take_definitions(false));
        named
            .into_iter()
            .map(|(name, schema)| (name, clean(schema)))
            .collect()
    }

    /// The names that stand for one thing where it is read and for another where it is written.
    #[cfg(test)]
    #[must_use]
    pub fn ambiguous(&self) -> Vec<String> {
        let written = self.written.definitions();
        self.read
            .definitions()
            .iter()
            .filter(|(name, schema)| written.get(*name).is_some_and(|other| other != *schema))
            .map(|(name, _)| name.clone())
            .collect()
    }
}

/// Without defaults that only say that a member may be left out, and without the marks of links in sentences.
fn clean(mut schema: Value) -> Value {
    match &mut schema {
        Value::Object(members) => {
            if members
                .get("default")
                .is_some_and(|default| default.is_null() || default == "")
            {
                members.remove("default");
            }
            for (name, member) in members {
                *member = match member.take() {
                    Value::String(text) if name == "description" => {
                        Value::String(in_plain_words(&text))
                    }
                    other => clean(other),
                };
            }
        }
        Value::Array(items) => {
            for item in items {
                *item = clean(item.take());
            }
        }
        _ => {}
    }
    schema
}

/// Comments of the code break their lines and mark code.
fn in_plain_words(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace(['[', ']', '`'], "")
}
