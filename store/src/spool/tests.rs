//! What a spool keeps, however its files end.

use super::*;
use std::fs::OpenOptions;
use std::io::Write;

fn lines(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

#[tokio::test]
async fn the_disk_is_waited_for_once_for_everything_that_was_added() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::new(folder.path().to_owned());
    assert!(!spool.sync_late(Duration::ZERO).await.unwrap(), "there is no file");
    for _ in 0..2 {
        spool.append(&lines(&["one", "two"]), 0).await.unwrap();
        spool.append(&lines(&["three"]), 0).await.unwrap();
        assert!(spool.sync_late(Duration::ZERO).await.unwrap());
        assert!(!spool.sync_late(Duration::ZERO).await.unwrap());
    }
    spool.keep(&lines(&["four"]), 0).await.unwrap();
    assert!(!spool.sync_late(Duration::ZERO).await.unwrap(), "it waited for the disk itself");
    spool.append(&lines(&["five"]), 0).await.unwrap();
    spool.turn_over().await.unwrap();
    assert!(!spool.sync_late(Duration::ZERO).await.unwrap(), "a file that was ended is on disk");
    spool.append(&lines(&["six"]), 0).await.unwrap();
    assert!(!spool.sync_late(Duration::from_secs(60)).await.unwrap(), "it has time");
    assert!(spool.sync_late(Duration::ZERO).await.unwrap(), "and so is what comes after it");
}

#[tokio::test]
async fn what_was_added_is_read_again_and_a_torn_line_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::new(folder.path().to_owned());
    assert!(spool.turn_over().await.unwrap().is_none());
    spool.append(&lines(&["a", "b"]), 3).await.unwrap();
    spool.keep(&lines(&["c"]), 4).await.unwrap();
    assert!(spool.ended().await.unwrap().is_empty(), "the current file is left alone");
    let about = spool.turn_over().await.unwrap().unwrap();
    assert_eq!((about.begun, about.sent), (3, false));
    assert!((Utc::now() - spool.oldest().await.unwrap().unwrap()).num_seconds() < 60);
    let ended = spool.ended().await.unwrap();
    assert_eq!(spool.read(ended[0].clone()).await.unwrap(), ["a", "b", "c"]);
    OpenOptions::new().append(true).open(&ended[0]).unwrap().write_all(b"{\"half").unwrap();
    assert_eq!(spool.read(ended[0].clone()).await.unwrap(), ["a", "b", "c"]);
    spool.remove(ended[0].clone()).await.unwrap();
    assert_eq!(spool.bytes().await.unwrap(), 0);
}

#[tokio::test]
async fn nodes_that_share_a_folder_leave_each_others_current_file_alone() {
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = [Spool::new(folder.path().to_owned()), Spool::new(folder.path().to_owned())];
    one.append(&lines(&["a"]), 0).await.unwrap();
    assert!(other.ended().await.unwrap().is_empty());
    drop(one);
    assert_eq!(other.ended().await.unwrap().len(), 1, "its process has ended");
}

#[tokio::test]
async fn a_file_that_was_ended_is_waited_for_and_says_nothing_of_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::new(folder.path().to_owned());
    let one = spool.append(&lines(&["one"]), 0).await.unwrap();
    let cut = spool.cut().await.unwrap().unwrap();
    spool.append(&lines(&["two"]), 0).await.unwrap();
    spool.sync(one).await.unwrap();
    assert!(spool.sync_late(Duration::ZERO).await.unwrap(), "the next one still waits for the disk");
    let ended = spool.end(cut).await.unwrap();
    assert_eq!(spool.ended().await.unwrap(), [ended.path]);
    assert!(spool.turn_over().await.unwrap().unwrap().sent, "Redis has what was added to it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_end_while_others_wait_for_the_disk_lose_no_line() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::new(folder.path().to_owned());
    let keep = async |first: u32| {
        for line in first..first + 20 {
            spool.keep(&[line.to_string()], 0).await.unwrap();
        }
    };
    let end = async {
        for _ in 0..20 {
            spool.turn_over().await.unwrap();
        }
    };
    tokio::join!(keep(100), keep(200), end);
    spool.turn_over().await.unwrap();
    let mut kept = Vec::new();
    for path in spool.ended().await.unwrap() {
        kept.extend(spool.read(path).await.unwrap());
    }
    kept.sort_unstable();
    assert_eq!(kept, (100_u32..120).chain(200..220).map(|line| line.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_write_that_failed_ends_the_file() {
    let spool = Spool::new(tempfile::tempdir().unwrap().path().to_owned());
    // The folder went with its guard.
    spool.keep(&lines(&["a"]), 0).await.unwrap_err();
    spool.keep(&lines(&["a"]), 0).await.unwrap_err();
}
