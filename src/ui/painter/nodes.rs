//! Nodes of the document, made of HTML of ours and made alike.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlTemplateElement, Node};

/// What was appended to the last text in an element, if nothing else was done to it.
pub(super) fn appended<'a>(old: &str, new: &'a str) -> Option<&'a str> {
    let mut body = old;
    while body.ends_with('>')
        && let Some(at) = body.rfind('<')
        && body[at..].starts_with("</")
    {
        body = &body[..at];
    }
    let ends = &old[body.len()..];
    let more = new.strip_prefix(body)?.strip_suffix(ends)?;
    let is_text = !body.is_empty() && !body.ends_with('>') && !more.contains(['<', '&']);
    is_text.then_some(more)
}

/// The last text in a node.
pub(super) fn last_text(node: &Node) -> Option<Node> {
    let mut last = node.last_child()?;
    while let Some(inner) = last.last_child() {
        last = inner;
    }
    (last.node_type() == Node::TEXT_NODE).then_some(last)
}

/// Has a node be like another one: what is the same in both stays the node it is.
pub(super) fn morph(old: &Node, new: &Node) {
    if old.is_equal_node(Some(new)) {
        return;
    }
    if old.node_type() == Node::TEXT_NODE && new.node_type() == Node::TEXT_NODE {
        old.set_node_value(new.node_value().as_deref());
        return;
    }
    let bare = |node: &Node| node.clone_node().ok();
    let alike = match (bare(old), bare(new)) {
        (Some(old), Some(new)) => old.is_equal_node(Some(&new)),
        _ => false,
    };
    if !alike {
        replace(old, new);
        return;
    }
    let mut here = old.first_child();
    let mut there = new.first_child();
    while let Some(wanted) = there {
        there = wanted.next_sibling();
        if let Some(is) = here {
            here = is.next_sibling();
            morph(&is, &wanted);
        } else {
            let _ = old.append_child(&wanted);
        }
    }
    while let Some(more) = here {
        here = more.next_sibling();
        let _ = old.remove_child(&more);
    }
}

pub(super) fn replace(old: &Node, new: &Node) {
    if let Some(parent) = old.parent_node() {
        let _ = parent.replace_child(new, old);
    }
}

/// The element that HTML of ours is; no script in it would run, if there were any.
pub(super) fn made(html: &str) -> Option<Element> {
    let template = document().create_element("template").ok()?;
    template.set_inner_html(html);
    let template = template.dyn_into::<HtmlTemplateElement>().ok()?;
    template.content().first_element_child()
}

pub(super) fn child(parent: &Element, at: usize) -> Option<Element> {
    parent.children().item(u32::try_from(at).ok()?)
}
