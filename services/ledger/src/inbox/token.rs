use patron_chassis::peer::Peer;
use sqlx::PgPool;
use std::{fmt, str::FromStr, time::Duration};
use tonic::{
    Request, Response,
    metadata::{AsciiMetadataValue, MetadataMap},
};

/// How long a list waits for a projection to catch up. Longer makes a list slow whenever a peer is.
const WAIT: Duration = Duration::from_millis(200);
/// How often it looks meanwhile: a few times the way of an event through a relay.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// Tokens looked at in one call; a session keeps its latest few.
const MOST_TOKENS: usize = 16;

/// Metadata of a reply to a write: its token. Of a list: tokens that it shall have reached.
const CONSISTENCY_TOKEN: &str = "patron-consistency-token";
/// Metadata of a reply to a list that has not reached them.
const BEHIND: &str = "patron-behind";

/// A version of an aggregate: `address/customers/{customer}/addresses@7`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyToken {
    /// The service that made the change.
    pub source: Peer,
    /// What it changed.
    pub aggregate: String,
    /// The version after the change.
    pub version: i64,
}

impl ConsistencyToken {
    /// A reply that carries this token.
    pub fn reply<T>(&self, message: T) -> Response<T> {
        let mut response = Response::new(message);
        if let Ok(value) = AsciiMetadataValue::try_from(self.to_string()) {
            response.metadata_mut().append(CONSISTENCY_TOKEN, value);
        }
        response
    }

    /// The tokens a caller sent; what is none is passed over.
    fn all(metadata: &MetadataMap) -> Vec<Self> {
        let values = metadata.get_all(CONSISTENCY_TOKEN).iter().filter_map(|value| value.to_str().ok());
        values
            .flat_map(|value| value.split(','))
            .filter_map(|text| text.trim().parse().ok())
            .take(MOST_TOKENS)
            .collect()
    }
}

impl fmt::Display for ConsistencyToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}@{}", self.source, self.aggregate, self.version)
    }
}

/// Text that is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected <source>/<aggregate>@<version>")]
pub struct NotAToken;

impl FromStr for ConsistencyToken {
    type Err = NotAToken;

    fn from_str(text: &str) -> Result<Self, NotAToken> {
        let (source, rest) = text.split_once('/').ok_or(NotAToken)?;
        let (aggregate, version) = rest.rsplit_once('@').ok_or(NotAToken)?;
        Ok(Self {
            source: source.parse().map_err(|_| NotAToken)?,
            aggregate: aggregate.to_owned(),
            version: version.parse().map_err(|_| NotAToken)?,
        })
    }
}

/// Up to where a service has applied the events of others.
#[derive(Debug, Clone)]
pub struct Inbox {
    own: Peer,
    pool: PgPool,
}

impl Inbox {
    /// What the service `own` has applied.
    pub fn new(own: Peer, pool: PgPool) -> Self {
        Self { own, pool }
    }

    /// Waits up to 200 ms until the tokens that the caller sent have been applied here. Those of the service itself are
    /// there by nature.
    pub async fn catch_up<T>(&self, request: &Request<T>) -> Result<Freshness, sqlx::Error> {
        let mut waiting: Vec<ConsistencyToken> = ConsistencyToken::all(request.metadata());
        waiting.retain(|token| token.source != self.own);
        if waiting.is_empty() {
            return Ok(Freshness::UpToDate);
        }
        let looking = async {
            loop {
                if self.reached(&waiting).await? {
                    return Ok(Freshness::UpToDate);
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::time::timeout(WAIT, looking).await.unwrap_or(Ok(Freshness::Behind))
    }

    async fn reached(&self, tokens: &[ConsistencyToken]) -> Result<bool, sqlx::Error> {
        let sources: Vec<&str> = tokens.iter().map(|token| token.source.name()).collect();
        let aggregates: Vec<&str> = tokens.iter().map(|token| token.aggregate.as_str()).collect();
        let versions: Vec<i64> = tokens.iter().map(|token| token.version).collect();
        #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
        let statement = sqlx::query_scalar(
            "select not exists (
                 select from unnest($1::text[], $2::text[], $3::bigint[]) as wanted (source, aggregate, version)
                 left join inbox using (source, aggregate)
                 where coalesce(inbox.version, 0) < wanted.version)",
        );
        statement.bind(sources).bind(aggregates).bind(versions).fetch_one(&self.pool).await
    }
}

/// Whether a list shows all that its caller has written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// It does.
    UpToDate,
    /// It possibly does not.
    Behind,
}

impl Freshness {
    /// A reply that says so where it is behind.
    pub fn reply<T>(self, message: T) -> Response<T> {
        let mut response = Response::new(message);
        if self == Self::Behind {
            response.metadata_mut().insert(BEHIND, AsciiMetadataValue::from_static("true"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_round_trip_and_nothing_else_is_one() {
        let text = "address/customers/01890a5d-ac96-774b-bcce-b302099a8057/addresses@7";
        assert_eq!(text.parse::<ConsistencyToken>().unwrap().to_string(), text);
        for wrong in ["", "address", "address/customers", "nobody/customers/x@1", "address/customers/x@one"] {
            assert_eq!(wrong.parse::<ConsistencyToken>(), Err(NotAToken), "{wrong}");
        }
    }

    #[test]
    fn several_tokens_come_in_one_header_or_in_several() {
        let mut metadata = MetadataMap::new();
        metadata.append(CONSISTENCY_TOKEN, "group/a@1, address/b@2".parse().unwrap());
        metadata.append(CONSISTENCY_TOKEN, "nonsense".parse().unwrap());
        metadata.append(CONSISTENCY_TOKEN, "identity/c@3".parse().unwrap());
        let found: Vec<String> = ConsistencyToken::all(&metadata).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["group/a@1", "address/b@2", "identity/c@3"]);
    }
}
