use crate::fixture::World;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use patron_chassis::{clock::Clock, pg::Database, testing::with_token};
use patron_identity::key::Keyring;
use patron_proto::identity::v1::{
    GetJsonWebKeySetRequest, JsonWebKeySet, ListSessionsRequest, RefreshSessionRequest,
    key_service_client::KeyServiceClient, session_service_client::SessionServiceClient,
};
use patron_values::seal::Seal;
use serde_json::Value;
use std::time::Duration;

fn keyring(world: &World, seal_key: [u8; 32]) -> Keyring {
    let database = Database::new(world.database.pool().clone());
    Keyring::new(database, Seal::new(&seal_key), Clock::Mock(world.clock().clone()))
}

fn ids(keys: &JsonWebKeySet) -> Vec<String> {
    keys.keys.iter().map(|key| key.kid.clone()).collect()
}

fn part(token: &str, index: usize) -> Value {
    let part = URL_SAFE_NO_PAD.decode(token.split('.').nth(index).unwrap()).unwrap();
    serde_json::from_slice(&part).unwrap()
}

#[tokio::test]
async fn a_token_says_who_may_do_what_and_until_when() {
    let world = World::new().await;
    let rep = world.staff_user("rep", "sales-rep").await;
    let (header, claims) = (part(rep.token(), 0), part(rep.token(), 1));
    let keys =
        KeyServiceClient::new(world.channel.clone()).get_json_web_key_set(GetJsonWebKeySetRequest {}).await;
    let keys = keys.unwrap().into_inner();
    assert_eq!(
        (&header["alg"], &header["typ"], &header["kid"]),
        (&"EdDSA".into(), &"at+jwt".into(), &keys.keys[0].kid.clone().into())
    );
    assert_eq!((&claims["iss"], &claims["aud"]), (&"patron".into(), &"patron".into()));
    assert_eq!((&claims["sub"], &claims["name"]), (&rep.name.clone().into(), &"Person rep".into()));
    assert_eq!(claims["scope"], "assigned");
    assert_eq!(claims["perm"].as_array().unwrap().len(), 14);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 300);
    assert_eq!(rep.session.name, format!("sessions/{}", claims["sid"].as_str().unwrap()));
    let customer = world.signed_in_customer("luisg").await;
    let claims = part(customer.token(), 1);
    assert_eq!((&claims["scope"], &claims["name"]), (&"self".into(), &Value::Null));
    world.end().await;
}

#[tokio::test]
async fn a_key_is_published_before_it_signs_and_after_it_has_signed() {
    let world = World::new().await;
    let keyring = keyring(&world, [7; 32]);
    let published = async || {
        keyring.rotate().await.unwrap();
        ids(&keyring.published())
    };
    let first = published().await;
    assert_eq!(first.len(), 1);
    world.clock().advance(Duration::from_hours(24) - Duration::from_mins(11));
    assert_eq!(published().await, first);
    world.clock().advance(Duration::from_mins(1));
    let both = published().await;
    assert_eq!((both.len(), &both[0]), (2, &first[0]));
    let signer = || part(&keyring.sign(&claims()).unwrap(), 0)["kid"].as_str().unwrap().to_owned();
    world.clock().advance(Duration::from_mins(9));
    assert_eq!(signer(), both[0]);
    world.clock().advance(Duration::from_mins(1));
    assert_eq!(signer(), both[1]);
    world.clock().advance(Duration::from_mins(119));
    assert_eq!(published().await, both);
    world.clock().advance(Duration::from_mins(1));
    assert_eq!(published().await, both[1..]);
    world.end().await;
}

fn claims() -> patron_chassis::token::Claims {
    serde_json::from_value(serde_json::json!({
        "iss": "patron", "aud": "patron", "sub": "staff/x", "jti": "01890a5d-ac96-774b-bcce-b302099a8057",
        "iat": 0, "exp": 0, "epoch": 1, "scope": "all",
    }))
    .unwrap()
}

#[tokio::test]
async fn replicas_that_turn_at_once_make_one_key() {
    let world = World::new().await;
    world.clock().advance(Duration::from_hours(24));
    let replicas: Vec<_> = (0..4).map(|_| keyring(&world, [7; 32])).collect();
    futures::future::join_all(replicas.iter().map(async |replica| replica.rotate().await.unwrap())).await;
    let published: Vec<_> = replicas.iter().map(|replica| ids(&replica.published())).collect();
    assert_eq!(published[0].len(), 2);
    assert!(published.iter().all(|ids| *ids == published[0]));
    world.end().await;
}

#[tokio::test]
async fn another_seal_key_gives_a_new_signing_key_at_once() {
    let world = World::new().await;
    world.clock().advance(Duration::from_secs(1));
    let other = keyring(&world, [8; 32]);
    assert!(other.sign(&claims()).is_err());
    other.rotate().await.unwrap();
    let kid = part(&other.sign(&claims()).unwrap(), 0)["kid"].as_str().unwrap().to_owned();
    let published = ids(&other.published());
    assert_eq!(published.len(), 2);
    assert_eq!(published.last(), Some(&kid));
    let rows = sqlx::query_scalar!("select sealed_private_key from identity.signing_key");
    let sealed = rows.fetch_all(world.database.pool()).await.unwrap();
    assert!(sealed.iter().all(|key| URL_SAFE_NO_PAD.decode(key).is_ok_and(|bytes| bytes.len() > 48)));
    world.end().await;
}

#[tokio::test]
async fn a_seal_key_in_front_of_the_old_one_leaves_the_signing_key_as_it_is() {
    let world = World::new().await;
    let before = keyring(&world, [7; 32]);
    before.rotate().await.unwrap();
    let seal = Seal::new(&[8; 32]).opening(&[7; 32]);
    let database = Database::new(world.database.pool().clone());
    let after = Keyring::new(database, seal, Clock::Mock(world.clock().clone()));
    after.rotate().await.unwrap();
    assert_eq!(ids(&after.published()), ids(&before.published()));
    assert_eq!(after.sign(&claims()).unwrap(), before.sign(&claims()).unwrap());
    world.end().await;
}

#[tokio::test]
async fn tokens_of_one_replica_are_good_at_another() {
    let world = World::new().await;
    let replica = world.replica().await;
    let administrator = world.administrator().await;
    let mut elsewhere = SessionServiceClient::new(world.mesh.client(&replica));
    elsewhere.list_sessions(administrator.ask(ListSessionsRequest::default())).await.unwrap();
    let refresh = RefreshSessionRequest { secret: administrator.session.secret.clone() };
    let token = elsewhere.refresh_session(refresh).await.unwrap().into_inner().access_token;
    let request = with_token(&token, ListSessionsRequest::default());
    world.sessions().list_sessions(request).await.unwrap();
    world.end().await;
}
