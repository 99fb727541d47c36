use super::{
    BulkParticipants, customer_of,
    turn::{Outcome, Turn},
};
use crate::{
    bulk::{Action, MOST},
    operations::Customers,
    selection, store,
};
use patron_chassis::{
    principal::{Scope, Subject},
    status::Problem,
};
use patron_ledger::operation::{About, Counts, Progress, Stop, Work};
use patron_proto::profile::{
    internal::v1::{BulkPlace, BulkPlan},
    v1::BulkSummary,
};
use patron_values::{
    id::{CustomerId, StaffId},
    time_of, timestamp,
};
use std::time::Duration;
use tokio::time::Instant;

/// Customers that are noted in one transaction, which stays short.
const NOTED_AT_ONCE: i64 = 5_000;
/// Time after which an operation makes room for one that waits, and looks again whether its starter may go on.
const SLICE: Duration = Duration::from_secs(2);
/// Rest when a service does not answer.
const AFTER_OUTAGE: Duration = Duration::from_secs(1);
/// How long services may be away, one after the other, before an operation is given up: well below the 24 hours for which they recognise
/// a repeat.
const PATIENCE: Duration = Duration::from_hours(1);

/// Does the same to many customers.
pub struct BulkWork {
    /// The customers, on connections of background work.
    pub customers: Customers,
    /// Who does it to each.
    pub participants: BulkParticipants,
}

#[tonic::async_trait]
impl Work for BulkWork {
    const KIND: &'static str = "bulk";

    type Argument = BulkPlan;
    type Place = BulkPlace;
    type Response = BulkSummary;

    fn about(plan: &BulkPlan) -> About {
        Action::from_stored(plan.action(), &plan.group).map(Action::about).unwrap_or_default()
    }

    async fn run(
        &self,
        plan: BulkPlan,
        mut place: BulkPlace,
        progress: &Progress<BulkPlace>,
    ) -> Result<BulkSummary, Stop> {
        let staff = StaffId::parse(&plan.assigned_to).ok();
        let scope = staff.map_or(Scope::All, Scope::Assigned);
        while !place.selected {
            self.note_more(&plan, scope, &mut place, progress).await?;
        }
        let action = Action::from_stored(plan.action(), &plan.group);
        let action = action.ok_or_else(|| Problem::internal("a bulk operation without its action"))?;
        let context = plan.context.clone().unwrap_or_default();
        let turn = Turn { action, scope, operation: progress.operation(), context };
        let mut slice = None::<Instant>;
        loop {
            if slice.is_none_or(|began| began.elapsed() >= SLICE) {
                if slice.is_some() && progress.others_wait().await? {
                    return Err(Stop::Later(Duration::ZERO));
                }
                self.check_starter(&turn.context.actor, &mut place, progress).await?;
                slice = Some(Instant::now());
            }
            let after = customer_of(&place.after);
            let customers = self.waiting(&turn, after).await?;
            if customers.is_empty() {
                return Ok(BulkSummary {
                    customer_count: place.total_count,
                    customer_count_estimated: false,
                    done_count: place.done_count,
                    failed_count: place.failed_count,
                });
            }
            self.take_turns(&turn, &customers, &mut place, progress).await?;
        }
    }
}

impl BulkWork {
    /// Notes the next customers that match.
    async fn note_more(
        &self,
        plan: &BulkPlan,
        scope: Scope,
        place: &mut BulkPlace,
        progress: &Progress<BulkPlace>,
    ) -> Result<(), Stop> {
        let mut transaction = self.customers.ledger.database().begin().await.map_err(Problem::from)?;
        let operation = progress.operation();
        let found = match &plan.matching {
            None => None,
            Some(matching) => {
                let selection = selection::parse(scope, matching)?;
                let until = plan.start_time.as_ref().and_then(time_of);
                let until = until.unwrap_or_else(|| self.customers.ledger.now());
                let bounds = (customer_of(&place.after), until);
                store::bulk::select(&mut transaction, operation, &selection, bounds, NOTED_AT_ONCE)
                    .await
                    .map_err(Problem::from)?
            }
        };
        if let Some((number, last)) = found {
            place.total_count += number;
            place.after = last.resource_name();
            place.selected = number < NOTED_AT_ONCE;
        } else {
            place.selected = true;
            if plan.matching.is_none() {
                let named = store::bulk::count_items(&mut transaction, operation).await;
                place.total_count = named.map_err(Problem::from)?;
            }
        }
        if place.total_count > MOST {
            return Err(Stop::Failed(too_many(operation.resource_name()).into()));
        }
        if place.selected {
            place.after.clear();
        }
        progress.note_with(transaction, place, counts(place)).await
    }

