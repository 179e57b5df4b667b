//! Mails leave over SMTP, once each.

use crate::databases::both;
use crate::house::{SITE, TestHouse};
use chrono::{TimeDelta, Utc};
use server::mail::Postman;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A mail server that keeps what it is sent and says no to the first few letters.
#[derive(Clone, Default)]
struct MailServer {
    letters: Arc<Mutex<Vec<String>>>,
    refusals: Arc<AtomicUsize>,
}

impl MailServer {
    /// Listens, and answers with its URL.
    async fn listen(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let server = self.clone();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(server.clone().serve(connection));
            }
        });
        url
    }

    async fn serve(self, connection: TcpStream) -> std::io::Result<()> {
        let (reader, mut writer) = connection.into_split();
        let mut lines = BufReader::new(reader).lines();
        writer.write_all(b"220 here\r\n").await?;
        while let Some(line) = lines.next_line().await? {
            let answer = match line.get(..4).unwrap_or_default() {
                "EHLO" => "250 here",
                "DATA" => {
                    writer.write_all(b"354 go on\r\n").await?;
                    let mut letter = String::new();
                    while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                        letter += &line;
                        letter.push('\n');
                    }
                    if self.refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
                        "451 later"
                    } else {
                        self.letters.lock().unwrap().push(letter);
                        "250 kept"
                    }
                }
                "QUIT" => return writer.write_all(b"221 bye\r\n").await,
                _ => "250 well",
            };
            writer.write_all(format!("{answer}\r\n").as_bytes()).await?;
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_mail_leaves_once_also_with_two_postmen() {
    both(async |store| {
        let server = MailServer::default();
        let url = server.listen().await;
        let house = TestHouse::open(&store);
        house.caller(None).await;
        house.caller(None).await;
        let waiting = store.unsent(10).await.unwrap();
        let postman = || Postman::new(&url, "Parcelry <no-reply@parcelry.example>").unwrap();
        let (one, other) = (postman(), postman());
        let (first, second) = tokio::join!(one.empty(&store), other.empty(&store));
        first.and(second).unwrap();
        let letters = server.letters.lock().unwrap().clone();
        assert_eq!((waiting.len(), letters.len()), (2, 2), "{letters:?}");
        for mail in &waiting {
            let letter = letters.iter().find(|letter| letter.contains(&format!("To: {}", mail.to))).unwrap();
            assert!(letter.contains(&format!("Message-ID: <{}@parcelry.example>", mail.id)), "{letter}");
            assert!(letter.contains("From: Parcelry <no-reply@parcelry.example>") && letter.contains(SITE), "{letter}");
        }
        assert!(store.unsent(10).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_mail_that_was_not_taken_is_tried_again_later() {
    both(async |store| {
        let server = MailServer::default();
        server.refusals.store(1, Ordering::SeqCst);
        let postman = Postman::new(&server.listen().await, "no-reply@parcelry.example").unwrap();
        TestHouse::open(&store).caller(None).await;
        postman.empty(&store).await.unwrap();
        let waiting = store.unsent(10).await.unwrap().len();
        assert_eq!((server.letters.lock().unwrap().len(), waiting), (0, 1));
        assert!(store.claim_mails(10, Utc::now() + TimeDelta::minutes(4)).await.unwrap().is_empty(), "it is ours for five minutes");
        assert_eq!(store.claim_mails(10, Utc::now() + TimeDelta::minutes(6)).await.unwrap().len(), 1);
        assert!(store.claim_mails(10, Utc::now() + TimeDelta::hours(25)).await.unwrap().is_empty(), "after a day it is given up");
    })
    .await;
}
