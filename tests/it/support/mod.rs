//! What the tests share.

pub(crate) mod books;
pub(crate) mod judge;
pub(crate) mod line;
pub(crate) mod process;
pub(crate) mod sound;
pub(crate) mod wire;
