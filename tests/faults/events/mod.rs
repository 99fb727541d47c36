//! Events: whoever dies between a change and its line in the history, each change is recorded exactly once and in order.

mod history;
mod writer;

use self::{
    history::History,
    writer::{Change, Source, Writer},
};
use crate::{
    behind::Behind,
    fault::Fault,
    form::{Form, Named, chosen},
    patience::patiently,
};
use futures::future::join_all;
use patron_tests::{Caller, Role, Sample, World, assert_unbroken_chains, unique};
use rand::Rng as _;
use serde_json::{Value, json};
use std::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use uuid::Uuid;

/// What sends events, each with the replica that runs beside it.
const SENDERS: [[&str; 2]; 4] =
    [["profile", "profile-2"], ["address", "address-2"], ["group", "group-2"], ["identity", "identity-2"]];
/// What takes them.
const CONSUMER: &str = "activity";
/// Groups that a trial may put its customer into; one can be in 100.
const GROUPS: usize = 90;

/// A place where a process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// A sender, at its commit or while it relays.
    Sender(&'static str),
    /// The consumer, at its commit.
    Consumer(&'static str),
}

const PLACES: [Place; 6] = [
    Place::Sender("transaction.before_commit"),
    Place::Sender("transaction.after_commit"),
    Place::Sender("relay.before_send"),
    Place::Sender("relay.after_send"),
    Place::Consumer("transaction.before_commit"),
    Place::Consumer("transaction.after_commit"),
];

/// What came of a trial.
struct Outcome {
    acknowledged: usize,
    /// Changes without an answer.
    lost: usize,
    /// Those of them that were made all the same.
    made: usize,
    events: usize,
    recovery: Duration,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { acknowledged, lost, made, events, recovery } = self;
        write!(
            f,
            "{acknowledged} changes acknowledged, {lost} answers lost ({made} of changes made), {events} events, delivered after {recovery:.1?}"
        )
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_has_its_event_once_and_in_order_whoever_dies() {
    let form = Form::asked_for();
    let mut world = World::start(|options| form.settings(options)).await;
    for [service, replica] in SENDERS {
        let name = world.mesh_mut().add_replica(service).await.expect("a replica starts");
        assert_eq!(name, replica);
    }
    let bed = Bed::prepare(&world).await;
    let mut outcomes = Vec::new();
    for seed in form.seeds(&PLACES) {
        let fault = fault_of(seed);
        let trial = Named(format!("events, seed {seed}: {fault}"));
        let outcome = bed.trial(&fault).await;
        form.say(format_args!("{}: {outcome}", trial.0));
        outcomes.push(outcome);
    }
    assert_unbroken_chains(&world).await;
    let sum = |of: fn(&Outcome) -> usize| outcomes.iter().map(of).sum::<usize>();
    form.say(format_args!(
        "events: {} trials, {} changes acknowledged, {} answers lost ({} of changes made), {} events checked, longest \
         recovery {:.1?}",
        outcomes.len(),
        sum(|outcome| outcome.acknowledged),
        sum(|outcome| outcome.lost),
        sum(|outcome| outcome.made),
        sum(|outcome| outcome.events),
        outcomes.iter().map(|outcome| outcome.recovery).max().unwrap_or_default(),
    ));
    world.end().await;
}

fn fault_of(seed: u64) -> Fault {
    let (place, mut random) = chosen(seed, &PLACES);
    let sender = SENDERS[random.random_range(0..SENDERS.len())][random.random_range(0..2)];
    let passes = random.random_range(0..5);
    match *place {
        Place::Sender(point) => Fault { process: sender, point, passes },
        Place::Consumer(point) => Fault { process: CONSUMER, point, passes },
    }
}

/// What all trials share.
struct Bed<'w> {
    world: &'w World,
    behind: Behind,
    groups: Vec<String>,
}

impl<'w> Bed<'w> {
    async fn prepare(world: &'w World) -> Self {
        let manager = world.signed_in(Role::Manager).await;
        let mut groups = Vec::new();
        for _ in 0..GROUPS {
            let group = async || manager.post("/v1/groups", &json!({"displayName": unique()})).await;
            let group = patiently("a group", group).await;
            groups.push(name(&group));
        }
        Self { world, behind: Behind::of(world).await, groups }
    }

    /// Kills a process among writers, starts it again, and looks whether all they wrote is recorded.
    async fn trial(&self, fault: &Fault) -> Outcome {
        let (world, mesh) = (self.world, self.world.mesh());
        let manager = world.signed_in(Role::Manager).await;
        let mut request = Sample::new().with_address().json();
        request["account"] = json!({"username": unique()});
        request["requestId"] = json!(Uuid::from_u128(rand::random()));
        let created = patiently("a customer", async || manager.post("/v1/customers", &request).await).await;
        let customer = name(&created);
        let addresses = format!("/v1/{customer}/addresses");
        let addresses = patiently("its addresses", async || manager.get(&addresses).await).await;
        let address = name(&addresses["addresses"][0]);
        self.behind.everything_is_delivered().await;

        fault.arm(mesh).await;
        let writers = self.writers(&manager, &customer, &address).await;
        let stop = AtomicBool::new(false);
        let writing = join_all(writers.iter().map(|writer| writer.write(&stop)));
        let killing = async {
            let struck = fault.strikes(mesh).await;
            fault.mend(mesh).await;
            stop.store(true, Ordering::Relaxed);
            struck
        };
        let (written, struck) = tokio::join!(writing, killing);

        self.behind.everything_is_delivered().await;
        let recovery = struck.elapsed();
        let history = History::of(&manager, &customer, &address).await;
        history.check(&written);
        let (acknowledged, lost): (Vec<&Change>, Vec<&Change>) =
            written.iter().flat_map(|writer| &writer.changes).partition(|change| change.acknowledged);
        let made = history.changes() - acknowledged.len();
        Outcome { acknowledged: acknowledged.len(), lost: lost.len(), made, events: history.len(), recovery }
    }

    /// Two writers at each service, one of whom repeats what it has no answer to. Accounts have one: whether a change of
    /// theirs is one depends on the change before.
    async fn writers(&self, manager: &Caller<'w>, customer: &str, address: &str) -> Vec<Writer> {
        let (half, other) = self.groups.split_at(GROUPS / 2);
        let mut writers = Vec::new();
        for (source, [first, second]) in Source::ALL.into_iter().zip(SENDERS) {
            for (patient, groups) in [(true, half), (false, other)] {
                if source == Source::Identity && !patient {
                    continue;
                }
                writers.push(Writer {
                    source,
                    replicas: [manager.grpc(first).await, manager.grpc(second).await],
                    customer: customer.to_owned(),
                    address: address.to_owned(),
                    groups: groups.to_vec(),
                    patient,
                });
            }
        }
        writers
    }
}

/// The resource name of what an answer holds.
fn name(resource: &Value) -> String {
    resource["name"].as_str().expect("a resource has a name").to_owned()
}
