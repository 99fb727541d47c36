//! People who write at a steady rate, and what was acknowledged.

use super::load::{Outcome, Seen, load};
use crate::patience::{patient, patiently};
use futures::{StreamExt as _, stream};
use http::{Method, StatusCode};
use patron_tests::{Caller, Role, Sample, World, unique};
use rand::Rng as _;
use serde_json::{Value, json};
use std::{fmt, future::Future, sync::Mutex};
use uuid::Uuid;

/// Customers looked at at once, afterwards.
const LOOKS: usize = 8;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Write {
    /// A customer with every part.
    Create,
    /// A customer without any.
    CreateBare,
    Company,
    Address,
    Delete,
}

impl Write {
    /// What people do, a deletion for six other writes.
    pub(crate) const ALL: &'static [Self] = &[
        Self::Create,
        Self::CreateBare,
        Self::Company,
        Self::Address,
        Self::Company,
        Self::Address,
        Self::Delete,
    ];
    /// The same, of which only profile and those it tells know.
    pub(crate) const OF_PROFILE: &'static [Self] =
        &[Self::CreateBare, Self::Company, Self::CreateBare, Self::Delete];
}

/// A customer, as the answers said.
#[derive(Debug, Clone)]
struct Kept {
    name: String,
    last_name: String,
    company: String,
    lines: Vec<String>,
    deleted: bool,
    /// What was written last and not answered: it may or may not be there, and nothing more is written.
    lost: Option<Write>,
}

/// Writers, and what they know.
pub(crate) struct Traffic<'w> {
    caller: Mutex<Caller<'w>>,
    writes: &'static [Write],
    group: String,
    customers: Mutex<Vec<Kept>>,
    over: Mutex<Vec<Kept>>,
    refusal: Mutex<Option<String>>,
}

impl<'w> Traffic<'w> {
    /// A manager who does these writes.
    pub(crate) async fn prepare(world: &'w World, writes: &'static [Write]) -> Self {
        let caller = world.signed_in(Role::Manager).await;
        let group = async || caller.post("/v1/groups", &json!({"displayName": unique()})).await;
        let group = patiently("a group", group).await;
        let group = group["name"].as_str().expect("a group has a name").to_owned();
        let (customers, over, refusal) = Default::default();
        Self { caller: Mutex::new(caller), writes, group, customers, over, refusal }
    }

    /// Goes on with a token that is good for longer.
    pub(crate) async fn renew(&self, world: &'w World) {
        let caller = world.signed_in(Role::Manager).await;
        *self.caller.lock().expect("no writer panicked") = caller;
    }

    /// Goes on by another client.
    pub(crate) fn by(&self, http: reqwest::Client) {
        let mut caller = self.caller.lock().expect("no writer panicked");
        *caller = caller.clone().by(http);
    }

