use super::*;
use std::collections::VecDeque;
use std::io::Cursor;
use std::sync::{Arc, Mutex};

/// What was written to a terminal.
#[derive(Clone, Default)]
pub(crate) struct Screen(Arc<Mutex<Vec<u8>>>);

impl Screen {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What was typed and not read yet. Like a terminal it gives out one line at a time.
#[derive(Clone, Default)]
struct Queue(Arc<Mutex<VecDeque<u8>>>);

impl Queue {
    fn of(text: &str) -> Self {
        Self(Arc::new(Mutex::new(text.bytes().collect())))
    }
}

impl Read for Queue {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut queue = self.0.lock().unwrap();
        let line = queue.iter().position(|byte| *byte == b'\n').map_or(queue.len(), |end| end + 1);
        let length = line.min(buffer.len());
        for (place, byte) in buffer.iter_mut().zip(queue.drain(..length)) {
            *place = byte;
        }
        Ok(length)
    }
}

/// A terminal on which somebody types this, each line after a question.
pub(crate) fn typed(text: &'static str) -> (Terminal, Screen) {
    let screen = Screen::default();
    (Terminal::new(Queue::of(text), || Ok(()), screen.clone()), screen)
}

/// A terminal that nobody touches.
pub(crate) fn silent() -> Terminal {
    struct Untouched;
    impl Read for Untouched {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            loop {
                std::thread::park();
            }
        }
    }
    Terminal::new(Untouched, || Ok(()), Screen::default())
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn only_a_clear_yes_is_a_yes() {
    for (text, answer) in [("y\n", true), ("YES \n", true), ("\n", false), ("n\n", false), ("yep\n", false)] {
        let (mut terminal, screen) = typed(text);
        assert_eq!(terminal.confirm("Sure?", SECOND), Ok(answer));
        assert_eq!(screen.text(), "Sure? [y/N] ");
    }
}

#[test]
fn questions_are_answered_in_turn_until_the_terminal_closes() {
    let (mut terminal, _) = typed("one\ntwo");
    assert_eq!(terminal.ask("?", SECOND).unwrap(), "one");
    assert_eq!(terminal.ask("?", SECOND).unwrap(), "two");
    assert_eq!(terminal.ask("?", SECOND), Err(NoAnswer::Closed));
}

#[test]
fn what_was_typed_before_a_question_does_not_answer_it() {
    let queue = Queue::of("y\n");
    let forget = {
        let queue = queue.clone();
        move || {
            queue.0.lock().unwrap().clear();
            Ok(())
        }
    };
    let mut terminal = Terminal::new(queue, forget, Screen::default());
    assert_eq!(terminal.confirm("?", SECOND), Err(NoAnswer::Closed));

    // Without line editing, one read can take in several lines.
    let mut terminal = Terminal::new(Cursor::new("y\ny\n"), || Ok(()), Screen::default());
    assert_eq!(terminal.confirm("?", SECOND), Ok(true));
    assert_eq!(terminal.confirm("?", SECOND), Err(NoAnswer::Closed));
}

#[test]
fn nothing_is_asked_where_what_was_typed_cannot_be_forgotten() {
    let screen = Screen::default();
    let broken = || Err(std::io::Error::other("broken"));
    let mut terminal = Terminal::new(Queue::of("y\n"), broken, screen.clone());
    assert_eq!(terminal.confirm("?", SECOND), Err(NoAnswer::Closed));
    assert_eq!(screen.text(), "");
}

#[test]
fn a_late_answer_does_not_answer_the_next_question() {
    let mut terminal = silent();
    assert_eq!(terminal.confirm("?", Duration::from_millis(10)), Err(NoAnswer::TimedOut));
    assert_eq!(terminal.confirm("?", SECOND), Err(NoAnswer::Closed));
}

#[test]
fn nobody_is_waited_for_without_end() {
    assert_eq!(silent().confirm("?", Duration::from_millis(10)), Err(NoAnswer::TimedOut));
}
