//! What the document says of one method at one address.

use serde_json::{Map, Value, json};

use super::answers;
use super::schemas::Schemas;
use crate::api::key::NeededScope;
use crate::api::problem::Kind;
use crate::domain::key::KeyScope;

/// What operations are about, in the order people read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Filing, seeing and ending requests.
    Requests,
    /// What was done under requests.
    Activity,
    /// Tenants and services.
    Directory,
    /// Support cases.
    Cases,
    /// The audit log.
    Log,
    /// Who has access now.
    Access,
    /// A proxy's questions.
    Gate,
    /// The deployment itself.
    Deployment,
}

impl Subject {
    /// Every subject.
    pub const ALL: [Self; 8] = [
        Self::Requests,
        Self::Activity,
        Self::Directory,
        Self::Cases,
        Self::Log,
        Self::Access,
        Self::Gate,
        Self::Deployment,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requests => "Data access requests",
            Self::Activity => "Activity",
            Self::Directory => "Tenants and services",
            Self::Cases => "Support cases",
            Self::Log => "Audit log",
            Self::Access => "Access",
            Self::Gate => "Forward authentication",
            Self::Deployment => "This deployment",
        }
    }
}

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    /// Anybody.
    Anybody,
    /// Whoever has a key with this scope.
    Key(KeyScope),
    /// A proxy with a key of its own, for somebody with an access pass.
    Proxy,
}

/// A method as the document writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET, and HEAD as its shadow.
    Get,
    /// POST.
    Post,
}

impl Method {
    /// As a member of a path.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
        }
    }
}

/// One method at one address.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The address as the URL table has it.
    pub pattern: &'static str,
    /// The method.
    pub method: Method,
    asks: Asks,
    id: &'static str,
    subject: Subject,
    summary: &'static str,
    description: String,
    parameters: Vec<Value>,
    body: Option<Value>,
    answers: Vec<(u16, Value)>,
    problems: Vec<Kind>,
}

impl Operation {
    fn new(pattern: &'static str, method: Method, asks: Asks, id: &'static str) -> Self {
        let mut problems = vec![Kind::Internal, Kind::Unavailable];
        if asks != Asks::Anybody {
            problems.extend([Kind::Unauthenticated, Kind::Forbidden, Kind::TooMany(1)]);
        }
        Self {
            pattern,
            method,
            asks,
            id,
            subject: Subject::Deployment,
            summary: "",
            description: String::new(),
            parameters: Vec::new(),
            body: None,
            answers: Vec::new(),
            problems,
        }
    }

    /// GET, with a key that has the scope `S`.
    #[must_use]
    pub fn get<S: NeededScope>(pattern: &'static str, id: &'static str) -> Self {
        Self::new(pattern, Method::Get, Asks::Key(S::SCOPE), id)
    }

    /// POST, with a key that has the scope `S`.
    #[must_use]
    pub fn post<S: NeededScope>(pattern: &'static str, id: &'static str) -> Self {
        Self::new(pattern, Method::Post, Asks::Key(S::SCOPE), id)
    }

    /// GET, for anybody.
    #[must_use]
    pub fn open(pattern: &'static str, id: &'static str) -> Self {
        Self::new(pattern, Method::Get, Asks::Anybody, id)
    }

    /// Any method, for a proxy; the document names GET for all of them.
    #[must_use]
    pub fn of_proxy(pattern: &'static str, id: &'static str) -> Self {
        Self::new(pattern, Method::Get, Asks::Proxy, id)
    }

    /// What it is about.
    #[must_use]
    pub const fn about(mut self, subject: Subject) -> Self {
        self.subject = subject;
        self
    }

    /// What it does: in a few words, and in sentences.
    #[must_use]
    pub fn says(mut self, summary: &'static str, description: &str) -> Self {
        self.summary = summary;
        description.clone_into(&mut self.description);
        self
    }

    /// Part of the address.
    #[must_use]
    pub fn path_of(mut self, name: &str, description: &str, schema: &Value) -> Self {
        self.parameters.push(json!({
            "name": name, "in": "path", "required": true, "description": description, "schema": schema,
        }));
        self
    }

    /// The parameters of a query that is read as a `T`. One that does not fit is [`Kind::Malformed`].
    #[must_use]
    pub fn query<T: schemars::JsonSchema>(mut self, schemas: &mut Schemas) -> Self {
        for (name, mut schema) in schemas.query::<T>() {
            let said = schema
                .as_object_mut()
                .and_then(|it| it.remove("description"));
            self.parameters.push(json!({
                "name": name, "in": "query", "required": false,
                "description": said.unwrap_or_default(), "schema": schema,
            }));
        }
        self.but(&[Kind::Malformed])
    }

