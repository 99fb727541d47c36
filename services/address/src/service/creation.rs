use crate::{
    address::{Content, Name},
    operations::{Addresses, NewAddresses},
    rule::Change,
};
use patron_chassis::status::Problem;
use patron_proto::address::{
    internal::v1::{
        BatchCreateAddressesRequest, CreateAddressesRequest, ValidateAddressesRequest,
        address_creation_service_server::AddressCreationService,
    },
    v1::Address,
};
use patron_values::{fields::Fields, id::CustomerId};
use tonic::{Request, Response, Status};

/// Answers `patron.address.internal.v1.AddressCreationService`.
pub struct AddressCreationRpc {
    /// Reads and changes addresses.
    pub addresses: Addresses,
}

#[tonic::async_trait]
impl AddressCreationService for AddressCreationRpc {
    async fn validate_addresses(
        &self,
        request: Request<ValidateAddressesRequest>,
    ) -> Result<Response<()>, Status> {
        parse_all(&request.get_ref().addresses)?;
        Ok(Response::new(()))
    }

    async fn batch_create_addresses(
        &self,
        request: Request<BatchCreateAddressesRequest>,
    ) -> Result<Response<()>, Status> {
        let news = request.into_inner().requests.into_iter().map(parse);
        self.addresses.create_pending(&news.collect::<Result<Vec<_>, _>>()?).await?;
        Ok(Response::new(()))
    }
}

/// The addresses of one customer who is being created.
fn parse(message: CreateAddressesRequest) -> Result<NewAddresses, Problem> {
    let customer = CustomerId::parse(&message.customer)
        .map_err(|error| Problem::invalid("customer", error.to_string()))?;
    let contents = parse_all(&message.addresses)?;
    let names = message.addresses.iter().enumerate().map(|(index, address)| {
        let name = Name::parse(&address.name).filter(|name| name.customer == customer);
        name.ok_or_else(|| Problem::invalid(format!("addresses[{index}].name"), Name::EXPECTED))
    });
    let names = names.collect::<Result<Vec<_>, _>>()?;
    Ok(NewAddresses {
        customer,
        contents: names.into_iter().zip(contents).collect(),
        context: message.context.unwrap_or_default(),
    })
}

/// Parses every address, each with an exception where it gives one, since who may create customers may; and refuses all that is wrong with any of them at once.
fn parse_all(messages: &[Address]) -> Result<Vec<Content>, Problem> {
    let mut wrong = Fields::default();
    let mut contents = Vec::with_capacity(messages.len());
    for (index, message) in messages.iter().enumerate() {
        match Content::parse(&format!("addresses[{index}]"), message, Change::Creation) {
            Ok(content) => contents.push(content),
            Err(fields) => wrong.extend(fields),
        }
    }
    wrong.into_result().map(|()| contents).map_err(Problem::from)
}
