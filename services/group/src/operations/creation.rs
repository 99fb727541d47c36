use super::{
    Memberships,
    membership::{membership, open_groups},
};
use crate::{
    error::Error,
    membership::{Membership, MembershipSet, Name},
    store,
};
use patron_chassis::pg::constraint;
use patron_ledger::change::InitialResources;
use patron_proto::event::v1::{ChangeContext, event::Snapshot};
use patron_values::id::{CustomerId, GroupId};
use std::collections::{BTreeSet, HashMap};

/// The groups with which a customer begins.
#[derive(Debug)]
pub struct NewMemberships {
    /// Who is put into them.
    pub customer: CustomerId,
    /// The groups, the first of which becomes the primary one.
    pub groups: Vec<GroupId>,
    /// Those of them that require approval, as they did when the creation began.
    pub approval_groups: Vec<GroupId>,
    /// By whom, and in which request, the customer is created.
    pub context: ChangeContext,
}

impl Memberships {
    /// Puts customers who are not yet visible into groups, once however often it is asked for: all or none.
    pub async fn create_pending(&self, news: &[NewMemberships]) -> Result<(), Error> {
        let counts: Vec<_> = news.iter().map(|new| (new.customer, new.groups.len())).collect();
        let Some(mut pending) = self.ledger.open_pending(&counts).await? else { return Ok(()) };
        // Of the others the groups do not matter any more: they may have been closed since.
        let missing: Vec<_> = news.iter().filter(|new| pending.includes(new.customer)).collect();
        let groups: BTreeSet<GroupId> = missing.iter().flat_map(|new| new.groups.clone()).collect();
        let groups: Vec<GroupId> = groups.into_iter().collect();
        let contents: HashMap<_, _> = open_groups(&mut *pending, &groups, true).await?.into_iter().collect();
        let now = self.ledger.now();
        let mut sets = Vec::with_capacity(missing.len());
        for NewMemberships { customer, groups, approval_groups, context } in missing {
            let mut set = MembershipSet::default();
            for group in groups {
                let name = Name { customer: *customer, group: *group };
                set.add(Membership {
                    approval_required: approval_groups.contains(group),
                    ..membership(name, false, contents[group].clone(), context, now)
                })?;
            }
            let snapshot = Snapshot::Memberships(set.snapshot());
            sets.push(InitialResources { resources: set.into_memberships(), snapshot, context });
        }
        let all = sets.iter().flat_map(|set: &InitialResources<'_, Membership>| &set.resources);
        if let Err(error) = store::creation::insert_all(&mut pending, all).await {
            if constraint(&error) == Some("membership_group_id_fkey") {
                // One was deleted after it was read: this says which.
                open_groups(self.ledger.database(), &groups, true).await?;
            }
            return Err(error.into());
        }
        Ok(pending.conclude(&sets).await?)
    }
}
