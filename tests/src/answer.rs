//! What came back over HTTP.

use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// An answer that was read whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as JSON; text that is none as a string, nothing as `null`.
    pub body: Value,
}

impl Answer {
    /// Reads a response.
    pub(crate) async fn read(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.expect("a whole body");
        let body = match serde_json::from_str(&text) {
            Ok(body) => body,
            Err(_) if text.is_empty() => Value::Null,
            Err(_) => Value::String(text),
        };
        Self { status, headers, body }
    }

    /// The body of a success.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{} instead of success: {:#}", self.status, self.body);
        self.body
    }

    /// Checks that it is a problem with this status and reason, and gives its body.
    #[track_caller]
    pub fn refused(self, status: u16, reason: &str) -> Value {
        let found = (self.status.as_u16(), self.body["reason"].as_str().unwrap_or_default());
        assert_eq!(found, (status, reason), "{:#}", self.body);
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        self.body
    }

    /// Fields that a problem names as wrong, in its order.
    pub fn wrong_fields(&self) -> Vec<&str> {
        let violations = self.body["violations"].as_array().map(Vec::as_slice).unwrap_or_default();
        violations.iter().filter_map(|violation| violation["field"].as_str()).collect()
    }

    /// A header, if it is there.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("headers of answers are text"))
    }
}
