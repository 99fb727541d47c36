use patron_chassis::status::Problem;
use patron_proto::profile::v1::CountCustomersRequest;
use patron_values::time_of;
use time::OffsetDateTime;

/// The times of a request, each later than the one before.
pub(super) fn times(request: &CountCustomersRequest) -> Result<Vec<OffsetDateTime>, Problem> {
    let times: Option<Vec<_>> = request.times.iter().map(time_of).collect();
    let times = times.ok_or_else(|| Problem::invalid("times", "are not all between the years 1 and 9999"))?;
    if times.is_sorted_by(|earlier, later| earlier < later) {
        Ok(times)
    } else {
        Err(Problem::invalid("times", "are not each later than the one before"))
    }
}
