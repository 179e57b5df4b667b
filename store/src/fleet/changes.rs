//! Changes told from node to node. Messages may be lost: what caches hold ends by itself within a second, so that a node that hears
//! nothing asks the database again.

use super::{Fleet, names};
use crate::changes::{Change, Changes};
use futures::StreamExt;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::mpsc;
use uuid::Uuid;

/// How often the connection is asked for a sign of life, and how long that may take.
const PULSE: Duration = Duration::from_secs(1);
/// Until the next try to listen.
const PAUSE: Duration = Duration::from_millis(200);

#[derive(Serialize, Deserialize)]
struct Message {
    /// Who says it: a node hears its own messages too.
    node: Uuid,
    change: Change,
}

/// Where changes go that the other nodes are to hear of, for as long as the fleet lives.
pub(super) fn publisher(fleet: &Arc<Fleet>) -> mpsc::UnboundedSender<Change> {
    let (abroad, changes) = mpsc::unbounded_channel();
    tokio::spawn(publish(Arc::downgrade(fleet), changes));
    abroad
}

async fn publish(fleet: Weak<Fleet>, mut changes: mpsc::UnboundedReceiver<Change>) {
    let mut metered = BTreeSet::new();
    while let Some(change) = next(&mut changes, &mut metered).await {
        let Some(fleet) = fleet.upgrade() else { return };
        let Ok(text) = serde_json::to_string(&Message { node: fleet.node, change }) else { continue };
        // Redis is away: the others find out by asking the database.
        let _ = fleet.link.run::<()>(redis::cmd("PUBLISH").arg(names::CHANGES).arg(text)).await;
    }
}

/// The change to tell next: a revoked key does not wait behind live numbers, each of which is told once.
async fn next(changes: &mut mpsc::UnboundedReceiver<Change>, metered: &mut BTreeSet<Uuid>) -> Option<Change> {
    loop {
        let change = if metered.is_empty() { changes.recv().await } else { changes.try_recv().ok() };
        match change {
            Some(Change::Metered(partner)) => drop(metered.insert(partner)),
            Some(change) => return Some(change),
            None => return metered.pop_first().map(Change::Metered),
        }
    }
}

/// Passes on what the other nodes tell, for ever.
pub(super) async fn hear(fleet: &Fleet, changes: &Changes) {
    loop {
        if let Ok(messages) = fleet.link.messages().await {
            listen(fleet, messages, changes).await;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Listens until the connection breaks.
async fn listen(fleet: &Fleet, messages: redis::aio::PubSub, changes: &Changes) {
    let (mut sink, mut stream) = messages.split();
    if !matches!(tokio::time::timeout(PULSE, sink.subscribe(names::CHANGES)).await, Ok(Ok(()))) {
        return;
    }
    // Nobody knows what was told before.
    changes.pass_on(Change::Missed);
    loop {
        match tokio::time::timeout(PULSE, stream.next()).await {
            Ok(Some(message)) => {
                let read = message.get_payload::<String>().ok().and_then(|text| serde_json::from_str::<Message>(&text).ok());
                // What a newer node tells in words that are not known here may be anything.
                let told = read.unwrap_or(Message { node: Uuid::nil(), change: Change::Missed });
                if told.node != fleet.node {
                    changes.pass_on(told.change);
                }
            }
            Ok(None) => return,
            Err(_) => {
                if !matches!(tokio::time::timeout(PULSE, sink.ping::<redis::Value>()).await, Ok(Ok(_))) {
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn live_numbers_come_last_and_once() {
        let [ana, ben] = [Uuid::from_u128(1), Uuid::from_u128(2)];
        let key = |text: &str| Change::Key(text.to_owned());
        let (send, mut changes) = mpsc::unbounded_channel();
        let tell = |told: Vec<Change>| told.into_iter().for_each(|change| send.send(change).unwrap());
        tell(vec![Change::Metered(ben), key("b"), Change::Metered(ana), Change::Metered(ben), Change::Partner(ben)]);
        let mut metered = BTreeSet::new();
        let mut told = Vec::new();
        for _ in 0..3 {
            told.extend(next(&mut changes, &mut metered).await);
        }
        assert_eq!(told, [key("b"), Change::Partner(ben), Change::Metered(ana)]);
        tell(vec![key("a")]);
        let rest = [next(&mut changes, &mut metered).await, next(&mut changes, &mut metered).await];
        assert_eq!(rest, [Some(key("a")), Some(Change::Metered(ben))], "between two of them as well");
        drop(send);
        assert_eq!(next(&mut changes, &mut metered).await, None);
    }
}
