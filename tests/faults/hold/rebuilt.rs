//! What profile keeps of other services, lost and rebuilt under traffic, is what it was.

use super::{
    figures::Figures,
    scale::Scale,
    traffic::{Traffic, Write},
};
use crate::behind::Behind;
use patron_local::{demo, mesh::Mesh};
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Writes a second meanwhile.
const WRITES: f64 = 20.0;
/// How many customers a second are rebuilt, at least, of each of three sources.
const A_SECOND: u32 = 1_000;
/// What profile keeps of other services, by customer.
pub(crate) const KEPT: &str = "select coalesce(jsonb_object_agg(customer_id, jsonb_build_object(
        'status', status, 'username', username, 'groups', groups, 'primary_group', primary_group, 'city', city,
        'postal_code', postal_code, 'country_code', country_code, 'account_text', account_text,
        'address_text', address_text, 'last_sign_in_at', last_sign_in_at)), '{}')
    from profile.customer join profile.customer_time using (customer_id)";
/// How it is lost.
const LOSE: &str = "with lost as (update profile.customer_time set last_sign_in_at = null)
    update profile.customer set status = 'active', username = '', groups = '{}', primary_group = null, city = '',
        postal_code = '', country_code = '', account_text = '', address_text = ''";

#[tokio::test(flavor = "multi_thread")]
async fn what_profile_keeps_of_others_is_rebuilt_under_traffic_as_it_was() {
    let scale = Scale::asked_for();
    let world = scale.world().await;
    let (mesh, behind) = (world.mesh(), Behind::of(&world).await);
    demo::fill(mesh, scale.customers).await.expect("customers can be created");
    let traffic = Traffic::prepare(&world, Write::ALL).await;
    let delivered = async || behind.everything_is_delivered_within(Duration::from_mins(2)).await;
    delivered().await;
    let before = behind.json(KEPT).await;

    let rebuilding = async {
        sleep(scale.part).await;
        let began = Instant::now();
        lose_and_rebuild(mesh, &behind).await;
        let took = began.elapsed();
        sleep(scale.part).await;
        took
    };
    let (writes, took) = traffic.run(scale.rate(WRITES), rebuilding).await;
    delivered().await;
    let rebuilt = behind.json(KEPT).await;

    let mut figures = Figures::of(scale, "rebuilt");
    figures.note(format_args!("{} customers, {} writes meanwhile", scale.customers, writes.len()));
    let bound = Duration::from_secs(u64::from(5 + 3 * scale.customers / A_SECOND));
    figures.within("rebuilt in", took, bound);
    figures.at_most("unlike before", different(&before, &rebuilt), 0);
    // Once more while nothing changes: what changed under traffic is as right as the rest.
    lose_and_rebuild(mesh, &behind).await;
    let quiet = behind.json(KEPT).await;
    figures.at_most("unlike rebuilt in quiet", different(&quiet, &rebuilt) + different(&rebuilt, &quiet), 0);
    traffic.check().await;
    figures.end();
    world.end().await;
}

/// Has profile lose what it keeps of others, and fills it as the recipe says.
pub(crate) async fn lose_and_rebuild(mesh: &Mesh, behind: &Behind) {
    behind.run(LOSE).await;
    for source in ["address", "group", "identity"] {
        mesh.command("profile", &["resync", source, "--force"]).await.expect("the command runs");
    }
}

/// Customers of whom the second knows something else than the first.
pub(crate) fn different(first: &Value, second: &Value) -> usize {
    let all = first.as_object().expect("an object");
    all.iter().filter(|(customer, kept)| second[customer.as_str()] != **kept).count()
}
