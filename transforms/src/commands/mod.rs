//! Command-line knowledge: what the words of a command mean.
