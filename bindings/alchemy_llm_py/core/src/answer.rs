//! Building an answer: the one place where the order of records is made.
//!
//! Source: spec/agent.md, 4.3 and 4.4; the same as `jackfield.answer`.

use crate::record::{Meta, Record};

/// A text or thinking block that grows, and its place in the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    None,
    Text(usize),
    Thinking(usize),
}

/// One answer being built: which blocks there are, not what is in them.
#[derive(Debug)]
pub struct Answer {
    /// What is known beside the content.
    pub meta: Meta,
    has_started: bool,
    parts: usize,
    block: Block,
}

impl Answer {
    /// An answer that has not begun.
    pub fn new() -> Self {
        Self {
            meta: Meta::default(),
            has_started: false,
            parts: 0,
            block: Block::None,
        }
    }

    /// Whether there is a part.
    pub fn has_content(&self) -> bool {
        self.parts > 0
    }

    /// Begin the answer; every block does so by itself.
    pub fn start(&mut self, out: &mut Vec<Record>) {
        if !self.has_started {
            self.has_started = true;
            out.push(Record::Start {
                response_id: self.meta.response_id.clone(),
            });
        }
    }

    /// Add a piece of text.
    pub fn text(&mut self, delta: String, out: &mut Vec<Record>) {
        if delta.is_empty() {
            return;
        }
        let place = match self.block {
            Block::Text(place) => place,
            _ => {
                let place = self.begin_part(out);
                self.block = Block::Text(place);
                out.push(Record::TextStart(place));
                place
            }
        };
        out.push(Record::TextDelta(place, delta));
    }

    /// Add a piece of thinking.
    pub fn thinking(&mut self, delta: String, out: &mut Vec<Record>) {
        if delta.is_empty() {
            return;
        }
        let place = match self.block {
            Block::Thinking(place) => place,
            _ => {
                let place = self.begin_part(out);
                self.block = Block::Thinking(place);
                out.push(Record::ThinkingStart(place));
                place
            }
        };
        out.push(Record::ThinkingDelta(place, delta));
    }

    /// End the open text or thinking block, and return the place of the next part.
    pub fn begin_part(&mut self, out: &mut Vec<Record>) -> usize {
        self.end_block(out);
        self.start(out);
        self.parts += 1;
        self.parts - 1
    }

    /// End the open text or thinking block, if there is one.
    pub fn end_block(&mut self, out: &mut Vec<Record>) {
        match std::mem::replace(&mut self.block, Block::None) {
            Block::None => {}
            Block::Text(place) => out.push(Record::TextEnd(place)),
            Block::Thinking(place) => out.push(Record::ThinkingEnd(place)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_of_the_other_kind_ends_the_open_one() {
        let (mut answer, mut out) = (Answer::new(), Vec::new());
        answer.thinking("a".to_owned(), &mut out);
        answer.text(String::new(), &mut out);
        answer.text("b".to_owned(), &mut out);
        answer.end_block(&mut out);
        answer.end_block(&mut out);
        let expected = [
            Record::Start { response_id: None },
            Record::ThinkingStart(0),
            Record::ThinkingDelta(0, "a".to_owned()),
            Record::ThinkingEnd(0),
            Record::TextStart(1),
            Record::TextDelta(1, "b".to_owned()),
            Record::TextEnd(1),
        ];
        assert_eq!(out, expected);
    }
}
