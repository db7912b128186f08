//! A plan to text, the proof on that text, and the patch.

pub mod apply;
pub mod diff;
pub mod proof;
#[allow(unreachable_pub, reason = "for other rooms")]
pub(crate) mod render;
