//! An event that nobody can take holds up its own customer alone, is given up in time and seen, and is made good by a retry.

use super::{figures::Figures, scale::Scale};
use crate::behind::Behind;
use patron_proto::event::v1::Event;
use patron_tests::{Caller, Role, Sample, World, assert_unbroken_chains, holds, until};
use prost::Message as _;
use serde_json::json;
use sqlx::PgPool;
use std::time::{Duration, Instant};

/// By when the history of others goes on.
const OTHERS: Duration = Duration::from_secs(5);
/// By when what fails at its consumer is given up: eight tries, 127 s apart in all.
const GIVEN_UP: Duration = Duration::from_mins(3);
/// By when it is seen among the metrics, which are measured each 15 s.
const SEEN: Duration = Duration::from_secs(30);

/// What is wrong with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Poison {
    Undecodable,
    WrongSource,
    /// It is sound, and its consumer cannot keep it.
    Failing,
}

impl Poison {
    fn put_into(self, payload: &[u8]) -> Vec<u8> {
        let event = Event::decode(payload).expect("an event");
        match self {
            Self::Undecodable => vec![0xff; 40],
            Self::WrongSource => Event { source: "address".to_owned(), ..event }.encode_to_vec(),
            Self::Failing => Event { event_id: "no id".to_owned(), ..event }.encode_to_vec(),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_nobody_can_take_holds_up_its_own_customer_alone() {
    let scale = Scale::asked_for();
    let world = scale.world().await;
    let whole = [Poison::Undecodable, Poison::WrongSource, Poison::Failing];
    let kinds = if scale.form.is_whole() { &whole[..] } else { &whole[..2] };
    let mut figures = Figures::of(scale, "poison");
    for poison in kinds {
        trial(&world, *poison, &mut figures).await;
    }
    assert_unbroken_chains(&world).await;
    figures.end();
    world.end().await;
}

async fn trial(world: &World, poison: Poison, figures: &mut Figures) {
    let (mesh, behind) = (world.mesh(), Behind::of(world).await);
    let manager = world.signed_in(Role::Manager).await;
    let (sick, sound) = (create(&manager).await, create(&manager).await);
    behind.everything_is_delivered().await;
    mesh.kill("activity").await.expect("a process can be killed");
    company(&manager, &sick, "poisoned").await;
    company(&manager, &sick, "behind").await;
    company(&manager, &sound, "other").await;
    let (pool, job, payload) = poisoned(world, &sick, poison).await;
    mesh.start_again("activity").await.expect("the service starts");

    let back = Instant::now();
    holds("the history of others goes on", 6 * OTHERS, async || kept(&manager, &sound).await == 2).await;
    figures.within(&format!("{poison:?}: others after"), back.elapsed(), OTHERS);
    let letters = async || mesh.command("profile", &["dead-letters"]).await.expect("the command runs");
    until("it is given up", 2 * GIVEN_UP, async || letters().await.contains(&sick).then_some(())).await;
    figures.at_most("given up after", back.elapsed(), GIVEN_UP);
    holds("what comes behind it goes on", OTHERS, async || kept(&manager, &sick).await == 2).await;
    holds("it is among the metrics", SEEN, async || metric(world).await > 0.0).await;

    #[expect(clippy::disallowed_methods, reason = "mends what the test broke")]
    let mend = sqlx::query("update profile.queue set payload = $2 where job_id = $1").bind(job).bind(payload);
    mend.execute(&pool).await.expect("the table is this");
    mesh.command("profile", &["dead-letters", "retry", "all"]).await.expect("the command runs");
    holds("a retry makes it good", OTHERS, async || kept(&manager, &sick).await == 3).await;
    behind.everything_is_delivered().await;
    holds("the metric falls", SEEN, async || metric(world).await < 1.0).await;
}

/// Spoils the first event of a customer that waits for activity; gives its job, and what it held.
async fn poisoned(world: &World, customer: &str, poison: Poison) -> (PgPool, i64, Vec<u8>) {
    let pool = PgPool::connect(world.mesh().database_url().as_str()).await.expect("the database is there");
    #[expect(clippy::disallowed_methods, reason = "breaks what no service would")]
    let find = sqlx::query_as::<_, (i64, Vec<u8>)>(
        "select job_id, payload from profile.queue where kind = 'activity' and key = $1 order by job_id limit 1",
    );
    let (job, payload) = find.bind(customer).fetch_one(&pool).await.expect("the event waits");
    #[expect(clippy::disallowed_methods, reason = "breaks what no service would")]
    let spoil = sqlx::query("update profile.queue set payload = $2 where job_id = $1");
    let spoil = spoil.bind(job).bind(poison.put_into(&payload));
    spoil.execute(&pool).await.expect("the table is this");
    (pool, job, payload)
}

async fn create(manager: &Caller<'_>) -> String {
    let customer = manager.create(&Sample::new().json()).await;
    customer["name"].as_str().expect("a customer has a name").to_owned()
}

async fn company(manager: &Caller<'_>, customer: &str, company: &str) {
    manager.patch(&format!("/v1/{customer}"), &json!({"company": company})).await.ok();
}

/// Events in the history of a customer.
async fn kept(manager: &Caller<'_>, customer: &str) -> usize {
    let answer = manager.get(&format!("/v1/{customer}/events")).await;
    answer.body["events"].as_array().map_or(0, Vec::len)
}

/// Dead letters of profile, as Prometheus reads them: the alert `PatronDeadLetters` is raised by it.
async fn metric(world: &World) -> f64 {
    let url = format!("{}/metrics", world.mesh().probe_url("profile"));
    let text = reqwest::get(url).await.expect("the listener answers").text().await.expect("text");
    let lines = text
        .lines()
        .filter(|line| line.starts_with("queue_dead_letters{") && line.contains("kind=\"activity\""));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}
