//! What `dfix verify --format json` says, as far as it is shown. The child is the same program, so all of it is understood;
//! what is missing counts as nothing.

use serde::Deserialize;

/// The result of a verification.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Report {
    pub verdict: String,
    pub reason: Option<String>,
    pub builder: Option<Builder>,
    pub log: Vec<String>,
    pub applied: Vec<Applied>,
    pub before: Option<Size>,
    pub after: Option<Size>,
    pub differences: Vec<Difference>,
    pub rebuilds: Vec<Rebuild>,
    pub notes: Vec<String>,
    pub gain: Option<String>,
}

/// What built.
#[derive(Debug, Deserialize)]
pub(super) struct Builder {
    pub name: String,
    pub version: String,
}

/// A fix that was applied.
#[derive(Debug, Deserialize)]
pub(super) struct Applied {
    pub rule: String,
    pub title: String,
    pub applicability: String,
}

/// An image's size.
#[derive(Debug, Deserialize)]
pub(super) struct Size {
    pub bytes: u64,
    pub layers: Vec<u64>,
    pub files: usize,
    pub seconds: f64,
}

/// A difference between the images.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Difference {
    pub name: String,
    pub what: String,
    pub before: Option<String>,
    pub after: Option<String>,
    pub bytes: i64,
    pub status: String,
    pub law: Option<String>,
}

/// What the rebuilds after a change of a file cost.
#[derive(Debug, Deserialize)]
pub(super) struct Rebuild {
    pub touched: String,
    pub before: Cost,
    pub after: Cost,
}

/// What a rebuild costs.
#[derive(Debug, Deserialize)]
pub(super) struct Cost {
    pub steps: usize,
    pub seconds: f64,
}
