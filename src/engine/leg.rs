//! What a person hears on picking up.

use crate::call::AreaName;
use crate::language::{Language, Mark};

use super::patience::ACCEPT_WAIT;
use super::{AcceptPrompt, LegReply};

/// What is told to a person who picks up.
#[derive(Copy, Clone, Debug, Default)]
pub struct Announcement<'a> {
    /// The business's own language, which its people speak.
    pub language: Language,
    /// What the call is about.
    pub area: Option<&'a AreaName>,
    /// The caller's name, where we know it.
    pub name: Option<&'a str>,
    /// Why the call is worth a word more.
    pub mark: Option<Mark>,
}

/// Says what it is about and who rings, and waits for any key.
pub fn accept_prompt(call: &Announcement<'_>) -> LegReply {
    let area = call.area.map(AreaName::as_str);
    let say = call.language.phrases().accept_prompt(area, call.name, call.mark);
    LegReply::Prompt(AcceptPrompt { say, wait: ACCEPT_WAIT })
}

/// For whoever accepts after somebody else did, or after the caller left: true in both cases.
pub fn too_late(language: Language) -> LegReply {
    LegReply::TooLate(language.phrases().too_late.to_owned())
}
