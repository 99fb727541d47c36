//! What history has of one customer, held against the rows and against who wrote them.

use super::writer::{Source, Written};
use crate::patience::patiently;

use patron_tests::Caller;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// Events of the creation: of the record, the address and the account.
const CREATION: [&str; 3] = ["customer.created", "address.created", "account.created"];

/// The history of one customer, and the rows as they are now.
pub(crate) struct History {
    /// Oldest first.
    events: Vec<Value>,
    company: Value,
    label: Value,
    status: Value,
    groups: BTreeSet<String>,
}

/// An event of a change, as its writer knows it.
struct Recorded {
    key: String,
    /// Old and new value of the field that was written; memberships have none.
    step: Option<(String, String)>,
}

impl History {
    /// Reads all of it.
    pub(crate) async fn of(caller: &Caller<'_>, customer: &str, address: &str) -> Self {
        let mut events = all(caller, &format!("/v1/{customer}/events"), "events").await;
        events.reverse();
        let get = async |name: &str| patiently(name, async || caller.get(&format!("/v1/{name}")).await).await;
        let record = get(customer).await;
        let address = get(address).await;
        let account = get(&format!("{customer}/account")).await;
        let memberships = all(caller, &format!("/v1/{customer}/memberships"), "memberships").await;
        let groups = memberships.iter().map(|membership| text(&membership["group"]).to_owned()).collect();
        Self {
            events,
            company: record["company"].clone(),
            label: address["label"].clone(),
            status: account["status"].clone(),
            groups,
        }
    }

    /// How many events there are.
    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    /// How many of them are of changes after the creation.
    pub(crate) fn changes(&self) -> usize {
        self.len() - CREATION.len()
    }

    /// Checks that each change is recorded once, in order, and as the rows have it.
    pub(crate) fn check(&self, written: &[Written]) {
        for kind in CREATION {
            let recorded = self.events.iter().filter(|event| event["type"] == kind).count();
            assert_eq!(recorded, 1, "{kind}");
        }
        let mut known = CREATION.len();
        for source in Source::ALL {
            let recorded: Vec<Recorded> =
                self.events.iter().filter_map(|event| recorded_of(source, event)).collect();
            known += recorded.len();
            let writers: Vec<&Written> = written.iter().filter(|writer| writer.source == source).collect();
            check_once_and_in_order(&recorded, &writers);
            self.check_rows(source, &recorded);
        }
        assert_eq!(self.events.len(), known, "there are events of what nobody did: {:#?}", self.events);
    }

    /// Checks that the events lead, without a gap, from the rows as they were created to those that are there now.
    fn check_rows(&self, source: Source, recorded: &[Recorded]) {
        let (first, last) = match source {
            Source::Profile => ("", text(&self.company)),
            Source::Address => ("home", text(&self.label)),
            Source::Identity => ("STATUS_ACTIVE", text(&self.status)),
            Source::Group => {
                let groups: BTreeSet<String> = recorded.iter().map(|change| change.key.clone()).collect();
                assert_eq!(groups, self.groups, "memberships recorded, and those that there are");
                return;
            }
        };
        let mut value = first;
        for (old, new) in recorded.iter().filter_map(|change| change.step.as_ref()) {
            assert_eq!(old, value, "{source:?}: the old value is not the new one of the event before");
            value = new;
        }
        assert_eq!(value, last, "{source:?}: the last value recorded is not that of the row");
    }
}

fn check_once_and_in_order(recorded: &[Recorded], writers: &[&Written]) {
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (place, Recorded { key, .. }) in recorded.iter().enumerate() {
        assert_eq!(places.insert(key, place), None, "{key} is recorded twice");
    }
    for Written { source, changes } in writers {
        let mut before = None;
        for change in changes {
            let place = places.remove(change.key.as_str());
            if change.acknowledged {
                assert!(place.is_some(), "{source:?}: {} was acknowledged and is not recorded", change.key);
                assert!(
                    place > before,
                    "{source:?}: {} is recorded before what was changed before it",
                    change.key
                );
                before = place;
            }
        }
    }
    assert!(places.is_empty(), "recorded, and written by nobody: {places:?}");
}

fn recorded_of(source: Source, event: &Value) -> Option<Recorded> {
    let of = |field: &str| {
        let changes = event["changes"].as_array()?;
        let change = changes.iter().find(|change| change["field"] == field)?;
        Some((text(&change["old"]).to_owned(), text(&change["new"]).to_owned()))
    };
    let kind = text(&event["type"]);
    let (key, step) = match source {
        Source::Profile if kind == "customer.updated" => {
            let step = of("company")?;
            (step.1.clone(), Some(step))
        }
        Source::Address if kind == "address.updated" => {
            let step = of("label")?;
            (step.1.clone(), Some(step))
        }
        Source::Group if kind == "membership.created" => {
            let (_, group) = text(&event["resource"]).rsplit_once('/')?;
            (format!("groups/{group}"), None)
        }
        Source::Identity if matches!(kind, "account.disabled" | "account.enabled") => {
            (text(&event["context"]["reason"]).to_owned(), Some(of("status")?))
        }
        _ => return None,
    };
    Some(Recorded { key, step })
}

/// Every page of a list.
async fn all(caller: &Caller<'_>, path: &str, field: &str) -> Vec<Value> {
    let (mut found, mut token) = (Vec::new(), String::new());
    loop {
        let page = async || caller.find(path, &[("pageSize", "100"), ("pageToken", &token)]).await;
        let page = patiently(path, page).await;
        found.extend(page[field].as_array().cloned().unwrap_or_default());
        text(&page["nextPageToken"]).clone_into(&mut token);
        if token.is_empty() {
            return found;
        }
    }
}

/// Text that may be missing.
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
