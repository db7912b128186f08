//! placeholder
pub(super) fn parse(_text: &str) -> Option<super::Script> {
    None
}
