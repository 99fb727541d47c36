//! The past of made-up customers: what Patron wrote down a moment ago is taken back over two years.
//!
//! Times are the services' own and nobody can give them through the interface, so this writes them into each service's tables, as
//! the role that owns these. It does nothing else there.

#![expect(
    clippy::disallowed_methods,
    reason = "statements on the schemas of five services, which no one schema can be checked against"
)]

use std::collections::HashMap;

use anyhow::{Context, Result, ensure};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use time::OffsetDateTime;

use super::life::{Later, MadeUp};
use super::population;
use crate::mesh::Mesh;
use crate::patience::Patience;
use crate::service::SERVICES;

/// Age of the oldest customers, in days.
const OLDEST: f64 = 730.0;
/// Age of those who wait longest for somebody to decide, in days.
const LONGEST_AWAITED: f64 = 3.0;
/// Customers taken back in one statement.
const CHUNK: usize = 5000;
/// Each takes back what a service wrote of the customers `$1` by `$2` seconds, and what it wrote from `$3` on by half of them.
const STATEMENTS: [(&str, &str); 9] = [
    ("profile", "update profile.customer c set created_at = created_at - age from ages where c.customer_id = id"),
    (
        "profile",
        "update profile.customer_time t set updated_at = updated_at - case when updated_at < $3 then age else age / 2 end
         from ages where t.customer_id = id",
    ),
    (
        "identity",
        "update identity.account a set created_at = created_at - age,
            updated_at = updated_at - case when updated_at < $3 then age else age / 2 end
         from ages where a.customer_id = id",
    ),
    (
        "address",
        "update address.address a set created_at = created_at - age, updated_at = updated_at - age
         from ages where a.customer_id = id",
    ),
    ("group", "update groups.membership m set created_at = created_at - age from ages where m.customer_id = id"),
    (
        "activity",
        "update activity.activity_event e set event_time = event_time - case when event_time < $3 then age else age / 2 end
         from ages where e.customer_id = id",
    ),
    // those who are gone
    ("profile", "update profile.tombstone t set deleted_at = deleted_at - age / 2 from ages where t.customer_id = id"),
    (
        "activity",
        "update activity.deleted_customer d set deleted_at = deleted_at - age / 2 from ages where d.customer_id = id",
    ),
    (
        "activity",
        "update activity.history_deletion h set ended_at = ended_at - age / 2 from ages where h.customer_id = id",
    ),
];

/// Connections to the services' schemas, and when they were opened.
pub(super) struct Past {
    owners: HashMap<&'static str, PgConnection>,
    begun: OffsetDateTime,
}

impl Past {
    /// Remembers the time: customers that are created from now on are new.
    pub(super) async fn begin(mesh: &mut Mesh) -> Result<Self> {
        let mut owners = HashMap::new();
        for service in SERVICES {
            let url = mesh.service_urls(service.name)?.owner;
            let connection =
                PgConnection::connect(url.as_str()).await.context("cannot connect to Postgres")?;
            owners.insert(service.name, connection);
        }
        let mut past = Self { owners, begun: OffsetDateTime::UNIX_EPOCH };
        past.begun = past.now().await?;
        Ok(past)
    }

    /// The time by the database, which is on the machine of the services.
    pub(super) async fn now(&mut self) -> Result<OffsetDateTime> {
        Ok(sqlx::query_scalar("select clock_timestamp()").fetch_one(self.owner("profile")).await?)
    }

    /// The made-up customers that are new.
    pub(super) async fn customers(&mut self) -> Result<Vec<MadeUp>> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "select 'customers/' || customer_id, external_id from profile.customer
             where created_at >= $1 and external_id like 'demo-%'",
        )
        .bind(self.begun)
        .fetch_all(self.owner("profile"))
        .await?;
        let made_up = |(name, external_id): (String, String)| {
            let number = external_id.strip_prefix("demo-")?.parse().ok()?;
            Some(MadeUp { name, number })
        };
        Ok(rows.into_iter().filter_map(made_up).collect())
    }

    /// Takes everything of these customers back: each by an age of its own, and what happened from `changes_since` on by half of it.
    pub(super) async fn take_back(
        &mut self,
        customers: &[MadeUp],
        changes_since: OffsetDateTime,
    ) -> Result<()> {
        self.until_delivered().await?;
        for customers in customers.chunks(CHUNK) {
            let ids: Vec<&str> =
                customers.iter().filter_map(|customer| customer.name.strip_prefix("customers/")).collect();
            let ages: Vec<f64> = customers.iter().map(|customer| age(customer.number) * 86_400.0).collect();
            for (service, statement) in STATEMENTS {
                let statement = format!(
                    "with ages as (select id::uuid, seconds * interval '1 second' as age from unnest($1::text[], $2::float8[]) as a (id, seconds)) {statement}"
                );
                let query = sqlx::query(AssertSqlSafe(statement)).bind(&ids).bind(&ages).bind(changes_since);
                query.execute(self.owner(service)).await?;
            }
        }
        Ok(())
    }

    /// Waits until the services have told each other everything, so that nothing comes later with today's time.
    async fn until_delivered(&mut self) -> Result<()> {
        for service in SERVICES {
            let schema = service.schema.expect("every service keeps something");
            let left = format!(
                "select count(*) from {schema}.queue
                 where (version is not null or kind = 'history_deletion') and dead_at is null"
            );
            let mut patience = Patience::default();
            loop {
                let query = sqlx::query_scalar(AssertSqlSafe(left.clone()));
                let left: i64 = query.fetch_one(self.owner(service.name)).await?;
                if left == 0 {
                    break;
                }
                ensure!(
                    patience.again().await,
                    "{left} events of {} are not delivered, or histories not deleted",
                    service.name
                );
            }
        }
        Ok(())
    }

    fn owner(&mut self, service: &str) -> &mut PgConnection {
        self.owners.get_mut(service).expect("there is a connection for every service")
    }
}

/// How many days ago this customer was created. There are more of late than there were at first.
fn age(number: u32) -> f64 {
    let share: f64 = StdRng::seed_from_u64(u64::from(number)).random();
    match Later::of(number, &population::person(number)) {
        Later::Awaited => LONGEST_AWAITED * share,
        _ => OLDEST * share.powf(1.2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customers_came_over_two_years_and_some_of_them_today() {
        let ages: Vec<f64> = (0..10_000).map(age).collect();
        assert!(ages.iter().all(|days| (0.0..=OLDEST).contains(days)));
        assert!(ages.iter().any(|days| *days > 700.0), "nobody came at first");
        assert!(ages.iter().any(|days| *days < 1.0), "nobody came today");
        let lately = ages.iter().filter(|days| **days < 30.0).count();
        assert!((300..1500).contains(&lately), "{lately} came in the last 30 days");
    }

    #[test]
    fn nobody_waits_for_long() {
        let awaited =
            (0..2000).filter(|number| Later::of(*number, &population::person(*number)) == Later::Awaited);
        let ages: Vec<f64> = awaited.map(age).collect();
        assert!(!ages.is_empty(), "nobody waits");
        assert!(ages.iter().all(|days| *days <= LONGEST_AWAITED));
    }
}
