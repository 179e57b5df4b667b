//! The browser's entry point: takes over the server-rendered page.
