//! Logical lines: what is left after comment lines are dropped and continuations are joined.
