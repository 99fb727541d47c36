use super::{
    Memberships,
    membership::{membership, open_groups},
};
use crate::{
    error::Error,
    membership::{MembershipSet, Name},
    store,
};
use patron_chassis::{pg::constraint, status::Problem};
use patron_ledger::{change, reference};
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
        let mut transaction = self.ledger.database().begin().await?;
        let changes: Vec<_> = customers.iter().map(|(customer, groups)| (*customer, groups.len())).collect();
        let begun = reference::begin(&mut transaction, &changes).await?.map_err(Problem::from)?;
        // Of the others the groups do not matter any more: they may have been closed since.
        let begun: Vec<_> = customers.iter().filter(|(customer, _)| begun.contains(customer)).collect();
        if begun.is_empty() {
            return Ok(());
        }
        let groups: BTreeSet<GroupId> = begun.iter().flat_map(|(_, groups)| groups.clone()).collect();
        let groups: Vec<GroupId> = groups.into_iter().collect();
        let contents: HashMap<_, _> =
            open_groups(&mut transaction, &groups, true).await?.into_iter().collect();
        let now = self.ledger.now();
        let (mut created, mut events) = (Vec::new(), Vec::new());
        for (customer, groups) in begun {
            let mut set = MembershipSet::default();
            for group in groups {
                let name = Name { customer: *customer, group: *group };
                set.add(membership(name, false, contents[group].clone(), context, now))?;
            }
            let snapshot = Snapshot::Memberships(set.snapshot());
            let memberships = set.into_memberships();
            events.extend(change::created(&memberships, Some(&snapshot)));
            created.extend(memberships);
        }
        if let Err(error) = store::creation::insert_all(&mut transaction, &created).await {
            if constraint(&error) == Some("membership_group_id_fkey") {
                // One was deleted after it was read: this says which.
                open_groups(self.ledger.database(), &groups, true).await?;
            }
            return Err(error.into());
        }
        self.ledger.outbox().stage(&mut transaction, context, now, events).await?;
        Ok(transaction.commit().await?)
    }
}
