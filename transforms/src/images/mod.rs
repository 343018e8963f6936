//! What is known of base images without asking a registry.
