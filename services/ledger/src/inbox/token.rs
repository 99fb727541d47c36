use patron_chassis::{peer::Peer, pg::Database};
use patron_proto::event::v1::Event;
use patron_values::consistency_token::{self, BEHIND, CONSISTENCY_TOKEN};
use std::{fmt, str::FromStr, sync::Arc, time::Duration};
use tokio::{sync::broadcast, time::timeout};
use tonic::{
    Request, Response,
    metadata::{AsciiMetadataValue, MetadataMap},
};

/// How long a list waits for a projection to catch up. Longer makes a list slow whenever a peer is.
const WAIT: Duration = Duration::from_millis(200);
/// How soon it looks for what another replica has applied: what this process applies wakes it.
const LOOK_AGAIN: Duration = Duration::from_millis(60);
/// Deliveries that one who waits may be behind; one who missed some looks at the database.
const DELIVERIES: usize = 64;

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
    /// Tokens that one reply carries and one call looks at.
    pub const MOST: usize = consistency_token::MOST;

    /// A reply that carries these tokens.
    pub fn reply<T>(tokens: &[Self], message: T) -> Response<T> {
        let mut response = Response::new(message);
        for value in tokens.iter().filter_map(|token| AsciiMetadataValue::try_from(token.to_string()).ok()) {
            response.metadata_mut().append(CONSISTENCY_TOKEN, value);
        }
        response
    }

    /// Whether what has been applied up to here includes the other.
    fn reaches(&self, wanted: &Self) -> bool {
        (self.source, &self.aggregate) == (wanted.source, &wanted.aggregate) && self.version >= wanted.version
    }

    /// The tokens a caller sent; what is none is passed over.
    fn all(metadata: &MetadataMap) -> Vec<Self> {
        let values = metadata.get_all(CONSISTENCY_TOKEN).iter().filter_map(|value| value.to_str().ok());
        values
            .flat_map(|value| value.split(','))
            .filter_map(|text| text.trim().parse().ok())
            .take(Self::MOST)
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

/// How far a service has applied the events of others. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Inbox {
    database: Database,
    consumes: fn(Peer, &str) -> bool,
    delivered: Delivered,
}

/// Announces to who waits in this process what was delivered to it. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Delivered(broadcast::Sender<Arc<[ConsistencyToken]>>);

impl Default for Delivered {
    fn default() -> Self {
        Self(broadcast::Sender::new(DELIVERIES))
    }
}

impl Delivered {
    /// These events of `source` have taken effect.
    pub(super) fn announce(&self, source: &str, events: &[&Event]) {
        let Ok(source) = source.parse() else { return };
        if self.0.receiver_count() == 0 {
            return;
        }
        let tokens = events.iter().map(|event| ConsistencyToken {
            source,
            aggregate: event.aggregate.clone(),
            version: event.version,
        });
        // Nobody waits any more: then nobody needs to know.
        let _ = self.0.send(tokens.collect());
    }
}

impl Inbox {
    /// What has been applied in `database`, of the aggregates that are sent here.
    pub(crate) fn new(database: Database, consumes: fn(Peer, &str) -> bool, delivered: Delivered) -> Self {
        Self { database, consumes, delivered }
    }

    /// Waits up to 200 ms until the tokens that the caller sent have been applied here. Those of aggregates that are never sent
    /// here, such as the service's own, are passed over.
    pub async fn catch_up<T>(&self, request: &Request<T>) -> Result<Freshness, sqlx::Error> {
        let mut missing: Vec<ConsistencyToken> = ConsistencyToken::all(request.metadata());
        missing.retain(|token| (self.consumes)(token.source, &token.aggregate));
        if missing.is_empty() {
            return Ok(Freshness::UpToDate);
        }
        // Before the look, so that no delivery after it is missed.
        let mut deliveries = self.delivered.0.subscribe();
        self.retain_missing(&mut missing).await?;
        let waiting = async {
            while !missing.is_empty() {
                match timeout(LOOK_AGAIN, deliveries.recv()).await {
                    Ok(Ok(delivered)) => {
                        missing.retain(|wanted| !delivered.iter().any(|it| it.reaches(wanted)));
                    }
                    Ok(Err(_)) | Err(_) => self.retain_missing(&mut missing).await?,
                }
            }
            Ok(Freshness::UpToDate)
        };
        timeout(WAIT, waiting).await.unwrap_or(Ok(Freshness::Behind))
    }

    /// Leaves the tokens that have not been applied.
    async fn retain_missing(&self, tokens: &mut Vec<ConsistencyToken>) -> Result<(), sqlx::Error> {
        #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
        let statement = sqlx::query_scalar::<_, i64>(
            "select place from unnest($1::text[], $2::text[], $3::bigint[]) with ordinality
                 as wanted (source, aggregate, version, place)
             left join inbox using (source, aggregate)
             where coalesce(inbox.version, 0) < wanted.version",
        );
        let places = statement
            .bind(tokens.iter().map(|token| token.source.name()).collect::<Vec<_>>())
            .bind(tokens.iter().map(|token| token.aggregate.as_str()).collect::<Vec<_>>())
            .bind(tokens.iter().map(|token| token.version).collect::<Vec<_>>())
            .fetch_all(&self.database)
            .await?;
        let mut place = 0;
        tokens.retain(|_| {
            place += 1;
            places.contains(&place)
        });
        Ok(())
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
