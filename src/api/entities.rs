//! What questions of the data plane are about, in the words of the `OpenID AuthZEN` Authorization API 1.0: subjects are
//! engineers, resources are services of a tenant, and objects in them.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::body::Object;
use crate::acts::evaluate::Question;

/// The type of every subject.
pub const ENGINEER: &str = "engineer";
/// The type of every resource.
pub const SERVICE: &str = "service";

/// Who does something.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Subject {
    /// engineer; about any other nobody has access.
    #[schemars(extend("examples" = [ENGINEER]))]
    pub r#type: String,
    /// The mail address.
    pub id: String,
}

/// What is done.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Action {
    /// Its name.
    pub name: String,
}

/// What it is done to.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Resource {
    /// service; to any other nobody has access.
    #[schemars(extend("examples" = [SERVICE]))]
    pub r#type: String,
    /// The service's key.
    pub id: String,
    /// Whose it is.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Properties")]
    pub properties: Option<Object<Properties>>,
}

/// Something of which only the type is said: a search is for the ids.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Sought {
    /// engineer or service.
    pub r#type: String,
    /// Whose it is, where that is said.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Properties")]
    pub properties: Option<Object<Properties>>,
}

/// Whose a service is, and what in it.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Properties {
    /// The tenant's key.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "String")]
    pub tenant: Option<String>,
    /// The object.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "String")]
    pub object: Option<String>,
}

/// The question that these ask together; none when it is about other things than an engineer and a tenant's service.
#[must_use]
pub fn question(subject: Subject, action: Action, resource: Resource) -> Option<Question> {
    if subject.r#type != ENGINEER || resource.r#type != SERVICE {
        return None;
    }
    let Object(properties) = resource.properties?;
    Some(Question {
        engineer: subject.id,
        tenant: properties.tenant?,
        service: resource.id,
        action: action.name,
        object: properties.object,
        under: None,
    })
}

/// A member that may be left out. `null` is not left out: an object that went missing on the caller's side must not
/// turn into a question about everything.
///
/// # Errors
/// When it is of another type.
pub fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
