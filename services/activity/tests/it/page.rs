//! Pages of what happened.

use crate::fixture::{Caller, REP, World, code, name_of, names};
use patron_chassis::peer::Peer;
use patron_proto::activity::v1::ListActivityEventsRequest;
use patron_values::id::CustomerId;
use tonic::Code;

/// All that a caller sees, page by page.
async fn read_all(caller: &Caller, parent: &str, page_size: i32) -> Vec<String> {
    let mut request = ListActivityEventsRequest { parent: parent.into(), page_size, ..Default::default() };
    let mut read = Vec::new();
    loop {
        let page = caller.list(request.clone()).await.unwrap();
        assert!(page.events.len() <= usize::try_from(page_size).unwrap());
        read.extend(names(&page.events));
        if page.next_page_token.is_empty() {
            return read;
        }
        request.page_token = page.next_page_token;
    }
}

#[tokio::test]
async fn the_latest_comes_first_on_every_way_to_it() {
    let world = World::new().await;
    let mine = [world.add_customer(&[REP]).await, world.add_customer(&[REP]).await];
    let (idle, others) = (world.add_customer(&[REP]).await, world.add_customer(&[]).await);
    let (mut all, mut of_mine, mut of_first) = (Vec::new(), Vec::new(), Vec::new());
    for (number, customer) in
        [mine[0], others, mine[1], mine[0], mine[0], others, mine[1]].repeat(3).into_iter().enumerate()
    {
        let mut event = world.event(Peer::PROFILE, Some(customer), "customer.updated");
        if number % 3 == 0 {
            // Several at one time are ordered by their ids.
            event.time.as_mut().unwrap().nanos = 0;
        }
        world.publish(std::slice::from_ref(&event)).await;
        let place = (event.time.as_ref().map(|it| (it.seconds, it.nanos)), name_of(&event));
        all.push(place.clone());
        if customer != others {
            of_mine.push(place.clone());
        }
        if customer == mine[0] {
            of_first.push(place);
        }
    }
    for expected in [&mut all, &mut of_mine, &mut of_first] {
        expected.sort();
        expected.reverse();
    }
    let expected = |events: &[(_, String)]| events.iter().map(|(_, name)| name.clone()).collect::<Vec<_>>();
    let (administrator, rep) = (world.administrator(), world.rep(REP));
    let first = mine[0].resource_name();
    for page_size in [1, 4, 100] {
        assert_eq!(read_all(&administrator, "", page_size).await, expected(&all));
        assert_eq!(read_all(&rep, "", page_size).await, expected(&of_mine));
        assert_eq!(read_all(&rep, &first, page_size).await, expected(&of_first));
        assert_eq!(read_all(&world.customer(mine[0]), "", page_size).await, expected(&of_first));
        assert!(read_all(&rep, &idle.resource_name(), page_size).await.is_empty());
    }
    world.end().await;
}

#[tokio::test]
async fn a_customer_without_history_differs_from_one_who_is_none() {
    let world = World::new().await;
    let administrator = world.administrator();
    let (known, asked_for) = (world.add_customer(&[]).await, world.add_unpublished_customer());
    assert!(administrator.names(Some(known)).await.unwrap().is_empty());
    assert!(administrator.names(Some(asked_for)).await.unwrap().is_empty());
    assert_eq!(code(administrator.names(Some(world.stranger())).await), Code::NotFound);
    world.end().await;
}

#[tokio::test]
async fn a_token_is_good_for_its_list_only() {
    let world = World::new().await;
    let customer = world.add_customer(&[]).await;
    for _ in 0..2 {
        world.happen(customer, "customer.updated").await;
    }
    let administrator = world.administrator();
    let first = ListActivityEventsRequest { page_size: 1, ..Default::default() };
    let page_token = administrator.list(first.clone()).await.unwrap().next_page_token;
    let next = ListActivityEventsRequest { page_token, ..first };
    assert_eq!(administrator.list(next.clone()).await.unwrap().events.len(), 1);
    let with_parent = ListActivityEventsRequest { parent: customer.resource_name(), ..next.clone() };
    let altered = ListActivityEventsRequest { page_token: format!("{}A", next.page_token), ..next.clone() };
    let negative = ListActivityEventsRequest { page_size: -1, ..next.clone() };
    for request in [with_parent, altered, negative] {
        assert_eq!(code(administrator.list(request).await), Code::InvalidArgument);
    }
    assert_eq!(code(world.viewer().list(next).await), Code::InvalidArgument);
    world.end().await;
}

#[tokio::test]
async fn names_of_another_form_are_refused() {
    let world = World::new().await;
    let administrator = world.administrator();
    for name in [
        "",
        "events/",
        "events/me",
        "customers/01890a5d-ac96-774b-bcce-b302099a8057",
        "events/------------------------------------",
    ] {
        assert_eq!(code(administrator.get(name).await), Code::InvalidArgument, "{name}");
    }
    for parent in [
        "customers/-",
        "groups/01890a5d-ac96-774b-bcce-b302099a8057",
        "customers/------------------------------------",
    ] {
        let request = ListActivityEventsRequest { parent: parent.into(), ..Default::default() };
        assert_eq!(code(administrator.list(request).await), Code::InvalidArgument, "{parent}");
    }
    world.end().await;
}

#[tokio::test]
async fn a_list_says_whether_it_shows_what_its_caller_wrote() {
    let world = World::new().await;
    let customer = world.add_customer(&[]).await;
    let event = world.event(Peer::PROFILE, Some(customer), "customer.updated");
    let behind = async |customer: CustomerId, version: i64| {
        let mut request = world.administrator().request(ListActivityEventsRequest::default());
        let position = format!("profile/{}@{version}", customer.resource_name());
        request.metadata_mut().insert("patron-consistency-token", position.parse().unwrap());
        world.administrator().send(request).await.unwrap().metadata().contains_key("patron-behind")
    };
    assert!(behind(customer, event.version).await);
    world.publish(std::slice::from_ref(&event)).await;
    assert!(!behind(customer, event.version).await);
    assert!(behind(customer, event.version + 1).await);
    world.end().await;
}
