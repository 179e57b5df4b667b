//! Mail: where `SMTP_URL` names a server, what waits in the outbox leaves.

use chrono::Utc;
use domain::mail::Mail;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::AsyncSmtpTransport;
use lettre::{AsyncTransport, Tokio1Executor};
use std::time::Duration;
use store::Store;
use tokio_util::sync::CancellationToken;

/// How often the outbox is looked into.
const EVERY: Duration = Duration::from_secs(2);
/// How long the server may take for one command.
const PATIENCE: Duration = Duration::from_secs(20);
/// Mails that are taken at once: all of them are sent well within the time that they are ours.
const MAILS: i64 = 5;

/// The way to a mail server.
pub struct Postman {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Postman {
    /// A postman for `smtp://user:password@host:587?tls=required` or `smtps://user:password@host`.
    ///
    /// # Errors
    /// One sentence that names the setting.
    pub fn new(url: &str, from: &str) -> Result<Self, String> {
        let wrong = |error| {
            format!("The setting smtp_url cannot be used: {error}; write smtps://user:password@host, or smtp://host:587?tls=required.")
        };
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(wrong)?.timeout(Some(PATIENCE)).build();
        let from = from
            .parse()
            .map_err(|error| format!("The setting mail_from is `{from}`, which is no address: {error}; write Name <name@example.com>."))?;
        Ok(Self { transport, from })
    }

    /// Sends what waits, until the server stops.
    pub async fn run(self, store: Store, closing: CancellationToken) {
        loop {
            tokio::select! {
                () = closing.cancelled() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
            if let Err(error) = self.empty(&store).await {
                tracing::error!(%error, "the outbox could not be read; it is tried again");
            }
        }
    }

    /// Sends everything that waits and is nobody else's at the moment.
    ///
    /// # Errors
    /// What the database said; a mail that the server does not take is tried again later.
    pub async fn empty(&self, store: &Store) -> Result<(), store::Error> {
        loop {
            let mails = store.claim_mails(MAILS, Utc::now()).await?;
            if mails.is_empty() {
                return Ok(());
            }
            for mail in mails {
                match self.send(&mail).await {
                    Ok(()) => store.note_sent(mail.id, Utc::now()).await?,
                    Err(error) => tracing::warn!(mail = %mail.id, error, "a mail was not taken; it is tried again in some minutes"),
                }
            }
        }
    }

    async fn send(&self, mail: &Mail) -> Result<(), String> {
        let domain = self.from.email.domain();
        let letter = Message::builder()
            .from(self.from.clone())
            .to(mail.to.parse().map_err(|error| format!("its address is none: {error}"))?)
            .subject(&mail.subject)
            // The same at every try, so that one that came twice is known as one.
            .message_id(Some(format!("<{}@{domain}>", mail.id)))
            .header(ContentType::TEXT_PLAIN)
            .body(mail.body.clone())
            .map_err(|error| error.to_string())?;
        self.transport.send(letter).await.map(drop).map_err(|error| error.to_string())
    }
}
