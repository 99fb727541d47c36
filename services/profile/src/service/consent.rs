use crate::{consent::Statement, operations::Customers, store};
use patron_chassis::{
    principal::{Principal, Scope},
    status::Problem,
};
use patron_ledger::change::Caller;
use patron_proto::profile::v1::{
    Consent, ListConsentRecordsRequest, ListConsentRecordsResponse, RecordConsentRequest,
    consent_service_server::ConsentService,
};
use patron_values::{id::CustomerId, page::Page, seal::Seal};
use tonic::{Request, Response, Status};

/// Answers `patron.profile.v1.ConsentService`.
pub struct ConsentRpc {
    /// The customers.
    pub customers: Customers,
    /// Seals page tokens.
    pub seal: Seal,
}

#[tonic::async_trait]
impl ConsentService for ConsentRpc {
    async fn record_consent(
        &self,
        request: Request<RecordConsentRequest>,
    ) -> Result<Response<Consent>, Status> {
        let caller = Caller::of(&request, &request.get_ref().request_id)?;
        let message = request.into_inner();
        let customer = parent(&message.parent)?;
        let statement = Statement::parse(&message, &caller.context).map_err(Problem::from)?;
        let caller = caller.validating(message.validate_only);
        let recorded = self.customers.record_consent(customer, statement, &caller).await?;
        Ok(recorded.reply(|consent| consent.map(Consent::from).unwrap_or_default()))
    }

    async fn list_consent_records(
        &self,
        request: Request<ListConsentRecordsRequest>,
    ) -> Result<Response<ListConsentRecordsResponse>, Status> {
        let (principal, message) = (Principal::of(&request), request.get_ref());
        let (scope, customer) = (principal.known_scope()?, parent(&message.parent)?);
        let page = Page::<i32>::parse(message, &principal.to_string(), &self.seal).map_err(Problem::from)?;
        self.customers.find(customer, scope).await?;
        let database = self.customers.ledger.database();
        let (before, limit) = (page.after().copied(), page.limit());
        let records = store::consent::list(database, customer, before, limit).await;
        let mut records = records.map_err(Problem::from)?;
        let next_page_token = page.finish(&mut records, |last| last.number);
        let consents = store::consent::find_all(database, customer).await.map_err(Problem::from)?;
        let to_customer = matches!(scope, Scope::Own(_));
        Ok(Response::new(ListConsentRecordsResponse {
            consent_records: records.into_iter().map(|record| record.show(to_customer)).collect(),
            next_page_token,
            consents: consents.into_iter().map(Consent::from).collect(),
        }))
    }
}

fn parent(name: &str) -> Result<CustomerId, Problem> {
    CustomerId::parse(name).map_err(|error| Problem::invalid("parent", error.to_string()))
}
