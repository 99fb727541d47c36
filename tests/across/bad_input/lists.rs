use http::Method;
use patron_tests::{Caller, Role, Sample, World, unique};
use serde_json::{Value, json};

#[tokio::test]
async fn bad_arguments_of_lists_are_400_and_name_the_argument() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let long = "a".repeat(2001);
    let table = [
        ("filter", "first_name ="),
        ("filter", "(first_name = \"a\""),
        ("filter", "shoe_size = 43"),
        ("filter", "create_time > \"yesterday\""),
        ("filter", "newsletter = maybe"),
        ("filter", "first_name = \"a\u{0}\""),
        ("filter", "\"'; drop table profile.customer; --"),
        ("filter", long.as_str()),
        ("orderBy", "shoe_size"),
        ("orderBy", "email sideways"),
        ("orderBy", "email,,company"),
        ("pageSize", "-1"),
        ("pageSize", "many"),
        ("pageSize", "99999999999"),
        ("pageToken", "1"),
        ("pageToken", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        ("query", long.as_str()),
        ("createTimeFrom", "today"),
        ("createTimeFrom", "10000-01-01T00:00:00Z"),
        ("countTotalSize", "perhaps"),
        ("shoeSize", "43"),
    ];
    for (argument, value) in table {
        let answer = manager.find("/v1/customers", &[(argument, value)]).await;
        assert_eq!(answer.wrong_fields(), [argument], "{argument}={value}: {:#}", answer.body);
        answer.refused(400, "INVALID_FIELD");
    }
}

#[tokio::test]
async fn filters_nested_or_joined_beyond_reason_are_refused_and_do_not_hurt() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    for filter in ["(".repeat(1900), "NOT ".repeat(450), "-".repeat(1900), "a OR ".repeat(390)] {
        let answer = manager.find("/v1/customers", &[("filter", &filter)]).await;
        assert_eq!(answer.status, 400, "{filter:.20}: {:#}", answer.body);
    }
    let many = format!("first_name = \"a\"{}", " OR first_name = \"b\"".repeat(90));
    let answer = manager.find("/v1/customers", &[("filter", &many)]).await;
    assert!(matches!(answer.status.as_u16(), 200 | 400), "{:#}", answer.body);
}

#[tokio::test]
async fn a_page_token_is_good_for_its_caller_and_arguments_alone() {
    let world = World::shared().await;
    let (manager, support) = (world.signed_in(Role::Manager).await, world.signed_in(Role::Support).await);
    let company = unique();
    for _ in 0..3 {
        create_in(&manager, &company).await;
    }
    let first = list(&manager, &company, &[]).await.ok();
    let token = first["nextPageToken"].as_str().unwrap().to_owned();
    let second = list(&manager, &company, &[("pageToken", &token)]).await.ok();
    assert_ne!(first["customers"][0]["name"], second["customers"][0]["name"]);
    // The size of a page may change on the way.
    let rest = list(&manager, &company, &[("pageToken", &token), ("pageSize", "10")]).await.ok();
    assert_eq!(rest["customers"].as_array().unwrap().len(), 2);

    let middle = token.len() / 2;
    let other = if token[middle..].starts_with('A') { "B" } else { "A" };
    let altered = format!("{}{other}{}", &token[..middle], &token[middle + 1..]);
    let wrong: [(&Caller<'_>, &[(&str, &str)]); 6] = [
        (&manager, &[("pageToken", &altered)]),
        (&manager, &[("pageToken", &token[1..])]),
        (&manager, &[("pageToken", &token), ("query", "ada")]),
        (&manager, &[("pageToken", &token), ("orderBy", "email")]),
        (&manager, &[("pageToken", &token), ("createTimeFrom", "2020-01-01T00:00:00Z")]),
        (&support, &[("pageToken", &token)]),
    ];
    for (caller, arguments) in wrong {
        let answer = list(caller, &company, arguments).await;
        assert_eq!(answer.wrong_fields(), ["pageToken"], "{arguments:?}: {:#}", answer.body);
    }
    let groups = manager.find("/v1/groups", &[("pageToken", &token)]).await;
    assert_eq!(groups.wrong_fields(), ["pageToken"], "a token of another list");
}

#[tokio::test]
async fn a_page_has_100_customers_at_most_and_as_many_as_asked_for() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let sizes = async |size: &str| {
        let page = manager.find("/v1/customers", &[("pageSize", size)]).await.ok();
        page["customers"].as_array().unwrap().len()
    };
    create_in(&manager, "Analytical Engines").await;
    create_in(&manager, "Analytical Engines").await;
    assert_eq!(sizes("2").await, 2);
    assert!(sizes("2000000000").await <= 100);
}

#[tokio::test]
async fn percent_and_underscore_are_found_as_they_are() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let marker = unique();
    let companies =
        [format!("100%{marker}"), format!("100x{marker}"), format!("a_b{marker}"), format!("axb{marker}")];
    for company in &companies {
        create_in(&manager, company).await;
    }
    for (query, only) in [(format!("0%{marker}"), &companies[0]), (format!("a_b{marker}"), &companies[2])] {
        let found = manager.find("/v1/customers", &[("query", &query)]).await.ok();
        let found: Vec<&Value> =
            found["customers"].as_array().unwrap().iter().map(|customer| &customer["company"]).collect();
        assert_eq!(found, [only.as_str()], "{query}");
    }
    let nothing = manager.find("/v1/customers", &[("query", &format!("%{}%", unique()))]).await.ok();
    assert!(nothing["customers"].as_array().is_none_or(Vec::is_empty));
}

#[tokio::test]
async fn every_list_refuses_a_token_that_is_none() {
    let world = World::shared().await;
    let administrator = world.signed_in(Role::Administrator).await;
    for rpc in patron_tests::contract::rpcs()
        .iter()
        .filter(|rpc| rpc.descriptor.input().get_field_by_name("page_token").is_some())
    {
        for (method, path) in rpc.http_of_nothing() {
            assert_eq!(method, Method::GET);
            let answer = administrator.find(&path, &[("pageToken", "nonsense")]).await;
            // Of a parent that does not exist nothing is listed, with whatever token.
            let refused = answer.wrong_fields() == ["pageToken"] || answer.status == 404;
            assert!(refused, "{path}: {} {:#}", answer.status, answer.body);
        }
    }
}

async fn create_in(caller: &Caller<'_>, company: &str) {
    let mut request = Sample::new().json();
    request["customer"]["company"] = json!(company);
    caller.create(&request).await;
}

/// Customers of a company, one a page unless asked otherwise.
async fn list(caller: &Caller<'_>, company: &str, arguments: &[(&str, &str)]) -> patron_tests::Answer {
    let filter = format!("company = \"{company}\"");
    let mut all = vec![("filter", filter.as_str())];
    if arguments.iter().all(|(name, _)| *name != "pageSize") {
        all.push(("pageSize", "1"));
    }
    all.extend(arguments);
    caller.find("/v1/customers", &all).await
}
