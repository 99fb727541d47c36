//! What the service may do in its database.

use patron_address::AddressService;
use patron_chassis::service::Service as _;
use std::path::Path;

#[tokio::test]
async fn the_service_may_do_what_its_statements_need_and_no_more() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR"));
    patron_ledger::testing::assert_grants_fit(
        AddressService::PEER,
        AddressService::migrations(),
        sources,
        &[],
    )
    .await;
}
