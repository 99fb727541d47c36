//! Who sees which events, and how much of each.

use crate::activity_event::ActivityEvent;
use patron_chassis::{
    permission::Permission,
    principal::{Principal, Scope},
    status::Problem,
};
use patron_proto::{activity::v1 as proto, event::v1::ChangeContext};
use patron_values::id::{CustomerId, StaffId};
use prost_types::{Value, value::Kind};

/// What customers read of a member of staff who did something.
const STAFF: &str = "staff";

/// A caller, as one who sees events.
///
/// Staff who see all customers see all their events, those of deleted ones too; staff who see those they are assigned to,
/// those of customers deleted since too; customers see their own as long as they are customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewer {
    /// Whose events they see.
    pub scope: Scope,
    /// Whether they also see those that concern no customer, such as changes of staff users and groups.
    pub audits: bool,
}

/// What must be known of a customer to say who sees their events.
#[derive(Debug, Clone)]
pub struct Customer {
    /// Whether it is whole and not deleted.
    pub active: bool,
    /// Who looks after it, or did when it was deleted.
    pub assigned_staff: Vec<StaffId>,
}

impl Viewer {
    /// The caller of an RPC. What concerns no customer is for those who read the administrators' log and all customers.
    pub fn of(principal: &Principal) -> Result<Self, Problem> {
        let scope = principal.known_scope()?;
        Ok(Self { scope, audits: scope == Scope::All && principal.may(Permission::AuditRead) })
    }

    /// The customer whose events are asked for: `customers/{customer}`, or empty for all that the caller sees, which for
    /// customers is themselves.
    pub fn parent(self, name: &str) -> Result<Option<CustomerId>, Problem> {
        match (name, self.scope) {
            ("", Scope::Own(own)) => Ok(Some(own)),
            ("", _) => Ok(None),
            _ => CustomerId::parse(name)
                .map(Some)
                .map_err(|error| Problem::invalid("parent", error.to_string())),
        }
    }

    /// Whether they see an event that concerns this customer, of whom this is known.
    pub fn sees(self, event: &ActivityEvent, customer: Option<&Customer>) -> bool {
        match (self.scope, event.customer) {
            (Scope::All, Some(_)) => true,
            (_, None) => self.audits,
            (Scope::Assigned(staff), Some(_)) => {
                customer.is_some_and(|it| it.assigned_staff.contains(&staff))
            }
            (Scope::Own(own), Some(concerned)) => own == concerned && customer.is_some_and(|it| it.active),
        }
    }

    /// An event as they see it. Customers do not learn which member of staff did something or is named by a change, nor what staff
    /// wrote about it.
    pub fn show(self, event: &ActivityEvent) -> proto::ActivityEvent {
        let mut shown = proto::ActivityEvent::from(event);
        if let Scope::Own(_) = self.scope {
            shown.context = shown.context.map(without_staff);
            let values = shown.changes.iter_mut().flat_map(|change| [&mut change.old, &mut change.new]);
            values.flatten().for_each(hide_staff);
        }
        shown
    }
}

/// Leaves of each name of a member of staff that it was one.
fn hide_staff(value: &mut Value) {
    match &mut value.kind {
        Some(Kind::StringValue(text)) if text.starts_with("staff/") => STAFF.clone_into(text),
        Some(Kind::ListValue(list)) => list.values.iter_mut().for_each(hide_staff),
        Some(Kind::StructValue(message)) => message.fields.values_mut().for_each(hide_staff),
        _ => {}
    }
}

/// What a customer did stands as it is.
fn without_staff(context: ChangeContext) -> ChangeContext {
    if context.actor.starts_with("customers/") {
        return context;
    }
    ChangeContext {
        actor: if context.actor.starts_with("staff/") { STAFF.to_owned() } else { context.actor },
        on_behalf_of: context.on_behalf_of,
        origin: context.origin,
        trace_id: context.trace_id,
        ..ChangeContext::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity_event::Change;
    use patron_values::id::EventId;
    use time::OffsetDateTime;
    use uuid::Uuid;

    const CUSTOMER: CustomerId = CustomerId(Uuid::from_u128(1));
    const REP: StaffId = StaffId(Uuid::from_u128(2));

    fn event(customer: Option<CustomerId>, actor: &str) -> ActivityEvent {
        ActivityEvent {
            id: EventId(Uuid::nil()),
            source: "profile".into(),
            kind: "customer.updated".into(),
            customer,
            resource: CUSTOMER.resource_name(),
            version: Some(1),
            context: ChangeContext {
                actor: actor.into(),
                actor_display_name: "Jane Peacock".into(),
                reason: "called twice".into(),
                trace_id: "0af7651916cd43dd8448eb211c80319c".into(),
                ..ChangeContext::default()
            },
            happened_at: OffsetDateTime::UNIX_EPOCH,
            changes: Vec::new(),
        }
    }

    #[test]
    fn each_scope_sees_its_customers_and_only_auditors_what_concerns_none() {
        let known = |active| Customer { active, assigned_staff: vec![REP] };
        let viewer = |scope, audits| Viewer { scope, audits };
        let (stranger, other) = (StaffId(Uuid::from_u128(3)), CustomerId(Uuid::from_u128(4)));
        for (viewer, of_active, of_deleted, of_none) in [
            (viewer(Scope::All, true), true, true, true),
            (viewer(Scope::All, false), true, true, false),
            (viewer(Scope::Assigned(REP), false), true, true, false),
            (viewer(Scope::Assigned(stranger), false), false, false, false),
            (viewer(Scope::Own(CUSTOMER), false), true, false, false),
            (viewer(Scope::Own(other), false), false, false, false),
        ] {
            let sees = |active| viewer.sees(&event(Some(CUSTOMER), ""), Some(&known(active)));
            assert_eq!((sees(true), sees(false)), (of_active, of_deleted), "{viewer:?}");
            assert_eq!(viewer.sees(&event(None, ""), None), of_none, "{viewer:?}");
        }
    }

    #[test]
    fn customers_learn_of_staff_no_more_than_that_it_was_staff() {
        let staff = format!("staff/{}", REP.0);
        let seen_by = |scope, actor: &str| {
            let context =
                Viewer { scope, audits: false }.show(&event(Some(CUSTOMER), actor)).context.unwrap();
            (context.actor, context.actor_display_name, context.reason, context.trace_id)
        };
        let (all, own) = (seen_by(Scope::All, &staff), seen_by(Scope::Own(CUSTOMER), &staff));
        assert_eq!((all.0, all.1.as_str(), all.2.as_str()), (staff.clone(), "Jane Peacock", "called twice"));
        assert_eq!((own.0.as_str(), own.1.as_str(), own.2.as_str()), (STAFF, "", ""));
        assert_eq!(own.3, "0af7651916cd43dd8448eb211c80319c");
        let change = Change { field: "password_given_by".into(), old: None, new: Some(staff.into()) };
        let given = ActivityEvent { changes: vec![change], ..event(Some(CUSTOMER), "") };
        let shown = Viewer { scope: Scope::Own(CUSTOMER), audits: false }.show(&given);
        assert_eq!(shown.changes[0].new, Some(Value { kind: Some(Kind::StringValue(STAFF.into())) }));
        let themselves = seen_by(Scope::Own(CUSTOMER), &CUSTOMER.resource_name());
        assert_eq!((themselves.0, themselves.2.as_str()), (CUSTOMER.resource_name(), "called twice"));
    }
}
