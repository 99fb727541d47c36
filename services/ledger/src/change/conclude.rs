//! How a change ends: what is stored, noted and published of its steps.

use super::{
    Change, Changed, Locked, Resource, ResourceName as _, Step, Store,
    edit::{self, Edit},
    sequence::Outcome,
};
use crate::{
    inbox::ConsistencyToken,
    outbox::NewEvent,
    reference::{self, FIRST},
};
use patron_proto::event::v1::{FieldChange, event::Snapshot};
use patron_values::diff::diff;

impl Change<'_> {
    /// Stores a step with what follows from it, notes the changed fields, writes the events, and commits.
    pub(super) async fn conclude<S: Store>(
        &self,
        store: &S,
        mut locked: Locked,
        step: Step<S::Resource>,
        event: Option<&'static str>,
    ) -> Outcome<S> {
        let name = step.name();
        let steps = store.save(&mut locked, step, self.caller).await?;
        let named = steps.iter().find(|step| step.name().id() == name.id());
        let result = named.and_then(|step| step.states().1.cloned());
        if self.caller.validate_only {
            return Ok(Changed::nothing(result));
        }
        if let (Some(customer), more @ 2..) = (name.customer(), steps.len()) {
            reference::take_versions(&mut locked, customer, more).await?;
        }
        let now = self.ledger.now();
        let changes: Vec<Vec<FieldChange>> = steps.iter().map(changed_fields).collect();
        let edits: Vec<Edit> =
            steps.iter().zip(&changes).filter_map(|(step, changes)| edit_of(step, changes)).collect();
        edit::insert(&mut locked, &edits, &self.caller.context.actor, now).await?;
        let snapshot = store.snapshot(&mut locked, name).await?;
        let further: Vec<NewEvent> = steps.iter().flat_map(|step| store.further_events(step)).collect();
        let versions = (locked.version..).zip(steps.iter().zip(changes));
        let mut events: Vec<NewEvent> = versions
            .map(|(version, (step, changes))| {
                let event = event.filter(|_| step.name().id() == name.id());
                event_of(step, version, changes, event, snapshot.clone())
            })
            .collect();
        let last = events.last().map(|last| ConsistencyToken {
            source: self.ledger.peer(),
            aggregate: last.aggregate.clone(),
            version: last.version,
        });
        events.extend(further);
        self.ledger.outbox().publish(&mut locked, &self.caller.context, now, events).await?;
        locked.transaction.commit().await?;
        Ok(Changed { result, consistency_tokens: last.into_iter().collect() })
    }
}

/// The events of resources that are created together with the customer whose aggregate they are, from its first version on.
pub fn created<R: Resource>(resources: &[R], snapshot: Option<&Snapshot>) -> Vec<NewEvent> {
    let steps = resources.iter().map(|resource| Step::Created(resource.clone()));
    let versions = (FIRST..).zip(steps);
    versions
        .map(|(version, step)| event_of(&step, version, changed_fields(&step), None, snapshot.cloned()))
        .collect()
}

fn changed_fields<R: Resource>(step: &Step<R>) -> Vec<FieldChange> {
    let (old, new) = step.states();
    diff(old.map(Resource::to_message).as_ref(), new.map(Resource::to_message).as_ref())
}

fn edit_of<R: Resource>(step: &Step<R>, changes: &[FieldChange]) -> Option<Edit> {
    let Step::Updated(_, new) = step else { return None };
    let fields = changes.iter().map(|change| change.field.clone()).collect();
    Some(Edit { resource: new.name().id(), version: new.version()?, fields })
}

fn event_of<R: Resource>(
    step: &Step<R>,
    version: i64,
    changes: Vec<FieldChange>,
    event: Option<&'static str>,
    snapshot: Option<Snapshot>,
) -> NewEvent {
    let [created, updated, deleted] = R::EVENTS;
    let name = step.name();
    NewEvent {
        aggregate: name.aggregate(),
        version,
        kind: event.unwrap_or(match step {
            Step::Created(_) => created,
            Step::Updated(..) => updated,
            Step::Deleted(_) => deleted,
        }),
        customer: R::concerned(name),
        resource: name.resource_name(),
        changes,
        snapshot,
        subscribers: R::SUBSCRIBERS,
    }
}
