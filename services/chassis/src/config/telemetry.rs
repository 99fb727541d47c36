use tracing_subscriber::EnvFilter;

use super::Value;

crate::section! {
    /// What a process reports of itself.
    pub struct Telemetry = "TELEMETRY" {
        /// URL of an OpenTelemetry collector (OTLP over gRPC), such as `http://collector:4317`; without one
        /// nothing is exported.
        otlp_endpoint: Option<CollectorUrl>,
        /// Which log lines are written, as `level` or `target=level,...`.
        log: LogFilter = "info",
        /// Share of traces of reads that are recorded, 0 to 1; those of writes always are.
        read_ratio: f64 = "1",
    }
}

/// `http://host:port` of a collector.
#[derive(Clone, Debug)]
pub struct CollectorUrl(pub(crate) String);

impl Value for CollectorUrl {
    fn parse(text: &str) -> Result<Self, String> {
        let uri = text.parse::<http::Uri>().ok().filter(|uri| uri.scheme().is_some() && uri.host().is_some());
        uri.map(|_| Self(text.to_owned())).ok_or_else(|| "`http://host:port`".to_owned())
    }
}

/// Which log lines are written.
#[derive(Clone, Debug)]
pub struct LogFilter(String);

impl LogFilter {
    /// The filter itself, without the lines of some targets. One filter and not several combined: only then
    /// are callsites that nobody reads, of which HTTP/2 has many for each frame, sorted out once and for all.
    pub(crate) fn without(&self, targets: &[&str]) -> EnvFilter {
        let off = targets.iter().map(|target| format!("{target}=off"));
        EnvFilter::new([self.0.clone()].into_iter().chain(off).collect::<Vec<_>>().join(","))
    }
}

impl Value for LogFilter {
    fn parse(text: &str) -> Result<Self, String> {
        match EnvFilter::try_new(text) {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(_) => Err("`level` or `target=level,...`".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_and_urls_are_checked_when_read() {
        assert!(LogFilter::parse("warn,patron_chassis=debug").is_ok());
        assert!(LogFilter::parse("patron_chassis=loud").is_err());
        assert!(CollectorUrl::parse("http://collector:4317").is_ok());
        assert!(CollectorUrl::parse("collector").is_err());
    }
}
