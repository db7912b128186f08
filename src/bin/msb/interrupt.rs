//! Ctrl-C: what was begun is finished or cleaned up, nothing new is begun.

use anyhow::Result;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

/// One for the process, so that nothing starts after it.
static INTERRUPTED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// The flag that Ctrl-C and a request to end set, from now on.
pub(crate) fn flag() -> Result<&'static Arc<AtomicBool>> {
    if let Some(flag) = INTERRUPTED.get() {
        return Ok(flag);
    }
    let flag = INTERRUPTED.get_or_init(Arc::default);
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(flag))?;
    }
    Ok(flag)
}
