use super::{Needle, found};

const SECRET: &[u8] = b"\x00secret\xff\xfe handle";

/// Written with `python3 -c "import base64; print(base64.b64encode(b'xy' + b'\x00secret\xff\xfe handle' + b'z'))"` and so on.
#[test]
fn finds_each_spelling_in_the_midst_of_other_text() {
    let needles = [Needle::new("the secret", SECRET)];
    let planted: [&[u8]; 7] = [
        b"before \x00secret\xff\xfe handle after",
        b"id=00736563726574fffe2068616e646c65.",
        b"id=00736563726574FFFE2068616E646C65.",
        b"[0, 115, 101, 99, 114, 101, 116, 255, 254, 32, 104, 97, 110, 100, 108, 101]",
        b"\"AHNlY3JldP/+IGhhbmRsZQ==\"",
        b"\"eHkAc2VjcmV0__4gaGFuZGxleg\"",
        b"\"eABzZWNyZXT//iBoYW5kbGV6\"",
    ];
    for text in planted {
        assert!(!found(text, &needles).is_empty(), "{}", String::from_utf8_lossy(text));
    }
}

#[test]
fn finds_nothing_where_there_is_nothing() {
    let text = b"Credential { id: <32 bytes>, rp_id: <11 bytes of text> } AHNlY3JlIA== 0073656372";
    assert_eq!(found(text, &[Needle::new("the secret", SECRET)]), Vec::<String>::new());
}
