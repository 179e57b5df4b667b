//! `/readyz`: whether calls may be sent here.

use crate::gateway::memory;
use crate::stopping::Stopping;
use axum::extract::State;
use axum::http::StatusCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use store::Store;

/// Whoever asks waits a second at most, as Kubernetes does.
const PATIENCE: Duration = Duration::from_millis(800);

/// What the answer is made of. Cheap to clone.
#[derive(Clone)]
pub struct Ready {
    store: Store,
    stopping: Stopping,
    /// When the database last answered; it had to, for the server to start.
    answered: Arc<Mutex<Instant>>,
}

impl Ready {
    pub fn new(store: Store, stopping: Stopping) -> Self {
        Self { store, stopping, answered: Arc::new(Mutex::new(Instant::now())) }
    }

    /// Whether the database answers, or did so lately enough that keys that were in use are let through: it is away from every node, and
    /// a load balancer that left them all would turn away what each of them could still serve.
    async fn knows_enough(&self) -> bool {
        let asked = tokio::time::timeout(PATIENCE, self.store.ping()).await;
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(asked, Ok(Ok(()))) {
            *answered = Instant::now();
        }
        answered.elapsed() < memory::KEPT
    }
}

/// 200 or 503, in words for whoever looks.
pub async fn say(State(ready): State<Ready>) -> (StatusCode, &'static str) {
    if ready.stopping.is_announced() {
        return (StatusCode::SERVICE_UNAVAILABLE, "The server is stopping.\n");
    }
    if ready.knows_enough().await {
        return (StatusCode::OK, "ready\n");
    }
    (StatusCode::SERVICE_UNAVAILABLE, "The database does not answer.\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::PasswordCost;

    #[tokio::test]
    async fn a_database_that_is_away_for_long_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("portico.db").display());
        let store = Store::open_with(&url, PasswordCost::Cheap).await.unwrap();
        let ready = Ready::new(store.clone(), Stopping::default());
        let long_ago = || *ready.answered.lock().unwrap() -= memory::KEPT;
        long_ago();
        assert_eq!(say(State(ready.clone())).await.0, StatusCode::OK, "it answers");
        store.close().await;
        assert_eq!(say(State(ready.clone())).await.0, StatusCode::OK);
        long_ago();
        assert_eq!(say(State(ready)).await.0, StatusCode::SERVICE_UNAVAILABLE);
    }
}
