//! Search on real customers, as they were typed by real people.

use patron_tests::{Answer, Caller, Role, World, chinook};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

/// The answers to the creation of every customer, in the order of their numbers.
static LOADED: OnceCell<Vec<Answer>> = OnceCell::const_new();

async fn loaded(caller: &Caller<'_>) -> &'static [Answer] {
    let loading = LOADED.get_or_init(|| async {
        let mut answers = Vec::new();
        for customer in chinook::customers() {
            answers.push(caller.post("/v1/customers", &customer.request()).await);
        }
        answers
    });
    loading.await
}

/// A customer of the table by its number there.
async fn numbered(caller: &Caller<'_>, number: usize) -> Value {
    loaded(caller).await[number - 1].clone().ok()
}

/// Numbers of the customers that a search finds.
async fn found(caller: &Caller<'_>, query: &str) -> Vec<u32> {
    let page = caller.find("/v1/customers", &[("query", query), ("pageSize", "100")]).await.ok();
    let customers = page["customers"].as_array().cloned().unwrap_or_default();
    let number = |customer: &Value| customer["externalId"].as_str()?.strip_prefix("chinook-")?.parse().ok();
    let mut numbers: Vec<u32> = customers.iter().filter_map(number).collect();
    numbers.sort_unstable();
    numbers
}

#[tokio::test]
async fn all_go_in_but_the_one_whose_phone_number_cannot_be_dialled() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let answers = loaded(&manager).await;
    assert_eq!(answers.len(), 59);
    let refused: Vec<usize> = (1..=59).filter(|number| !answers[number - 1].status.is_success()).collect();
    assert_eq!(refused, [9]);
    let problem = answers[8].clone().refused(400, "INVALID_FIELD");
    assert_eq!(problem["violations"][0]["field"], "customer.primaryPhone.number");
    assert!(problem["violations"][0]["description"].as_str().unwrap().contains("long"), "{problem:#}");
}

#[tokio::test]
async fn numbers_that_no_one_was_assigned_are_kept_and_marked() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    for number in 1..=59 {
        if matches!(number, 9 | 45) {
            continue;
        }
        let customer = numbered(&manager, number).await;
        assert_eq!(customer["primaryPhone"]["unassigned"] == true, matches!(number, 57 | 58), "{customer:#}");
    }
}

#[tokio::test]
async fn an_email_keeps_its_letters() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    assert_eq!(numbered(&manager, 49).await["email"], "stanisław.wójcik@wp.pl");
    let mut request = chinook::customers()[48].request();
    request["customer"]["email"] = json!("STANISŁAW.WÓJCIK@WP.PL");
    request["customer"]["externalId"] = json!("");
    let taken = manager.post("/v1/customers", &request).await;
    assert_eq!(taken.wrong_fields(), ["customer.email"]);
    taken.refused(409, "VALUE_TAKEN");
}

#[tokio::test]
async fn names_are_found_without_regard_to_accents_and_case() {
    let table: &[(&str, &[u32])] = &[
        ("goncalves", &[1]),
        ("GONÇALVES", &[1]),
        ("nçalv", &[1]),
        ("luis gonc", &[1]),
        ("gonc luis", &[1]),
        ("kohler", &[2]),
        ("Köhler", &[2]),
        ("bjorn", &[4]),
        ("frantisek", &[5]),
        ("wichterlova", &[5]),
        ("hamalainen", &[44]),
        ("wojcik", &[49]),
        ("stanislaw", &[49]),
        ("munoz", &[50]),
        ("o'reilly", &[46]),
        ("van der berg", &[48]),
        ("luis nobody", &[]),
    ];
    check(table).await;
}

#[tokio::test]
async fn part_of_a_phone_number_finds_its_owner_however_it_is_typed() {
    let table: &[(&str, &[u32])] = &[
        ("+55 (12) 3923-5555", &[1]),
        ("+551239235555", &[1]),
        ("(12) 3923-5555", &[1]),
        ("3923 5555", &[1]),
        ("39235555", &[1]),
        ("0055 12 3923", &[1]),
        ("3923.5566", &[1]),
        ("020 7976 5722", &[53]),
        ("+44 20 7976", &[53]),
        ("0131 315 3300", &[54]),
        ("030 2141444", &[38]),
        ("(650) 253-0000", &[16]),
        ("828 37 39", &[49]),
        ("996-101", &[19]),
    ];
    check(table).await;
}

#[tokio::test]
async fn parts_of_company_and_email_find_their_customer() {
    let table: &[(&str, &[u32])] = &[
        ("embraer", &[1]),
        ("aeronautica", &[1]),
        ("jetbr", &[5]),
        ("woodstock", &[10]),
        ("banco do brasil", &[11]),
        ("rogers canada", &[15]),
        ("riotur.gov", &[12]),
        ("luisg@", &[1]),
        ("luisg@embraer.com.br", &[1]),
        ("stanisław.w", &[49]),
        ("stanislaw.wojcik@wp.pl", &[49]),
        ("surfeu", &[2, 38]),
    ];
    check(table).await;
}

#[tokio::test]
async fn two_letters_find_words_that_begin_with_them() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    loaded(&manager).await;
    assert_eq!(found(&manager, "hä").await, [44]);
    assert_eq!(found(&manager, "wó").await, [49]);
    let lu = found(&manager, "lu").await;
    assert!([1, 47, 57].iter().all(|number| lu.contains(number)), "{lu:?}");
    assert!(!lu.contains(&33), "no word of Ellie Sullivan begins with lu: {lu:?}");
    // Together with a longer word they find what both find.
    assert_eq!(found(&manager, "lu rojas").await, [57]);
}

#[tokio::test]
async fn an_id_finds_its_customer_whole_and_by_its_beginning() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let name = numbered(&manager, 1).await["name"].as_str().unwrap().to_owned();
    let id = name.trim_start_matches("customers/");
    assert_eq!(found(&manager, id).await, [1]);
    assert!(found(&manager, &id[..13]).await.contains(&1));
}

#[tokio::test]
async fn places_are_known_to_the_filter() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    loaded(&manager).await;
    let in_berlin = async || {
        let filter = "city = \"Berlin\" AND country_code = \"DE\"";
        let page = manager.find("/v1/customers", &[("filter", filter), ("orderBy", "last_name")]).await.ok();
        let customers = page["customers"].as_array().cloned().unwrap_or_default();
        customers.iter().map(|customer| customer["lastName"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let told = std::time::Duration::from_secs(5);
    patron_tests::holds("places are told", told, async || in_berlin().await.len() == 2).await;
    assert_eq!(in_berlin().await, ["Schneider", "Schröder"]);
}

/// Looks for each text and compares the numbers of the customers found.
async fn check(table: &[(&str, &[u32])]) {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    loaded(&manager).await;
    let mut wrong = Vec::new();
    for (query, expected) in table {
        let found = found(&manager, query).await;
        if found != *expected {
            wrong.push(format!("{query}: {found:?} instead of {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
