use super::Addresses;
use crate::{
    address::{self, Address, Content, Name},
    error::Error,
    store,
};
use patron_proto::event::v1::{ChangeContext, event::Snapshot};
use patron_values::id::CustomerId;

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
                let place = address::main_place(&addresses).unwrap_or_default();
                (addresses, Snapshot::Addresses(place))
            })
            .collect();
        store::creation::insert_all(&mut pending, sets.iter().flat_map(|(addresses, _)| addresses)).await?;
        Ok(pending.conclude(&sets).await?)
    }
}
