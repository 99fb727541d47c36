//! Table `inbox`: up to which version the events of each aggregate took effect.

use super::{Consumer, is_history};
use patron_chassis::pg::{Database, Transaction};
use patron_proto::event::v1::Event;
use prost_types::Timestamp;
use sqlx::{FromRow, types::Json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use time::OffsetDateTime;

/// Passed over versions that are remembered of an aggregate; of more the latest.
const MOST_PASSED_OVER: usize = 100;

/// Rows that are forgotten in one statement, which stays below its time limit.
const FORGOTTEN_AT_ONCE: i64 = 5_000;

/// What is known of an aggregate.
#[derive(Debug, Clone, FromRow)]
pub(super) struct Known {
    aggregate: String,
    /// The latest version that took effect; 0 before the first.
    pub(super) version: i64,
    /// When its source made it.
    pub(super) event_time: Option<OffsetDateTime>,
    /// Lower versions that are still taken.
    pub(super) passed_over: Vec<i64>,
}

impl Known {
    /// Marks versions that became dead letters as skipped, those before version `next` where there is one, so that what follows is no
    /// gap. One that arrives later is still applied.
    pub(super) fn pass_over(&mut self, versions: Option<&BTreeSet<i64>>, next: Option<i64>) {
        let Some(versions) = versions else { return };
        if self.version == 0 {
            // It begins with the next one.
            self.passed_over.extend(next.into_iter().flat_map(|next| versions.range(..next)));
        } else {
            let following =
                |version: &i64| next.is_none_or(|next| *version < next) && versions.contains(version);
            while let Some(version) = self.version.checked_add(1).filter(following) {
                self.version = version;
                self.passed_over.push(version);
            }
        }
        let surplus = self.passed_over.len().saturating_sub(MOST_PASSED_OVER);
        self.passed_over.drain(..surplus);
    }
}

/// What a delivery says of one aggregate.
struct Delivered {
    first: i64,
    last: i64,
    time: OffsetDateTime,
    history: bool,
}

/// Sets each aggregate to the version of its last event, and says whether that could be done for all. Nearly always it can, so a delivery
/// needs one statement for its versions.
pub(super) async fn advance<C: Consumer>(
    transaction: &mut Transaction,
    source: &str,
    events: &[&Event],
) -> Result<bool, sqlx::Error> {
    // In one order for all, so that two deliveries cannot wait for each other.
    let mut delivered: BTreeMap<&str, Delivered> = BTreeMap::new();
    for event in events {
        let (version, time) = (event.version, time_of(event));
        let of_one = delivered.entry(&event.aggregate).or_insert_with(|| Delivered {
            first: version,
            last: version - 1,
            time,
            history: is_history::<C>(event),
        });
        if version <= of_one.last || (of_one.history && version != of_one.last + 1) {
            return Ok(false);
        }
        (of_one.last, of_one.time) = (version, time);
    }
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query_scalar::<_, i64>(
        "with delivered as (
             select * from unnest($2::text[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::bool[])
                 as row (aggregate, first, last, time, history)),
         begun as (
             insert into inbox (source, aggregate, version, event_time) select $1, aggregate, last, time from delivered
             on conflict (source, aggregate) do nothing
             returning aggregate),
         continued as (
             update inbox set version = last, event_time = time from delivered
             where inbox.source = $1 and inbox.aggregate = delivered.aggregate
                 and case when history then version in (0, first - 1) else version < first end
             returning inbox.aggregate)
         select (select count(*) from begun) + (select count(*) from continued)",
    );
    let column = || delivered.values();
    let advanced = statement
        .bind(source)
        .bind(delivered.keys().copied().collect::<Vec<_>>())
        .bind(column().map(|it| it.first).collect::<Vec<_>>())
        .bind(column().map(|it| it.last).collect::<Vec<_>>())
        .bind(column().map(|it| it.time).collect::<Vec<_>>())
        .bind(column().map(|it| it.history).collect::<Vec<_>>())
        .fetch_one(transaction)
        .await?;
    Ok(usize::try_from(advanced) == Ok(delivered.len()))
}

/// What is known of aggregates, with the row of each locked against another delivery until the transaction ends.
pub(super) async fn lock<'a>(
    transaction: &mut Transaction,
    source: &str,
    aggregates: impl Iterator<Item = &'a str>,
) -> Result<HashMap<String, Known>, sqlx::Error> {
    let aggregates: BTreeSet<&str> = aggregates.collect();
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query_as::<_, Known>(
        "insert into inbox (source, aggregate, version) select $1, aggregate, 0 from unnest($2::text[]) as row (aggregate)
         on conflict (source, aggregate) do update set version = inbox.version
         returning aggregate, version, event_time, passed_over",
    );
    // In one order for all, so that two deliveries cannot wait for each other.
    let aggregates: Vec<&str> = aggregates.into_iter().collect();
    let known = statement.bind(source).bind(aggregates).fetch_all(transaction).await?;
    Ok(known.into_iter().map(|known| (known.aggregate.clone(), known)).collect())
}

