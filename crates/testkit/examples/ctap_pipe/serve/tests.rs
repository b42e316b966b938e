use super::*;

const GET_INFO: &[u8] = &[0x04];
const SELECTION: &[u8] = &[0x0B];

/// Kind and payload.
type Answer = (u8, Vec<u8>);

fn message(request: &[u8]) -> Vec<u8> {
    frame(0x01, request)
}

fn line(line: &str) -> Vec<u8> {
    frame(0x02, line.as_bytes())
}

fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
    [&[kind], length.as_slice(), payload].concat()
}

/// What the frames are answered with, and how serving them ended.
fn serve_all(frames: &[Vec<u8>]) -> (Vec<Answer>, Result<(), FrameError>) {
    let mut output = Vec::new();
    let ended = serve(&mut frames.concat().as_slice(), &mut output);
    (answers(&output), ended)
}

fn answers(mut output: &[u8]) -> Vec<Answer> {
    let mut answers = Vec::new();
    while let [kind, high, low, rest @ ..] = output {
        let (payload, rest) = rest.split_at(usize::from(u16::from_be_bytes([*high, *low])));
        answers.push((*kind, payload.to_vec()));
        output = rest;
    }
    assert!(output.is_empty());
    answers
}

/// The answers of a session that ended well, on an authenticator without a display.
fn story(frames: &[Vec<u8>]) -> Vec<Answer> {
    let (answers, ended) = serve_all(&[&[line("open security-key")], frames].concat());
    ended.unwrap();
    assert_eq!(answers[0], done(""));
    answers[1..].to_vec()
}

fn done(said: &str) -> Answer {
    (0x82, said.into())
}

fn refused(why: &str) -> Answer {
    (0xFF, why.into())
}

fn status(status: u8) -> Answer {
    (0x81, vec![status])
}

#[test]
fn a_request_is_answered_with_the_reply() {
    let answers = story(&[message(GET_INFO)]);
    let (kind, reply) = &answers[0];
    assert_eq!((*kind, reply[0]), (0x81, 0x00));
    assert!(authenticator_testkit::cbor::decode(&reply[1..]).is_some());
}

#[test]
fn the_user_does_as_the_lines_say_and_then_complies() {
    let frames =
        [line("user deny"), line("user timeout"), message(SELECTION), message(SELECTION), message(SELECTION)];
    let expected = [done(""), done(""), status(0x27), status(0x2F), status(0x00)];
    assert_eq!(story(&frames), expected);
}

#[test]
fn what_was_asked_is_told_once() {
    let frames = [message(SELECTION), line("asked"), line("asked")];
    assert_eq!(story(&frames), [status(0x00), done("confirmation"), done("")]);
}

#[test]
fn time_closes_the_window_of_reset_and_power_opens_it() {
    let reset = message(&[0x07]);
    let frames = [line("wait 11"), reset.clone(), line("unplug 1"), reset];
    assert_eq!(story(&frames), [done(""), status(0x30), done(""), status(0x00)]);
}

#[test]
fn each_process_has_a_user_of_its_own() {
    let frames = [
        line("start"),
        line("user deny"),
        line("use 0"),
        message(SELECTION),
        line("start"),
        message(SELECTION),
        line("use 1"),
        message(SELECTION),
        line("use 3"),
    ];
    let expected = [
        done("1"),
        done(""),
        done(""),
        status(0x00),
        done("2"),
        status(0x00),
        done(""),
        status(0x27),
        refused("there is no process 3"),
    ];
    assert_eq!(story(&frames), expected);
}

#[test]
fn what_is_not_understood_is_refused_and_the_next_frame_is_read() {
    let (answers, ended) = serve_all(&[
        message(GET_INFO),
        line("restart"),
        line("jump"),
        frame(0x03, b"?"),
        line("open security-key"),
        message(&[]),
        message(SELECTION),
    ]);
    ended.unwrap();
    let expected = [
        refused("no authenticator is open"),
        refused("no authenticator is open"),
        refused("the line has the unknown word \"jump\""),
        refused("there is no frame of the kind 0x03"),
        done(""),
        status(0x03),
        status(0x00),
    ];
    assert_eq!(answers, expected);
}

#[test]
fn input_that_is_cut_ends_in_an_error_wherever_it_is_cut() {
    let whole = line("open phone");
    for length in 1..whole.len() {
        let (answers, ended) = serve_all(&[whole[..length].to_vec()]);
        assert!(answers.is_empty());
        assert!(matches!(ended, Err(FrameError::Cut)), "{length}: {ended:?}");
    }
}

#[test]
fn a_pipe_that_nobody_reads_ends_in_an_error() {
    let mut nobody: &mut [u8] = &mut [];
    let ended = serve(&mut line("asked").as_slice(), &mut nobody);
    assert!(matches!(ended, Err(FrameError::Pipe(_))), "{ended:?}");
}
