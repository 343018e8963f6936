//! End-to-end tests of dfix; everything is under `tests/`.
