//! Groups: what can be done with them, and what not.

use crate::fixture::{World, forbidden, refusal, wrong_fields};
use patron_chassis::peer::Peer;
use patron_proto::event::v1::FieldChange;
use patron_proto::group::internal::v1::{
    BatchGetGroupReferencesRequest, GroupReference,
    group_reference_service_client::GroupReferenceServiceClient,
};
use patron_proto::group::v1::{
    CreateGroupRequest, DeleteGroupRequest, GetGroupRequest, Group, ListGroupsRequest, UpdateGroupRequest,
};
use prost_types::FieldMask;
use tonic::{Code, Response, Status};

fn named(display_name: &str) -> Group {
    Group { display_name: display_name.to_owned(), ..Group::default() }
}

async fn update(world: &World, group: Group, paths: &[&str]) -> Result<Group, Status> {
    let manager = world.manager();
    let update_mask = Some(FieldMask { paths: paths.iter().map(ToString::to_string).collect() });
    let message = UpdateGroupRequest { group: Some(group), update_mask, ..Default::default() };
    manager.groups().update_group(manager.request(message)).await.map(Response::into_inner)
}

async fn get(world: &World, name: &str) -> Result<Group, Status> {
    let manager = world.manager();
    let message = GetGroupRequest { name: name.to_owned() };
    manager.groups().get_group(manager.request(message)).await.map(Response::into_inner)
}

async fn delete(world: &World, name: &str, etag: &str) -> Result<(), Status> {
    let manager = world.manager();
    let message = DeleteGroupRequest { name: name.to_owned(), etag: etag.to_owned(), ..Default::default() };
    manager.groups().delete_group(manager.request(message)).await.map(Response::into_inner)
}

