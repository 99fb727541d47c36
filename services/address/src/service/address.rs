use crate::{
    address::{Address as StoredAddress, Content, Name},
    error::Error,
    operations::{Addresses, EXCEPTION_PERMISSION},
    rule::Change,
    store::{self, address::Which},
};
use patron_chassis::{principal::Principal, status::Problem};
use patron_ledger::{change::Caller, inbox::Inbox};
use patron_proto::address::v1::{
    Address, BatchListAddressesRequest, BatchListAddressesResponse, CreateAddressRequest,
    DeleteAddressRequest, GetAddressRequest, ListAddressesRequest, ListAddressesResponse,
    UpdateAddressRequest, address_service_server::AddressService,
};
use patron_values::{
    field_mask::FieldMask,
    id::{AddressId, CustomerId},
    page::{MAX_SIZE, Page},
    seal::Seal,
};
use tonic::{Request, Response, Status};

/// Answers `patron.address.v1.AddressService`.
pub struct AddressRpc {
    /// Reads and changes addresses.
    pub addresses: Addresses,
    /// How far references have come.
    pub inbox: Inbox,
    /// Seals page tokens.
    pub seal: Seal,
}

#[tonic::async_trait]
impl AddressService for AddressRpc {
    async fn create_address(
        &self,
        request: Request<CreateAddressRequest>,
    ) -> Result<Response<Address>, Status> {
        let caller = Caller::of(&request, &request.get_ref().request_id)?;
        let may_except = Principal::of(&request).may(EXCEPTION_PERMISSION);
        let message = request.into_inner();
        let customer = parent(&message.parent)?;
        let address = message.address.unwrap_or_default();
        let content = Content::parse("address", &address, Change::Creation).map_err(Problem::from)?;
        let created = self.addresses.create(customer, content, &caller, may_except).await?;
        Ok(created.reply(|address| address.into()))
    }

    async fn get_address(&self, request: Request<GetAddressRequest>) -> Result<Response<Address>, Status> {
        let scope = Principal::of(&request).known_scope()?;
        let name = parse_name(&request.get_ref().name)?;
        let address = self.addresses.find(name, scope).await?.ok_or(Error::NotFound(name))?;
        Ok(Response::new(Address::from(&address)))
    }

    async fn list_addresses(
        &self,
        request: Request<ListAddressesRequest>,
    ) -> Result<Response<ListAddressesResponse>, Status> {
        let freshness = self.inbox.catch_up(&request).await.map_err(Problem::from)?;
        let principal = Principal::of(&request);
        let (scope, caller) = (principal.known_scope()?, principal.to_string());
        let message = request.get_ref();
        let customer = parent(&message.parent)?;
        let page = Page::<AddressId>::parse(message, &caller, &self.seal).map_err(Problem::from)?;
        let which = Which { only: None, after: page.after().copied(), limit: page.limit() };
        let found = self.addresses.list(customer, scope, which).await?;
        let mut addresses = found.ok_or_else(|| no_customer(&message.parent))?;
        let next_page_token = page.finish(&mut addresses, |last| last.name.address);
        let addresses = addresses.iter().map(Address::from).collect();
        Ok(freshness.reply(ListAddressesResponse { addresses, next_page_token }))
    }

    async fn batch_list_addresses(
        &self,
        request: Request<BatchListAddressesRequest>,
    ) -> Result<Response<BatchListAddressesResponse>, Status> {
        let freshness = self.inbox.catch_up(&request).await.map_err(Problem::from)?;
        let scope = Principal::of(&request).known_scope()?;
        let customers =
            request.get_ref().parents.iter().map(|name| parent(name)).collect::<Result<Vec<_>, _>>()?;
        let which = Which { only: None, after: None, limit: i64::try_from(MAX_SIZE).unwrap_or(i64::MAX) };
        let database = self.addresses.ledger.database();
        let addresses =
            store::address::list(database, &customers, scope, which).await.map_err(Problem::from)?;
        if i64::try_from(addresses.len()).is_ok_and(|found| found > store::address::MOST) {
            return Err(Problem::invalid(
                "parents",
                "have more than 650 addresses together; ask for fewer at once",
            )
            .into());
        }
        // Formatted, they would be twice as long, and fewer could be listed at once.
        let addresses = addresses.iter().map(StoredAddress::unformatted).collect();
        Ok(freshness.reply(BatchListAddressesResponse { addresses }))
    }

    async fn update_address(
        &self,
        request: Request<UpdateAddressRequest>,
    ) -> Result<Response<Address>, Status> {
        let caller = Caller::of(&request, &request.get_ref().request_id)?;
        let may_except = Principal::of(&request).may(EXCEPTION_PERMISSION);
        let message = request.into_inner();
        let address = message.address.unwrap_or_default();
        let name =
            Name::parse(&address.name).ok_or_else(|| Problem::invalid("address.name", Name::EXPECTED))?;
        let mask = FieldMask::parse(message.update_mask.as_ref(), &address).map_err(Problem::from)?;
        let updated = self.addresses.update(name, &address, &mask, &caller, may_except).await?;
        Ok(updated.reply(|address| address.into()))
    }

    async fn delete_address(&self, request: Request<DeleteAddressRequest>) -> Result<Response<()>, Status> {
        let caller = Caller::of(&request, &request.get_ref().request_id)?;
        let message = request.into_inner();
        let name = parse_name(&message.name)?;
        Ok(self.addresses.delete(name, &message.etag, &caller).await?.reply(|()| ()))
    }
}

fn parent(name: &str) -> Result<CustomerId, Problem> {
    CustomerId::parse(name).map_err(|error| Problem::invalid("parent", error.to_string()))
}

fn parse_name(name: &str) -> Result<Name, Problem> {
    Name::parse(name).ok_or_else(|| Problem::invalid("name", Name::EXPECTED))
}

fn no_customer(name: &str) -> Problem {
    Problem::not_found("customer", name)
}
