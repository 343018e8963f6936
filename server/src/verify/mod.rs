//! Real builds as the judge: are the image before a rewrite and the one after it the same?

pub(crate) mod compare;
pub(crate) mod declared;
pub(crate) mod image;
mod words;
