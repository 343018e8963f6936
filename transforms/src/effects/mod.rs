//! What instructions and commands read and write.
