//! Fragments of tool calls: which call a fragment belongs to, however odd the gateway.
//!
//! Source: spec/openrouter.md, 10.5 (rules K1 to K5), and spec/rulings.md; the same as
//! `jackfield_openai.tool_calls`.

use crate::answer::Answer;
use crate::call::{arguments_of, word_of, Call, Slot};
use crate::chunk::Node;
use crate::python_text::{clipped, repr};
use crate::record::{ErrorInfo, Record};
use crate::trouble::Trouble;

const SHOWN_CHARS: usize = 200;

/// Joins the fragments of one answer to calls.
#[derive(Debug, Default)]
pub struct ToolCalls {
    calls: Vec<Call>,
    /// The newest call of its index, if it was the last to grow.
    last: Option<usize>,
}

/// What a fragment says of the call, the arguments aside.
struct Head<'n> {
    slot: Option<Slot>,
    wire_id: String,
    name: &'n str,
}

/// Where a fragment belongs.
enum Place {
    New,
    Of(usize),
    /// It repeats what was there.
    Nowhere,
}

impl ToolCalls {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Add one element of `tool_calls`; return its arguments if they are all that it says.
    ///
    /// `position` stands in for a missing index, where calls come whole and in order.
    ///
    /// # Errors
    /// It is no object, or a field has an impossible type.
    pub fn take<'n>(
        &mut self,
        fragment: &'n Node<'_>,
        position: Option<usize>,
        answer: &mut Answer,
        out: &mut Vec<Record>,
    ) -> Result<Option<&'n str>, Trouble> {
        if !fragment.is_object() {
            return Err(impossible("A tool call is", fragment, "an object"));
        }
        let function = fragment.told("function");
        if let Some(arguments) = function.and_then(|one| self.continued(fragment, one)) {
            self.grow(arguments.to_owned(), out)?;
            return Ok(Some(arguments));
        }
        self.function(fragment, function, position, answer, out)?;
        Ok(None)
    }

    /// Add a legacy `function_call`.
    ///
    /// # Errors
    /// It is no object, or a field has an impossible type.
    pub fn take_legacy(
        &mut self,
        function: &Node<'_>,
        answer: &mut Answer,
        out: &mut Vec<Record>,
    ) -> Result<(), Trouble> {
        self.function(&Node::Object(Vec::new()), Some(function), None, answer, out)
    }

    /// Whether a piece of this length may be the whole arguments once more.
    pub fn may_repeat(&self, length: usize) -> bool {
        self.last
            .is_none_or(|last| self.calls[last].text.len() == length)
    }

    /// Add a piece of arguments to the call that grew last.
    ///
    /// # Errors
    /// There is none, or it has ended.
    pub fn grow(&mut self, arguments: String, out: &mut Vec<Record>) -> Result<(), Trouble> {
        let last = self.last.ok_or(Trouble::Odd)?;
        self.append(last, arguments, out)
    }

    /// End all calls, in order.
    pub fn end(&mut self, out: &mut Vec<Record>) {
        for call in &mut self.calls {
            if let Some(end) = call.end() {
                out.push(end);
            }
        }
    }

    /// Return the arguments of a fragment that is nothing but the next piece, as nearly all are.
    fn continued<'n>(&self, fragment: &Node<'_>, function: &'n Node<'_>) -> Option<&'n str> {
        let call = &self.calls[self.last?];
        let Node::Object(fields) = function else {
            return None;
        };
        let arguments = function.get("arguments")?.as_str()?;
        let is_next = fields.len() == 1
            && Slot::of(fragment.get("index")) == call.slot
            && fragment.told("id").is_none()
            && arguments.len() != call.text.len();
        is_next.then_some(arguments)
    }

    fn function(
        &mut self,
        fragment: &Node<'_>,
        function: Option<&Node<'_>>,
        position: Option<usize>,
        answer: &mut Answer,
        out: &mut Vec<Record>,
    ) -> Result<(), Trouble> {
        if let Some(odd) = function.filter(|one| !one.is_object()) {
            return Err(impossible("A tool call's function is", odd, "an object"));
        }
        let field = |name| function.and_then(|one| one.get(name));
        let name = word_of(field("name"), "name")?;
        let head = Head {
            slot: match fragment.get("index") {
                None => position.map(Slot::from),
                index => Slot::of(index),
            },
            wire_id: word_of(fragment.get("id"), "id")?.into_owned(),
            name: &name,
        };
        let arguments = arguments_of(field("arguments"))?;
        let place = match self.found(&head, &arguments) {
            None => Place::New,
            Some(place) => self.checked(place, &head, &arguments)?,
        };
        let place = match place {
            Place::Nowhere => return Ok(()),
            Place::Of(place) => place,
            Place::New => self.open(&head, answer, out),
        };
        let is_after_head = !head.wire_id.is_empty() && !self.calls[place].text.is_empty();
        self.last = (!is_after_head).then_some(place);
        self.append(place, arguments.into_owned(), out)
    }

    fn append(
        &mut self,
        place: usize,
        arguments: String,
        out: &mut Vec<Record>,
    ) -> Result<(), Trouble> {
        if !arguments.is_empty() {
            let call = &mut self.calls[place];
            let index = call.open_place().ok_or(Trouble::Odd)?;
            call.text.push_str(&arguments);
            out.push(Record::ToolCallDelta(index, arguments));
        }
        Ok(())
    }

    /// Return the call that index and id point at (K1 to K4); None for a new one.
    fn found(&self, head: &Head<'_>, arguments: &str) -> Option<usize> {
        let has_id = !head.wire_id.is_empty();
        let newest = |fits: &dyn Fn(&Call) -> bool| self.calls.iter().rposition(fits);
        if has_id {
            let is_this = |call: &Call| {
                call.wire_id == head.wire_id && (head.slot.is_none() || call.slot == head.slot)
            };
            if let Some(place) = newest(&is_this) {
                return Some(place);
            }
        }
        if head.slot.is_none() {
            return self.unnumbered(head);
        }
        if let Some(place) = newest(&|call| call.slot == head.slot) {
            let call = &self.calls[place];
            // the ids differ: see above
            let is_other = has_id && !call.wire_id.is_empty() && !head.name.is_empty();
            return (!(is_other && call.is_settled())).then_some(place);
        }
        // The call of this id, at another index, if the fragment repeats or continues it.
        let place = newest(&|call| has_id && call.wire_id == head.wire_id)?;
        let call = &self.calls[place];
        let is_same = head.name.is_empty() || (head.name == call.name && call.repeats(arguments));
        is_same.then_some(place)
    }

    fn unnumbered(&self, head: &Head<'_>) -> Option<usize> {
        let last = self.calls.last()?;
        let is_new = !head.wire_id.is_empty()
            || (!head.name.is_empty() && !last.text.is_empty() && last.is_settled());
        (!is_new).then(|| self.calls.len() - 1)
    }

    /// Tell whether the fragment continues the call, repeats it, or begins a new one (K5).
    fn checked(&mut self, at: usize, head: &Head<'_>, arguments: &str) -> Result<Place, Trouble> {
        let call = &mut self.calls[at];
        if head.name.is_empty() {
            if !arguments.is_empty() && call.repeats(arguments) {
                return Ok(Place::Nowhere);
            }
        } else if call.is_complete() {
            if head.name != call.name {
                return Ok(Place::New);
            }
            if !arguments.trim().is_empty() {
                let is_again = !head.wire_id.is_empty()
                    && call.wire_id == head.wire_id
                    && call.repeats(arguments);
                return Ok(if is_again { Place::Nowhere } else { Place::New });
            }
        } else if !call.name.is_empty() && head.name != call.name {
            if !call.text.is_empty() {
                return Ok(Place::New); // the first stays as it is and will be refused
            }
            call.open_place().ok_or(Trouble::Odd)?;
            call.name.push_str(head.name); // a name in pieces
        }
        self.complete_head(at, head)?;
        Ok(Place::Of(at))
    }

    /// Take the id or name that the call has not got yet.
    fn complete_head(&mut self, at: usize, head: &Head<'_>) -> Result<(), Trouble> {
        let is_used = self.calls.iter().any(|call| call.id == head.wire_id);
        let call = &mut self.calls[at];
        if !head.wire_id.is_empty() && call.wire_id.is_empty() {
            call.wire_id.clone_from(&head.wire_id);
            if !is_used {
                call.open_place().ok_or(Trouble::Odd)?;
                call.id.clone_from(&head.wire_id);
            }
        }
        if !head.name.is_empty() && call.name.is_empty() {
            call.open_place().ok_or(Trouble::Odd)?;
            head.name.clone_into(&mut call.name);
        }
        Ok(())
    }

    fn open(&mut self, head: &Head<'_>, answer: &mut Answer, out: &mut Vec<Record>) -> usize {
        let is_used = self.calls.iter().any(|call| call.id == head.wire_id);
        let index = answer.begin_part(out);
        let call = Call::new(index, head.slot.clone(), &head.wire_id, head.name, is_used);
        out.push(call.start());
        self.calls.push(call);
        self.calls.len() - 1
    }
}

/// The error for a value of an impossible type.
pub fn impossible(what: &str, value: &Node<'_>, wanted: &str) -> Trouble {
    let shown = repr(value);
    let shown = clipped(&shown, SHOWN_CHARS);
    ErrorInfo::protocol(format!("{what} {shown}, not {wanted}.")).into()
}
