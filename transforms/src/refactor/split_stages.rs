//! `split-stages`: the only stage becomes a build stage and a runtime stage.

use super::declare::declare_refactoring;
use super::{Draft, Target};
use crate::rules::split_stages::{doubt, title};
use crate::split::{Answer, from_of, split};

declare_refactoring! {
    /// Splits a file with one stage into a build stage and a runtime stage.
    ///
    /// The cursor stands in the `FROM` of a file that builds a program in the image that it ships. See
    /// [Splitting](split.md) for what is recognised and what is kept. It is never safe: only a start of the image shows whether
    /// the program finds all that it needs.
    ///
    /// ```dockerfile,unsafe
    /// FROM golang:1.22$0
    /// RUN CGO_ENABLED=0 go install example.org/hello@v1.2.3
    /// WORKDIR /
    /// CMD ["/go/bin/hello"]
    /// ```
    ///
    /// ```dockerfile
    /// FROM golang:1.22 AS build
    /// RUN CGO_ENABLED=0 go install example.org/hello@v1.2.3
    ///
    /// FROM debian:bookworm-slim
    /// COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
    /// COPY --from=build /go/bin/hello /go/bin/hello
    /// WORKDIR /
    /// CMD ["/go/bin/hello"]
    /// ```
    KIND: "split-stages"
}

fn draft(target: &Target<'_>) -> Option<Draft> {
    let ctx = target.ctx;
    let start = from_of(ctx.analysis)?;
    if !start.lines.contains_range(target.selection) {
        return None;
    }
    match split(ctx.analysis, ctx.settings, ctx.facts) {
        Answer::Split(split) => {
            let note = (!split.gone.is_empty())
                .then(|| format!("No longer in the image: {}.", split.gone.join(", ")));
            let (title, doubt) = (title(&split), doubt(&split));
            Some(Draft::new(title, split.edits).doubt(Some(doubt)).note(note))
        }
        _ => None,
    }
}
