//! An answer's text, or its reasoning, as it grows.

use std::{cell::RefCell, rc::Rc, time::Duration};

use gloo_timers::future::sleep;
use leptos::{prelude::*, task::spawn_local};
use web_sys::Element;

use super::{
    finishing,
    painter::{AsWritten, Paint, load},
};
use crate::chat::Answer;

/// Draws one of an answer's texts. What was drawn as a whole and does not go on is never parsed here.
#[derive(Debug)]
pub struct Growing {
    /// What the text's blocks are in.
    root: Option<Element>,
    /// Told when there is something to draw with.
    answer: ArcRwSignal<Answer>,
    painter: Rc<RefCell<Option<Box<dyn Paint>>>>,
    /// Whether it is read out as well.
    aloud: bool,
    asked: bool,
}

impl Growing {
    /// For the blocks in `root`; `answer` is told when there is something better to draw them with.
    /// `aloud`: it is read out as well.
    pub fn new(root: Option<Element>, answer: &ArcRwSignal<Answer>, aloud: bool) -> Self {
        Self {
            root,
            answer: answer.clone(),
            painter: Rc::default(),
            aloud,
            asked: false,
        }
    }

    /// Draws the text so far; `ended`: it is all there is. Gives whether it is drawn: what draws it may not be there yet.
    pub fn draw(&mut self, answer: &Answer, text: &str, ended: bool) -> bool {
        let Some(root) = &self.root else {
            return true;
        };
        // The first sign of the server: before it, nothing could be had.
        if !self.asked && (!text.is_empty() || answer.seq > 0) {
            self.asked = true;
            let (answer, painter) = (self.answer.clone(), Rc::clone(&self.painter));
            spawn_local(ask(root.clone(), answer, painter, self.aloud));
        }
        let Some(painter) = &mut *self.painter.borrow_mut() else {
            return text.is_empty();
        };
        let closed = painter.paint(root, answer.epoch, text, ended);
        finishing::finish(&closed);
        if !closed.is_empty() {
            finishing::hear(root);
        }
        true
    }
}

/// Loads what draws, and until that is there has the text be drawn as it is written.
async fn ask(
    root: Element,
    answer: ArcRwSignal<Answer>,
    painter: Rc<RefCell<Option<Box<dyn Paint>>>>,
    aloud: bool,
) {
    for pause in 0..6 {
        if let Ok(better) = load(aloud).await {
            if pause > 0 {
                root.set_inner_html("");
            }
            painter.replace(Some(better));
            answer.notify();
            return;
        }
        painter.replace(Some(Box::new(AsWritten)));
        answer.notify();
        sleep(Duration::from_secs(1 << pause)).await;
    }
}
