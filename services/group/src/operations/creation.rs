use super::{
    Memberships,
    membership::{membership, open_groups},
};
use crate::{
    error::Error,
    membership::{MembershipSet, Name},
    store,
};
use patron_chassis::pg::constraint;
use patron_proto::event::v1::{ChangeContext, event::Snapshot};
use patron_values::id::{CustomerId, GroupId};
use std::collections::{BTreeSet, HashMap};

impl Memberships {
    /// Puts customers who are not yet visible into groups, the first of each becoming the primary one; once however often it is
    /// asked for: all or none.
    pub async fn create_pending(
        &self,
        customers: &[(CustomerId, Vec<GroupId>)],
        context: &ChangeContext,
    ) -> Result<(), Error> {
        let counts: Vec<_> = customers.iter().map(|(customer, groups)| (*customer, groups.len())).collect();
        let Some(mut pending) = self.ledger.open_pending(&counts, context).await? else { return Ok(()) };
        // Of the others the groups do not matter any more: they may have been closed since.
        let missing: Vec<_> = customers.iter().filter(|(customer, _)| pending.includes(*customer)).collect();
        let groups: BTreeSet<GroupId> = missing.iter().flat_map(|(_, groups)| groups.clone()).collect();
        let groups: Vec<GroupId> = groups.into_iter().collect();
        let contents: HashMap<_, _> = open_groups(&mut *pending, &groups, true).await?.into_iter().collect();
        let now = self.ledger.now();
        let mut sets = Vec::with_capacity(missing.len());
        for (customer, groups) in missing {
            let mut set = MembershipSet::default();
            for group in groups {
                let name = Name { customer: *customer, group: *group };
                set.add(membership(name, false, contents[group].clone(), context, now))?;
            }
            let snapshot = Snapshot::Memberships(set.snapshot());
            sets.push((set.into_memberships(), snapshot));
        }
        let all = sets.iter().flat_map(|(memberships, _)| memberships);
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
