//! Build arguments that look like secrets; the facts are those of [`crate::secrets`].

pub use crate::secrets::is_secret_name as looks_like_secret;
