//! Pages are rendered on threads of their own, one page at a time on each.
//!
//! Rendering a page runs many small tasks around what leptos 0.8 keeps for each thread. Where several threads share one
//! page's tasks, or one thread those of several pages, it now and then loses the news that a resource is there (leptos
//! issues 4578 and 4673) or reads what another page has put away: of a hundred pages at once, one or two never came.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;
use futures::StreamExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::LocalSet;
use tower::ServiceExt;

/// Threads for each core: a page that waits for the database keeps its thread.
const THREADS: usize = 4;
/// What views inside views take as they are drawn, in bytes: a thread's usual 2 MB would do for most documents.
const STACK: usize = 8 << 20;
/// A page that is not complete after this long is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// The threads. Cheap to clone; they end with the last clone.
#[derive(Clone)]
pub struct Renderers {
    queue: mpsc::UnboundedSender<Job>,
}

struct Job {
    request: Request,
    answer: oneshot::Sender<Response<Body>>,
}

/// What the threads take their work from, whichever is free.
type Jobs = Arc<Mutex<mpsc::UnboundedReceiver<Job>>>;

impl Renderers {
    /// Starts the threads.
    ///
    /// # Errors
    /// What the system said where it has no thread to give.
    pub fn start(pages: &Router) -> std::io::Result<Self> {
        let (queue, jobs) = mpsc::unbounded_channel();
        let jobs = Arc::new(Mutex::new(jobs));
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        (0..cores * THREADS).try_for_each(|_| start_thread(pages.clone(), Arc::clone(&jobs)))?;
        Ok(Self { queue })
    }

    /// Renders one page; its body is read while it is made.
    pub async fn render(&self, request: Request) -> Response<Body> {
        let (answer, rendered) = oneshot::channel();
        // A job that nobody takes, or whose page panics, is dropped with the sender that is waited for.
        let _ = self.queue.send(Job { request, answer });
        rendered.await.unwrap_or_else(|_| {
            tracing::error!("a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        })
    }
}

fn start_thread(pages: Router, jobs: Jobs) -> std::io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let work = move || LocalSet::new().block_on(&runtime, take_turns(pages, jobs));
    std::thread::Builder::new().name("render".to_owned()).stack_size(STACK).spawn(work)?;
    Ok(())
}

/// Renders one page after the other.
async fn take_turns(pages: Router, jobs: Jobs) {
    loop {
        let Some(job) = jobs.lock().await.recv().await else { return };
        // A task of its own, so that a panic ends the page and not the thread.
        let page = tokio::task::spawn_local(tokio::time::timeout(PATIENCE, answer(pages.clone(), job)));
        if let Ok(Err(_)) = page.await {
            tracing::error!("a page was not complete after {} s", PATIENCE.as_secs());
        }
    }
}

/// Renders on this thread, and hands the pieces over to whichever thread writes them to the client: a page is as large as
/// it is, so that they may all wait there for a slow reader.
async fn answer(pages: Router, job: Job) {
    let Ok(response) = pages.oneshot(job.request).await;
    let (parts, body) = response.into_parts();
    let (sender, mut receiver) = mpsc::unbounded_channel::<Result<Bytes, axum::Error>>();
    let handed = futures::stream::poll_fn(move |context| receiver.poll_recv(context));
    if job.answer.send(Response::from_parts(parts, Body::from_stream(handed))).is_err() {
        return;
    }
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        if sender.send(piece).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;

    fn asked(path: &str) -> Request {
        Request::builder().uri(path).body(Body::empty()).unwrap()
    }

    #[tokio::test]
    async fn a_page_begins_and_ends_on_one_thread_and_its_pieces_arrive() {
        let thread = || format!("{:?} ", std::thread::current().id());
        let page = move || async move {
            let pieces = futures::stream::iter(0..20).then(move |_| async move {
                tokio::task::yield_now().await;
                Ok::<_, std::io::Error>(tokio::spawn(async move { thread() }).await.unwrap())
            });
            Body::from_stream(pieces)
        };
        let renderers = Renderers::start(&Router::new().route("/", get(page))).unwrap();
        let response = renderers.render(asked("/")).await;
        let body = axum::body::to_bytes(response.into_body(), 9999).await.unwrap();
        let body = String::from_utf8(body.into()).unwrap();
        let mut threads: Vec<_> = body.split_whitespace().collect();
        assert_eq!(threads.len(), 20);
        threads.dedup();
        assert_eq!(threads.len(), 1, "{body}");
        assert_ne!(threads[0], thread().trim(), "not the caller's");
    }

    #[tokio::test]
    async fn a_page_that_panics_is_500_and_the_next_one_is_well() {
        async fn broken() -> &'static str {
            panic!("on purpose")
        }
        let pages = Router::new().route("/", get(|| async { "well" })).route("/broken", get(broken));
        let renderers = Renderers::start(&pages).unwrap();
        for _ in 0..100 {
            assert_eq!(renderers.render(asked("/broken")).await.status(), 500);
            assert_eq!(renderers.render(asked("/")).await.status(), 200);
        }
    }
}
