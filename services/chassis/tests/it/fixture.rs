//! A service that does what a test asks of it.

use std::{pin::Pin, sync::Arc};

use futures::future::BoxFuture;
use patron_chassis::{
    peer::Peer,
    permission::Permission,
    server::Server,
    status::Problem,
    testing::{TestMesh, TestProcess, with_token},
};
use patron_proto::{
    group::v1::{
        CreateGroupRequest, DeleteGroupRequest, GetGroupRequest, Group, ListGroupsRequest,
        ListGroupsResponse, UpdateGroupRequest,
        group_service_client::GroupServiceClient,
        group_service_server::{GroupService, GroupServiceServer},
    },
    profile::internal::v1::{
        BatchGetCustomerReferencesRequest, BatchGetCustomerReferencesResponse,
        customer_reference_service_server::{CustomerReferenceService, CustomerReferenceServiceServer},
    },
};
use patron_values::id::StaffId;
use tokio::sync::Semaphore;
use tonic::{Code, Request, Response, Status, transport::Channel};
use tonic_types::StatusExt as _;
use uuid::Uuid;

type Answer<T> = Pin<Box<dyn Future<Output = Result<Response<T>, Status>> + Send>>;
type Handler<T, R> = Arc<dyn Fn(Request<T>) -> Answer<R> + Send + Sync>;

/// `ListGroups` reads, `CreateGroup` writes, and each does what it is asked.
#[derive(Clone)]
pub(crate) struct Groups {
    read: Handler<ListGroupsRequest, ListGroupsResponse>,
    write: Handler<CreateGroupRequest, Group>,
}

impl Default for Groups {
    fn default() -> Self {
        Self {
            read: handler(|_| async { Ok(ListGroupsResponse::default()) }),
            write: handler(|_| async { Ok(Group::default()) }),
        }
    }
}

impl Groups {
    /// Reads as asked.
    pub(crate) fn reading<F>(read: impl Fn(Request<ListGroupsRequest>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<ListGroupsResponse, Status>> + Send + 'static,
    {
        Self { read: handler(read), ..Self::default() }
    }

    /// Writes as asked.
    pub(crate) fn writing<F>(write: impl Fn(Request<CreateGroupRequest>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Group, Status>> + Send + 'static,
    {
        Self { write: handler(write), ..Self::default() }
    }

    /// Starts it.
    pub(crate) async fn start(self, mesh: &TestMesh) -> TestProcess {
        mesh.serve(Peer::GROUP, mesh.settings(Peer::GROUP), self.added()).await
    }

    /// Adds it, and a service for peers, to a server.
    pub(crate) fn added(self) -> impl FnOnce(&mut Server) -> anyhow::Result<()> {
        |server| {
            server.add_service(GroupServiceServer::new(self))?;
            server.add_service(CustomerReferenceServiceServer::new(References))
        }
    }
}

/// A gate before which calls wait until the test opens it.
#[derive(Clone)]
pub(crate) struct Gate {
    entered: Arc<Semaphore>,
    open: Arc<Semaphore>,
}

impl Gate {
    pub(crate) fn shut() -> Self {
        Self { entered: Arc::new(Semaphore::new(0)), open: Arc::new(Semaphore::new(0)) }
    }

    /// A handler that answers once it is through.
    pub(crate) fn before<T, R: Default + Send + 'static>(
        &self,
    ) -> impl Fn(Request<T>) -> BoxFuture<'static, Result<R, Status>> + Send + Sync + use<T, R> {
        let gate = self.clone();
        move |_| {
            let gate = gate.clone();
            gate.entered.add_permits(1);
            Box::pin(async move {
                let _ = gate.open.acquire().await;
                Ok(R::default())
            })
        }
    }

    /// Waits until so many more calls stand before it.
    pub(crate) async fn until_there_are(&self, calls: u32) {
        self.entered.acquire_many(calls).await.unwrap().forget();
    }

    /// Lets all through from now on.
    pub(crate) fn open(&self) {
        self.open.close();
    }
}

fn handler<T, R, F>(handle: impl Fn(Request<T>) -> F + Send + Sync + 'static) -> Handler<T, R>
where
    F: Future<Output = Result<R, Status>> + Send + 'static,
{
    Arc::new(move |request| {
        let answer = handle(request);
        Box::pin(async { answer.await.map(Response::new) })
    })
}

#[tonic::async_trait]
impl GroupService for Groups {
    async fn list_groups(
        &self,
        request: Request<ListGroupsRequest>,
    ) -> Result<Response<ListGroupsResponse>, Status> {
        (self.read)(request).await
    }

    async fn create_group(&self, request: Request<CreateGroupRequest>) -> Result<Response<Group>, Status> {
        (self.write)(request).await
    }

    async fn get_group(&self, _: Request<GetGroupRequest>) -> Result<Response<Group>, Status> {
        Err(Problem::Unimplemented.into())
    }

    async fn update_group(&self, _: Request<UpdateGroupRequest>) -> Result<Response<Group>, Status> {
        Err(Problem::Unimplemented.into())
    }

    async fn delete_group(&self, _: Request<DeleteGroupRequest>) -> Result<Response<()>, Status> {
        Err(Problem::Unimplemented.into())
    }
}

/// An RPC for peers alone, which knows no customer.
struct References;

#[tonic::async_trait]
impl CustomerReferenceService for References {
    async fn batch_get_customer_references(
        &self,
        _: Request<BatchGetCustomerReferencesRequest>,
    ) -> Result<Response<BatchGetCustomerReferencesResponse>, Status> {
        Ok(Response::new(BatchGetCustomerReferencesResponse::default()))
    }
}

/// The token of a member of staff who may do everything with groups.
pub(crate) fn token(mesh: &TestMesh) -> String {
    let claims =
        mesh.tokens().staff(StaffId(Uuid::from_u128(1)), &[Permission::GroupRead, Permission::GroupManage]);
    mesh.tokens().sign(&claims)
}

/// Reads as that member of staff.
pub(crate) async fn read(mesh: &TestMesh, channel: Channel) -> Result<ListGroupsResponse, Status> {
    let request = with_token(&token(mesh), ListGroupsRequest::default());
    GroupServiceClient::new(channel).list_groups(request).await.map(Response::into_inner)
}

/// Writes as that member of staff.
pub(crate) async fn write(mesh: &TestMesh, channel: Channel) -> Result<Group, Status> {
    let request = CreateGroupRequest { group: Some(Group::default()), request_id: String::new() };
    GroupServiceClient::new(channel)
        .create_group(with_token(&token(mesh), request))
        .await
        .map(Response::into_inner)
}

/// Code and reason of a refusal.
pub(crate) fn refusal<T: std::fmt::Debug>(answer: Result<T, Status>) -> (Code, String) {
    let status = answer.expect_err("it should be refused");
    let reason = status.get_details_error_info().map(|info| info.reason);
    (status.code(), reason.unwrap_or_else(|| panic!("no reason in {status:?}")))
}
