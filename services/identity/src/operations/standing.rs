use super::{account::Accounts, account_store::AccountStore};
use crate::{
    account::{Account, Move, Name},
    error::Error,
    tools::Tools,
};
use futures::future::join_all;
use patron_chassis::{principal::Scope, status::Problem};
use patron_ledger::{
    change::{Caller, Changed, Next},
    queue::{Job, Settlement},
};
use patron_proto::event::v1::ChangeContext;
use patron_values::id::CustomerId;
use prost::Message as _;
use std::time::Duration;

/// Fields that say whether a customer may sign in.
const STANDING: &[&str] = &["status", "approval"];

/// Accounts of a batch that are changed at once: each takes a connection, and others need some too.
const AT_ONCE: usize = 4;

/// Wait after an outage, which says nothing about the job.
const AFTER_OUTAGE: Duration = Duration::from_secs(1);

/// A move that a caller asks for.
#[derive(Debug)]
pub struct Decision {
    /// Of which account.
    pub name: Name,
    /// What its caller has seen, or nothing.
    pub etag: String,
    /// Who asks, and why.
    pub caller: Caller,
}

impl Accounts {
    /// The same, which changes accounts on the connections of background work.
    #[must_use]
    pub fn in_background(&self) -> Self {
        let tools = Tools { ledger: self.tools.ledger.in_background(), ..self.tools.clone() };
        Self { tools, ..self.clone() }
    }

    /// Moves an account; one that is there already stays as it is. Where the customer could sign in and no longer can, every session
    /// ends. ABORTED where status or approval changed since `etag`.
    pub async fn change_standing(
        &self,
        name: Name,
        step: Move,
        etag: &str,
        caller: &Caller,
    ) -> Result<Changed<Account>, Error> {
        let next = |old: &Account, next: Next| old.after(step, &caller.context.reason, next);
        let change = self.tools.ledger.change(caller).unless_changed_since(etag, STANDING);
        change.apply(&AccountStore::Standing, name, step.event(), next).await
    }

    /// Moves accounts, each by itself whatever becomes of the others. The results stand in the order of the decisions.
    pub async fn decide(&self, step: Move, decisions: &[Decision]) -> Vec<Result<Changed<Account>, Error>> {
        let mut results = Vec::with_capacity(decisions.len());
        for some in decisions.chunks(AT_ONCE) {
            let moved = some.iter().map(|it| self.change_standing(it.name, step, &it.etag, &it.caller));
            results.extend(join_all(moved).await);
        }
        results
    }

    /// Does a job of the kind [`HOLD_BACK`](crate::account::HOLD_BACK): a group asks for approval of a customer who has an account.
    pub async fn hold_back(&self, job: Job) -> Settlement {
        let customer = job.key.as_deref().and_then(|key| key.parse::<CustomerId>().ok());
        let context = job.payload.as_deref().and_then(|payload| ChangeContext::decode(payload).ok());
        let (Some(customer), Some(context)) = (customer, context) else {
            return Settlement::Dead("mislabelled".to_owned());
        };
        let caller = Caller::of_context(Scope::All, context, None);
        match self.change_standing(Name(customer), Move::Ask, "", &caller).await {
            // Whoever is gone needs no approval.
            Ok(_) | Err(Error::Problem(Problem::NotFound { .. })) => Settlement::Done,
            Err(Error::Problem(Problem::Unavailable)) => Settlement::Again(AFTER_OUTAGE),
            Err(error) => {
                tracing::warn!(job = job.id, %error, "an account could not be held back");
                Settlement::Failed("the account could not be changed".to_owned())
            }
        }
    }
}