/// Stores what is known of aggregates, whose rows are locked.
pub(super) async fn store(
    transaction: &mut Transaction,
    source: &str,
    known: impl Iterator<Item = &Known>,
) -> Result<(), sqlx::Error> {
    let known: Vec<&Known> = known.collect();
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query(
        "update inbox set version = row.version, event_time = row.event_time,
             passed_over = array(select jsonb_array_elements_text(row.passed_over)::bigint)
         from unnest($2::text[], $3::bigint[], $4::timestamptz[], $5::jsonb[])
             as row (aggregate, version, event_time, passed_over)
         where inbox.source = $1 and inbox.aggregate = row.aggregate",
    );
    statement
        .bind(source)
        .bind(known.iter().map(|it| it.aggregate.as_str()).collect::<Vec<_>>())
        .bind(known.iter().map(|it| it.version).collect::<Vec<_>>())
        .bind(known.iter().map(|it| it.event_time).collect::<Vec<_>>())
        // arrays of different lengths cannot stand in an array
        .bind(known.iter().map(|it| Json(&it.passed_over)).collect::<Vec<_>>())
        .execute(transaction)
        .await
        .map(drop)
}

/// Forgets what was applied of a source: of each aggregate the next version that comes counts as the first.
pub(super) async fn forget(database: &Database, source: &str) -> Result<(), sqlx::Error> {
    let mut after = Some(String::new());
    while let Some(last) = after {
        #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
        let statement = sqlx::query_scalar(
            "with page as (
                 select aggregate from inbox where source = $1 and aggregate > $2 order by aggregate limit $3),
             forgotten as (
                 update inbox set version = 0, event_time = null, passed_over = '{}' from page
                 where inbox.source = $1 and inbox.aggregate = page.aggregate)
             select max(aggregate) from page",
        );
        after = statement.bind(source).bind(last).bind(FORGOTTEN_AT_ONCE).fetch_one(database).await?;
    }
    Ok(())
}

/// Removes rows whose last event is older than `time`, and returns their aggregates and versions. Only those of references where the
/// consumer keeps the history of everything else.
pub(super) async fn take_older(
    transaction: &mut Transaction,
    source: &str,
    time: OffsetDateTime,
    references_only: bool,
    limit: i64,
) -> Result<Vec<(String, i64)>, sqlx::Error> {
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query_as(
        "delete from inbox where source = $1 and aggregate in (
             select aggregate from inbox
             where source = $1 and (event_time is null or event_time < $2) and (not $3 or aggregate like '%/reference')
             order by aggregate limit $4 for update)
         returning aggregate, version",
    );
    statement.bind(source).bind(time).bind(references_only).bind(limit).fetch_all(transaction).await
}

/// When the source made an event; the beginning of time where it does not say.
pub(super) fn time_of(event: &Event) -> OffsetDateTime {
    moment(event.time.unwrap_or_default())
}

/// A time of an event or of what is kept of its delivery.
pub(super) fn moment(time: Timestamp) -> OffsetDateTime {
    let nanos = i128::from(time.seconds) * 1_000_000_000 + i128::from(time.nanos);
    OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
