crate::section! {
    /// What a process tells about itself.
    pub struct Telemetry = "TELEMETRY" {
        /// URL of an OpenTelemetry collector (OTLP over gRPC), such as `http://collector:4317`; without one nothing is exported.
        otlp_endpoint: Option<String>,
        /// Which log lines are written, as `level` or `target=level,...`.
        log: String = "info",
        /// Share of traces of reads that are recorded, 0 to 1; those of writes always are.
        read_ratio: f64 = "1",
    }
}
