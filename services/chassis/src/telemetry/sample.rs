use opentelemetry::{
    Context, KeyValue, TraceId, Value,
    trace::{Link, SpanKind},
};
use opentelemetry_sdk::trace::{Sampler as Standard, SamplingDecision, SamplingResult, ShouldSample};

use super::span::WRITES;

/// Records every write, and of reads what the caller's trace does or, at its beginning, a share.
#[derive(Clone, Debug)]
pub(super) struct Sampler {
    reads: Standard,
}

impl Sampler {
    pub(super) fn new(read_ratio: f64) -> Self {
        Self { reads: Standard::ParentBased(Box::new(Standard::TraceIdRatioBased(read_ratio))) }
    }
}

impl ShouldSample for Sampler {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let mut result = self.reads.should_sample(parent, trace, name, kind, attributes, links);
        if attributes
            .iter()
            .any(|attribute| attribute.key.as_str() == WRITES && attribute.value == Value::Bool(true))
        {
            result.decision = SamplingDecision::RecordAndSample;
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(sampler: &Sampler, attributes: &[KeyValue]) -> SamplingDecision {
        sampler
            .should_sample(None, TraceId::from_bytes([0xff; 16]), "call", &SpanKind::Server, attributes, &[])
            .decision
    }

    #[test]
    fn writes_are_always_recorded_and_reads_by_share() {
        let (none, all) = (Sampler::new(0.0), Sampler::new(1.0));
        assert_eq!(decision(&none, &[KeyValue::new(WRITES, true)]), SamplingDecision::RecordAndSample);
        assert_eq!(decision(&none, &[KeyValue::new(WRITES, false)]), SamplingDecision::Drop);
        assert_eq!(decision(&all, &[]), SamplingDecision::RecordAndSample);
    }
}