    /// A header of the request.
    #[must_use]
    pub fn header(mut self, name: &str, required: bool, description: &str, schema: &Value) -> Self {
        self.parameters.push(json!({
            "name": name, "in": "header", "required": required, "description": description, "schema": schema,
        }));
        self
    }

    /// `Idempotency-Key`.
    #[must_use]
    pub fn once(self) -> Self {
        let description = "Names this request, so that sent again it is done once and answered the same. Kept for 24 hours.";
        let schema =
            json!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"});
        self.header("Idempotency-Key", false, description, &schema)
            .but(&[Kind::InProgress, Kind::KeyReused])
    }

    /// A body that is read as JSON, with an example of it.
    #[must_use]
    pub fn body(self, schema: &Value, example: &Value) -> Self {
        self.question(schema, example).but(&[Kind::NotJson])
    }

    /// The same of AuthZEN's addresses, where what is not said to be JSON is malformed like anything else.
    #[must_use]
    pub fn question(mut self, schema: &Value, example: &Value) -> Self {
        self.body = Some(json!({
            "required": true,
            "content": {"application/json": {"schema": schema, "example": example}},
        }));
        self.but(&[Kind::Malformed, Kind::TooLarge])
    }

    /// A body that says nothing, and may be left out.
    #[must_use]
    pub fn empty_body(mut self) -> Self {
        let nothing = json!({"type": "object", "additionalProperties": false});
        self = self.body(&nothing, &json!({}));
        if let Some(body) = &mut self.body {
            body["required"] = json!(false);
        }
        self.but(&[Kind::Unfit])
    }

    /// An answer with this body.
    #[must_use]
    pub fn answer(self, status: u16, description: &str, schema: &Value) -> Self {
        self.answer_as(status, description, "application/json", schema)
    }

    /// An answer with a body of this type.
    #[must_use]
    pub fn answer_as(mut self, status: u16, description: &str, of: &str, schema: &Value) -> Self {
        let mut content = Map::new();
        content.insert(of.to_owned(), json!({"schema": schema}));
        let answer = json!({
            "description": description, "headers": self.headers(), "content": content,
        });
        self.answers.push((status, answer));
        self
    }

    /// An answer without a body.
    #[must_use]
    pub fn bare_answer(mut self, status: u16, description: &str) -> Self {
        let answer = json!({"description": description, "headers": self.headers()});
        self.answers.push((status, answer));
        self
    }

    /// A header of the answer that was named last.
    #[must_use]
    pub fn with(mut self, name: &str, header: &Value) -> Self {
        if let Some((_, answer)) = self.answers.last_mut() {
            answer["headers"][name] = header.clone();
        }
        self
    }

    /// The header of that answer that tells it from the one given the first time.
    #[must_use]
    pub fn with_replayed(self) -> Self {
        let header = answers::perhaps("This answer was given before.", &json!({"const": "true"}));
        self.with("Idempotency-Replayed", &header)
    }

    /// What else may come.
    #[must_use]
    pub fn but(mut self, problems: &[Kind]) -> Self {
        self.problems.extend_from_slice(problems);
        self
    }

    /// What every answer to a key carries.
    fn headers(&self) -> Value {
        let is_counted = matches!(self.asks, Asks::Key(scope) if scope.is_counted());
        answers::headers(is_counted)
    }

    /// The address as the document writes it.
    #[must_use]
    pub fn path(&self) -> String {
        self.pattern.replace(":.*}", "}")
    }

    /// As an operation of the document.
    #[must_use]
    pub fn as_json(&self) -> Value {
        let mut all: Map<String, Value> = self
            .answers
            .iter()
            .map(|(status, answer)| (status.to_string(), answer.clone()))
            .collect();
        all.extend(answers::problems(&self.problems, &self.headers()));
        let mut operation = json!({
            "operationId": self.id,
            "tags": [self.subject.name()],
            "summary": self.summary,
            "description": self.description,
            "security": self.security(),
            "parameters": self.parameters,
            "responses": all,
        });
        if let Some(body) = &self.body {
            operation["requestBody"] = body.clone();
        }
        if self.asks == Asks::Proxy {
            operation["x-any-method"] = json!(true);
        }
        operation
    }

    fn security(&self) -> Value {
        match self.asks {
            Asks::Anybody => json!([]),
            Asks::Key(scope) => json!([{"key": [scope.as_str()]}]),
            Asks::Proxy => {
                let scope = KeyScope::AccessRead.as_str();
                json!([{"proxyKey": [scope], "pass": []}, {"proxyKey": [scope], "passHeader": []}])
            }
        }
    }
}
