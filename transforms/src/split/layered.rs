//! A Spring Boot jar in layers: libraries change seldom, classes with each release.

use crate::model::Analysis;
use crate::{Facts, Settings};

use super::Answer;

/// Splits a file that only starts a layered jar; `None` for all others.
pub(super) fn split(_analysis: &Analysis, _settings: &Settings, _facts: &Facts) -> Option<Answer> {
    None
}
