//! The sentences in the document; plural categories and numbers by the browser's own `Intl`.

use std::cell::OnceCell;

use js_sys::{
    Array,
    Intl::{NumberFormat, PluralRules},
    Object, Reflect,
};
use leptos::prelude::document;

use super::Words;

thread_local! {
    static SENTENCES: OnceCell<Vec<&'static str>> = const { OnceCell::new() };
    static CODE: OnceCell<&'static str> = const { OnceCell::new() };
}

#[allow(clippy::unused_self, reason = "the server has several of them")]
impl Words {
    /// Those of the document.
    pub fn here() -> Self {
        Self::default()
    }

    /// The language's code.
    pub fn code(self) -> &'static str {
        CODE.with(|code| *code.get_or_init(read_code))
    }

    pub(super) fn sentence(self, index: usize) -> &'static str {
        SENTENCES.with(|sentences| {
            let sentences = sentences.get_or_init(read);
            sentences.get(index).copied().unwrap_or_default()
        })
    }

    pub(super) fn category(self, count: u64) -> String {
        let rules = PluralRules::new(&locales(), &Object::new());
        rules.select(float(count)).into()
    }

    /// A number as the language writes it.
    pub fn number(self, number: u64) -> String {
        write(float(number), 0.0)
    }

    /// A number to a tenth, as the language writes it.
    pub fn tenths(self, number: f64) -> String {
        write(number, 1.0)
    }

    /// A time, which is written as in RFC 3339: as the language writes it and this browser's clock shows it.
    pub fn time(self, machine: &str) -> String {
        let options = Object::new();
        for name in ["dateStyle", "timeStyle"] {
            let _ = Reflect::set(&options, &name.into(), &"medium".into());
        }
        let time = js_sys::Date::new(&machine.into());
        time.to_locale_string(self.code(), &options).into()
    }
}

/// They are there as long as the page is.
fn read() -> Vec<&'static str> {
    let place = document().get_element_by_id("words");
    let text = place.and_then(|it| it.text_content()).unwrap_or_default();
    let text: &'static str = Box::leak(text.into_boxed_str());
    text.split('\n').collect()
}

/// The document's language.
fn read_code() -> &'static str {
    let root = document().document_element();
    let code = root.and_then(|root| root.get_attribute("lang"));
    Box::leak(code.unwrap_or_default().into_boxed_str())
}

fn locales() -> Array {
    Array::of1(&Words::here().code().into())
}

fn write(number: f64, digits: f64) -> String {
    let options = Object::new();
    for name in ["minimumFractionDigits", "maximumFractionDigits"] {
        let _ = Reflect::set(&options, &name.into(), &digits.into());
    }
    let format = NumberFormat::new(&locales(), &options).format();
    let written = format.call1(&options, &number.into()).ok();
    written.and_then(|it| it.as_string()).unwrap_or_default()
}

#[allow(clippy::cast_precision_loss, reason = "it is a count of things")]
fn float(number: u64) -> f64 {
    number as f64
}
