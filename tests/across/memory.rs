//! What requests cost in memory, by the cheapest ways to ask for much: a few callers at once must not bring a process to its limit.

use futures::future::join_all;
use http::Method;
use patron_local::service::SERVICES;
use patron_tests::{Caller, Peak, Role, Sample, World, wire};
use serde_json::{Value, json};
use std::collections::HashMap;

/// By how much a process may grow beyond what it holds idle, in bytes.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// Callers who ask for the same at once.
const AT_ONCE: usize = 8;
/// As many as a page, and a batch, holds.
const PAGE: usize = 100;

/// Addresses of each customer: those of a page of customers are about as many as one call lists.
const ADDRESSES: usize = 5;

/// A request, and the process that does most for it.
struct Dear {
    process: &'static str,
    what: &'static str,
    method: Method,
    path: String,
    body: Option<String>,
}

fn get(process: &'static str, what: &'static str, path: impl Into<String>) -> Dear {
    Dear { process, what, method: Method::GET, path: path.into(), body: None }
}

fn post(process: &'static str, what: &'static str, path: &str, body: &impl ToString) -> Dear {
    Dear { process, what, method: Method::POST, path: path.to_owned(), body: Some(body.to_string()) }
}

#[tokio::test]
async fn no_request_makes_a_process_take_much_memory() {
    let world = World::start(|_| {}).await;
    let manager = world.signed_in(Role::Administrator).await;
    let processes = SERVICES.iter().map(|service| service.name).chain(["gateway"]);
    let idle: HashMap<_, _> =
        processes.map(|name| (name, Peak::of_idle(world.mesh().pid(name).unwrap()))).collect();
    let names = fill(&manager).await;
    let mut dear = Vec::new();
    for request in reads(&names).into_iter().chain(writes()) {
        let watched = [request.process, "gateway"];
        for process in watched {
            idle[process].reset();
        }
        join_all((0..AT_ONCE).map(|_| send(&manager, &request))).await;
        dear.extend(watched.iter().filter_map(|process| too_much(&idle[process], process, request.what)));
    }
    dear.extend(hollow_batches(&world, &manager, &idle).await);
    assert!(dear.is_empty(), "{dear:#?}");
    world.end().await;
}

/// What a request has made a process take, where that is too much.
fn too_much(peak: &Peak, process: &str, what: &str) -> Option<String> {
    let growth = peak.growth();
    (growth > MOST_BYTES).then(|| format!("{what}: {process} takes {growth} bytes"))
}

async fn send(caller: &Caller<'_>, dear: &Dear) {
    let request = caller.request(dear.method.clone(), &dear.path);
    let request = match &dear.body {
        Some(body) => request.header("content-type", "application/json").body(body.clone()),
        None => request,
    };
    let answer = caller.send(request).await;
    let expected = !answer.status.is_server_error() || answer.status == 503 || answer.status == 504;
    assert!(expected, "{}: {} {:#}", dear.what, answer.status, answer.body);
}

/// Customers with all that fits, in one group, and gives their names.
async fn fill(caller: &Caller<'_>) -> Vec<String> {
    let group = caller.post("/v1/groups", &json!({"displayName": "Everybody"})).await.ok();
    let mut names = Vec::new();
    for _ in 0..PAGE / 10 {
        let requests: Vec<Value> = (0..10)
            .map(|_| {
                let mut request = fat_customer();
                request["groups"] = json!([group["name"]]);
                request["addresses"] = json!(vec![fat_address(); ADDRESSES]);
                request
            })
            .collect();
        let made = caller.post("/v1/customers:batchCreate", &json!({"requests": requests})).await.ok();
        let results = made["results"].as_array().unwrap();
        names.extend(results.iter().map(|it| it["customer"]["name"].as_str().unwrap().to_owned()));
    }
    let first = format!("/v1/{}/addresses", names[0]);
    for _ in ADDRESSES..PAGE {
        caller.post(&first, &fat_address()).await.ok();
    }
    names
}

/// A text of so many characters of three bytes.
fn wide(characters: usize) -> String {
    "漢".repeat(characters)
}

fn fat_customer() -> Value {
    let mut request = Sample::new().json();
    for field in ["firstName", "middleName", "title", "company", "department", "jobTitle", "source"] {
        request["customer"][field] = json!(wide(100));
    }
    request
}

fn fat_address() -> Value {
    json!({"label": wide(100), "recipient": wide(100), "company": wide(100), "line1": wide(200), "line2": wide(200),
           "city": wide(100), "region": wide(100), "countryCode": "BO", "instructions": wide(400)})
}

