//! Pages that people look at, and which services each needs.

use super::load::Outcome;
use http::Method;
use patron_tests::{Caller, Role, Sample, World, unique};
use serde_json::json;
use std::sync::Mutex;

/// Customers who are looked at.
const CUSTOMERS: usize = 20;

/// What somebody looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Page {
    /// The page to sign in on: the gateway's own.
    Front,
    Record,
    List,
    Addresses,
    Groups,
    Memberships,
    Events,
    Account,
}

impl Page {
    /// Each of them.
    pub(crate) const ALL: [Self; 8] = [
        Self::Front,
        Self::Record,
        Self::List,
        Self::Addresses,
        Self::Groups,
        Self::Memberships,
        Self::Events,
        Self::Account,
    ];

    /// Whether it cannot be shown without a service. Who a caller is, and that nothing of theirs was revoked, is known without
    /// identity for 5 s at most.
    pub(crate) fn needs(self, service: &str) -> bool {
        let own = match self {
            Self::Front => return false,
            Self::Record | Self::List => "profile",
            Self::Addresses => "address",
            Self::Groups | Self::Memberships => "group",
            Self::Events => "activity",
            Self::Account => "identity",
        };
        service == own || service == "identity"
    }

    fn path(self, customer: &str) -> String {
        match self {
            Self::Front => "/docs".to_owned(),
            Self::Record => format!("/v1/{customer}"),
            Self::List => "/v1/customers?pageSize=10".to_owned(),
            Self::Addresses => format!("/v1/{customer}/addresses"),
            Self::Groups => "/v1/groups?pageSize=10".to_owned(),
            Self::Memberships => format!("/v1/{customer}/memberships"),
            Self::Events => format!("/v1/{customer}/events?pageSize=10"),
            Self::Account => format!("/v1/{customer}/account"),
        }
    }
}

/// Somebody who looks at pages of some customers.
pub(crate) struct Visitor<'w> {
    caller: Mutex<Caller<'w>>,
    customers: Vec<String>,
}

impl<'w> Visitor<'w> {
    /// A viewer, and customers to look at.
    pub(crate) async fn prepare(world: &'w World) -> Self {
        let manager = world.signed_in(Role::Manager).await;
        let group = manager.post("/v1/groups", &json!({"displayName": unique()})).await.ok();
        let group = group["name"].as_str().expect("a group has a name").to_owned();
        let mut customers = Vec::new();
        for _ in 0..CUSTOMERS {
            let mut request = Sample::new().with_address().in_group(&group).json();
            request["account"] = json!({"username": unique()});
            let customer = manager.create(&request).await;
            customers.push(customer["name"].as_str().expect("a customer has a name").to_owned());
        }
        Self { caller: Mutex::new(world.signed_in(Role::Viewer).await), customers }
    }

    /// Goes on with a token that is good for longer.
    pub(crate) async fn renew(&self, world: &'w World) {
        let caller = world.signed_in(Role::Viewer).await;
        *self.caller.lock().expect("no visitor panicked") = caller;
    }

    /// Looks at a page, each time of another customer.
    pub(crate) async fn look(&self, page: Page, number: usize) -> Outcome {
        let customer = &self.customers[number % self.customers.len()];
        let request =
            self.caller.lock().expect("no visitor panicked").request(Method::GET, &page.path(customer));
        Outcome::of(request).await
    }

    /// Looks at each page in turn.
    pub(crate) async fn look_around(&self, number: usize) -> (Page, Outcome) {
        let page = Page::ALL[number % Page::ALL.len()];
        (page, self.look(page, number / Page::ALL.len()).await)
    }
}
