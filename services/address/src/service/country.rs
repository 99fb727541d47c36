use crate::country;
use patron_chassis::{principal::Principal, status::Problem};
use patron_proto::address::v1::{
    AddressCountry, GetAddressCountryRequest, ListAddressCountriesRequest, ListAddressCountriesResponse,
    address_country_service_server::AddressCountryService,
};
use patron_values::{address_rules::AddressRules, country::Country, page::Page, seal::Seal};
use tonic::{Request, Response, Status};

/// Answers `patron.address.v1.AddressCountryService`.
pub struct AddressCountryRpc {
    /// Seals page tokens.
    pub seal: Seal,
}

#[tonic::async_trait]
impl AddressCountryService for AddressCountryRpc {
    async fn get_address_country(
        &self,
        request: Request<GetAddressCountryRequest>,
    ) -> Result<Response<AddressCountry>, Status> {
        let name = request.into_inner().name;
        let country = country::parse_name(&name);
        let country = country.ok_or_else(|| Problem::not_found("address country", name))?;
        Ok(Response::new(country::details(AddressRules::of(country))))
    }

    async fn list_address_countries(
        &self,
        request: Request<ListAddressCountriesRequest>,
    ) -> Result<Response<ListAddressCountriesResponse>, Status> {
        let caller = Principal::of(&request).to_string();
        let page = Page::<Country>::parse(request.get_ref(), &caller, &self.seal).map_err(Problem::from)?;
        let after = page.after().copied();
        let rest = AddressRules::all().iter().filter(|rules| Some(rules.country()) > after);
        let mut rules: Vec<_> = rest.take(usize::try_from(page.limit()).unwrap_or(usize::MAX)).collect();
        let next_page_token = page.finish(&mut rules, |last| last.country());
        let address_countries = rules.into_iter().map(country::summary).collect();
        Ok(Response::new(ListAddressCountriesResponse { address_countries, next_page_token }))
    }
}
