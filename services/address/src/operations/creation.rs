use super::Addresses;
use crate::{
    address::{self, Address, Content, Name},
    error::Error,
    store,
};
use patron_proto::{
    address::v1 as proto,
    event::v1::{ChangeContext, event::Snapshot},
};
use patron_values::{id::CustomerId, place};

impl Addresses {
    /// Creates the addresses of customers that are not yet visible, once however often it is asked for: all or none.
    pub async fn create_pending(
        &self,
        customers: &[(CustomerId, Vec<(Name, Content)>)],
        context: &ChangeContext,
    ) -> Result<(), Error> {
        let counts: Vec<_> =
            customers.iter().map(|(customer, contents)| (*customer, contents.len())).collect();
        let Some(mut pending) = self.ledger.open_pending(&counts, context).await? else { return Ok(()) };
        let now = self.ledger.now();
        let missing = customers.iter().filter(|(customer, _)| pending.includes(*customer));
        let sets: Vec<_> = missing
            .map(|(_, contents)| {
                let mut addresses: Vec<_> = contents
                    .iter()
                    .map(|(name, content)| Address::new(*name, content.clone(), now))
                    .collect();
                address::settle_defaults(&mut addresses);
                let messages: Vec<_> = addresses.iter().map(proto::Address::from).collect();
                (addresses, Snapshot::Addresses(place::summary_of(&messages)))
            })
            .collect();
        store::creation::insert_all(&mut pending, sets.iter().flat_map(|(addresses, _)| addresses)).await?;
        Ok(pending.conclude(&sets).await?)
    }
}
