//! The groups of one customer as a whole: whoever is in a group has one primary group.

use super::Membership;
use crate::error::Error;
use patron_ledger::change::Transition;
use patron_proto::event::v1::CustomerMemberships;
use patron_values::id::GroupId;

/// Groups a customer can be in: what is read at each change, published in each event and shown on one page.
pub const MAX_GROUPS: usize = 100;

/// The memberships of one customer, oldest first. One of them is primary unless there are none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MembershipSet(Vec<Membership>);

impl MembershipSet {
    /// The memberships as they are stored, oldest first.
    pub fn new(memberships: Vec<Membership>) -> Self {
        Self(memberships)
    }

    /// The memberships, oldest first.
    pub fn into_memberships(self) -> Vec<Membership> {
        self.0
    }

    /// The membership in a group.
    pub fn find(&self, group: GroupId) -> Option<&Membership> {
        self.0.iter().find(|membership| membership.name.group == group)
    }

    /// Adds the latest membership; the first becomes primary, and a primary one takes the place of the one before.
    pub fn add(&mut self, membership: Membership) -> Result<(), Error> {
        let name = membership.name;
        if self.find(name.group).is_some() {
            return Err(Error::Taken { kind: "membership", field: "membership.group" });
        }
        if self.0.len() >= MAX_GROUPS {
            return Err(Error::TooManyGroups(name.customer));
        }
        let becomes_primary = membership.is_primary || self.0.is_empty();
        self.0.push(membership);
        if becomes_primary {
            self.set_primary(name.group);
        }
        Ok(())
    }

    /// Makes a group the primary one; it must be among them.
    pub fn set_primary(&mut self, group: GroupId) {
        for membership in &mut self.0 {
            membership.is_primary = membership.name.group == group;
        }
    }

    /// Removes the membership in a group. Where it was primary, the oldest of the others becomes it.
    pub fn remove(&mut self, group: GroupId) {
        self.0.retain(|membership| membership.name.group != group);
        if !self.0.iter().any(|membership| membership.is_primary)
            && let Some(oldest) = self.0.first_mut()
        {
            oldest.is_primary = true;
        }
    }

    /// What leads from here to `after`, in an order in which no transition makes two groups primary.
    pub fn transitions(&self, after: &Self) -> Vec<Transition<Membership>> {
        let mut transitions = Vec::new();
        for old in &self.0 {
            match after.find(old.name.group) {
                None => transitions.push(Transition::Deleted(old.clone())),
                Some(new) if old != new => transitions.push(Transition::Updated(old.clone(), new.clone())),
                Some(_) => {}
            }
        }
        let new = after.0.iter().filter(|new| self.find(new.name.group).is_none());
        transitions.extend(new.cloned().map(Transition::Created));
        transitions.sort_by_key(|transition| !leaves_primary_free(transition));
        transitions
    }

    /// What other services keep of it.
    pub fn snapshot(&self) -> CustomerMemberships {
        let name = |membership: &Membership| membership.name.group.resource_name();
        CustomerMemberships {
            groups: self.0.iter().map(name).collect(),
            primary_group: self.0.iter().find(|it| it.is_primary).map(name).unwrap_or_default(),
            approval_groups: self.0.iter().filter(|it| it.approval_required).map(name).collect(),
        }
    }
}

fn leaves_primary_free(transition: &Transition<Membership>) -> bool {
    match transition {
        Transition::Created(_) => false,
        Transition::Updated(_, new) => !new.is_primary,
        Transition::Deleted(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::membership::Name;
    use patron_values::{id::CustomerId, text::Line};
    use time::OffsetDateTime;
    use uuid::Uuid;

    fn group(number: u128) -> GroupId {
        GroupId(Uuid::from_u128(number))
    }

    fn membership(number: u128, is_primary: bool) -> Membership {
        Membership {
            name: Name { customer: CustomerId(Uuid::nil()), group: group(number) },
            is_primary,
            creator: "staff/1".to_owned(),
            created_at: OffsetDateTime::UNIX_EPOCH,
            group_display_name: Line::parse("Gold").unwrap(),
            approval_required: false,
        }
    }

    fn set(added: &[(u128, bool)]) -> MembershipSet {
        let mut set = MembershipSet::default();
        for (number, is_primary) in added {
            set.add(membership(*number, *is_primary)).unwrap();
        }
        set
    }

    fn transitions(before: &MembershipSet, after: &MembershipSet) -> Vec<String> {
        let number = |membership: &Membership| membership.name.group.0.as_u128();
        let transitions = before.transitions(after).into_iter().map(|transition| match transition {
            Transition::Created(new) => format!("created {} {}", number(&new), new.is_primary),
            Transition::Updated(_, new) => format!("updated {} {}", number(&new), new.is_primary),
            Transition::Deleted(old) => format!("deleted {}", number(&old)),
        });
        transitions.collect()
    }

    #[test]
    fn the_first_becomes_primary_and_stays_it_until_another_is_made_it() {
        let (none, one) = (MembershipSet::default(), set(&[(1, false)]));
        assert_eq!(transitions(&none, &one), ["created 1 true"]);
        let two = set(&[(1, false), (2, false)]);
        assert_eq!(transitions(&one, &two), ["created 2 false"]);
        let claimed = set(&[(1, false), (2, true)]);
        assert_eq!(transitions(&one, &claimed), ["updated 1 false", "created 2 true"]);
        let mut made = two.clone();
        made.set_primary(group(2));
        assert_eq!(transitions(&two, &made), ["updated 1 false", "updated 2 true"]);
        assert_eq!(made.snapshot().primary_group, group(2).resource_name());
    }

    #[test]
    fn the_oldest_follows_a_primary_that_goes() {
        let before = set(&[(1, false), (2, false), (3, true)]);
        let mut after = before.clone();
        after.remove(group(3));
        assert_eq!(transitions(&before, &after), ["deleted 3", "updated 1 true"]);
        after.remove(group(2));
        after.remove(group(1));
        assert_eq!(after.snapshot(), CustomerMemberships::default());
    }

    #[test]
    fn nobody_is_in_a_group_twice_or_in_more_than_can_be_shown() {
        let mut full = set(&(0..100).map(|number| (number, false)).collect::<Vec<_>>());
        assert!(matches!(
            full.add(membership(7, false)),
            Err(Error::Taken { field: "membership.group", .. })
        ));
        assert!(matches!(full.add(membership(100, false)), Err(Error::TooManyGroups(_))));
    }
}
