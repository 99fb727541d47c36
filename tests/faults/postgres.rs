//! Postgres dies under load: what was acknowledged is there, and the services recover by themselves.

use crate::{
    form::{Form, Named},
    patience::{may_be_tried_again, patiently},
};
use futures::{StreamExt as _, stream};
use http::Method;
use patron_local::{
    mesh::{Mesh, own_address},
    postgres::{Options, Postgres},
};
use patron_tests::{Caller, Role, Sample, World, assert_unbroken_chains, holds, unique};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

/// Time between two requests: 50 a second.
const EVERY: Duration = Duration::from_millis(20);
/// Requests between two kills: the services are up again before the next, mostly.
const BETWEEN: std::ops::Range<usize> = 250..400;
/// By when every service writes again after Postgres does. Source: what the project promises.
const RECOVERED: Duration = Duration::from_secs(10);
/// Customers looked at at once, afterwards.
const LOOKS: usize = 8;

/// A customer whose creation was acknowledged, and what was added to it.
#[derive(Debug, Clone)]
struct Kept {
    customer: String,
    last_name: String,
    addition: Option<Addition>,
}

/// What was written to a customer; `acknowledged` says whether it was answered.
#[derive(Debug, Clone)]
struct Addition {
    kind: Kind,
    value: String,
    acknowledged: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Address,
    Company,
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_outlives_postgres_and_services_recover_by_themselves() {
    let form = Form::asked_for();
    let seed = form.first_seed();
    let _named = Named(format!("postgres, seed {seed}"));
    let options =
        Options { address: own_address().expect("the system has random bytes"), port: 0, durable: false };
    let mut postgres = Postgres::start_temporary(&options).await.expect("Postgres starts");
    let world = World::start(|options| {
        form.settings(options);
        options.server = postgres.url().clone();
    })
    .await;
    let manager = world.signed_in(Role::Manager).await;
    let before = pids(world.mesh());

    let mut random = StdRng::seed_from_u64(seed);
    let (kills, requests) = if form.is_whole() { (4, 1500) } else { (1, 400) };
    let load = Load::default();
    let killing = async {
        let (mut at, mut longest) = (0, Duration::ZERO);
        for _ in 0..kills {
            at += random.random_range(BETWEEN).min(requests / 2);
            holds("the load goes on", Duration::from_mins(1), async || {
                load.sent.load(Ordering::Relaxed) >= at
            })
            .await;
            postgres.kill().await.expect("Postgres can be killed");
            postgres.start_again().await.expect("Postgres starts again");
            let back = Instant::now();
            holds("every service writes again", RECOVERED, async || everything_works(&manager).await).await;
            longest = longest.max(back.elapsed());
            form.say(format_args!(
                "postgres: killed after {at} requests, all works {:.1?} after its start",
                back.elapsed()
            ));
        }
        longest
    };
    let ((), longest) = tokio::join!(load.run(&manager, requests), killing);
    assert_eq!(pids(world.mesh()), before, "a process was started again");

    let kept = load.kept.into_inner().expect("no request panicked");
    let checks = stream::iter(&kept).map(|kept| kept.check(&manager)).buffer_unordered(LOOKS);
    let events: usize = checks.collect::<Vec<_>>().await.into_iter().sum();
    let (customers, lost) = (kept.len(), load.lost.into_inner());
    let additions =
        kept.iter().filter_map(|kept| kept.addition.as_ref()).filter(|it| it.acknowledged).count();
    assert!(customers > 0, "nothing was acknowledged");
    assert_unbroken_chains(&world).await;
    form.say(format_args!(
        "postgres: {kills} kills under {requests} requests, {} acknowledged writes are there, {lost} answers lost, \
         {events} events checked, longest recovery {longest:.1?}",
        customers + additions,
    ));
    world.end().await;
    postgres.stop().await.expect("Postgres stops");
}

/// Requests at a steady rate, whatever becomes of them.
#[derive(Default)]
struct Load {
    sent: AtomicUsize,
    lost: AtomicUsize,
    /// Customers that nothing was added to yet, and then all of them.
    fresh: Mutex<VecDeque<Kept>>,
    kept: Mutex<Vec<Kept>>,
}

impl Load {
    async fn run(&self, caller: &Caller<'_>, requests: usize) {
        let mut interval = tokio::time::interval(EVERY);
        interval.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let ticks = stream::unfold(interval, async |mut interval| {
            interval.tick().await;
            Some(((), interval))
        });
        let every = ticks.take(requests).for_each_concurrent(None, async |()| {
            let number = self.sent.fetch_add(1, Ordering::Relaxed);
            self.request(caller, number).await;
        });
        every.await;
        let mut kept = self.kept.lock().expect("no request panicked");
        kept.extend(self.fresh.lock().expect("no request panicked").drain(..));
    }

