//! Changes told from node to node. Messages may be lost: what caches hold ends by itself within a second, so that a node that hears
//! nothing asks the database again.

use super::{Fleet, names};
use crate::changes::{Change, Changes, News};
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
    news: News,
}

/// Where news goes that the other nodes are to hear of, for as long as the fleet lives.
pub(super) fn publisher(fleet: &Arc<Fleet>) -> mpsc::UnboundedSender<News> {
    let (abroad, told) = mpsc::unbounded_channel();
    tokio::spawn(publish(Arc::downgrade(fleet), told));
    abroad
}

async fn publish(fleet: Weak<Fleet>, mut told: mpsc::UnboundedReceiver<News>) {
    let mut metered = BTreeSet::new();
    while let Some(news) = next(&mut told, &mut metered).await {
        let Some(fleet) = fleet.upgrade() else { return };
        let Ok(text) = serde_json::to_string(&Message { node: fleet.node, news }) else { continue };
        // Redis is away: the others find out by asking the database.
        let _ = fleet.link.run::<()>(redis::cmd("PUBLISH").arg(names::CHANGES).arg(text)).await;
    }
}

/// What to tell next: a revoked key does not wait behind live numbers, each of which is told once.
async fn next(told: &mut mpsc::UnboundedReceiver<News>, metered: &mut BTreeSet<Uuid>) -> Option<News> {
    loop {
        let news = if metered.is_empty() { told.recv().await } else { told.try_recv().ok() };
        match news {
            Some(News::Metered(partner)) => drop(metered.insert(partner)),
            Some(changed) => return Some(changed),
            None => return metered.pop_first().map(News::Metered),
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
    changes.pass_on(News::Changed(Change::Missed));
    loop {
        match tokio::time::timeout(PULSE, stream.next()).await {
            Ok(Some(message)) => {
                let read = message.get_payload::<String>().ok().and_then(|text| serde_json::from_str::<Message>(&text).ok());
                // What a newer node tells in words that are not known here may be anything.
                let told = read.unwrap_or(Message { node: Uuid::nil(), news: News::Changed(Change::Missed) });
                if told.node != fleet.node {
                    changes.pass_on(told.news);
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
        let partner = |id| News::Changed(Change::Partner(id));
        let key = |text: &str| News::Changed(Change::Key(text.to_owned()));
        let (send, mut news) = mpsc::unbounded_channel();
        let tell = |told: Vec<News>| told.into_iter().for_each(|news| send.send(news).unwrap());
        tell(vec![News::Metered(ben), key("b"), News::Metered(ana), News::Metered(ben), partner(ben)]);
        let mut metered = BTreeSet::new();
        let mut told = Vec::new();
        for _ in 0..3 {
            told.extend(next(&mut news, &mut metered).await);
        }
        assert_eq!(told, [key("b"), partner(ben), News::Metered(ana)]);
        tell(vec![key("a")]);
        let rest = [next(&mut news, &mut metered).await, next(&mut news, &mut metered).await];
        assert_eq!(rest, [Some(key("a")), Some(News::Metered(ben))], "between two of them as well");
        drop(send);
        assert_eq!(next(&mut news, &mut metered).await, None);
    }
}
