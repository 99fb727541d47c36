use super::Asked;
use crate::world::ADA;
use futures::stream::{self, BoxStream, StreamExt as _};
use patron_chassis::status::Problem;
use patron_proto::{
    google::{api::HttpBody, rpc},
    profile::v1::{
        BatchCreateCustomersRequest, BatchCreateCustomersResponse, BatchGetCustomersRequest,
        BatchGetCustomersResponse, CountCustomersRequest, CountCustomersResponse, CreateCustomerRequest,
        Customer, CustomerCreation, CustomerExportEstimate, DeleteCustomerRequest,
        EstimateCustomerExportRequest, ExportCustomersRequest, FindDuplicateCustomersRequest,
        FindDuplicateCustomersResponse, GetCustomerRequest, ListCustomersRequest, ListCustomersResponse,
        UpdateCustomerRequest, customer_creation::Result as Outcome,
        customer_export_service_server::CustomerExportService, customer_service_server::CustomerService,
    },
};
use prost::Message as _;
use std::{mem, sync::Mutex};
use tokio::sync::Notify;
use tonic::{Request, Response, Status};

/// Knows Ada, and gives back what it is sent.
#[derive(Default)]
pub(crate) struct Profile {
    pub(crate) get: Asked<GetCustomerRequest>,
    pub(crate) batch: Asked<BatchGetCustomersRequest>,
    pub(crate) list: Asked<ListCustomersRequest>,
    pub(crate) create: Asked<CreateCustomerRequest>,
    pub(crate) update: Asked<UpdateCustomerRequest>,
    pub(crate) delete: Asked<DeleteCustomerRequest>,
    /// A token that is refused, whatever it says.
    pub(crate) refused: Mutex<Option<String>>,
    /// Whether to read a customer waits for `go_on`.
    pub(crate) waits: Mutex<bool>,
    pub(crate) go_on: Notify,
    /// Length of the page that lists give, in bytes.
    pub(crate) page: Mutex<usize>,
    /// Groups that Ada is in.
    pub(crate) groups: Mutex<Vec<String>>,
    pub(crate) export: Asked<ExportCustomersRequest>,
    /// What an export answers.
    pub(crate) parts: Mutex<Vec<Result<HttpBody, Status>>>,
}

impl Profile {
    fn admit<T>(&self, request: &Request<T>) -> Result<(), Status> {
        let shown = request.metadata().get("authorization").and_then(|value| value.to_str().ok());
        let refused = self.refused.lock().expect("a lock");
        if shown.is_some() && shown == refused.as_deref() {
            return Err(Problem::CredentialsInvalid.into());
        }
        Ok(())
    }
}

fn ada() -> Customer {
    Customer {
        name: ADA.to_owned(),
        etag: "7".to_owned(),
        first_name: "Ada".to_owned(),
        last_name: "Lovelace".to_owned(),
        create_time: Some(prost_types::Timestamp { seconds: 1_700_000_000, nanos: 250_000_000 }),
        ..Default::default()
    }
}

#[tonic::async_trait]
impl CustomerService for Profile {
    async fn create_customer(
        &self,
        request: Request<CreateCustomerRequest>,
    ) -> Result<Response<Customer>, Status> {
        self.create.note(request)?;
        let mut response = Response::new(ada());
        response
            .metadata_mut()
            .append("patron-consistency-token", "profile/customers/1@1".parse().expect("metadata"));
        Ok(response)
    }

    async fn batch_create_customers(
        &self,
        _: Request<BatchCreateCustomersRequest>,
    ) -> Result<Response<BatchCreateCustomersResponse>, Status> {
        let taken: Status = Problem::Taken { kind: "customer", field: "customer.email" }.into();
        let error = rpc::Status::decode(taken.details()).expect("details are a status");
        let results = [Outcome::Customer(Box::new(ada())), Outcome::Error(error)];
        let results = results.map(|result| CustomerCreation { result: Some(result) }).into();
        Ok(Response::new(BatchCreateCustomersResponse { results }))
    }

    async fn get_customer(&self, request: Request<GetCustomerRequest>) -> Result<Response<Customer>, Status> {
        self.admit(&request)?;
        let name = request.get_ref().name.clone();
        self.get.note(request)?;
        if *self.waits.lock().expect("a lock") {
            self.go_on.notified().await;
        }
        let groups = self.groups.lock().expect("a lock").clone();
        if name == ADA {
            Ok(Response::new(Customer { groups, ..ada() }))
        } else {
            Err(Problem::not_found("customer", name).into())
        }
    }

    async fn batch_get_customers(
        &self,
        request: Request<BatchGetCustomersRequest>,
    ) -> Result<Response<BatchGetCustomersResponse>, Status> {
        self.batch.note(request)?;
        Ok(Response::new(BatchGetCustomersResponse { customers: vec![ada()] }))
    }

    async fn list_customers(
        &self,
        request: Request<ListCustomersRequest>,
    ) -> Result<Response<ListCustomersResponse>, Status> {
        let behind = request.metadata().contains_key("patron-consistency-token");
        self.list.note(request)?;
        let next_page_token = "x".repeat(*self.page.lock().expect("a lock"));
        let mut response = Response::new(ListCustomersResponse { next_page_token, ..Default::default() });
        if behind {
            response.metadata_mut().insert("patron-behind", "true".parse().expect("metadata"));
        }
        Ok(response)
    }

    async fn count_customers(
        &self,
        request: Request<CountCustomersRequest>,
    ) -> Result<Response<CountCustomersResponse>, Status> {
        let counts = request.get_ref().times.windows(2).map(|_| 1).collect();
        Ok(Response::new(CountCustomersResponse { counts }))
    }

    async fn find_duplicate_customers(
        &self,
        _: Request<FindDuplicateCustomersRequest>,
    ) -> Result<Response<FindDuplicateCustomersResponse>, Status> {
        Ok(Response::new(FindDuplicateCustomersResponse::default()))
    }

    async fn update_customer(
        &self,
        request: Request<UpdateCustomerRequest>,
    ) -> Result<Response<Customer>, Status> {
        self.admit(&request)?;
        self.update.note(request)?;
        let mut response = Response::new(ada());
        response
            .metadata_mut()
            .append("patron-consistency-token", "profile/customers/1@8".parse().expect("metadata"));
        Ok(response)
    }

    async fn delete_customer(&self, request: Request<DeleteCustomerRequest>) -> Result<Response<()>, Status> {
        self.delete.note(request)?;
        Ok(Response::new(()))
    }
}

#[tonic::async_trait]
impl CustomerExportService for Profile {
    type ExportCustomersStream = BoxStream<'static, Result<HttpBody, Status>>;

    async fn estimate_customer_export(
        &self,
        _: Request<EstimateCustomerExportRequest>,
    ) -> Result<Response<CustomerExportEstimate>, Status> {
        Ok(Response::new(CustomerExportEstimate { row_count: 1, ..Default::default() }))
    }

    async fn export_customers(
        &self,
        request: Request<ExportCustomersRequest>,
    ) -> Result<Response<Self::ExportCustomersStream>, Status> {
        self.export.note(request)?;
        Ok(Response::new(stream::iter(mem::take(&mut *self.parts.lock().expect("a lock"))).boxed()))
    }
}
