//! Text files that are pasted, dropped or picked: read, and quoted where one writes.

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File, FileList};

use super::attached::{self, LARGEST};
use crate::words::Words;

/// The files in a list, which is the browser's own and may be emptied by it.
pub fn all(list: &FileList) -> Vec<File> {
    (0..list.length()).filter_map(|at| list.item(at)).collect()
}

/// All files as they stand in a question.
///
/// # Errors
/// A sentence about the first that is no text, or too large.
pub async fn read(files: Vec<File>) -> Result<String, String> {
    let mut all = String::new();
    for file in &files {
        all.push_str(&read_one(file).await?);
    }
    Ok(all)
}

async fn read_one(file: &File) -> Result<String, String> {
    let name = file.name();
    let blob: &Blob = file.unchecked_ref();
    if blob.size() > LARGEST {
        return Err(Words::here().attach_too_large(&name));
    }
    let text = JsFuture::from(blob.text()).await.ok();
    let text = text.and_then(|text| text.as_string());
    // The browser puts this where bytes are no text.
    match text.filter(|text| !text.contains(['\0', char::REPLACEMENT_CHARACTER])) {
        Some(text) => Ok(attached::quote(&name, &text)),
        None => Err(Words::here().attach_no_text(&name)),
    }
}
