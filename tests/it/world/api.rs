//! A machine at the side door.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use super::{World, described};

pub struct Api<'w> {
    world: &'w World,
    base_url: String,
    key: String,
    client: Client,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl<'w> Api<'w> {
    pub fn new(world: &'w World, key: &str) -> Self {
        world.secrets.know(key);
        Self {
            world,
            base_url: world.base_url.clone(),
            key: key.to_owned(),
            client: Client::new(),
        }
    }

    /// The same machine at another node's door.
    pub fn through(self, base_url: &str) -> Self {
        Self {
            base_url: base_url.to_owned(),
            ..self
        }
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_with(path, body, &[]).await
    }

    pub async fn post_with(&self, path: &str, body: &Value, headers: &[(&str, &str)]) -> Answer {
        let mut request = self
            .client
            .post(self.url(path))
            .bearer_auth(&self.key)
            .json(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.read(request).await
    }

    pub async fn post_text(&self, path: &str, body: String) -> Answer {
        self.try_post_bytes(path, body.into_bytes()).await.unwrap()
    }

    /// Nothing when the server stopped listening before all was said.
    pub async fn try_post_bytes(&self, path: &str, body: Vec<u8>) -> Option<Answer> {
        let request = self.client.post(self.url(path)).bearer_auth(&self.key);
        let request = request.header("content-type", "application/json");
        self.try_read(request.body(body)).await.ok()
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    /// Whatever a machine may send; an empty key is none.
    pub async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let mut request = self.client.request(method.parse().unwrap(), self.url(path));
        if !self.key.is_empty() {
            request = request.bearer_auth(&self.key);
            // As a proxy shows it.
            request = request.header("x-lockbox-key", &self.key);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.read(request).await
    }

    /// May this engineer do this to that now?
    pub async fn may(&self, engineer: &str, tenant: &str, service: &str) -> bool {
        self.evaluate(engineer, tenant, service, "access", None)
            .await["decision"]
            == json!(true)
    }

    pub async fn evaluate(
        &self,
        engineer: &str,
        tenant: &str,
        service: &str,
        action: &str,
        object: Option<&str>,
    ) -> Value {
        let email = self.world.account(engineer).email.clone();
        let mut properties = json!({ "tenant": tenant });
        if let Some(object) = object {
            properties["object"] = json!(object);
        }
        let question = json!({
            "subject": {"type": "engineer", "id": email},
            "action": {"name": action},
            "resource": {"type": "service", "id": service, "properties": properties},
        });
        let answer = self.post("/access/v1/evaluation", &question).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.body
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    async fn read(&self, request: reqwest::RequestBuilder) -> Answer {
        self.try_read(request).await.unwrap()
    }

    async fn try_read(&self, request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
        let (client, request) = request.build_split();
        let request = request?;
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let answer = client.execute(request).await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let text = answer.text().await?;
        self.world.secrets.know_shaped(&text);
        described::assert_described(&method, &path, status, &headers, &text);
        Ok(Answer {
            status,
            headers,
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        })
    }
}