#[tokio::test]
async fn a_group_is_created_read_changed_and_deleted_and_each_is_published() {
    let world = World::new().await;
    let wanted = Group { description: "Buys much".into(), approval_required: true, ..named("  Gold ") };
    let created = world.manager().create_group(wanted).await.unwrap();
    assert_eq!((created.display_name.as_str(), created.member_count), ("Gold", 0));
    assert_eq!(get(&world, &created.name).await.unwrap(), created);

    let wanted = Group { name: created.name.clone(), description: "Buys more".into(), ..named("ignored") };
    let updated = update(&world, wanted, &["description"]).await.unwrap();
    assert_eq!((updated.display_name.as_str(), updated.description.as_str()), ("Gold", "Buys more"));
    assert!(updated.approval_required && updated.etag != created.etag);

    delete(&world, &created.name, &updated.etag).await.unwrap();
    assert_eq!(refusal(get(&world, &created.name).await), (Code::NotFound, "RESOURCE_NOT_FOUND".into()));

    let events = world.peers().await_events(Peer::ACTIVITY, &created.name, 3).await;
    let published: Vec<_> = events.iter().map(|event| (event.r#type.as_str(), event.version)).collect();
    assert_eq!(published, [("group.created", 1), ("group.updated", 2), ("group.deleted", 3)]);
    let change = FieldChange {
        field: "description".into(),
        old: Some("Buys much".to_owned().into()),
        new: Some("Buys more".to_owned().into()),
        ..FieldChange::default()
    };
    assert_eq!(events[1].changes, [change]);
    let context = events[1].context.as_ref().unwrap();
    assert_eq!(context.actor, crate::fixture::MANAGER.resource_name());
    assert!(world.peers().events(Peer::PROFILE, &created.name).is_empty());
    world.end().await;
}

#[tokio::test]
async fn no_two_groups_share_a_name_whatever_its_case() {
    let world = World::new().await;
    world.manager().named_group("Großkunden").await;
    let other = world.manager().named_group("Silver").await;
    for answer in [
        world.manager().create_group(named("GROSSKUNDEN")).await,
        update(&world, Group { name: other.name, ..named("großkunden") }, &["display_name"]).await,
    ] {
        assert_eq!(refusal(answer.clone()), (Code::AlreadyExists, "VALUE_TAKEN".into()));
        assert_eq!(wrong_fields(answer), ["group.display_name"]);
    }
    world.end().await;
}

#[tokio::test]
async fn a_group_needs_a_name_also_after_a_change() {
    let world = World::new().await;
    let group = world.manager().named_group("Gold").await;
    assert_eq!(wrong_fields(world.manager().create_group(named(" ")).await), ["group.display_name"]);
    let too_long = Group { description: "x".repeat(401), ..named(&"x".repeat(101)) };
    let wrong = wrong_fields(world.manager().create_group(too_long).await);
    assert_eq!(wrong, ["group.display_name", "group.description"]);
    let nameless = Group { name: group.name.clone(), ..Group::default() };
    assert_eq!(wrong_fields(update(&world, nameless.clone(), &["*"]).await), ["group.display_name"]);
    assert_eq!(wrong_fields(update(&world, nameless, &["colour"]).await), ["update_mask"]);
    world.end().await;
}

#[tokio::test]
async fn a_stale_etag_is_aborted_and_changes_nothing() {
    let world = World::new().await;
    let old = world.manager().named_group("Gold").await;
    let new =
        update(&world, Group { name: old.name.clone(), ..named("Or") }, &["display_name"]).await.unwrap();
    let stale = Group { display_name: "Oro".into(), ..old.clone() };
    let changed = (Code::Aborted, "CHANGED_SINCE_ETAG".into());
    assert_eq!(refusal(update(&world, stale, &["display_name"]).await), changed);
    assert_eq!(refusal(delete(&world, &old.name, &old.etag).await), changed);
    assert_eq!(get(&world, &old.name).await.unwrap(), new);
    world.end().await;
}

#[tokio::test]
async fn a_change_to_what_is_there_already_is_none() {
    let world = World::new().await;
    let group = world.manager().named_group("Gold").await;
    assert_eq!(update(&world, group.clone(), &["display_name"]).await.unwrap(), group);
    world.end().await;
}

#[tokio::test]
async fn the_same_request_gives_the_same_group_and_another_body_is_refused() {
    let world = World::new().await;
    let manager = world.manager();
    let request_id = "01890a5d-ac96-774b-bcce-b302099a8057".to_owned();
    let create = async |display_name| {
        let message = CreateGroupRequest { group: Some(named(display_name)), request_id: request_id.clone() };
        manager.groups().create_group(manager.request(message)).await.map(Response::into_inner)
    };
    let (one, two) = tokio::join!(create("Gold"), create("Gold"));
    assert_eq!(one.unwrap(), two.unwrap());
    assert_eq!(refusal(create("Silver").await), (Code::InvalidArgument, "REQUEST_ID_REUSED".into()));
    world.end().await;
}

#[tokio::test]
async fn what_a_request_deleted_is_done_when_it_comes_again() {
    let world = World::new().await;
    let manager = world.manager();
    let group = manager.named_group("Gold").await;
    let request_id = "01890a5d-ac96-774b-bcce-b302099a8057".to_owned();
    let message = DeleteGroupRequest { name: group.name.clone(), etag: String::new(), request_id };
    for _ in 0..2 {
        manager.groups().delete_group(manager.request(message.clone())).await.unwrap();
    }
    assert_eq!(refusal(delete(&world, &group.name, "").await).0, Code::NotFound);
    world.end().await;
}

#[tokio::test]
async fn a_group_with_members_is_not_deleted_and_their_count_is_named() {
    let world = World::new().await;
    let (manager, customer) = (world.manager(), world.add_customer(&[]).await);
    let group = manager.named_group("Gold").await;
    for customer in [customer, world.add_customer(&[]).await] {
        manager.join(customer, &group, false).await.unwrap();
    }
    let refusal = forbidden(delete(&world, &group.name, "").await);
    assert_eq!(refusal, ("GROUP_HAS_MEMBERS".into(), "the group has 2 members".into()));
    manager.leave(customer, &group).await.unwrap();
    let refusal = forbidden(delete(&world, &group.name, "").await);
    assert_eq!(refusal.1, "the group has 1 member");
    world.end().await;
}

#[tokio::test]
async fn nobody_is_left_in_a_group_that_is_deleted_as_they_join() {
    let world = World::new().await;
    let (manager, customer) = (world.manager(), world.add_customer(&[]).await);
    for number in 0..10 {
        let group = manager.named_group(&number.to_string()).await;
        let (joined, deleted) =
            tokio::join!(manager.join(customer, &group, false), delete(&world, &group.name, ""));
        match joined {
            Ok(_) => assert_eq!(forbidden(deleted).0, "GROUP_HAS_MEMBERS"),
            Err(status) => {
                assert_eq!(status.code(), Code::NotFound);
                deleted.unwrap();
            }
        }
    }
    world.end().await;
}

#[tokio::test]
async fn groups_are_listed_by_name_page_by_page() {
    let world = World::new().await;
    let manager = world.manager();
    for display_name in ["silver", "Bronze", "Gold", "gold plus"] {
        manager.named_group(display_name).await;
    }
    let mut pages = Vec::new();
    let mut message = ListGroupsRequest { page_size: 3, ..Default::default() };
    loop {
        let page = manager.groups().list_groups(manager.request(message.clone())).await.unwrap().into_inner();
        pages.push(page.groups.into_iter().map(|group| group.display_name).collect::<Vec<_>>());
        message.page_token = page.next_page_token;
        if message.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(pages, [vec!["Bronze", "Gold", "gold plus"], vec!["silver"]]);
    message.page_token = "2".into();
    let answer = manager.groups().list_groups(manager.request(message)).await;
    assert_eq!(wrong_fields(answer), ["page_token"]);
    world.end().await;
}

#[tokio::test]
async fn profile_is_told_what_groups_are_called() {
    let world = World::new().await;
    let gold = world.manager().named_group("Gold").await;
    let gone = "groups/01890a5d-ac96-774b-bcce-b302099a8057".to_owned();
    let request = BatchGetGroupReferencesRequest { groups: vec![gone, gold.name.clone()] };
    let mut client = GroupReferenceServiceClient::new(world.peer("profile"));
    let told = client.batch_get_group_references(request).await.unwrap().into_inner().references;
    assert_eq!(told, [GroupReference { group: gold.name, display_name: gold.display_name }]);
    world.end().await;
}
