//! The program as it is started: settings, exit codes, subcommands.
#![expect(clippy::unwrap_used, reason = "a test whose beginnings fail has failed")]

mod northwind;
mod offer;
mod parcels;
mod program;

use chrono::Utc;
use domain::event::By;
use domain::plan::Beyond;
use domain::usage::{CallFilter, Outcome};
use parcels::product;
use program::{Server, portico};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Output, Stdio};
use store::{NewProduct, PasswordCost, Store, TokenScope};

const DOCUMENT: &str = "openapi: 3.1.0
info: { title: Parcels, version: 1.0.0 }
paths:
  /parcels:
    get: { operationId: listParcels, responses: { '200': { description: All. } } }
";

fn said(output: &Output) -> (i32, String) {
    (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_wrong_value_is_one_sentence_and_64() {
    for (words, variable, part) in [
        (&["serve", "--port", "99999"][..], ("X", ""), "port"),
        (&["serve"], ("PORT", "ninety"), "port"),
        (&["serve", "--site-url", "portal.example"], ("X", ""), "site_url"),
        (&["serve", "--redis-url", "localhost"], ("X", ""), "redis_url"),
        (&["serve", "--tls-cert", "cert.pem"], ("X", ""), "tls_key"),
        (&["serve"], ("PORTICO_TLS_KEY", "key.pem"), "tls_cert"),
        (&["serve", "--tls-cert", "nowhere.pem", "--tls-key", "nowhere.pem", "--data", "target/none"], ("X", ""), "nowhere.pem"),
        (&["serve", "--log", "=="], ("X", ""), "log"),
        (&["serve", "--prot", "1"], ("X", ""), "--prot"),
        (&["serve", "--config", "nowhere.toml"], ("X", ""), "nowhere.toml"),
        (&["sing"], ("X", ""), "sing"),
        (&["publish", "x.yaml"], ("X", ""), "--product"),
        (&["publish", "x.yaml", "--product", "a", "--server", "https://x.example"], ("X", ""), "--token"),
    ] {
        let (code, sentence) = said(&portico(words).env(variable.0, variable.1).output().unwrap());
        assert_eq!(code, 64, "{words:?}: {sentence}");
        assert!(sentence.contains(part) && sentence.trim_end().lines().count() == 1, "{words:?}: {sentence}");
    }
}

#[test]
fn help_names_every_setting_with_its_variable() {
    let help = portico(&["--help"]).output().unwrap();
    let text = String::from_utf8_lossy(&help.stdout).into_owned();
    assert!(help.status.success());
    for word in
        ["serve", "admin", "publish", "--port", "PORT", "--data", "DATABASE_URL", "REDIS_URL", "SITE_URL", "--no-demo", "PORTICO_LOG"]
    {
        assert!(text.contains(word), "{word} in {text}");
    }
}

#[tokio::test]
async fn an_admin_is_made_with_a_password_from_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let create = |password: &str| {
        let words = ["admin", "create", "--email", "root@portal.example", "--data", folder.path().to_str().unwrap()];
        let mut command = portico(&words).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        command.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
        command.wait_with_output().unwrap()
    };
    let (code, sentence) = said(&create("short\n"));
    assert!(code == 1 && sentence.contains("at least 10 characters"), "{sentence}");
    assert!(create("correct horse battery\n").status.success());
    let store = open(folder.path()).await;
    let person = store.authenticate("root@portal.example", "correct horse battery").await.unwrap().unwrap();
    assert!(person.platform_admin);
}

#[tokio::test]
async fn a_document_is_published_here_and_over_http() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (good, broken) = (file("good.yaml", DOCUMENT), file("broken.yaml", &DOCUMENT.replace("description: All.", "$ref: '#/nowhere'")));
    let second = file("second.yaml", &DOCUMENT.replace("/parcels", "/depots").replace("1.0.0", "2.0.0"));
    let store = open(folder.path()).await;
    store.create_product(product(), &By::system(), Utc::now()).await.unwrap();
    let (_, token) = store.create_token("CI", TokenScope::Publish, None, &By::system(), Utc::now()).await.unwrap();

    let here = |file: &str, product: &str| portico(&["publish", file, "--product", product, "--data", data]).output().unwrap();
    let first = here(&good, "parcels");
    assert!(String::from_utf8_lossy(&first.stdout).contains("parcels is at revision 1 (1.0.0) now"), "{first:?}");
    assert!(String::from_utf8_lossy(&here(&good, "parcels").stdout).contains("nothing changed"));
    let (code, sentence) = said(&here(&good, "nothing"));
    assert!(code == 1 && sentence.contains("no product `nothing`"), "{sentence}");
    let (code, sentence) = said(&here(&broken, "parcels"));
    assert!(code == 1 && sentence.contains("Not published") && sentence.contains("parcels"), "{sentence}");

    let mut server = serve(&["--no-demo", "--data", data]);
    let there = |token: &str| {
        portico(&["publish", &second, "--product", "parcels", "--server", &server.url()]).env("PORTICO_TOKEN", token).output().unwrap()
    };
    let (code, sentence) = said(&there("pt_wrong"));
    assert!(code == 1 && sentence.contains("token"), "{sentence}");
    let published = there(token.reveal());
    let text = String::from_utf8_lossy(&published.stdout);
    assert!(text.contains("revision 2 (2.0.0)") && text.contains("breaking:"), "{published:?}");
    assert_eq!(server.end("TERM"), Some(0), "it ends well when it is told to");
}

