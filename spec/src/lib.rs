//! OpenAPI text in, text out: one language-neutral model read by everything else.
