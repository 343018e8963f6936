//! Real builds as the judge: are the image before a rewrite and the one after it the same?

pub(crate) mod image;