    fn caller(&self) -> Caller<'w> {
        self.caller.lock().expect("no writer panicked").clone()
    }

    /// Writes so many times a second until `end` has ended.
    pub(crate) async fn run<T>(
        &self,
        per_second: f64,
        end: impl Future<Output = T>,
    ) -> (Vec<Seen<Write>>, T) {
        load(per_second, |_| self.write(), end).await
    }

    async fn write(&self) -> (Write, Outcome) {
        let mut write = self.writes[rand::rng().random_range(0..self.writes.len())];
        let kept = match write {
            Write::Create | Write::CreateBare => None,
            _ => take(&self.customers),
        };
        let Some(mut kept) = kept else {
            if !matches!(write, Write::Create) {
                write = Write::CreateBare;
            }
            return (write, self.create(write).await);
        };
        let (path, value) = (format!("/v1/{}", kept.name), unique());
        let outcome = match write {
            Write::Company => self.send(Method::PATCH, &path, &json!({"company": value})).await,
            Write::Address => self.send(Method::POST, &format!("{path}/addresses"), &address(&value)).await,
            _ => self.send(Method::DELETE, &path, &Value::Null).await,
        };
        match (write, &outcome) {
            (Write::Company, Ok(_)) => kept.company = value,
            (Write::Address, Ok(_)) => kept.lines.push(value),
            (_, Ok(_)) => kept.deleted = true,
            (_, Err(_)) => kept.lost = Some(write),
        }
        let place = if kept.deleted || kept.lost.is_some() { &self.over } else { &self.customers };
        place.lock().expect("no writer panicked").push(kept);
        (write, outcome.err().unwrap_or(Outcome::Done))
    }

    async fn create(&self, write: Write) -> Outcome {
        let (mut sample, line) = (Sample::new(), unique());
        if write == Write::Create {
            sample = sample.with_address().in_group(&self.group);
            sample.addresses.iter_mut().for_each(|address| address.line1.clone_from(&line));
        }
        let mut request = sample.json();
        if write == Write::Create {
            request["account"] = json!({"username": unique()});
        }
        match self.send(Method::POST, "/v1/customers", &request).await {
            Ok(created) => {
                let name = created["name"].as_str().expect("a customer has a name").to_owned();
                let lines = if write == Write::Create { vec![line] } else { Vec::new() };
                let (last_name, company) = (sample.last_name, String::new());
                let kept = Kept { name, last_name, company, lines, deleted: false, lost: None };
                self.customers.lock().expect("no writer panicked").push(kept);
                Outcome::Done
            }
            Err(outcome) => outcome,
        }
    }

    /// The answer to a write. Nothing that is asked is wrong: what is not done can be tried again.
    async fn send(&self, method: Method, path: &str, body: &Value) -> Result<Value, Outcome> {
        let request_id = Uuid::from_u128(rand::random()).to_string();
        let mut request = self.caller().request(method.clone(), path).header("idempotency-key", request_id);
        if !body.is_null() {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|_| Outcome::Broken)?;
        let status = response.status();
        let text = response.text().await.map_err(|_| Outcome::Broken)?;
        match status.as_u16() {
            _ if status.is_success() => Ok(serde_json::from_str(&text).unwrap_or_default()),
            503 => Err(Outcome::Later),
            429 | 504 => Err(Outcome::Failed(status)),
            _ => {
                let refusal = format!("{method} {path}: {status} {text}");
                self.refusal.lock().expect("no writer panicked").get_or_insert(refusal);
                Err(Outcome::Failed(status))
            }
        }
    }

    /// Fails where something that was acknowledged is not there, or something was refused. Gives how many writes are there.
    pub(crate) async fn check(&self) -> usize {
        let refusal = self.refusal.lock().expect("no writer panicked").clone();
        assert_eq!(refusal, None, "a write was refused");
        let mut all = self.customers.lock().expect("no writer panicked").clone();
        all.extend(self.over.lock().expect("no writer panicked").iter().cloned());
        let caller = self.caller();
        let checks = stream::iter(&all).map(|kept| kept.check(&caller)).buffer_unordered(LOOKS);
        checks.collect::<Vec<_>>().await.into_iter().sum()
    }

    /// Customers who are there by what was answered.
    pub(crate) fn customers(&self) -> Vec<String> {
        self.customers.lock().expect("no writer panicked").iter().map(|kept| kept.name.clone()).collect()
    }
}

impl Kept {
    async fn check(&self, caller: &Caller<'_>) -> usize {
        let path = format!("/v1/{}", self.name);
        let record = patient(&path, async || caller.get(&path).await).await;
        if self.deleted || self.lost == Some(Write::Delete) && record.status == StatusCode::NOT_FOUND {
            assert_eq!(record.status, StatusCode::NOT_FOUND, "{self} was deleted and is there");
            return 1;
        }
        let record = record.ok();
        assert_eq!(record["lastName"], self.last_name.as_str());
        let is_sure = self.lost != Some(Write::Company);
        assert!(
            !is_sure || record["company"] == self.company.as_str(),
            "{self} has the company {}",
            record["company"]
        );
        let list = format!("{path}/addresses?pageSize=100");
        let addresses = patiently(&list, async || caller.get(&list).await).await;
        let there: Vec<_> =
            addresses["addresses"].as_array().into_iter().flatten().map(|it| &it["line1"]).collect();
        for line in &self.lines {
            assert!(there.contains(&&json!(line)), "{self} has lost an address");
        }
        let most = self.lines.len() + usize::from(self.lost == Some(Write::Address));
        assert!(there.len() <= most, "{self} has more addresses than were written");
        1 + self.lines.len() + usize::from(!self.company.is_empty())
    }
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

fn take(customers: &Mutex<Vec<Kept>>) -> Option<Kept> {
    let mut customers = customers.lock().expect("no writer panicked");
    let count = customers.len();
    (count > 0).then(|| customers.swap_remove(rand::rng().random_range(0..count)))
}

fn address(line1: &str) -> Value {
    json!({"line1": line1, "city": "London", "postalCode": "SW1Y 4JH", "countryCode": "GB"})
}
