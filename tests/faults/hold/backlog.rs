//! A backlog of the largest changes there are is delivered in order, whole, and soon.

use super::{figures::Figures, scale::Scale};
use crate::{behind::Behind, patience::patiently};
use futures::{StreamExt as _, stream};
use patron_tests::{Caller, Role, Sample, assert_unbroken_chains};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Customers who change: the events of so many exceed what one delivery takes.
const CUSTOMERS: u32 = 500;
/// Changes of each, in order: of what they are made.
const CHANGES: [char; 4] = ['顧', '客', '情', '報'];
/// Callers at once.
const WRITERS: usize = 8;
/// How long a backlog may last once its receiver is back: 100 of the largest events a second, and what a relay waits at most.
fn drained(events: u32) -> Duration {
    Duration::from_secs(15 + u64::from(events) / 100)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_of_the_largest_changes_is_delivered_in_order_and_none_is_given_up() {
    let scale = Scale::asked_for();
    let world = scale.world().await;
    let (behind, mesh) = (Behind::of(&world).await, world.mesh());
    let mut figures = Figures::of(scale, "backlog");
    for away in [true, false] {
        let manager = world.signed_in(Role::Manager).await;
        if away {
            mesh.kill("activity").await.expect("a process can be killed");
        } else {
            mesh.suspend("activity").expect("a process can be suspended");
        }
        let customers = 0..scale.count(CUSTOMERS);
        let changing = stream::iter(customers).map(|_| change(&manager)).buffer_unordered(WRITERS);
        let () = changing.collect().await;
        let events = 5 * scale.count(CUSTOMERS);
        if away {
            mesh.start_again("activity").await.expect("the service starts");
        } else {
            mesh.resume("activity").expect("a process can be resumed");
        }
        let back = Instant::now();
        behind.everything_is_delivered_within(2 * drained(events)).await;
        let how = if away { "killed" } else { "suspended" };
        figures.within(
            &format!("{events} events, receiver {how}, delivered after"),
            back.elapsed(),
            drained(events),
        );
        let letters = mesh.command("profile", &["dead-letters"]).await.expect("the command runs");
        figures.at_most("dead letters", usize::from(letters != "none"), 0);
    }
    assert_unbroken_chains(&world).await;
    figures.end();
    world.end().await;
}

/// Creates a customer and changes it, each time all that can be long.
async fn change(manager: &Caller<'_>) {
    let created =
        patiently("a customer", async || manager.post("/v1/customers", &Sample::new().json()).await);
    let path = format!("/v1/{}", created.await["name"].as_str().expect("a customer has a name"));
    for character in CHANGES {
        patiently("a change", async || manager.patch(&path, &longest(character)).await).await;
    }
}

fn longest(character: char) -> Value {
    let text = |characters: usize| String::from(character).repeat(characters);
    json!({
        "firstName": text(100), "middleName": text(100), "lastName": text(100), "title": text(100), "company": text(100),
        "department": text(100), "jobTitle": text(100), "taxNumber": text(50), "source": text(100),
    })
}
