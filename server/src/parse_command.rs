//! `dfix parse`: what a file parses to.
