use super::Asked;
use patron_proto::{
    address::v1::{
        Address as AddressMessage, BatchListAddressesRequest, BatchListAddressesResponse,
        CreateAddressRequest, DeleteAddressRequest, GetAddressRequest, ListAddressesRequest,
        ListAddressesResponse, UpdateAddressRequest, address_service_server::AddressService,
    },
    group::v1::{
        BatchListMembershipsRequest, BatchListMembershipsResponse, CreateMembershipRequest,
        DeleteMembershipRequest, ListMembersRequest, ListMembersResponse, ListMembershipsRequest,
        ListMembershipsResponse, Membership, MoveMembersRequest, MoveMembersResponse,
        SetPrimaryMembershipRequest, membership_service_server::MembershipService,
    },
};
use tonic::{Request, Response, Status};

/// Knows one address.
#[derive(Default)]
pub(crate) struct Address {
    pub(crate) create: Asked<CreateAddressRequest>,
    pub(crate) list: Asked<ListAddressesRequest>,
}

#[tonic::async_trait]
impl AddressService for Address {
    async fn create_address(
        &self,
        request: Request<CreateAddressRequest>,
    ) -> Result<Response<AddressMessage>, Status> {
        self.create.note(request)?;
        Ok(Response::new(AddressMessage::default()))
    }

    async fn get_address(&self, _: Request<GetAddressRequest>) -> Result<Response<AddressMessage>, Status> {
        Ok(Response::new(AddressMessage::default()))
    }

    async fn list_addresses(
        &self,
        request: Request<ListAddressesRequest>,
    ) -> Result<Response<ListAddressesResponse>, Status> {
        self.list.note(request)?;
        let address = AddressMessage { city: "London".to_owned(), ..Default::default() };
        Ok(Response::new(ListAddressesResponse { addresses: vec![address], ..Default::default() }))
    }

    async fn batch_list_addresses(
        &self,
        _: Request<BatchListAddressesRequest>,
    ) -> Result<Response<BatchListAddressesResponse>, Status> {
        Ok(Response::new(BatchListAddressesResponse::default()))
    }

    async fn update_address(
        &self,
        _: Request<UpdateAddressRequest>,
    ) -> Result<Response<AddressMessage>, Status> {
        Ok(Response::new(AddressMessage::default()))
    }

    async fn delete_address(&self, _: Request<DeleteAddressRequest>) -> Result<Response<()>, Status> {
        Ok(Response::new(()))
    }
}

/// Knows one membership.
#[derive(Default)]
pub(crate) struct Group {
    pub(crate) list: Asked<ListMembershipsRequest>,
}

#[tonic::async_trait]
impl MembershipService for Group {
    async fn create_membership(
        &self,
        _: Request<CreateMembershipRequest>,
    ) -> Result<Response<Membership>, Status> {
        Ok(Response::new(Membership::default()))
    }

    async fn list_memberships(
        &self,
        request: Request<ListMembershipsRequest>,
    ) -> Result<Response<ListMembershipsResponse>, Status> {
        self.list.note(request)?;
        let membership = Membership { primary: true, ..Default::default() };
        Ok(Response::new(ListMembershipsResponse { memberships: vec![membership], ..Default::default() }))
    }

    async fn batch_list_memberships(
        &self,
        _: Request<BatchListMembershipsRequest>,
    ) -> Result<Response<BatchListMembershipsResponse>, Status> {
        Ok(Response::new(BatchListMembershipsResponse::default()))
    }

    async fn set_primary_membership(
        &self,
        _: Request<SetPrimaryMembershipRequest>,
    ) -> Result<Response<Membership>, Status> {
        Ok(Response::new(Membership::default()))
    }

    async fn delete_membership(&self, _: Request<DeleteMembershipRequest>) -> Result<Response<()>, Status> {
        Ok(Response::new(()))
    }

    async fn list_members(
        &self,
        _: Request<ListMembersRequest>,
    ) -> Result<Response<ListMembersResponse>, Status> {
        Ok(Response::new(ListMembersResponse::default()))
    }

    async fn move_members(
        &self,
        _: Request<MoveMembersRequest>,
    ) -> Result<Response<MoveMembersResponse>, Status> {
        Ok(Response::new(MoveMembersResponse::default()))
    }
}
