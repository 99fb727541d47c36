//! The cookies of a browser: the secret of its session, and the consistency tokens of its latest writes.
//!
//! Both are out of reach of scripts (HttpOnly), sent to this origin alone (SameSite=Strict), and over TLS alone, which the prefix
//! `__Host-` has browsers hold us to (RFC 6265bis, 4.1.3.2).

use crate::consistency_token::{ConsistencyTokens, KEPT};
use http::{HeaderMap, HeaderValue, header};

/// Names and attributes of the cookies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cookies {
    secure: bool,
}

impl Cookies {
    /// Cookies for TLS, or plain ones for development on the same machine.
    pub(crate) fn new(secure: bool) -> Self {
        Self { secure }
    }

    /// The secret of the session.
    pub(crate) fn secret(self, headers: &HeaderMap) -> Option<&str> {
        get(headers, self.session_name()).filter(|secret| !secret.is_empty())
    }

    /// The consistency tokens of the latest writes.
    pub(crate) fn consistency_tokens(self, headers: &HeaderMap) -> ConsistencyTokens {
        get(headers, self.consistency_token_name()).map(ConsistencyTokens::of_cookie).unwrap_or_default()
    }

    /// Sets the secret; the browser keeps it for the age given.
    pub(crate) fn set_secret(self, secret: &str, max_age_s: i64) -> Option<HeaderValue> {
        self.set(self.session_name(), secret, max_age_s)
    }

    /// Sets the consistency tokens.
    pub(crate) fn set_consistency_tokens(
        self,
        consistency_tokens: &ConsistencyTokens,
    ) -> Option<HeaderValue> {
        self.set(
            self.consistency_token_name(),
            &consistency_tokens.cookie(),
            i64::try_from(KEPT.as_secs()).unwrap_or(i64::MAX),
        )
    }

    /// Has the browser forget the secret.
    pub(crate) fn clear_secret(self) -> Option<HeaderValue> {
        self.set(self.session_name(), "", 0)
    }

    fn session_name(self) -> &'static str {
        if self.secure { "__Host-patron" } else { "patron" }
    }

    fn consistency_token_name(self) -> &'static str {
        if self.secure { "__Host-patron-consistency-token" } else { "patron-consistency-token" }
    }

    fn set(self, name: &str, value: &str, max_age_s: i64) -> Option<HeaderValue> {
        let secure = if self.secure { "; Secure" } else { "" };
        let cookie =
            format!("{name}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Strict{secure}");
        let mut cookie: HeaderValue = cookie.parse().ok()?;
        cookie.set_sensitive(true);
        Some(cookie)
    }
}

fn get<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}