#[tokio::test]
async fn the_first_start_says_how_to_become_the_admin_and_the_second_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let words = ["--no-demo", "--data", folder.path().to_str().unwrap()];
    let mut server = serve(&words);
    let link = server.said.iter().find(|line| line.contains("/first-admin?token=")).unwrap().clone();
    assert!(link.contains(&server.url()), "{link}");
    server.end("TERM");
    open(folder.path()).await.create_admin("root@portal.example", "correct horse battery", "Root", Utc::now()).await.unwrap();
    let mut server = serve(&words);
    assert!(!server.said.iter().any(|line| line.contains("first-admin")), "{:?}", server.said);
    let port = server.url().rsplit_once(':').unwrap().1.to_owned();
    let (code, sentence) = said(&portico(&["serve", "--no-demo", "--data", words[2], "--port", &port]).output().unwrap());
    assert!(code == 1 && sentence.contains("--port"), "a taken port: {sentence}");
    server.end("TERM");
}

/// Takes as long as the last answers may.
#[tokio::test]
async fn a_stream_that_never_ends_is_counted_and_does_not_keep_the_server_from_ending_well() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let partner = northwind::partner(&store).await;
    offer::offer(&store, partner, "parcels", 1_000, Beyond::Overage(300.into())).await;
    let changed = NewProduct { base_url: endless(), ..product() };
    store.update_product(changed, &By::system(), Utc::now()).await.unwrap().unwrap();
    let key = offer::key(&store, partner, "Key".to_owned()).await;

    let mut server = serve(&["--no-demo", "--drain", "0", "--data", folder.path().to_str().unwrap()]);
    let url = server.url();
    let mut client = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    let request = format!("GET /gateway/parcels/events HTTP/1.1\r\nhost: x\r\nx-api-key: {}\r\n\r\n", key.secret.reveal());
    client.write_all(request.as_bytes()).unwrap();
    let (mut got, mut buffer) = (String::new(), [0; 4096]);
    while !got.contains("data: 1") {
        let size = client.read(&mut buffer).unwrap();
        assert!(size > 0, "{got}");
        got += &String::from_utf8_lossy(&buffer[..size]);
    }
    assert_eq!(server.end("TERM"), Some(0));
    let call = store.calls(partner, &CallFilter { limit: 5, ..CallFilter::default() }).await.unwrap().remove(0);
    assert_eq!((call.status, call.outcome, call.bytes_out), (200, Outcome::Success, 9));
}

/// A server whose stream of events has one, and no end.
fn endless() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        stream.write_all(format!("{head}9\r\ndata: 1\n\n\r\n").as_bytes()).unwrap();
        // Until the other side hangs up.
        let _ = stream.read(&mut [0; 1]);
    });
    url
}

/// Starts on a free port.
fn serve(words: &[&str]) -> Server {
    Server::start(portico(&["serve", "--port", "0", "--log", "error"]).args(words))
}

async fn open(folder: &Path) -> Store {
    let url = format!("sqlite:{}", folder.join("portico.db").display());
    Store::open_with(&url, PasswordCost::Cheap).await.unwrap()
}
