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
/// Positions looked at in one call; a session keeps its latest few.
const MOST_POSITIONS: usize = 16;

/// Metadata of a reply to a write: its position. Of a list: positions that it shall have reached.
const POSITION: &str = "patron-position";
/// Metadata of a reply to a list that has not reached them.
const BEHIND: &str = "patron-behind";

/// A version of an aggregate: `address/customers/{customer}/addresses@7`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The service that made the change.
    pub source: Peer,
    /// What it changed.
    pub aggregate: String,
    /// The version after the change.
    pub version: i64,
}

impl Position {
    /// A reply that tells the caller this position.
    pub fn reply<T>(&self, message: T) -> Response<T> {
        let mut response = Response::new(message);
        if let Ok(value) = AsciiMetadataValue::try_from(self.to_string()) {
            response.metadata_mut().append(POSITION, value);
        }
        response
    }

    /// The positions a caller sent; what is none is passed over.
    fn all(metadata: &MetadataMap) -> Vec<Self> {
        let values = metadata.get_all(POSITION).iter().filter_map(|value| value.to_str().ok());
        values
            .flat_map(|value| value.split(','))
            .filter_map(|text| text.trim().parse().ok())
            .take(MOST_POSITIONS)
            .collect()
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}@{}", self.source, self.aggregate, self.version)
    }
}

/// Text that is no position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected <source>/<aggregate>@<version>")]
pub struct NoPosition;

impl FromStr for Position {
    type Err = NoPosition;

    fn from_str(text: &str) -> Result<Self, NoPosition> {
        let (source, rest) = text.split_once('/').ok_or(NoPosition)?;
        let (aggregate, version) = rest.rsplit_once('@').ok_or(NoPosition)?;
        Ok(Self {
            source: source.parse().map_err(|_| NoPosition)?,
            aggregate: aggregate.to_owned(),
            version: version.parse().map_err(|_| NoPosition)?,
        })
    }
}

/// Up to where a service has applied the events of others.
#[derive(Debug, Clone)]
pub struct Applied {
    own: Peer,
    pool: PgPool,
}

impl Applied {
    /// What the service `own` has applied.
    pub fn new(own: Peer, pool: PgPool) -> Self {
        Self { own, pool }
    }

    /// Waits up to 200 ms until the positions that the caller sent have been applied here. Those of the service itself are
    /// there by nature.
    pub async fn catch_up<T>(&self, request: &Request<T>) -> Result<Freshness, sqlx::Error> {
        let mut waiting: Vec<Position> = Position::all(request.metadata());
        waiting.retain(|position| position.source != self.own);
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

    async fn reached(&self, positions: &[Position]) -> Result<bool, sqlx::Error> {
        let sources: Vec<&str> = positions.iter().map(|position| position.source.name()).collect();
        let aggregates: Vec<&str> = positions.iter().map(|position| position.aggregate.as_str()).collect();
        let versions: Vec<i64> = positions.iter().map(|position| position.version).collect();
        #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
        let statement = sqlx::query_scalar(
            "select not exists (
                 select from unnest($1::text[], $2::text[], $3::bigint[]) as wanted (source, aggregate, version)
                 left join applied using (source, aggregate)
                 where coalesce(applied.version, 0) < wanted.version)",
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
    fn positions_round_trip_and_nothing_else_is_one() {
        let text = "address/customers/01890a5d-ac96-774b-bcce-b302099a8057/addresses@7";
        assert_eq!(text.parse::<Position>().unwrap().to_string(), text);
        for wrong in ["", "address", "address/customers", "nobody/customers/x@1", "address/customers/x@one"] {
            assert_eq!(wrong.parse::<Position>(), Err(NoPosition), "{wrong}");
        }
    }

    #[test]
    fn several_positions_come_in_one_header_or_in_several() {
        let mut metadata = MetadataMap::new();
        metadata.append(POSITION, "group/a@1, address/b@2".parse().unwrap());
        metadata.append(POSITION, "nonsense".parse().unwrap());
        metadata.append(POSITION, "identity/c@3".parse().unwrap());
        let found: Vec<String> = Position::all(&metadata).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["group/a@1", "address/b@2", "identity/c@3"]);
    }
}
