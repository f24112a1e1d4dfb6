//! XML as the provider's reader takes it: UTF-8, nothing before the declaration, one root, no document type.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::trouble::Fault;

/// An element with everything in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Element>,
    pub(super) text: String,
}

/// The largest document that is run.
const LARGEST: usize = 64 * 1024;

/// Reads one document.
pub(super) fn read(body: &[u8]) -> Result<Element, Fault> {
    if body.len() > LARGEST {
        return Err(Fault::TooLarge(body.len()));
    }
    let text = std::str::from_utf8(body).map_err(not_xml)?;
    if !text.starts_with('<') {
        return Err(not_xml("something stands before the document"));
    }
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root: Option<Element> = None;
    for nth in 0_usize.. {
        match reader.read_event().map_err(not_xml)? {
            Event::Start(start) => open.push(element(&start)?),
            Event::Empty(start) => close(element(&start)?, &mut open, &mut root)?,
            // The reader has checked that the names agree.
            Event::End(_) => {
                let Some(done) = open.pop() else { return Err(not_xml("an end without a start")) };
                close(done, &mut open, &mut root)?;
            }
            Event::Text(text) => write(&text.xml10_content(), &mut open)?,
            Event::CData(_) if open.is_empty() => return Err(not_xml("text outside the root")),
            Event::CData(text) => write(&text.xml10_content(), &mut open)?,
            Event::GeneralRef(reference) => {
                let named = quick_xml::escape::resolve_predefined_entity(&reference).map(str::to_owned);
                let numbered = reference.resolve_char_ref().map_err(not_xml)?.map(String::from);
                let Some(meant) = named.or(numbered) else {
                    return Err(not_xml(format!("`&{};` means nothing", &*reference)));
                };
                if open.is_empty() {
                    return Err(not_xml("text outside the root"));
                }
                write(&meant, &mut open)?;
            }
            Event::Comment(_) => {}
            Event::Decl(_) if nth == 0 => {}
            Event::Decl(_) => return Err(not_xml("a declaration in the middle")),
            Event::PI(_) => return Err(not_xml("a processing instruction")),
            Event::DocType(_) => return Err(not_xml("a document type")),
            Event::Eof => break,
        }
    }
    if let Some(unclosed) = open.pop() {
        return Err(not_xml(format!("`{}` is not closed", unclosed.name)));
    }
    root.ok_or_else(|| not_xml("no element"))
}

fn not_xml(why: impl ToString) -> Fault {
    Fault::NotXml(why.to_string())
}

fn element(start: &BytesStart<'_>) -> Result<Element, Fault> {
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(not_xml)?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(not_xml)?;
        // The reader lets both pass; XML does not.
        if attribute.value.contains('<') || !value.chars().all(is_xml) {
            return Err(not_xml(format!("the value of `{}`", attribute.key.as_ref())));
        }
        attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
    }
    Ok(Element {
        name: start.name().as_ref().to_owned(),
        attributes,
        children: Vec::new(),
        text: String::new(),
    })
}

fn close(done: Element, open: &mut [Element], root: &mut Option<Element>) -> Result<(), Fault> {
    if let Some(parent) = open.last_mut() {
        parent.children.push(done);
        return Ok(());
    }
    if root.is_some() {
        return Err(not_xml("a second root"));
    }
    *root = Some(done);
    Ok(())
}

fn write(text: &str, open: &mut [Element]) -> Result<(), Fault> {
    if let Some(strange) = text.chars().find(|c| !is_xml(*c)) {
        return Err(not_xml(format!("the character {strange:?}")));
    }
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(not_xml("text outside the root")),
    }
    Ok(())
}

/// Whether XML 1.0 allows the character.
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