    /// Every second request creates a customer, the others add to one.
    async fn request(&self, caller: &Caller<'_>, number: usize) {
        let fresh =
            (number % 2 == 1).then(|| self.fresh.lock().expect("no request panicked").pop_front()).flatten();
        if let Some(mut kept) = fresh {
            let kind = if number % 4 == 1 { Kind::Address } else { Kind::Company };
            let value = unique();
            let path = format!("/v1/{}", kept.customer);
            let answer = match kind {
                Kind::Address => {
                    self.send(caller, Method::POST, &format!("{path}/addresses"), &address(&value)).await
                }
                Kind::Company => self.send(caller, Method::PATCH, &path, &json!({"company": value})).await,
            };
            kept.addition = Some(Addition { kind, value, acknowledged: answer.is_some() });
            self.kept.lock().expect("no request panicked").push(kept);
        } else {
            let sample = Sample::new();
            let created = self.send(caller, Method::POST, "/v1/customers", &sample.json()).await;
            let name = created.as_ref().and_then(|created| created["name"].as_str());
            if let Some(name) = name {
                let kept = Kept { customer: name.to_owned(), last_name: sample.last_name, addition: None };
                self.fresh.lock().expect("no request panicked").push_back(kept);
            }
        }
    }

    /// What was acknowledged. Nothing is refused: either it is done, or it can be tried again.
    async fn send(&self, caller: &Caller<'_>, method: Method, path: &str, body: &Value) -> Option<Value> {
        let request_id = Uuid::from_u128(rand::random()).to_string();
        let request = caller.request(method, path).header("idempotency-key", request_id).json(body);
        let answer = caller.send(request).await;
        if answer.status.is_success() {
            return Some(answer.body);
        }
        assert!(may_be_tried_again(&answer), "{}: {:#}", answer.status, answer.body);
        self.lost.fetch_add(1, Ordering::Relaxed);
        None
    }
}

impl Kept {
    /// Checks that it is there and recorded, with what was added; gives the number of its events.
    async fn check(&self, caller: &Caller<'_>) -> usize {
        let path = format!("/v1/{}", self.customer);
        let record = patiently(&path, async || caller.get(&path).await).await;
        assert_eq!(record["lastName"], self.last_name.as_str());
        let mut expected = vec!["customer.created"];
        if let Some(Addition { kind, value, acknowledged }) = &self.addition {
            let list = format!("{path}/addresses");
            let addresses = patiently(&list, async || caller.get(&list).await).await;
            let (there, event) = match kind {
                Kind::Company => (record["company"] == value.as_str(), "customer.updated"),
                Kind::Address => (addresses["addresses"][0]["line1"] == value.as_str(), "address.created"),
            };
            assert!(
                there || !acknowledged,
                "{kind:?} of {} was acknowledged and is not there",
                self.customer
            );
            expected.extend(there.then_some(event));
        }
        let history = format!("{path}/events");
        let recorded = async || {
            let page = patiently(&history, async || caller.get(&history).await).await;
            let events = page["events"].as_array().cloned().unwrap_or_default();
            let mut kinds: Vec<String> =
                events.iter().filter_map(|it| it["type"].as_str().map(str::to_owned)).collect();
            kinds.sort_unstable();
            kinds
        };
        expected.sort_unstable();
        holds(&format!("{expected:?} recorded of {}", self.customer), RECOVERED, async || {
            recorded().await == expected
        })
        .await;
        expected.len()
    }
}

/// Whether each service answers a write, and activity a read.
pub(crate) async fn everything_works(caller: &Caller<'_>) -> bool {
    let group = caller.post("/v1/groups", &json!({"displayName": unique()})).await;
    let mut whole = Sample::new().with_address().json();
    whole["groups"] = json!([group.body["name"]]);
    whole["account"] = json!({"username": unique()});
    group.status.is_success()
        && caller.post("/v1/customers", &whole).await.status.is_success()
        && caller.get("/v1/events?pageSize=1").await.status.is_success()
}

fn address(line1: &str) -> Value {
    json!({"line1": line1, "city": "London", "postalCode": "SW1Y 4JH", "countryCode": "GB"})
}

fn pids(mesh: &Mesh) -> Vec<Option<i32>> {
    ["identity", "profile", "address", "group", "activity", "gateway"].map(|name| mesh.pid(name)).to_vec()
}