    async fn waiting(&self, turn: &Turn, after: Option<CustomerId>) -> Result<Vec<CustomerId>, Stop> {
        let database = self.customers.ledger.database();
        let found = store::bulk::list_waiting(database, turn.operation, after, turn.at_once()).await;
        Ok(found.map_err(Problem::from)?)
    }

    /// Does it to some customers and notes what became of them. Stops for a while where it came to nothing since a service is away.
    async fn take_turns(
        &self,
        turn: &Turn,
        customers: &[CustomerId],
        place: &mut BulkPlace,
        progress: &Progress<BulkPlace>,
    ) -> Result<(), Stop> {
        let now = self.customers.ledger.now();
        let outcomes = self.participants.take(turn, customers).await?;
        let mut settled = Vec::with_capacity(customers.len());
        let mut all_before = true;
        for (customer, outcome) in customers.iter().zip(outcomes) {
            let error = match outcome {
                Outcome::Unknown => {
                    all_before = false;
                    continue;
                }
                Outcome::Done => None,
                Outcome::Failed(reason) => Some(reason),
            };
            place.done_count += i64::from(error.is_none());
            place.failed_count += i64::from(error.is_some());
            if all_before {
                place.after = customer.resource_name();
            }
            settled.push((*customer, error));
        }
        if settled.is_empty() {
            return Err(self.rest(place, progress).await);
        }
        place.moved_time = Some(timestamp(now));
        let mut transaction = self.customers.ledger.database().begin().await.map_err(Problem::from)?;
        store::bulk::settle(&mut transaction, turn.operation, &settled).await.map_err(Problem::from)?;
        progress.note_with(transaction, place, counts(place)).await
    }

    /// How it stops for a while, or for good where it has not come further for too long.
    async fn rest(&self, place: &mut BulkPlace, progress: &Progress<BulkPlace>) -> Stop {
        let now = self.customers.ledger.now();
        match place.moved_time.as_ref().and_then(time_of) {
            Some(moved) if now - moved > PATIENCE => Problem::Unavailable.into(),
            Some(_) => Stop::Later(AFTER_OUTAGE),
            None => {
                place.moved_time = Some(timestamp(now));
                progress.note(place, counts(place)).await.err().unwrap_or(Stop::Later(AFTER_OUTAGE))
            }
        }
    }

    /// Stops where whoever started it was disabled since.
    async fn check_starter(
        &self,
        actor: &str,
        place: &mut BulkPlace,
        progress: &Progress<BulkPlace>,
    ) -> Result<(), Stop> {
        let Some(Subject::Staff(staff)) = Subject::parse(actor) else { return Ok(()) };
        match self.participants.staff.may_act(staff).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Stop::Failed(
                Problem::State {
                    rule: "STARTER_DISABLED",
                    subject: actor.to_owned(),
                    description: "whoever started the operation was disabled".to_owned(),
                }
                .into(),
            )),
            Err(_) => Err(self.rest(place, progress).await),
        }
    }
}

fn counts(place: &BulkPlace) -> Counts {
    Counts { done: place.done_count, failed: place.failed_count, total: place.total_count }
}

fn too_many(operation: String) -> Problem {
    Problem::State {
        rule: "TOO_MANY_CUSTOMERS",
        subject: operation,
        description: format!("more than {MOST} customers match: choose fewer"),
    }
}
