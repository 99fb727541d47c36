use opentelemetry::{KeyValue, global, metrics::Gauge};
use patron_chassis::pg::Database;
use std::{collections::HashSet, sync::LazyLock, time::Duration};
use tokio_util::sync::CancellationToken;

/// How often the queue is measured: at least once between two looks of Prometheus.
const EVERY: Duration = Duration::from_secs(15);

static DEPTH: LazyLock<Gauge<i64>> = LazyLock::new(|| {
    global::meter("patron")
        .i64_gauge("queue.depth")
        .with_description("Jobs that wait or are being done, by kind")
        .build()
});

static AGE: LazyLock<Gauge<f64>> = LazyLock::new(|| {
    global::meter("patron")
        .f64_gauge("queue.oldest.age")
        .with_unit("s")
        .with_description("Time since the oldest waiting job was asked for, by kind")
        .build()
});

static DEAD: LazyLock<Gauge<i64>> = LazyLock::new(|| {
    global::meter("patron")
        .i64_gauge("queue.dead.letters")
        .with_description("Jobs that were given up, by kind")
        .build()
});

/// Measures the queue until `stop`. Each replica reports the same queue.
pub(crate) async fn watch(database: Database, stop: CancellationToken) {
    let mut interval = tokio::time::interval(EVERY);
    let mut kinds = HashSet::new();
    while stop.run_until_cancelled(interval.tick()).await.is_some() {
        match measure(&database).await {
            Ok(measured) => {
                kinds.extend(measured.iter().map(|(kind, ..)| kind.clone()));
                for kind in &kinds {
                    let found = measured.iter().find(|(measured, ..)| measured == kind);
                    let (depth, age, dead) =
                        found.map_or((0, 0.0, 0), |(_, depth, age, dead)| (*depth, *age, *dead));
                    let label = [KeyValue::new("kind", kind.clone())];
                    DEPTH.record(depth, &label);
                    AGE.record(age, &label);
                    DEAD.record(dead, &label);
                }
            }
            Err(error) => tracing::warn!(error = %error, "the queue could not be measured"),
        }
    }
}

/// Kind, depth, age of the oldest in seconds, and dead letters.
async fn measure(database: &Database) -> Result<Vec<(String, i64, f64, i64)>, sqlx::Error> {
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    // Of jobs that are no events only those count which nobody works on; a saga counts from its start.
    let statement = sqlx::query_as(
        "select kind, count(*) filter (where dead_at is null),
             coalesce(extract(epoch from now() - min(created_at) filter (
                 where dead_at is null and (customers is not null or due_at <= now()
                     and (version is not null or leased_until is null or leased_until < now())))), 0)::float8,
             count(*) filter (where dead_at is not null)
         from queue where staged_for is null group by kind",
    );
    statement.fetch_all(database).await
}
