//! How a change ends: what is stored, noted and published of its transitions.

use super::{
    Change, Changed, Locked, Resource, ResourceName as _, Store, Transition,
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
use uuid::Uuid;

impl Change<'_> {
    /// Stores a transition with what follows from it, notes the changed fields, writes the events, and commits.
    pub(super) async fn conclude<S: Store>(
        &self,
        store: &S,
        mut locked: Locked,
        transition: Transition<S::Resource>,
        event: Option<&'static str>,
    ) -> Outcome<S> {
        let name = transition.name();
        let transitions = store.save(&mut locked, transition, self.caller).await?;
        let named = transitions.iter().find(|transition| transition.name().id() == name.id());
        let result = named.and_then(|transition| transition.states().1.cloned());
        if self.caller.validate_only {
            return Ok(Changed::nothing(result));
        }
        if let (Some(customer), more @ 2..) = (name.customer(), transitions.len()) {
            reference::take_versions(&mut locked, customer, more).await?;
        }
        let now = self.ledger.now();
        let changes: Vec<Vec<FieldChange>> = transitions.iter().map(changed_fields).collect();
        let edits: Vec<Edit> = transitions
            .iter()
            .zip(&changes)
            .filter_map(|(transition, changes)| edit_of(transition, changes))
            .collect();
        edit::insert(&mut locked, &edits, &self.caller.context.actor, now).await?;
        let gone = transitions.iter().filter(|transition| matches!(transition, Transition::Deleted(_)));
        let gone: Vec<Uuid> = gone.map(|transition| transition.name().id()).collect();
        edit::forget(&mut locked, &gone).await?;
        let snapshot = store.snapshot(&mut locked, name).await?;
        let further: Vec<NewEvent> =
            transitions.iter().flat_map(|transition| store.further_events(transition)).collect();
        let versions = (locked.version..).zip(transitions.iter().zip(changes));
        let mut events: Vec<NewEvent> = versions
            .map(|(version, (transition, changes))| {
                let event = event.filter(|_| transition.name().id() == name.id());
                event_of(transition, version, changes, event, snapshot.clone())
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
    let transitions = resources.iter().map(|resource| Transition::Created(resource.clone()));
    let versions = (FIRST..).zip(transitions);
    versions
        .map(|(version, transition)| {
            event_of(&transition, version, changed_fields(&transition), None, snapshot.cloned())
        })
        .collect()
}

fn changed_fields<R: Resource>(transition: &Transition<R>) -> Vec<FieldChange> {
    let (old, new) = transition.states();
    diff(old.map(Resource::to_message).as_ref(), new.map(Resource::to_message).as_ref())
}

fn edit_of<R: Resource>(transition: &Transition<R>, changes: &[FieldChange]) -> Option<Edit> {
    let Transition::Updated(_, new) = transition else { return None };
    let fields = changes.iter().map(|change| change.field.clone()).collect();
    Some(Edit { resource: new.name().id(), version: new.version()?, fields })
}

fn event_of<R: Resource>(
    transition: &Transition<R>,
    version: i64,
    changes: Vec<FieldChange>,
    event: Option<&'static str>,
    snapshot: Option<Snapshot>,
) -> NewEvent {
    let [created, updated, deleted] = R::EVENTS;
    let name = transition.name();
    NewEvent {
        aggregate: name.aggregate(),
        version,
        kind: event.unwrap_or(match transition {
            Transition::Created(_) => created,
            Transition::Updated(..) => updated,
            Transition::Deleted(_) => deleted,
        }),
        customer: R::concerned(name),
        resource: name.resource_name(),
        changes,
        snapshot,
        subscribers: R::SUBSCRIBERS,
    }
}
