//! Makefiles.
#[allow(missing_docs)]
pub struct Makefile;
#[allow(missing_docs)]
pub struct RecipeLine { pub text: String, pub exact: bool }
#[allow(missing_docs)]
pub fn parse_makefile(_: &str) -> Makefile { Makefile }
#[allow(missing_docs)]
impl Makefile { pub fn defines(&self, _: &str) -> bool { false } pub fn recipe_for(&self, _: Option<&str>, _: &std::collections::BTreeMap<String,String>) -> Option<Vec<RecipeLine>> { None } }
