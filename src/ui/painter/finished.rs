//! Blocks that were drawn elsewhere, and finished: whether they are what would be drawn here.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, Node};

use super::nodes::replace;

/// Whether a block stands there as it would be drawn; a closed one may be finished there.
///
/// What a formula was is not to be seen in what has come of it. But text that goes on changes a formula in the last block
/// alone, unless it changes what is around it as well.
pub(super) fn is_drawn(old: &Element, new: &Element, whole: bool) -> bool {
    let is_last = old.next_element_sibling().is_none();
    old.is_equal_node(Some(new))
        || whole && !is_last && unfinished(old).is_equal_node(Some(&unfinished(new)))
}

/// A copy of a block without what is finished of it, in a node of its own: colours and folds of code, and formulas.
fn unfinished(block: &Element) -> Node {
    let copy = document().create_document_fragment();
    if let Ok(block) = block.clone_node_with_deep(true) {
        let _ = copy.append_child(&block);
    }
    let each = |selector: &str, change: &dyn Fn(Element)| {
        if let Ok(found) = copy.query_selector_all(selector) {
            let found = (0..found.length()).filter_map(|at| found.item(at));
            found.filter_map(|it| it.dyn_into().ok()).for_each(change);
        }
    };
    each("figure.code", &|figure| figure.set_class_name("code"));
    each("figure.code > button", &|unfold| unfold.remove());
    each("figure.code code", &|code| {
        code.set_text_content(code.text_content().as_deref());
        for attribute in ["data-finish", "data-asked"] {
            let _ = code.remove_attribute(attribute);
        }
    });
    each("math, code.math", &|formula| {
        if let Ok(any) = document().create_element("math") {
            replace(&formula, &any);
        }
    });
    copy.into()
}
