//! The tables: one entry per program, in files by field.
//!
//! A flag that is missing here makes a command "not understood", which costs a fix; a flag with the wrong arity makes an
//! operand of its value, which may cost an image. So: leave out what is not certain.

mod languages;
mod packages;
mod system;
mod tools;

use super::spec::Program;

/// All entries.
pub(super) fn all() -> impl Iterator<Item = &'static Program> {
    packages::PROGRAMS
        .iter()
        .chain(languages::PROGRAMS)
        .chain(tools::PROGRAMS)
        .chain(system::PROGRAMS)
}