fn reads(names: &[String]) -> Vec<Dear> {
    let all = |parameter: &str, names: &mut dyn Iterator<Item = &str>| {
        names.map(|name| format!("{parameter}={name}")).collect::<Vec<_>>().join("&")
    };
    let each = |parameter| all(parameter, &mut names.iter().map(String::as_str));
    let same = all("names", &mut std::iter::repeat_n(names[0].as_str(), PAGE));
    let wrong = all("names", &mut std::iter::repeat_n("-", 1500));
    let filter = vec!["first_name=\"x\""; 100].join(" OR ");
    let filter = form_urlencoded::byte_serialize(filter.as_bytes()).collect::<String>();
    let first = &names[0];
    vec![
        get("profile", "a page of the longest records", "/v1/customers?pageSize=100"),
        get("profile", "the longest filter", format!("/v1/customers?pageSize=100&filter={filter}")),
        get("profile", "the longest query", format!("/v1/customers?query={}", "a".repeat(200))),
        get("profile", "a batch of customers", format!("/v1/customers:batchGet?{}", each("names"))),
        get("profile", "one customer many times", format!("/v1/customers:batchGet?{same}")),
        get("profile", "names that are none", format!("/v1/customers:batchGet?{wrong}")),
        get("address", "addresses of a batch", format!("/v1/addresses:batchList?{}", each("parents"))),
        get("address", "a page of addresses", format!("/v1/{first}/addresses?pageSize=100")),
        get("group", "memberships of a batch", format!("/v1/memberships:batchList?{}", each("parents"))),
        get("group", "a page of groups", "/v1/groups?pageSize=100"),
        get("identity", "accounts of a batch", format!("/v1/accounts:batchGet?{}", each("parents"))),
        get("identity", "a page of sessions", "/v1/sessions?pageSize=100"),
        get("identity", "a page of staff", "/v1/staff?pageSize=100"),
        get("activity", "a page of the longest events", "/v1/events?pageSize=100"),
        get("activity", "the history of a customer", format!("/v1/{first}/events?pageSize=100")),
        get("gateway", "an overview", format!("/v1/{first}:overview")),
    ]
}

fn writes() -> Vec<Dear> {
    let batch = |count: usize, addresses: usize| {
        let requests = (0..count).map(|_| {
            let mut request = fat_customer();
            request["addresses"] = json!(vec![fat_address(); addresses]);
            request
        });
        json!({"requests": requests.collect::<Vec<_>>()})
    };
    let values = |item: &str, count| format!(r#"{{"groups": [{}{item}]}}"#, format!("{item},").repeat(count));
    let sign_in = json!({"identifier": "nobody", "password": "x".repeat(128), "userKind": "USER_KIND_STAFF"});
    vec![
        post("profile", "a batch of the most customers", "/v1/customers:batchCreate", &batch(PAGE, 1)),
        post("address", "a batch of the most addresses", "/v1/customers:batchCreate", &batch(10, 20)),
        post("gateway", "a mebibyte of empty objects", "/v1/customers:batchCreate", &values("{}", 340_000)),
        post("gateway", "as many values as are read", "/v1/customers", &values("\"\"", 65_000)),
        post("gateway", "a mebibyte of escapes", "/v1/customers", &values(r#""\u0041\u0041""#, 60_000)),
        post("identity", "a wrong password", "/v1/sessions", &sign_in),
    ]
}

/// A mebibyte of empty requests for each RPC that takes many, straight to its service.
async fn hollow_batches(world: &World, caller: &Caller<'_>, idle: &HashMap<&str, Peak>) -> Vec<String> {
    let mut dear = Vec::new();
    for (process, rpc) in [
        ("profile", "/patron.profile.v1.CustomerService/BatchCreateCustomers"),
        ("profile", "/patron.profile.v1.CustomerService/BatchGetCustomers"),
        ("address", "/patron.address.v1.AddressService/BatchListAddresses"),
        ("group", "/patron.group.v1.MembershipService/BatchListMemberships"),
        ("identity", "/patron.identity.v1.AccountService/BatchGetAccounts"),
    ] {
        let channel = world.channel(process).await;
        idle[process].reset();
        // field 1, nothing in it
        let hollow = [0x0a, 0x00].repeat(512 * 1024 - 16);
        let calls = (0..AT_ONCE).map(|_| wire::call(channel.clone(), caller.token(), rpc, hollow.clone()));
        assert!(join_all(calls).await.iter().all(Result::is_err), "{rpc}");
        dear.extend(too_much(&idle[process], process, rpc));
    }
    dear
}
