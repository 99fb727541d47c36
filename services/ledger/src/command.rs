//! Commands of services that the ledger answers.

use crate::{
    inbox::{Consumer, Delivery},
    queue::{Queue, dead_letter::Which},
};
use anyhow::Context as _;
use patron_chassis::{client::Channel, command::Answer, peer::Peer};
use patron_proto::operation::v1::Resync;

/// Dead letters shown at once.
const MOST_LISTED: i64 = 100;

/// `resync PEER [--force]`: fills the service with what a peer publishes. It may serve meanwhile.
pub(crate) async fn resync<C: Consumer>(
    delivery: Delivery<C>,
    channels: Vec<(Peer, Channel)>,
    arguments: Vec<String>,
) -> anyhow::Result<Answer> {
    let (source, force) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [source] => (source, false),
        [source, "--force"] | ["--force", source] => (source, true),
        _ => return Ok(Answer::Misused),
    };
    let of_it = channels.into_iter().find(|(peer, _)| peer.name() == source);
    let Some((source, channel)) = of_it else { return Ok(Answer::Misused) };
    let Resync { listed_count, failed_count, ended_count } = delivery.resync(source, channel, force).await?;
    Ok(Answer::Said(format!(
        "{listed_count} snapshots listed, {failed_count} failed, {ended_count} aggregates ended"
    )))
}

/// `dead-letters [list | show ID | retry ID|all | drop ID|all]`: what was given up, without personal data.
pub(crate) async fn dead_letters(queue: Queue, arguments: Vec<String>) -> anyhow::Result<Answer> {
    let which = |text: &str| match text {
        "all" => Some(Which::All),
        id => id.parse().ok().map(|id| Which::These(vec![id])),
    };
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let said = match (arguments.first().copied(), arguments.get(1).copied().and_then(which), arguments.len())
    {
        (None, None, 0) | (Some("list"), None, 1) => shown(&queue, Which::All).await?,
        (Some("show"), Some(which @ Which::These(_)), 2) => shown(&queue, which).await?,
        (Some("retry"), Some(which), 2) => {
            let count = queue.retry_dead_letters(which).await.context("they could not be retried")?;
            format!("{count} retried")
        }
        (Some("drop"), Some(which), 2) => {
            let count = queue.drop_dead_letters(which).await.context("they could not be dropped")?;
            format!("{count} dropped")
        }
        _ => return Ok(Answer::Misused),
    };
    Ok(Answer::Said(said))
}

async fn shown(queue: &Queue, which: Which) -> anyhow::Result<String> {
    let letters = queue.dead_letters(which, 0, MOST_LISTED).await.context("they could not be read")?;
    let lines: Vec<String> = letters.iter().map(ToString::to_string).collect();
    Ok(if lines.is_empty() { "none".to_owned() } else { lines.join("\n") })
}
