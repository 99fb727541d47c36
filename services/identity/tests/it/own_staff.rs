//! What members of staff say of themselves.

use crate::{
    fixture::{SignedIn, World},
    refusal::fields,
};
use patron_chassis::peer::Peer;
use patron_proto::identity::v1::{
    GetOwnStaffRequest, GetStaffRequest, SetOwnSignatureRequest, Staff, UpdateStaffRequest,
};
use prost_types::FieldMask;
use tonic::{Code, Status};

const SIGNATURE: &str = "Rita Rep\nSales, São Paulo";

async fn sign(world: &World, by: &SignedIn, signature: &str) -> Result<Staff, Status> {
    let request = SetOwnSignatureRequest { signature: signature.to_owned() };
    world.staff().set_own_signature(by.ask(request)).await.map(tonic::Response::into_inner)
}

async fn own(world: &World, by: &SignedIn) -> Result<Staff, Status> {
    world.staff().get_own_staff(by.ask(GetOwnStaffRequest {})).await.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn a_rep_writes_a_signature_that_an_administrator_can_change_and_history_says_so() {
    let world = World::new().await;
    let rep = world.staff_user("rita", "sales-rep").await;
    let signed = sign(&world, &rep, SIGNATURE).await.unwrap();
    assert_eq!((signed.name.as_str(), signed.signature.as_str()), (rep.name.as_str(), SIGNATURE));
    assert_eq!(own(&world, &rep).await.unwrap(), signed);
    sign(&world, &rep, &format!("{SIGNATURE}\r\n")).await.unwrap();

    let administrator = world.administrator().await;
    let request = UpdateStaffRequest {
        staff: Some(Staff { name: rep.name.clone(), signature: "Rita".to_owned(), ..Default::default() }),
        update_mask: Some(FieldMask { paths: vec!["signature".to_owned()] }),
        request_id: String::new(),
    };
    world.staff().update_staff(administrator.ask(request)).await.unwrap();
    sign(&world, &rep, "").await.unwrap();
    let request = GetStaffRequest { name: rep.name.clone() };
    let read = world.staff().get_staff(administrator.ask(request)).await.unwrap().into_inner();
    assert_eq!(read.signature, "");
    let events = world.peers.await_events(Peer::ACTIVITY, &rep.name, 5).await;
    let changed = events[2..].iter().map(|event| {
        let change = event.changes.iter().find(|change| change.field == "signature").unwrap();
        (event.context.as_ref().unwrap().actor.as_str(), change.new.clone())
    });
    let new = |text: &str| Some(text.to_owned().into());
    assert_eq!(
        changed.collect::<Vec<_>>(),
        [
            (rep.name.as_str(), new(SIGNATURE)),
            (administrator.name.as_str(), new("Rita")),
            (rep.name.as_str(), new(""))
        ]
    );
    world.end().await;
}

#[tokio::test]
async fn a_signature_has_a_thousand_bytes_at_most_and_no_characters_that_nobody_sees() {
    let world = World::new().await;
    let rep = world.staff_user("rita", "sales-rep").await;
    sign(&world, &rep, &"é".repeat(500)).await.unwrap();
    for wrong in ["é".repeat(501), "x".repeat(1001), "a\0b".to_owned(), "a\u{202e}b".to_owned()] {
        let refused = sign(&world, &rep, &wrong).await.unwrap_err();
        assert_eq!((refused.code(), fields(&refused)), (Code::InvalidArgument, vec!["signature".to_owned()]));
    }
    world.end().await;
}

#[tokio::test]
async fn a_customer_is_no_member_of_staff() {
    let world = World::new().await;
    let customer = world.signed_in_customer("luisg").await;
    assert_eq!(own(&world, &customer).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(sign(&world, &customer, SIGNATURE).await.unwrap_err().code(), Code::NotFound);
    world.end().await;
}
