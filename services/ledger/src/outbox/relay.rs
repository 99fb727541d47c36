use anyhow::{Context as _, ensure};
use patron_chassis::{client::Channel, fault, peer::Peer, pg::Database};
use patron_proto::event::{
    internal::v1::{
        DeliverEventsRequest, deliver_events_response::Outcome,
        event_delivery_service_client::EventDeliveryServiceClient,
    },
    v1::Event,
};
use prost::Message as _;
use sqlx::PgConnection;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Events sent in one call. Their transaction at the receiver must end well within the statement timeout.
const BATCH: i64 = 500;
/// How often the outbox is looked at without a commit in this process: finds what a replica left behind when it died.
const POLL: Duration = Duration::from_millis(500);
/// Least time between two calls to one consumer: what is written in a burst goes in few calls, at a fraction of their cost. A
/// change in quiet times is sent at once.
const PACE: Duration = Duration::from_millis(100);
/// How soon a relay that found another replica sending looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// How long a receiver may take for one batch. The transaction here stays open meanwhile, so it stays well below
/// `idle_in_transaction_session_timeout`.
const CALL: Duration = Duration::from_secs(3);
/// Wait after a failed round: long enough not to hammer a peer that is down, short enough to be over it within seconds.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Sends the outbox of one service to one consumer, in order, until it has been applied there.
///
/// Of several replicas one sends at a time. An event is removed after the consumer has committed it, so a crash in between
/// sends it again, and the consumer knows it by its version.
pub struct Relay {
    database: Database,
    consumer: Peer,
    client: EventDeliveryServiceClient<Channel>,
}

/// What one look at the outbox came to.
enum Round {
    /// Another replica is sending.
    Busy,
    /// So many events were sent.
    Sent(usize),
}

impl Relay {
    /// A relay to `consumer`, reached by `channel`.
    pub fn new(database: Database, consumer: Peer, channel: Channel) -> Self {
        Self { database, consumer, client: EventDeliveryServiceClient::new(channel) }
    }

    /// Sends until `stop`. Failures are logged and tried again.
    pub async fn run(mut self, stop: CancellationToken) {
        let consumer = self.consumer;
        let mut written = self.database.written();
        while !stop.is_cancelled() {
            // Before the look, so that a commit during it is not missed.
            let seen = written.borrow_and_update().get(&consumer).copied();
            let (rest, then) = match self.round().await {
                Ok(Round::Sent(sent)) if sent == usize::try_from(BATCH).unwrap_or(usize::MAX) => continue,
                Ok(Round::Sent(0)) => (Duration::ZERO, POLL),
                Ok(Round::Sent(_)) => (PACE, POLL),
                Ok(Round::Busy) => (LOOK_AGAIN, Duration::ZERO),
                Err(error) => {
                    tracing::warn!(%consumer, error = format!("{error:#}"), "events were not delivered; the next round tries again");
                    (AFTER_FAILURE, Duration::ZERO)
                }
            };
            let news = written.wait_for(|written| written.get(&consumer).copied() != seen);
            let wait = async {
                tokio::time::sleep(rest).await;
                drop(tokio::time::timeout(then, news).await);
            };
            stop.run_until_cancelled(wait).await;
        }
    }

    async fn round(&mut self) -> anyhow::Result<Round> {
        let mut transaction = self.database.pool().begin().await?;
        if !try_lock(&mut transaction, self.consumer).await? {
            return Ok(Round::Busy);
        }
        let rows = due(&mut transaction, self.consumer).await?;
        if rows.is_empty() {
            return Ok(Round::Sent(0));
        }
        let (ids, events): (Vec<i64>, Vec<Event>) = rows.into_iter().unzip();
        let sent = ids.len();

        fault::point("relay.before_send");
        let reply = tokio::time::timeout(CALL, self.client.deliver_events(DeliverEventsRequest { events }))
            .await
            .context("the consumer did not answer in time")??
            .into_inner();
        fault::point("relay.after_send");
        ensure!(reply.outcomes.len() == sent, "the consumer answered for another number of events");

        let (applied, kept): (Vec<_>, Vec<_>) =
            ids.into_iter().zip(reply.outcomes()).partition(|(_, outcome)| *outcome == Outcome::Applied);
        settle(&mut transaction, ids_of(applied), ids_of(kept)).await?;
        transaction.commit().await?;
        Ok(Round::Sent(sent))
    }
}

fn ids_of(rows: Vec<(i64, Outcome)>) -> Vec<i64> {
    rows.into_iter().map(|(id, _)| id).collect()
}

/// Whether this transaction is now the only one that sends to `consumer`.
async fn try_lock(transaction: &mut PgConnection, consumer: Peer) -> Result<bool, sqlx::Error> {
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query_scalar(
        "select pg_try_advisory_xact_lock(hashtextextended(current_schema() || '.outbox.' || $1, 0))",
    );
    statement.bind(consumer.name()).fetch_one(transaction).await
}

/// The oldest events that are due, in the order they were written, which is the order of their versions.
async fn due(transaction: &mut PgConnection, consumer: Peer) -> anyhow::Result<Vec<(i64, Event)>> {
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query_as::<_, (i64, Vec<u8>)>(
        "select outbox_id, event from outbox
         where consumer = $1 and staged_for is null and due_at <= now()
         order by outbox_id limit $2",
    );
    let rows = statement.bind(consumer.name()).bind(BATCH).fetch_all(transaction).await?;
    rows.into_iter().map(|(id, bytes)| Ok((id, Event::decode(bytes.as_slice())?))).collect()
}

/// Removes what was applied, and puts off what was not: 1 s after the first try, doubling to about a minute.
async fn settle(
    transaction: &mut PgConnection,
    applied: Vec<i64>,
    kept: Vec<i64>,
) -> Result<(), sqlx::Error> {
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let delete = sqlx::query("delete from outbox where outbox_id = any((select $1::bigint[])::bigint[])");
    delete.bind(applied).execute(&mut *transaction).await?;
    if !kept.is_empty() {
        #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
        let put_off = sqlx::query(
            "update outbox set attempts = attempts + 1, due_at = now() + interval '1 second' * power(2, least(attempts, 6))
             where outbox_id = any($1)",
        );
        put_off.bind(kept).execute(transaction).await?;
    }
    Ok(())
}
