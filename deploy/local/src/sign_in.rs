//! Signing in at the gateway as a client that is no browser.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::{Client, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::patience::Patience;

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
        let (url, mut patience) = (format!("{gateway}/v1/sessions"), Patience::default());
        loop {
            let answer = post(&url, &body).await?;
            // identity starts, or too many sign in at once; a second session does no harm
            if answer.status() != StatusCode::SERVICE_UNAVAILABLE || !patience.again().await {
                return session(&url, answer).await;
            }
        }
    }

    /// Gets a new access token.
    pub async fn refresh(&mut self, gateway: &str) -> Result<()> {
        let url = format!("{gateway}/v1/sessions:refresh");
        let answer = post(&url, &json!({"secret": self.secret})).await?;
        self.access_token = session(&url, answer).await?.access_token;
        Ok(())
    }
}

async fn post(url: &str, body: &Value) -> Result<Response> {
    let answer = Client::builder().timeout(LIMIT).build()?.post(url).json(body).send().await;
    answer.with_context(|| format!("nothing answers at {url}: is Patron running?"))
}

async fn session(url: &str, answer: Response) -> Result<Session> {
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
