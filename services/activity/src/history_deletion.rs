//! The deletion of a history: a job of the queue, which may be done again wherever it was left.

use crate::store::{self, history_deletion::Receipt};
use patron_chassis::{
    fault,
    pg::{self, Transaction},
};
use patron_ledger::{
    Ledger,
    queue::{Job, NewJob, Queue, Settlement},
};
use patron_proto::event::v1::{ChangeContext, Event, customer_reference::State, event::Snapshot};
use patron_values::id::CustomerId;
use prost::Message as _;
use std::time::Duration;
use uuid::Uuid;

/// Kind of the jobs.
pub const KIND: &str = "history_deletion";
/// Histories of which a process deletes at once. Each takes a connection for background work.
pub const AT_ONCE: usize = 2;
/// Events deleted in one transaction, which stays well below the timeout of a statement.
const EVENTS: i32 = 500;
/// How long those who keep events are waited for, and how long to rest between two looks. They end within milliseconds; where a long
/// one is in the way the job is due again later.
const WAIT: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(10);

/// Has the histories of customers deleted that these events say are to go.
pub async fn begin(transaction: &mut Transaction, events: &[Event]) -> Result<(), sqlx::Error> {
    let asked: Vec<(CustomerId, &Event)> = events.iter().filter_map(asked).collect();
    if asked.is_empty() {
        return Ok(());
    }
    let customers: Vec<CustomerId> = asked.iter().map(|(customer, _)| *customer).collect();
    let new = store::history_deletion::insert_all(transaction, &customers).await?;
    let jobs = asked.into_iter().filter(|(customer, _)| new.contains(customer)).map(|(customer, event)| {
        let context = event.context.clone().unwrap_or_default();
        NewJob::new(KIND, Some(customer.to_string()), context.encode_to_vec())
    });
    Queue::enqueue(transaction, jobs.collect()).await
}

fn asked(event: &Event) -> Option<(CustomerId, &Event)> {
    match &event.snapshot {
        Some(Snapshot::Reference(it)) if it.state() == State::Deleted && it.delete_history => {
            Some((CustomerId::parse(&it.customer).ok()?, event))
        }
        _ => None,
    }
}

/// Deletes the history of one customer.
pub async fn run(ledger: &Ledger, job: Job) -> Settlement {
    let customer = job.key.as_deref().and_then(|key| key.parse::<CustomerId>().ok());
    let context = ChangeContext::decode(job.payload.as_deref().unwrap_or_default());
    let (Some(customer), Ok(context)) = (customer, context) else {
        return Settlement::Dead("mislabelled".to_owned());
    };
    match delete(ledger, customer, &context).await {
        Ok(true) => Settlement::Done,
        Ok(false) => Settlement::Again(WAIT),
        Err(error) => {
            tracing::warn!(job = job.id, %error, "a history could not be deleted; it is tried again");
            let outage = pg::is_outage(&error);
            let class = if outage { "the database does not answer" } else { "the database refused" };
            Settlement::Failed(class.to_owned())
        }
    }
}

/// Says whether all of it is gone.
async fn delete(ledger: &Ledger, customer: CustomerId, context: &ChangeContext) -> Result<bool, sqlx::Error> {
    let database = ledger.background();
    delete_all(ledger, customer).await?;
    // Whoever looked before the deletion was known may still keep an event. Whoever looks from here on keeps none.
    let before = store::history_deletion::keeping(database).await?;
    let ended = async {
        while store::history_deletion::keeping(database).await?.iter().any(|id| before.contains(id)) {
            tokio::time::sleep(PAUSE).await;
        }
        Ok::<_, sqlx::Error>(())
    };
    match tokio::time::timeout(WAIT, ended).await {
        Ok(ended) => ended?,
        Err(_) => return Ok(false),
    }
    delete_all(ledger, customer).await?;
    fault::point("history_deletion.before_end");
    let receipt = Receipt {
        event: ledger.next_id(),
        ended_at: ledger.now(),
        actor: &context.actor,
        actor_display_name: &context.actor_display_name,
        origin: &context.origin,
        trace_id: Uuid::try_parse(&context.trace_id).ok(),
    };
    let mut transaction = database.begin().await?;
    store::history_deletion::end(&mut transaction, customer, receipt).await?;
    transaction.commit().await?;
    Ok(true)
}

async fn delete_all(ledger: &Ledger, customer: CustomerId) -> Result<(), sqlx::Error> {
    while store::history_deletion::delete_some(ledger.background(), customer, EVENTS).await? > 0 {
        fault::point("history_deletion.after_part");
    }
    Ok(())
}
