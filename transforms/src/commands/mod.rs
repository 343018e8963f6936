//! Command-line knowledge: what the words of a command mean.
//!
//! [`Invocation::of`] reads a simple command by the tables of [`table`]: it looks through `sudo` and `env`, finds the
//! program, its sub-command, flags and operands, and says where they stand. Rules, effects and the proof ask it instead
//! of looking at words:
//!
//! ```text
//! let apt = Invocation::of(command)?;
//! if apt.is("apt-get") && apt.sub("install") && !apt.has_flag("-y") { insert at apt.flag_position() }
//! ```
//!
//! To teach it a program, add one entry to a file in `table/`.

#[cfg(test)]
pub(crate) mod fixture;
mod invocation;
pub mod listing;
mod parse;
mod process;
mod shell_words;
mod spec;
mod table;
#[cfg(test)]
mod tests;
mod wrapper;

pub use invocation::{FlagUse, FlagValue, Invocation, Operand, Reading};
pub use process::{Builtin, Leaves, builtin, changes_shell, leaves_process, replaces_shell};
pub use shell_words::is_shell_word;
pub use spec::Operands;
pub(crate) use wrapper::base_name;
pub use wrapper::{Wrapper, WrapperKind};
