//! Live numbers: the server says when calls were metered, the page asks again.

use futures::StreamExt;
use gloo_net::eventsource::futures::EventSource;
use leptos::prelude::*;
use send_wrapper::SendWrapper;

/// Where the server says so, as `text/event-stream`.
const STREAM: &str = "/events/usage";

/// Runs `changed` whenever calls of the reader's organisation were metered, as long as the calling component lives.
pub fn on_metered(changed: Callback<()>) {
    Effect::new(move |_| {
        // A browser without the stream shows what it was rendered with.
        let Ok(mut source) = EventSource::new(STREAM) else { return };
        let Ok(mut events) = source.subscribe("usage") else { return };
        let handle = SendWrapper::new(source);
        on_cleanup(move || handle.take().close());
        leptos::task::spawn_local(async move {
            while events.next().await.is_some() {
                if changed.try_run(()).is_none() {
                    break;
                }
            }
        });
    });
}
