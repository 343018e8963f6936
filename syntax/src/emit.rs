//! Lays events over the source text and builds the green tree.
