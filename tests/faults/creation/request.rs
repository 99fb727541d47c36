//! A customer with every part, as it is asked for and as it is found.

use crate::{behind::Behind, patience::patiently};
use patron_local::secrets::random_password;
use patron_proto::identity::v1::UserKind;
use patron_tests::{Answer, Caller, Sample, World, holds, unique, until};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

/// What is recorded of its creation, in the order of the alphabet.
pub(crate) const EVENTS: [&str; 5] =
    ["account.created", "address.created", "address.created", "customer.created", "membership.created"];
/// Time for it to be recorded.
const RECORDED: Duration = Duration::from_secs(30);

/// How a creation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Every part is there.
    Whole,
    /// Nothing is there, and nothing is taken by it.
    Absent,
}

/// The customer of one trial, with an account, two addresses and a group that nobody else is in.
pub(crate) struct NewCustomer {
    request: Value,
    last_name: String,
    email: String,
    username: String,
    password: String,
    line1: String,
    group: String,
}

impl NewCustomer {
    /// Makes one up, and the group.
    pub(crate) async fn prepare(caller: &Caller<'_>) -> Self {
        let group = async || caller.post("/v1/groups", &json!({"displayName": unique()})).await;
        let group = patiently("a group", group).await;
        let group = group["name"].as_str().expect("a group has a name").to_owned();
        let (username, line1) = (unique(), unique());
        let password = random_password().expect("the system has random bytes");
        let mut sample = Sample::new().with_address().with_address().in_group(&group);
        for address in &mut sample.addresses {
            address.line1.clone_from(&line1);
        }
        let mut request = sample.json();
        request["account"] = json!({"username": username, "password": password});
        request["requestId"] = json!(Uuid::from_u128(rand::random()));
        Self { request, last_name: sample.last_name, email: sample.email, username, password, line1, group }
    }

    /// Asks for it.
    pub(crate) async fn post(&self, caller: &Caller<'_>) -> Answer {
        caller.post("/v1/customers", &self.request).await
    }

    /// The customer as a search finds it.
    pub(crate) async fn find(&self, caller: &Caller<'_>) -> Value {
        until("it is found", RECORDED, async || self.found(caller).await?.pop()).await
    }

    /// How it ended; `None` while it is neither, or cannot be said.
    pub(crate) async fn state(&self, caller: &Caller<'_>, behind: &Behind) -> Option<State> {
        match self.found(caller).await?.as_slice() {
            [] => self.is_absent(caller, behind).await.then_some(State::Absent),
            [customer] => self.is_whole(caller, customer).await.then_some(State::Whole),
            several => panic!("{} customers came of one request", several.len()),
        }
    }

    /// Checks that the one customer is there with every part, recorded once, and can sign in.
    pub(crate) async fn check_whole(
        &self,
        world: &World,
        caller: &Caller<'_>,
        behind: &Behind,
        customer: &Value,
    ) {
        let found = until("it is searched", RECORDED, async || self.found(caller).await).await;
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0]["name"], customer["name"]);
        holds("every part answers", RECORDED, async || self.is_whole(caller, customer).await).await;
        assert_eq!(
            self.rows(behind).await,
            [1, 1, 2, 1],
            "rows of record, account, addresses and memberships"
        );

        let name = customer["name"].as_str().expect("a customer has a name");
        let path = format!("/v1/{name}/events");
        let events = async || {
            let page = patiently(&path, async || caller.find(&path, &[("pageSize", "100")]).await).await;
            let events = page["events"].as_array().cloned().unwrap_or_default();
            let mut kinds: Vec<String> =
                events.iter().filter_map(|it| it["type"].as_str().map(str::to_owned)).collect();
            kinds.sort_unstable();
            kinds
        };
        holds("the creation is recorded", RECORDED, async || events().await.len() >= EVENTS.len()).await;
        behind.everything_is_delivered().await;
        assert_eq!(events().await, EVENTS);

        let kind = UserKind::Customer.as_str_name();
        let sign_in = json!({"identifier": self.username, "password": self.password, "userKind": kind});
        patiently("a session", async || world.nobody().post("/v1/sessions", &sign_in).await).await;
    }

    async fn found(&self, caller: &Caller<'_>) -> Option<Vec<Value>> {
        let answer = caller.find("/v1/customers", &[("query", &self.last_name)]).await;
        let page = answer.status.is_success().then_some(answer.body)?;
        Some(page["customers"].as_array().cloned().unwrap_or_default())
    }

    async fn is_whole(&self, caller: &Caller<'_>, customer: &Value) -> bool {
        let name = customer["name"].as_str().expect("a customer has a name");
        let overview = caller.get(&format!("/v1/{name}:overview")).await;
        let overview = overview.body;
        let count = |part: &str| overview[part].as_array().map_or(0, Vec::len);
        overview["account"]["username"] == self.username.as_str()
            && count("addresses") == 2
            && overview["memberships"][0]["group"] == self.group.as_str()
            && count("memberships") == 1
    }

    /// Whether nothing is left of it: a creation like it would be accepted, and no table holds a row.
    async fn is_absent(&self, caller: &Caller<'_>, behind: &Behind) -> bool {
        let mut check = self.request.clone();
        check["validateOnly"] = json!(true);
        check["requestId"] = json!("");
        caller.post("/v1/customers", &check).await.status.is_success() && self.rows(behind).await == [0; 4]
    }

    /// How many rows there are of record, account, addresses and memberships.
    async fn rows(&self, behind: &Behind) -> [i64; 4] {
        let group = self.group.trim_start_matches("groups/");
        [
            behind.count("select count(*) from profile.customer where email = $1", &self.email).await,
            behind.count("select count(*) from identity.account where username = $1", &self.username).await,
            behind.count("select count(*) from address.address where line1 = $1", &self.line1).await,
            behind.count("select count(*) from groups.membership where group_id = $1::uuid", group).await,
        ]
    }
}
