//! Groups that hold customers back until they are approved.
//!
//! Group says with each membership whether the group required approval when the customer was put into it. What is known of that
//! is kept for each customer, with an account or without one: an account that is made later waits too. An account that is there is
//! moved by a job of the queue, which is a change like every other; the job is stored with what it follows from, so it is done
//! whatever dies meanwhile.

use crate::store;
use patron_chassis::{peer::Peer, pg::Transaction};
use patron_ledger::queue::{NewJob, Queue};
use patron_proto::event::v1::{ChangeContext, Event, event::Snapshot};
use patron_values::id::{CustomerId, GroupId};
use prost::Message as _;
use std::collections::BTreeMap;

/// Kind of the jobs. Each has the customer as its key, and as its payload a [`ChangeContext`]: who put the customer into the group.
pub const HOLD_BACK: &str = "approval";

/// Keeps which groups ask for approval of whom, and has the accounts held back whose customers nobody had to approve before.
pub(super) async fn apply(transaction: &mut Transaction, events: &[Event]) -> anyhow::Result<()> {
    let mut said: BTreeMap<CustomerId, (Vec<GroupId>, ChangeContext)> = BTreeMap::new();
    for event in events {
        if let Some(Snapshot::Memberships(memberships)) = &event.snapshot {
            let groups = memberships.approval_groups.iter().map(|name| GroupId::parse(name));
            let context = event.context.clone().unwrap_or_else(of_group);
            said.insert(CustomerId::parse(&event.customer)?, (groups.collect::<Result<_, _>>()?, context));
        }
    }
    if said.is_empty() {
        return Ok(());
    }
    let asked =
        said.iter().flat_map(|(customer, (groups, _))| groups.iter().map(move |group| (*customer, *group)));
    let of: Vec<_> = said.keys().copied().collect();
    store::approval::replace_groups(transaction, &of, &asked.collect::<Vec<_>>()).await?;
    let undecided = store::approval::list_not_asked(transaction, &of).await?;
    let jobs = undecided.into_iter().filter_map(|customer| {
        let (_, context) = said.get(&customer)?;
        Some(NewJob::new(HOLD_BACK, Some(customer.to_string()), context.encode_to_vec()))
    });
    Ok(Queue::enqueue(transaction, jobs.collect()).await?)
}

/// By whom memberships are that come as a snapshot, without what happened.
fn of_group() -> ChangeContext {
    ChangeContext {
        actor: format!("services/{}", Peer::GROUP),
        origin: Peer::GROUP.name().to_owned(),
        ..ChangeContext::default()
    }
}
