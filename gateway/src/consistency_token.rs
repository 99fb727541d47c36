//! Read your writes: the consistency tokens of a caller's writes, sent along with the lists that follow.
//!
//! A write's reply carries tokens, and a list that is sent tokens waits until it shows those writes. Browsers keep them in a cookie
//! beside the session, so that whichever replica answers next knows them; other callers may send back the header.

use http::{HeaderMap, HeaderValue};
use patron_values::consistency_token::{CONSISTENCY_TOKEN, MOST};
use std::time::Duration;
use tonic::metadata::{AsciiMetadataValue, MetadataMap};

/// How long a browser keeps tokens. Events take milliseconds; where they take longer something is broken, and every list
/// waiting for them would only make it slow too.
pub(crate) const KEPT: Duration = Duration::from_secs(30);

/// Tokens, `<source>/<aggregate>@<version>`, of each aggregate the latest, oldest first; no more than services look at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ConsistencyTokens(Vec<String>);

impl ConsistencyTokens {
    /// Those in the headers of a request.
    pub(crate) fn of_headers(headers: &HeaderMap) -> Self {
        Self::all(
            headers
                .get_all(CONSISTENCY_TOKEN)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .flat_map(|value| value.split(',')),
        )
    }

    /// Those in a cookie, which cannot hold commas.
    pub(crate) fn of_cookie(value: &str) -> Self {
        Self::all(value.split('|'))
    }

    /// Those in the reply to a write.
    pub(crate) fn of_reply(metadata: &MetadataMap) -> Self {
        let values = metadata.get_all(CONSISTENCY_TOKEN).iter();
        Self::all(values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')))
    }

    fn all<'t>(texts: impl Iterator<Item = &'t str>) -> Self {
        let mut tokens = Self::default();
        texts.map(str::trim).filter(|text| is_token(text)).for_each(|text| tokens.add(text));
        tokens
    }

    /// Takes in later ones, in place of earlier ones about the same.
    pub(crate) fn merge(&mut self, later: &Self) {
        later.0.iter().for_each(|token| self.add(token));
    }

    fn add(&mut self, token: &str) {
        self.0.retain(|kept| aggregate(kept) != aggregate(token));
        self.0.push(token.to_owned());
        let surplus = self.0.len().saturating_sub(MOST);
        self.0.drain(..surplus);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As metadata of a call.
    pub(crate) fn send(&self, metadata: &mut MetadataMap) {
        if let (false, Ok(value)) = (self.is_empty(), AsciiMetadataValue::try_from(self.0.join(","))) {
            metadata.insert(CONSISTENCY_TOKEN, value);
        }
    }

    /// As the header of a response.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        if self.is_empty() { None } else { self.0.join(",").parse().ok() }
    }

    /// As the value of a cookie.
    pub(crate) fn cookie(&self) -> String {
        self.0.join("|")
    }
}

fn aggregate(token: &str) -> &str {
    token.rsplit_once('@').map_or(token, |(aggregate, _)| aggregate)
}

/// The form of a token, in characters that headers and cookies can hold. What it says is for the services to judge.
fn is_token(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./@".contains(&byte);
    (3..=200).contains(&text.len()) && text.contains('@') && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_token_of_each_aggregate_is_kept() {
        let mut tokens = ConsistencyTokens::of_cookie("address/a@1|group/b@2|nonsense|identity/c@1;Path=/");
        tokens.merge(&ConsistencyTokens::of_cookie("address/a@3"));
        assert_eq!(tokens.cookie(), "group/b@2|address/a@3");
    }

    #[test]
    fn the_oldest_go_first() {
        let many = (0..80).map(|number| format!("address/{number}@1")).collect::<Vec<_>>().join("|");
        let kept = ConsistencyTokens::of_cookie(&many);
        assert_eq!(kept.0.len(), MOST);
        assert_eq!(kept.0[0], "address/32@1");
    }
}
