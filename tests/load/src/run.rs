//! A whole run.

use crate::{
    bed::Bed,
    measure::{self, Measurement, Way},
    operation::Operation,
    options::Options,
    pgbench::Pgbench,
    recording,
    report::{Process, Report},
    sample::Sample,
    script::Script,
    statement::Recorder,
    usage::Watch,
};
use anyhow::Result;
use std::{collections::HashMap, sync::Arc, time::Instant};

/// Times that each process is started; the fastest counts, since what is asked for is what it takes, not what disturbs it.
const STARTS: usize = 3;

/// Measures what the options ask for, and stops everything again.
pub async fn run(options: Options) -> Result<Report> {
    let mut bed = Bed::start(&options).await?;
    let watch = Watch::new(&bed.mesh, bed.postmaster)?;
    let idle = watch.memory()?;
    let fill = bed.fill(options.customers).await?;
    let token = bed.token().await?;
    let sample = Arc::new(Sample::take(&bed.mesh, &bed.database, &token, options.seed).await?);
    let scripts = scripts(&mut bed, &sample, &options).await?;
    say_who_runs(&bed);

    let pgbench = Pgbench::new(bed.mesh.database_url(), bed.logs(), options.seed)?;
    let mut measurements: Vec<Measurement> = Vec::new();
    for operation in Operation::all() {
        bed.settle().await?;
        for way in Way::ALL.into_iter().filter(|way| options.wants(operation, *way)) {
            let measured = match (way, scripts.get(operation.name())) {
                (Way::Pgbench, Some(script)) if !operation.writes() => {
                    measure::sql(operation, script, &pgbench, &watch, &options).await?
                }
                (Way::Http, _) => measure::calls(operation, way, &mut bed, &sample, &watch, &options).await?,
                (Way::Grpc, _) if operation.is_at_services() => {
                    measure::calls(operation, way, &mut bed, &sample, &watch, &options).await?
                }
                _ => continue,
            };
            announce(&measured);
            measurements.push(measured);
        }
    }
    bed.settle().await?;
    let loaded = watch.memory()?;
    let mut processes: Vec<Process> = idle
        .into_iter()
        .zip(loaded)
        .map(|((name, idle), (_, loaded))| Process { name, idle: idle.now, most: loaded.most, start: None })
        .collect();
    if options.wants_all() {
        start_times(&bed, &mut processes).await?;
    }
    let watched = watch.names().to_vec();
    measurements.extend(writes(&bed, &scripts, &watch, &options).await?);
    let statements = Operation::all()
        .filter_map(|operation| Some((operation.name(), scripts.get(operation.name())?.statements)))
        .collect();
    let postgres_version = bed.postgres_version.clone();
    bed.end().await?;
    Ok(Report { options, fill, postgres_version, watched, measurements, processes, statements })
}

/// Scripts of all operations that pgbench is to measure.
async fn scripts(bed: &mut Bed, sample: &Sample, options: &Options) -> Result<HashMap<&'static str, Script>> {
    let rows = bed.offer(sample.ids()).await?;
    let recorder =
        Recorder::begin(bed.database.clone(), &bed.server_log(), patron_local::mesh::DATABASE).await?;
    let mut scripts = HashMap::new();
    for operation in Operation::all() {
        if operation.is_sql() && options.wants(operation, Way::Pgbench) {
            let recordings = recording::of(operation, bed, sample, &recorder).await?;
            scripts.insert(operation.name(), Script::new(&recordings, rows));
        }
    }
    recorder.end().await?;
    Ok(scripts)
}

/// What pgbench writes would be taken by the services for their own: it writes into a copy, and they are stopped.
async fn writes(
    bed: &Bed,
    scripts: &HashMap<&'static str, Script>,
    watch: &Watch,
    options: &Options,
) -> Result<Vec<Measurement>> {
    let mut measurements = Vec::new();
    for operation in Operation::all().filter(|operation| operation.writes()) {
        let Some(script) = scripts.get(operation.name()) else { continue };
        if measurements.is_empty() {
            bed.stop_mesh().await?;
            bed.copy_database().await?;
        }
        let pgbench = Pgbench::new(bed.copy_url(), bed.logs(), options.seed)?;
        let measured = measure::sql(operation, script, &pgbench, watch, options).await?;
        announce(&measured);
        measurements.push(measured);
    }
    Ok(measurements)
}

/// Measures how long each process takes from its start until it serves.
async fn start_times(bed: &Bed, processes: &mut [Process]) -> Result<()> {
    for process in processes {
        for _ in 0..STARTS {
            bed.mesh.stop(&process.name).await?;
            let begun = Instant::now();
            bed.mesh.start_again(&process.name).await?;
            let took = begun.elapsed();
            process.start = Some(process.start.map_or(took, |fastest| fastest.min(took)));
        }
    }
    Ok(())
}

/// Tells what to attach a profiler to.
fn say_who_runs(bed: &Bed) {
    let services = patron_local::service::all()
        .filter_map(|service| bed.mesh.pid(service.name).map(|pid| format!("{} {pid}", service.name)));
    eprintln!("process ids: {}, postgres {}", services.collect::<Vec<_>>().join(", "), bed.postmaster);
}

fn announce(measured: &Measurement) {
    eprintln!(
        "{:>18} {:<7} {:>8.0}/s {:>8.0} µs of CPU time, {:.0} % elsewhere",
        measured.operation.name(),
        measured.way,
        measured.rate,
        measured.sum_us(),
        measured.elsewhere * 100.0
    );
}
