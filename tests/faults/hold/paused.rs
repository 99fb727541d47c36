//! Of two copies of a service one stands still, with its connections open: reads and repeatable writes go to the other.

use super::{
    figures::Figures,
    load::{Outcome, Seen, load, quantile},
    scale::Scale,
};
use http::Method;
use patron_tests::{Caller, Role, Sample};
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;
use uuid::Uuid;

/// Requests a second, of which every eighth is a write.
const REQUESTS: f64 = 45.0;
const WRITE_EVERY: usize = 8;
/// Customers who are read and written in turn: a copy that stands still in a transaction keeps the row that it has locked.
const CUSTOMERS: usize = 100;
/// Time within which the other copy has taken over.
const TAKEN_OVER: Duration = Duration::from_secs(1);
/// Longest time that 99 of 100 requests take after that: many times what they take, and much less than a call that hangs.
const SOON: Duration = Duration::from_millis(500);

#[tokio::test(flavor = "multi_thread")]
async fn while_one_of_two_copies_stands_still_no_read_and_no_repeatable_write_is_lost() {
    let scale = Scale::asked_for();
    let mut world = scale.world().await;
    let copy = world.mesh_mut().add_replica("profile").await.expect("a copy starts");
    let both = format!("{},{}", world.mesh().url("profile"), world.mesh().url(&copy));
    world.mesh().set("gateway", "PEERS_PROFILE", &both).await.expect("a variable can be set");
    world.mesh().stop("gateway").await.expect("a process can be stopped");
    world.mesh().start_again("gateway").await.expect("the gateway starts");
    let manager = world.signed_in(Role::Manager).await;
    let mut names = Vec::with_capacity(CUSTOMERS);
    for _ in 0..CUSTOMERS {
        names.push(manager.create(&Sample::new().json()).await["name"].as_str().expect("a name").to_owned());
    }

    let ask = |number: usize| ask(&manager, &names[number % CUSTOMERS], number.is_multiple_of(WRITE_EVERY));
    let rate = scale.rate(REQUESTS);
    let (before, ()) = load(rate, ask, sleep(scale.part)).await;
    world.mesh().suspend(&copy).expect("a process can be suspended");
    let (during, ()) = load(rate, ask, sleep(scale.part)).await;
    world.mesh().resume(&copy).expect("a process can be resumed");

    let mut figures = Figures::of(scale, "paused");
    figures.note(format_args!("{} requests, of which 99 % took {:.0?}", before.len(), p99(&before)));
    figures.note(format_args!("{} while one copy stands still", during.len()));
    for (what, is_write) in [("reads lost", false), ("writes lost", true)] {
        let lost = during.iter().filter(|seen| seen.kind == is_write && seen.outcome != Outcome::Done);
        figures.at_most(what, lost.count(), 0);
    }
    let later: Vec<_> = during.into_iter().filter(|seen| seen.due > TAKEN_OVER).collect();
    figures.within("99 % after the first second", p99(&later), SOON);
    figures.end();
    world.end().await;
}

/// Reads a customer, or changes one by a request with an id, which the gateway may send again.
async fn ask(caller: &Caller<'_>, name: &str, is_write: bool) -> (bool, Outcome) {
    let path = format!("/v1/{name}");
    let request = if is_write {
        let id = Uuid::from_u128(rand::random()).to_string();
        let title = json!({"jobTitle": format!("Analyst {}", &id[..8])});
        caller.request(Method::PATCH, &path).header("idempotency-key", id).json(&title)
    } else {
        caller.request(Method::GET, &path)
    };
    (is_write, Outcome::of(request).await)
}

fn p99(seen: &[Seen<bool>]) -> Duration {
    quantile(seen.iter().map(|seen| seen.took), 990)
}
