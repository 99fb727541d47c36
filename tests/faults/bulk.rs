//! Bulk operations: whoever dies in the middle of one, it goes on after the restart, and says of each customer what became of it.

use crate::{
    fault::Fault,
    form::{Form, Named},
    patience::patiently,
};
use patron_tests::{Role, Sample, World, until};
use serde_json::{Value, json};
use std::time::Duration;

/// Customers of one operation: those of three turns.
const CUSTOMERS: usize = 30;
/// By when an operation has ended after its process died: the rest of a lease, a start, and its work, on a busy machine.
const ENDED: Duration = Duration::from_mins(1);
/// Where profile dies: with some customers deleted and nothing said of them, in the middle of one deletion, when what was done is noted,
/// and when all is done. The first note is that all customers are known.
const PLACES: [(&str, u32); 5] = [
    ("operation.before_note", 1),
    ("deletion.after_start", 5),
    ("deletion.after_mark", 14),
    ("operation.after_note", 2),
    ("operation.before_end", 0),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_deletion_whose_service_dies_goes_on_and_deletes_each_customer_once() {
    let form = Form::asked_for();
    let world = World::start(|options| form.settings(options)).await;
    for (point, passes) in PLACES {
        let fault = Fault { process: "profile", point, passes };
        let _named = Named(format!("bulk: {fault}"));
        let manager = world.signed_in(Role::Manager).await;
        let mut names = Vec::new();
        for _ in 0..CUSTOMERS {
            let new = Sample::new().json();
            let created = patiently("a customer", async || manager.post("/v1/customers", &new).await).await;
            names.push(created["name"].as_str().expect("it has a name").to_owned());
        }
        fault.arm(world.mesh()).await;
        let request = json!({"selection": {"names": names}, "requestId": uuid()});
        let started = manager.post("/v1/customers:bulkDelete", &request).await;
        let struck = fault.strikes(world.mesh()).await;
        fault.mend(world.mesh()).await;
        // Where the answer was lost with its process, the same request gives the operation.
        let started = if started.status.is_success() {
            started.ok()
        } else {
            patiently("it starts", async || manager.post("/v1/customers:bulkDelete", &request).await).await
        };
        let path = format!("/v1/{}", started["name"].as_str().expect("it has a name"));
        let ended = until("it ends", ENDED, async || {
            let answer = manager.get(&path).await;
            answer.status.is_success().then(|| answer.ok()).filter(|now: &Value| now["done"] == true)
        })
        .await;
        form.say(format_args!("bulk: {fault}: ended after {:.1?}", struck.elapsed()));
        let number = CUSTOMERS.to_string();
        let number = number.as_str();
        let counted = [("totalCount", number), ("doneCount", number), ("failedCount", "0")];
        for (count, expected) in counted {
            assert_eq!(ended["metadata"][count], expected, "{fault}: {ended}");
        }
        let results = manager.get(&format!("{path}/results?pageSize=100")).await.ok();
        let results = results["results"].as_array().cloned().unwrap_or_default();
        assert_eq!(results.len(), CUSTOMERS, "{fault}");
        assert!(results.iter().all(|result| result["state"] == "STATE_DONE"), "{fault}: {results:?}");
        for customer in &names {
            let gone = format!("/v1/{customer}");
            until("the customer is gone", ENDED, async || {
                (manager.get(&gone).await.status.as_u16() == 404).then_some(())
            })
            .await;
        }
    }
    world.end().await;
}

/// An id for a request.
fn uuid() -> String {
    uuid::Uuid::from_u128(rand::random()).to_string()
}
