//! Upstreams: settings with ranges, and a secret that only the gateway reads.

use crate::databases::both;
use crate::portal::{by, field, noon, product};
use domain::product::{SocketMetering, Upstream};
use store::{Change, Secret};

fn with_header(header: Option<&str>) -> Upstream {
    Upstream { secret_header: header.map(str::to_owned), ..Upstream::defaults("labels") }
}

#[tokio::test]
async fn a_product_starts_with_the_defaults() {
    both(async |store| {
        product(&store, "labels").await;
        let route = store.route("labels").await.unwrap().unwrap();
        assert_eq!((route.upstream, route.product.id.as_str()), (Upstream::defaults("labels"), "labels"));
        assert_eq!(route.secret, None);
        assert!(store.route("nothing").await.unwrap().is_none());
        assert!(store.upstream("nothing").await.unwrap().is_none());
        let elsewhere = Upstream::defaults("nothing");
        assert!(!store.set_upstream(elsewhere, None, &by(), noon()).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn settings_come_back_tidied() {
    both(async |store| {
        product(&store, "labels").await;
        let mut changes = store.changes();
        let upstream = Upstream {
            timeout_ms: 5_000,
            max_request_bytes: 1,
            max_response_bytes: 1 << 30,
            cors_origins: vec![" https://App.Example/ ".to_owned(), "http://localhost:3000".to_owned(), "*".to_owned()],
            allow_private: true,
            socket_metering: SocketMetering::Message,
            ..with_header(Some(" X-Upstream-Key "))
        };
        assert!(store.set_upstream(upstream.clone(), None, &by(), noon()).await.unwrap());
        assert_eq!(changes.try_recv().unwrap(), Change::Product("labels".to_owned()));
        let kept = store.upstream("labels").await.unwrap().unwrap();
        let cors_origins = ["https://app.example", "http://localhost:3000", "*"].map(str::to_owned).to_vec();
        assert_eq!(kept, Upstream { secret_header: Some("x-upstream-key".to_owned()), cors_origins, ..upstream });
    })
    .await;
}

#[tokio::test]
async fn a_secret_stays_until_it_is_replaced_or_removed() {
    both(async |store| {
        product(&store, "labels").await;
        let set = async |header: Option<&str>, secret: Option<&str>| {
            store.set_upstream(with_header(header), secret, &by(), noon()).await.unwrap();
            let route = store.route("labels").await.unwrap().unwrap();
            assert_eq!(route.upstream.secret_header_set, route.secret.is_some());
            assert!(!format!("{route:?}").contains("hunter2"), "hidden in logs");
            route.secret.as_ref().map(Secret::reveal).map(str::to_owned)
        };
        assert_eq!(set(Some("x-key"), Some("hunter2")).await.as_deref(), Some("hunter2"));
        assert_eq!(set(Some("x-other"), None).await.as_deref(), Some("hunter2"));
        assert_eq!(set(Some("x-key"), Some("hunter22")).await.as_deref(), Some("hunter22"));
        assert_eq!(set(Some("x-key"), Some("")).await, None);
        set(Some("x-key"), Some("hunter2")).await;
        assert_eq!(set(None, None).await, None);
        assert_eq!(set(Some("x-key"), None).await, None, "what was removed does not come back");
        let logged = store.events(None, None, 20).await.unwrap();
        assert!(!format!("{logged:?}").contains("hunter2"), "no secret in the audit log");
    })
    .await;
}

#[tokio::test]
async fn what_is_out_of_range_names_its_field() {
    both(async |store| {
        product(&store, "labels").await;
        let origins = |origin: &str| Upstream { cors_origins: vec![origin.to_owned()], ..with_header(None) };
        let wrong = [
            ("timeout_ms", Upstream { timeout_ms: 0, ..with_header(None) }),
            ("timeout_ms", Upstream { timeout_ms: 300_001, ..with_header(None) }),
            ("max_request_bytes", Upstream { max_request_bytes: -1, ..with_header(None) }),
            ("max_response_bytes", Upstream { max_response_bytes: i64::MAX, ..with_header(None) }),
            ("secret_header", with_header(Some("x key"))),
            ("secret_header", with_header(Some("Content-Length"))),
            ("secret_header", with_header(Some("X-Request-Id"))),
            ("cors_origins", origins("app.example")),
            ("cors_origins", origins("https://app.example/path")),
            ("cors_origins", origins("https://app.example?x")),
            ("cors_origins", origins("null")),
        ];
        for (name, upstream) in wrong {
            assert_eq!(field(store.set_upstream(upstream.clone(), None, &by(), noon()).await), name, "{upstream:?}");
        }
        let split = store.set_upstream(with_header(Some("x-key")), Some("a\r\nb: c"), &by(), noon()).await;
        assert_eq!(field(split), "secret");
        assert_eq!(store.upstream("labels").await.unwrap(), Some(with_header(None)));
    })
    .await;
}
