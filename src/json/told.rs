//! Reading what the server says, in the browser: by the browser's own JSON.
//!
//! A decoder of ours would weigh more than all that it reads; the browser has one. Its values are taken apart by name,
//! and what is missing, or is not what it should be, is read as nothing: the server is of the same build. On the server
//! the same code reads serde's values, for tests alone.

#[cfg(feature = "hydrate")]
use wasm_bindgen::{JsCast, JsValue};

/// A value of JSON.
#[cfg(feature = "hydrate")]
#[derive(Debug)]
pub struct Value(JsValue);

/// A value of JSON.
#[cfg(not(feature = "hydrate"))]
#[derive(Debug)]
pub struct Value(serde_json::Value);

/// What can be read from JSON that our own server wrote.
pub trait Told {
    /// Reads it.
    fn told(json: &Value) -> Self;
}

#[cfg(feature = "hydrate")]
impl Value {
    /// Reads text; `None` when it is no JSON.
    pub fn parse(text: &str) -> Option<Self> {
        js_sys::JSON::parse(text).ok().map(Self)
    }

    /// The member of this name.
    pub fn get(&self, name: &str) -> Self {
        let member = js_sys::Reflect::get(&self.0, &JsValue::from_str(name));
        Self(member.unwrap_or_default())
    }

    /// Its text, if it is one.
    pub fn text(&self) -> Option<String> {
        self.0.as_string()
    }

    /// Its number, if it is one.
    pub fn number(&self) -> Option<f64> {
        self.0.as_f64()
    }

    /// Whether it is true.
    pub fn is_true(&self) -> bool {
        self.0.as_bool() == Some(true)
    }

    /// Whether it is nothing.
    pub fn is_nothing(&self) -> bool {
        self.0.is_null() || self.0.is_undefined()
    }

    /// It as JSON, set over lines; nothing is empty.
    pub fn set_over_lines(&self) -> String {
        if self.is_nothing() {
            return String::new();
        }
        let (all, indent) = (JsValue::NULL, JsValue::from(2));
        let text = js_sys::JSON::stringify_with_replacer_and_space(&self.0, &all, &indent);
        text.map(String::from).unwrap_or_default()
    }

    /// Its items, if it is a list.
    pub fn items(&self) -> impl Iterator<Item = Self> {
        let list = self.0.dyn_ref::<js_sys::Array>();
        let items = list
            .into_iter()
            .flat_map(|list| (0..list.length()).map(|at| list.get(at)));
        items.map(Self)
    }
}

#[cfg(not(feature = "hydrate"))]
impl Value {
    /// Reads text; `None` when it is no JSON.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }

    /// The member of this name.
    pub fn get(&self, name: &str) -> Self {
        Self(self.0.get(name).cloned().unwrap_or_default())
    }

    /// Its text, if it is one.
    pub fn text(&self) -> Option<String> {
        self.0.as_str().map(str::to_owned)
    }

    /// Its number, if it is one.
    pub fn number(&self) -> Option<f64> {
        self.0.as_f64()
    }

    /// Whether it is true.
    pub fn is_true(&self) -> bool {
        self.0 == true
    }

    /// Whether it is nothing.
    pub fn is_nothing(&self) -> bool {
        self.0.is_null()
    }

    /// It as JSON, set over lines; nothing is empty.
    pub fn set_over_lines(&self) -> String {
        if self.is_nothing() {
            return String::new();
        }
        serde_json::to_string_pretty(&self.0).unwrap_or_default()
    }

    /// Its items, if it is a list.
    pub fn items(&self) -> impl Iterator<Item = Self> {
        self.0.as_array().into_iter().flatten().cloned().map(Self)
    }
}

/// Reads text that our own server wrote; `None` when it is no JSON.
pub fn read<T: Told>(text: &str) -> Option<T> {
    Value::parse(text).map(|json| T::told(&json))
}

impl Told for () {
    fn told(_: &Value) {}
}

impl Told for String {
    fn told(json: &Value) -> Self {
        json.text().unwrap_or_default()
    }
}

impl Told for bool {
    fn told(json: &Value) -> Self {
        json.is_true()
    }
}

impl Told for f64 {
    fn told(json: &Value) -> Self {
        json.number().unwrap_or_default()
    }
}

macro_rules! whole_numbers {
    ($($number:ty)*) => {$(
        impl Told for $number {
            fn told(json: &Value) -> Self {
                #[allow(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a cast of a float keeps within the bounds of what it is cast to"
                )]
                let number = json.number().unwrap_or_default() as Self;
                number
            }
        }
    )*};
}

whole_numbers! { u32 u64 }

impl<T: Told> Told for Option<T> {
    fn told(json: &Value) -> Self {
        (!json.is_nothing()).then(|| T::told(json))
    }
}

impl<T: Told> Told for Vec<T> {
    fn told(json: &Value) -> Self {
        json.items().map(|item| T::told(&item)).collect()
    }
}

impl<T: Told> Told for Box<T> {
    fn told(json: &Value) -> Self {
        Self::new(T::told(json))
    }
}

/// Has a struct be read by the names of its fields.
macro_rules! told {
    ($($name:path { $($field:ident),* })*) => {$(
        impl $crate::json::Told for $name {
            fn told(json: &$crate::json::Value) -> Self {
                Self { $($field: $crate::json::Told::told(&json.get(stringify!($field)))),* }
            }
        }
    )*};
}
pub(crate) use told;
