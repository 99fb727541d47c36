use super::Addresses;
use crate::{
    address::{self, Address, Content, Name},
    error::Error,
    store,
};
use patron_ledger::change::InitialResources;
use patron_proto::{
    address::v1 as proto,
    event::v1::{ChangeContext, event::Snapshot},
};
use patron_values::{address_summary, id::CustomerId};

/// The addresses with which a customer begins.
#[derive(Debug)]
pub struct NewAddresses {
    /// Whose they are.
    pub customer: CustomerId,
    /// What they hold, under the names they shall have.
    pub contents: Vec<(Name, Content)>,
    /// By whom, and in which request, the customer is created.
    pub context: ChangeContext,
}

impl Addresses {
    /// Creates the addresses of customers that are not yet visible, once however often it is asked for: all or none.
    pub async fn create_pending(&self, news: &[NewAddresses]) -> Result<(), Error> {
        let counts: Vec<_> = news.iter().map(|new| (new.customer, new.contents.len())).collect();
        let Some(mut pending) = self.ledger.open_pending(&counts).await? else { return Ok(()) };
        let now = self.ledger.now();
        let missing = news.iter().filter(|new| pending.includes(new.customer));
        let sets: Vec<_> = missing
            .map(|NewAddresses { contents, context, .. }| {
                let mut resources: Vec<_> = contents
                    .iter()
                    .map(|(name, content)| Address::new(*name, content.clone(), now))
                    .collect();
                address::settle_defaults(&mut resources);
                let messages: Vec<_> = resources.iter().map(proto::Address::from).collect();
                let snapshot = Snapshot::Addresses(address_summary::summary_of(&messages));
                InitialResources { resources, snapshot, context }
            })
            .collect();
        store::creation::insert_all(&mut pending, sets.iter().flat_map(|set| &set.resources)).await?;
        Ok(pending.conclude(&sets).await?)
    }
}
