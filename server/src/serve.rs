//! `portico serve`: opens the data, says where everything is, answers until it is told to stop.

use crate::cli::Stop;
use crate::config::Settings;
use crate::connections::Reception;
use crate::front::Front;
use crate::gateway::Gateway;
use crate::gateway::meter::Meter;
use crate::routes::House;
use crate::stopping::Stopping;
use crate::{assets, connections, demo, documents, jobs, routes, telemetry, tls};
use app::portal::Portal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How long answers that are under way may take once the server is told to stop.
const LAST_ANSWERS: Duration = Duration::from_secs(20);
/// How long the meter may then take, and after it what moves its calls into the database.
const LAST_WRITES: Duration = Duration::from_secs(10);
/// How long the database may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(5);

/// Runs the portal until it is interrupted.
///
/// # Errors
/// One sentence: the data cannot be opened, or the port is taken.
pub async fn serve(settings: Settings) -> Result<(), Stop> {
    let telemetry = telemetry::start(&settings.log, settings.log_format).map_err(Stop::Usage)?;
    connections::raise_limit();
    let store = join(open_store(&settings).await?, &settings).await?;
    store.flush_calls(settings.flush_calls);
    // What an earlier process left comes first: quotas begin at what SQL has.
    store.inherit(&spool(&settings), chrono::Utc::now()).await?;
    if store.fleet().is_none() {
        store.roll_up(chrono::Utc::now()).await?;
    }
    let tls = match settings.tls() {
        Some(files) => Some(tls::acceptor(files).await.map_err(Stop::Usage)?),
        None => None,
    };
    let listener = listen(&settings).await?;
    let address = listener.local_addr().map_err(|error| Stop::Failed(format!("The port cannot be read: {error}.")))?;
    let (meter, writer) = Meter::start(store.clone());
    let gateway = Gateway::new(store.clone(), meter.clone())
        .map_err(|error| Stop::Failed(format!("The system's certificates cannot be read: {error}.")))?;
    let refetch = documents::refetch(store.clone(), gateway.clone());
    let portal = Portal { store: store.clone(), site: settings.site(address), assets: assets::assets(), refetch };
    println!("Portico is at {}", portal.site);
    println!("Data: {}", place(&settings));
    greet(&portal, settings.no_demo).await?;
    println!("Ready");

    let stopping = Stopping::default();
    let folding = tokio::spawn(jobs::fold(store.clone(), stopping.closing.clone()));
    let packing = tokio::spawn(jobs::pack(store.clone(), stopping.closing.clone()));
    let jobs = tokio::spawn(jobs::run(store.clone(), gateway.clone(), settings.retention(), stopping.closing.clone()));
    let ended = CancellationToken::new();
    let settling = tokio::spawn(keep_settling(store.clone(), ended.clone()));
    let syncing = tokio::spawn({
        let store = store.clone();
        async move { store.keep_syncing().await }
    });
    if let Some(postman) = settings.postman().map_err(Stop::Usage)? {
        tokio::spawn(postman.run(store.clone(), stopping.closing.clone()));
    }
    let metrics_token = settings.metrics_token.as_deref().map(Into::into);
    let service = routes::front(House { portal, gateway: gateway.clone(), stopping: stopping.clone(), metrics_token })
        .map_err(|error| Stop::Failed(format!("No threads could be started: {error}.")))?;
    let reception = Reception { service, proxies: Arc::new(settings.trusted_proxies.clone()), head: connections::HEAD, tls };
    answer(listener, reception, &gateway, stopping, Duration::from_secs(settings.drain)).await;
    // The last calls are on disk before the process ends.
    meter.close();
    let finished = writer.finished(LAST_WRITES).await;
    jobs.abort();
    folding.abort();
    packing.abort();
    ended.cancel();
    let _ = tokio::time::timeout(LAST_WRITES, settling).await;
    syncing.abort();
    let _ = tokio::time::timeout(GOODBYE, store.close()).await;
    telemetry.finish().await;
    finished.map_err(|unfinished| Stop::Failed(unfinished.to_string()))
}

/// Answers until told to stop, then lets what is under way finish, for a while; what is open after that is ended, and recorded as it
/// stands.
async fn answer(listener: TcpListener, reception: Reception<Front>, gateway: &Gateway, stopping: Stopping, drain: Duration) {
    let closing = stopping.closing.clone();
    let late = async {
        closing.cancelled().await;
        tokio::time::sleep(LAST_ANSWERS).await;
    };
    let sockets = async {
        stopping.closing.cancelled().await;
        gateway.sockets.close().await;
    };
    let answers = reception.serve(listener, stopping.clone().told(drain));
    tokio::select! {
        ((), ()) = async { tokio::join!(answers, sockets) } => {}
        () = late => {}
    }
}

/// Opens the database, and makes the data folder for it where it has none.
///
/// # Errors
/// One sentence that names the folder or says what the database said.
pub async fn open_store(settings: &Settings) -> Result<Store, Stop> {
    if settings.database_url.is_none() {
        std::fs::create_dir_all(&settings.data)
            .map_err(|error| Stop::Failed(format!("The data folder {} cannot be made: {error}.", settings.data.display())))?;
    }
    Ok(Store::open(&settings.database()).await?)
}

/// Where this node keeps calls while Redis is away.
fn spool(settings: &Settings) -> PathBuf {
    settings.data.join("spool")
}

/// Joins the nodes that share a Redis, where one is set.
async fn join(store: Store, settings: &Settings) -> Result<Store, Stop> {
    match &settings.redis_url {
        Some(url) => Ok(store.join(url, &spool(settings)).await?),
        None => Ok(store),
    }
}

/// Moves metered calls into SQL; at the end, what waits still goes there where it can.
async fn keep_settling(store: Store, ended: CancellationToken) {
    store.keep_settling(ended).await;
    let last = async {
        store.roll_up(chrono::Utc::now()).await?;
        store.replay().await
    };
    if let Err(error) = last.await {
        tracing::warn!(%error, "the last calls wait on disk or in Redis; they come into the database with the next start");
    }
}

async fn listen(settings: &Settings) -> Result<TcpListener, Stop> {
    let address = SocketAddr::new(settings.host, settings.port);
    TcpListener::bind(address)
        .await
        .map_err(|error| Stop::Failed(format!("{address} cannot be listened on: {error}; choose another with --port.")))
}

/// Fills an empty portal with the demo company, and says how to sign in for the first time.
async fn greet(portal: &Portal, no_demo: bool) -> Result<(), Stop> {
    let now = chrono::Utc::now();
    if !no_demo && portal.store.is_empty().await? {
        println!("Making the demo company");
        demo::seed(&portal.store, now).await.map_err(|error| Stop::Failed(error.to_string()))?;
    }
    if !no_demo && portal.store.authenticate(demo::ADMIN, demo::PASSWORD).await?.is_some() {
        println!("Sign in as {} or {}, password {}", demo::PARTNER, demo::ADMIN, demo::PASSWORD);
    }
    if !portal.store.has_admin().await? {
        let token = portal.store.first_admin_link(now).await?;
        println!("Make the first admin, once, within 7 days: {}/first-admin?token={}", portal.site, token.reveal());
    }
    Ok(())
}

/// Where the data lies, without a password.
fn place(settings: &Settings) -> String {
    match &settings.database_url {
        None => settings.data.display().to_string(),
        Some(url) if url.starts_with("sqlite:") => url.clone(),
        Some(url) => format!("PostgreSQL at {}", url.rsplit_once('@').map_or("its URL", |(_, place)| place)),
    }
}
