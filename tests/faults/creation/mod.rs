//! Creation: whoever dies at whichever step, the customer is whole or absent everywhere, and the same request then gives the
//! one customer.

mod request;

use self::request::{NewCustomer, State};
use crate::{
    behind::Behind,
    fault::Fault,
    form::{Form, Named, chosen},
    patience::patiently,
};
use futures::future::join_all;
use patron_tests::{Answer, Role, World, assert_unbroken_chains, until};
use rand::Rng as _;
use std::{
    fmt,
    sync::Mutex,
    time::{Duration, Instant},
};

/// By when a creation has come to one end or the other. Source: what the project promises.
const SETTLED: Duration = Duration::from_secs(30);
/// Meshes that trials run on, each at most one at a time: most of a trial is waiting.
const WORLDS: usize = 3;

const AT_COMMIT: [&str; 2] = ["transaction.before_commit", "transaction.after_commit"];
const AT_SEND: [&str; 2] = ["relay.before_send", "relay.after_send"];
/// Between the steps of the saga, which profile keeps.
const BETWEEN: [&str; 4] = [
    "creation.after_start",
    "creation.after_account",
    "creation.after_addresses",
    "creation.after_memberships",
];

/// When the process that died is started again.
#[derive(Debug, Clone, Copy)]
enum Restart {
    /// While the gateway still tries.
    AtOnce,
    /// After the gateway has answered.
    AfterTheAnswer,
}

/// A step of a creation at which a process dies, and when it comes back.
struct Trial {
    fault: Fault,
    restart: Restart,
}

/// What came of one.
struct Outcome {
    status: u16,
    state: State,
    recovery: Duration,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_is_whole_or_absent_whoever_dies_and_its_request_then_gives_the_one_customer() {
    let form = Form::asked_for();
    let faults = faults();
    let seeds = Mutex::new(form.seeds(&faults).into_iter());
    let next = || seeds.lock().expect("no trial has failed").next();
    let on_one_world = async |_: usize| {
        let world = World::start(|options| form.settings(options)).await;
        let behind = Behind::of(&world).await;
        let mut outcomes = Vec::new();
        while let Some(seed) = next() {
            let trial = Trial::of(seed, &faults);
            let named = Named(format!("creation, seed {seed}: {trial}"));
            let outcome = trial.run(&world, &behind).await;
            form.say(format_args!("{}: {outcome}", named.0));
            outcomes.push(outcome);
        }
        assert_unbroken_chains(&world).await;
        world.end().await;
        outcomes
    };
    let outcomes: Vec<Outcome> =
        join_all((0..WORLDS).map(on_one_world)).await.into_iter().flatten().collect();
    let whole = outcomes.iter().filter(|outcome| outcome.state == State::Whole).count();
    form.say(format_args!(
        "creation: {} trials, {whole} whole, {} absent, {} events checked, longest recovery {:.1?}",
        outcomes.len(),
        outcomes.len() - whole,
        outcomes.len() * request::EVENTS.len(),
        outcomes.iter().map(|outcome| outcome.recovery).max().unwrap_or_default(),
    ));
}

/// Every step. The first commit of profile begins the saga, the second makes the customer visible. The first of the others is
/// their part; the second lets out what they held back, which is delivered at their first send.
fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    for process in ["profile", "identity", "address", "group"] {
        for point in AT_COMMIT {
            faults.extend([0, 1].map(|passes| Fault { process, point, passes }));
        }
        faults.extend(AT_SEND.map(|point| Fault { process, point, passes: 0 }));
    }
    faults.extend(BETWEEN.map(|point| Fault { process: "profile", point, passes: 0 }));
    faults
}

impl Trial {
    fn of(seed: u64, faults: &[Fault]) -> Self {
        let (fault, mut random) = chosen(seed, faults);
        let restart = if random.random() { Restart::AtOnce } else { Restart::AfterTheAnswer };
        Self { fault: fault.clone(), restart }
    }

    async fn run(&self, world: &World, behind: &Behind) -> Outcome {
        let manager = world.signed_in(Role::Manager).await;
        let new = NewCustomer::prepare(&manager).await;
        behind.everything_is_delivered().await;

        self.fault.arm(world.mesh()).await;
        let armed = world.mesh().pid(self.fault.process);
        let posting = async {
            loop {
                let answer = new.post(&manager).await;
                // A busy machine can be too late even to begin, and then nobody comes to where they die.
                if answer.status.is_success() || world.mesh().pid(self.fault.process) != armed {
                    return answer;
                }
            }
        };
        let (answer, struck) = self.post(world, posting).await;
        let state =
            until("whole, or absent everywhere", SETTLED.saturating_sub(struck.elapsed()), async || {
                new.state(&manager, behind).await
            })
            .await;
        let recovery = struck.elapsed();
        if answer.status.is_success() {
            assert_eq!(state, State::Whole, "its creation was acknowledged");
        }

        let first = if state == State::Whole { Some(new.find(&manager).await) } else { None };
        let again = patiently("the same request", async || new.post(&manager).await).await;
        if let Some(first) = first {
            assert_eq!(again["name"], first["name"], "the same request gave another customer");
        }
        new.check_whole(world, &manager, behind, &again).await;
        Outcome { status: answer.status.as_u16(), state, recovery }
    }

    /// Sends the request, with the process dying under it and started again.
    async fn post(&self, world: &World, posting: impl Future<Output = Answer>) -> (Answer, Instant) {
        let mesh = world.mesh();
        match self.restart {
            Restart::AtOnce => {
                let killing = async {
                    let struck = self.fault.strikes(mesh).await;
                    self.fault.mend(mesh).await;
                    struck
                };
                tokio::join!(posting, killing)
            }
            Restart::AfterTheAnswer => {
                let (answer, struck) = tokio::join!(posting, self.fault.strikes(mesh));
                self.fault.mend(mesh).await;
                (answer, struck)
            }
        }
    }
}

impl fmt::Display for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = match self.restart {
            Restart::AtOnce => "at once",
            Restart::AfterTheAnswer => "after the answer",
        };
        write!(f, "{}, started {when}", self.fault)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, state, recovery } = self;
        let state = match state {
            State::Whole => "whole",
            State::Absent => "absent, then created by the same request",
        };
        write!(f, "answered {status}, after {recovery:.1?} {state}")
    }
}
