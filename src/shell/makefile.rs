//! Makefiles.
