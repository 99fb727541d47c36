//! How many customers were created when.

use crate::fixture::{Fixture, luis, staff_id, violations};
use patron_proto::profile::v1::{CountCustomersRequest, Customer};
use prost_types::Timestamp;
use std::time::Duration;
use tonic::{Code, Request};

const DAY: Duration = Duration::from_hours(24);

impl Fixture {
    async fn counts(&self, request: Request<CountCustomersRequest>) -> Vec<i32> {
        self.client().count_customers(request).await.unwrap().into_inner().counts
    }

    /// Creates a customer now.
    async fn come(&self, email: &str, assigned_staff: &[String]) -> Customer {
        let assigned_staff = assigned_staff.to_vec();
        self.create(Customer { email: email.into(), assigned_staff, ..luis() }).await.unwrap()
    }
}

fn time(seconds: i64) -> Timestamp {
    Timestamp { seconds, nanos: 0 }
}

#[tokio::test]
async fn customers_are_counted_day_by_day_and_each_caller_sees_theirs() {
    let fixture = Fixture::new().await;
    let rep = staff_id(2);
    fixture.parts.knows_staff(rep, false);
    let first = fixture.come("a@example.com", &[rep.resource_name()]).await;
    fixture.come("b@example.com", &[]).await;
    fixture.mesh.clock().advance(DAY * 2);
    fixture.come("c@example.com", &[rep.resource_name()]).await;
    let begin = first.create_time.unwrap().seconds;
    let times = (0..5).map(|day| time(begin + day * 24 * 3600)).collect();
    let days = CountCustomersRequest { times };
    assert_eq!(fixture.counts(fixture.staff(days.clone())).await, [2, 0, 1, 0]);
    assert_eq!(fixture.counts(fixture.sales_rep(rep, days.clone())).await, [1, 0, 1, 0]);
    assert_eq!(fixture.counts(fixture.sales_rep(staff_id(3), days.clone())).await, [0, 0, 0, 0]);
    assert_eq!(fixture.counts(fixture.customer(&first.name, days)).await, [1, 0, 0, 0]);
}

#[tokio::test]
async fn times_that_do_not_follow_each_other_are_refused() {
    let fixture = Fixture::new().await;
    for times in [vec![time(2), time(1)], vec![time(1), time(1)]] {
        let request = fixture.staff(CountCustomersRequest { times });
        let refused = fixture.client().count_customers(request).await.unwrap_err();
        assert_eq!(violations(&refused), ["times are not each later than the one before"]);
    }
    let request = fixture.staff(CountCustomersRequest { times: vec![time(1), time(i64::MAX)] });
    let refused = fixture.client().count_customers(request).await.unwrap_err();
    assert_eq!(violations(&refused), ["times are not all between the years 1 and 9999"]);
    let request = fixture.staff(CountCustomersRequest { times: vec![time(1)] });
    let refused = fixture.client().count_customers(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}
