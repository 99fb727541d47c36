//! Members of one group become those of another.

use super::{Memberships, membership::open_groups};
use crate::{
    error::Error,
    group::MemberCount,
    membership::{Membership, Name},
    store::{self, membership::Page},
};
use patron_chassis::principal::Scope;
use patron_ledger::change::{Caller, Changed};
use patron_proto::group::v1::MoveMembersResponse;
use patron_values::id::GroupId;

/// Members that one call moves. Each takes two transactions, and all of them about a second.
const MOST: i64 = 100;

/// What became of the members of a group.
#[derive(Debug, Clone, Copy)]
pub struct Transfer {
    /// So many are in the other group now.
    pub moved: i32,
    /// So many are in it still.
    pub remaining: MemberCount,
}

impl From<&Transfer> for MoveMembersResponse {
    fn from(transfer: &Transfer) -> Self {
        Self {
            moved_count: transfer.moved,
            remaining_count: i32::try_from(transfer.remaining.members).unwrap_or(i32::MAX),
            remaining_count_estimated: transfer.remaining.estimated,
        }
    }
}

impl Memberships {
    /// Moves the latest members whom the caller may see into another group.
    pub async fn transfer(
        &self,
        from: GroupId,
        to: GroupId,
        caller: &Caller,
    ) -> Result<Changed<Transfer>, Error> {
        let database = self.ledger.database();
        open_groups(database, &[to], caller.scope == Scope::All).await?;
        // each member is a change of their own, which the id of the request does not name
        let caller = Caller { request: None, ..caller.clone() };
        let page = Page { before: None, limit: MOST };
        let (mut moved, mut consistency_tokens) = (0, Vec::new());
        for member in store::membership::list_members(database, from, caller.scope, page).await? {
            match self.transfer_one(&member, to, &caller).await {
                Ok(left) => {
                    moved += 1;
                    consistency_tokens = left.consistency_tokens;
                }
                // the customer left, or was deleted, since they were listed
                Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let group = store::group::find(database, from, caller.scope).await?;
        let remaining = group.ok_or_else(|| Error::no_group(from))?.members;
        Ok(Changed { result: Transfer { moved, remaining }, consistency_tokens })
    }

    /// Into the other group first: a customer is in both for a moment rather than in none.
    async fn transfer_one(
        &self,
        member: &Membership,
        to: GroupId,
        caller: &Caller,
    ) -> Result<Changed<()>, Error> {
        let there = Name { group: to, ..member.name };
        match self.create(there, member.is_primary, caller).await {
            Err(Error::Taken { .. }) if member.is_primary => drop(self.set_primary(there, caller).await?),
            Ok(_) | Err(Error::Taken { .. }) => {}
            Err(error) => return Err(error),
        }
        self.delete(member.name, caller).await
    }
}
