//! Signing in at the gateway as a client that is no browser.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::Client;
use serde::Deserialize;
use serde_json::{Value, json};

/// How long an answer may take: a password hash and, under load, a wait for one.
const LIMIT: Duration = Duration::from_secs(10);

/// A session of a member of staff.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Sent with calls as `authorization: Bearer`; good for 5 minutes.
    pub access_token: String,
    /// Gets new access tokens; in the answer to sign-in only.
    #[serde(default)]
    secret: String,
}

impl Session {
    /// Signs in at the gateway (`http://host:port`).
    ///
    /// Fails with the gateway's reason, as for a wrong password.
    pub async fn create(gateway: &str, username: &str, password: &str) -> Result<Self> {
        let body = json!({"identifier": username, "password": password, "userKind": "USER_KIND_STAFF"});
        post(&format!("{gateway}/v1/sessions"), &body).await
    }

    /// Gets a new access token.
    pub async fn refresh(&mut self, gateway: &str) -> Result<()> {
        let fresh: Self =
            post(&format!("{gateway}/v1/sessions:refresh"), &json!({"secret": self.secret})).await?;
        self.access_token = fresh.access_token;
        Ok(())
    }
}

async fn post(url: &str, body: &Value) -> Result<Session> {
    let answer = Client::builder().timeout(LIMIT).build()?.post(url).json(body).send().await;
    let answer = answer.with_context(|| format!("nothing answers at {url}: is Patron running?"))?;
    let status = answer.status();
    if !status.is_success() {
        // RFC 9457: a problem has a title, and often a detail
        let problem: Value = answer.json().await.unwrap_or_default();
        let said = |field: &str| problem.get(field).and_then(Value::as_str).map(str::to_owned);
        bail!(
            "{}",
            said("detail").or_else(|| said("title")).unwrap_or_else(|| format!("{url} answers {status}"))
        );
    }
    answer.json().await.with_context(|| format!("{url} answers with no session"))
}
