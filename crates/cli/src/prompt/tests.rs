use super::*;
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

/// A terminal on which somebody types this.
pub(crate) fn typed(text: &'static str) -> (Terminal, Screen) {
    let screen = Screen::default();
    (Terminal::new(Cursor::new(text), screen.clone()), screen)
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
    Terminal::new(Untouched, Screen::default())
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
fn nobody_is_waited_for_without_end() {
    assert_eq!(silent().confirm("?", Duration::from_millis(10)), Err(NoAnswer::TimedOut));
}
