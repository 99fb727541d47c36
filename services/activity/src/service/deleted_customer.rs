use crate::{error::Error, store};
use patron_chassis::{pg::Database, principal::Principal, status::Problem};
use patron_ledger::inbox::Inbox;
use patron_proto::activity::v1::{
    DeletedCustomer, GetDeletedCustomerRequest, ListDeletedCustomersRequest, ListDeletedCustomersResponse,
    deleted_customer_service_server::DeletedCustomerService,
};
use patron_values::{
    id::{CustomerId, DeletedCustomerId},
    page::Page,
    seal::Seal,
    search::query::Query,
};
use time::OffsetDateTime;
use tonic::{Request, Response, Status};

/// Answers `patron.activity.v1.DeletedCustomerService`.
pub struct DeletedCustomerRpc {
    /// Where they are kept.
    pub database: Database,
    /// How far the events of others have come.
    pub inbox: Inbox,
    /// Seals page tokens.
    pub seal: Seal,
}

#[tonic::async_trait]
impl DeletedCustomerService for DeletedCustomerRpc {
    async fn get_deleted_customer(
        &self,
        request: Request<GetDeletedCustomerRequest>,
    ) -> Result<Response<DeletedCustomer>, Status> {
        let scope = Principal::of(&request).known_scope()?;
        let DeletedCustomerId(id) = DeletedCustomerId::parse(&request.get_ref().name)
            .map_err(|error| Problem::invalid("name", error.to_string()))?;
        let found = store::deleted_customer::find(&self.database, CustomerId(id), scope)
            .await
            .map_err(Error::from)?;
        let found = found.ok_or(Error::DeletedCustomerNotFound(DeletedCustomerId(id)))?;
        Ok(Response::new(DeletedCustomer::from(&found)))
    }

    async fn list_deleted_customers(
        &self,
        request: Request<ListDeletedCustomersRequest>,
    ) -> Result<Response<ListDeletedCustomersResponse>, Status> {
        let freshness = self.inbox.catch_up(&request).await.map_err(Problem::from)?;
        let principal = Principal::of(&request);
        let (scope, message) = (principal.known_scope()?, request.get_ref());
        let query =
            Query::parse(&message.query).map_err(|error| Problem::invalid("query", error.to_string()))?;
        let page = Page::<(OffsetDateTime, CustomerId)>::parse(message, &principal.to_string(), &self.seal)
            .map_err(Problem::from)?;
        let after = page.after().copied();
        let mut found = store::deleted_customer::list(&self.database, scope, &query, after, page.limit())
            .await
            .map_err(Error::from)?;
        let next_page_token = page.finish(&mut found, |last| (last.deleted_at, last.customer_id));
        let deleted_customers = found.iter().map(DeletedCustomer::from).collect();
        Ok(freshness.reply(ListDeletedCustomersResponse { deleted_customers, next_page_token }))
    }
}
