use crate::{
    customer::{State, reference},
    events,
    operations::Customers,
    store,
};
use patron_chassis::{
    peer::Peer,
    principal::{Principal, Scope},
    status::Problem,
};
use patron_proto::profile::internal::v1::{
    BatchGetCustomerReferencesRequest, BatchGetCustomerReferencesResponse,
    customer_reference_service_server::CustomerReferenceService,
};
use patron_values::id::CustomerId;
use tonic::{Request, Response, Status};

/// Answers `patron.profile.internal.v1.CustomerReferenceService`.
pub struct CustomerReferenceRpc {
    /// The customers.
    pub customers: Customers,
}

#[tonic::async_trait]
impl CustomerReferenceService for CustomerReferenceRpc {
    async fn batch_get_customer_references(
        &self,
        request: Request<BatchGetCustomerReferencesRequest>,
    ) -> Result<Response<BatchGetCustomerReferencesResponse>, Status> {
        let with_email = matches!(Principal::of(&request), Principal::Peer(Peer::IDENTITY));
        let names = &request.get_ref().customers;
        let ids = names.iter().map(|name| CustomerId::parse(name)).collect::<Result<Vec<_>, _>>();
        let ids = ids.map_err(|error| Problem::invalid("customers", error.to_string()))?;
        let database = self.customers.ledger.database();
        let found = store::customer::find_all(database, &ids, Scope::All, State::Active)
            .await
            .map_err(Problem::from)?;
        let gone = store::tombstone::find_all(database, &ids).await.map_err(Problem::from)?;
        let living = found.iter().map(|customer| reference(customer, with_email));
        let references = living.chain(gone.into_iter().map(events::ended)).collect();
        Ok(Response::new(BatchGetCustomerReferencesResponse { references }))
    }
}
