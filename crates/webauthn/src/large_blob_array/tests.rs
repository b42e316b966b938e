use authenticator_testkit::SeededRng;

use super::*;
use crate::test_support::hex;

/// LBA-01.
const INITIAL: &str = "8076be8b528d0075f7aae98d6fa57a6d3c";

/// What `LargeBlobs` of python-fido2 2.2.1 has packed, its nonces being 00, 01, … 17: with the SHA-256 of "one credential"
/// as key, and with that of "another".
const OF_PYTHON_FIDO2: &str = "82a301582cd89a141974ee09695b0c3d4dc08d8ecf04227c581c5e0e49bb44c5fe233c70e9d2b3a04806947aa34\
    339cef1024c000102030405060708090a0b03182ea301581b03c368d9cdbfff266736c592a637dd2b3bf97198ba033e88bc1785024c0c0d0e0f101\
    11213141516170309152df1fb3dab72203b849f315bc8e573";

fn key(name: &str) -> Secret<32> {
    Secret::new(Sha256::digest(name).into())
}

fn entry(blob: &[u8], key: &Secret<32>, nonce: u8) -> Vec<u8> {
    seal(blob, key, [nonce; 12]).unwrap()
}

/// An array of these items, which it does not look at.
fn array(items: &[&[u8]]) -> Vec<u8> {
    let mut array = array_head(items.len());
    items.iter().for_each(|item| array.extend_from_slice(item));
    let checksum = checksum(&array);
    [array, checksum.to_vec()].concat()
}

fn blob(array: &[u8], key: &Secret<32>) -> Option<Vec<u8>> {
    LargeBlobArray::parse(array).unwrap().blob(key).map(|blob| blob.to_vec())
}

fn put(array: &[u8], put: &[u8], key: &Secret<32>, nonce: u8) -> Vec<u8> {
    LargeBlobArray::parse(array).unwrap().with(&entry(put, key, nonce), key)
}

#[test]
fn lba01_an_empty_array_is_seventeen_bytes() {
    assert_eq!(array(&[]), hex(INITIAL));
    assert_eq!(LargeBlobArray::parse(&hex(INITIAL)).unwrap().entries, <Vec<&[u8]>>::new());
}

#[test]
fn lba02_what_python_fido2_has_packed_is_read() {
    let packed = hex(OF_PYTHON_FIDO2);
    let long = b"a large blob of a site, a large blob of a site".to_vec();
    assert_eq!(blob(&packed, &key("one credential")), Some(long));
    assert_eq!(blob(&packed, &key("another")), Some(b"beside it".to_vec()));
    assert_eq!(blob(&packed, &key("a third")), None);
}

#[test]
fn lba02_an_entry_is_laid_out_as_the_specification_says() {
    let key = key("one credential");
    let array = put(&hex(INITIAL), b"data of a site", &key, 7);
    let (array, _) = array.split_last_chunk::<16>().unwrap();
    let value: Value = ciborium::from_reader(array).unwrap();
    let [entry] = <[Value; 1]>::try_from(value.into_array().unwrap()).unwrap();
    let members = entry.into_map().unwrap();
    assert_eq!(
        members.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(),
        [1.into(), 2.into(), 3.into()]
    );
    assert_eq!(members[1].1, Value::Bytes(vec![7; 12]));
    assert_eq!(members[2].1, Value::from(14));
    let [text, tag] = {
        let sealed = members[0].1.as_bytes().unwrap();
        let (text, tag) = sealed.split_at(sealed.len() - 16);
        [text.to_vec(), tag.to_vec()]
    };
    let mut text = text;
    let bound = [b"blob".as_slice(), &14_u64.to_le_bytes()].concat();
    let tag = Tag::try_from(tag.as_slice()).unwrap();
    let opened =
        cipher(&key).decrypt_inout_detached(&Nonce::from([7; 12]), &bound, text.as_mut_slice().into(), &tag);
    assert_eq!(opened, Ok(()));
    assert_eq!(text, *compress(b"data of a site").unwrap());
}

#[test]
fn what_is_put_in_comes_out_for_its_key_alone() {
    let (one, other) = (key("one"), key("other"));
    let mut array = hex(INITIAL);
    for (nonce, data) in [(1, &b"first"[..]), (2, b""), (3, &[9; 5000]), (4, b"last")] {
        array = put(&array, data, &one, nonce);
        assert_eq!(blob(&array, &one).as_deref(), Some(data));
        assert_eq!(blob(&array, &other), None);
        assert_eq!(LargeBlobArray::parse(&array).unwrap().entries.len(), 1, "the one before is replaced");
    }
    array = put(&array, b"beside it", &other, 5);
    assert_eq!(blob(&array, &one).as_deref(), Some(&b"last"[..]));
    assert_eq!(blob(&array, &other).as_deref(), Some(&b"beside it"[..]));
    assert!(seal(&vec![0; 1024 * 1024 + 1], &one, [0; 12]).is_none());
}

/// Whoever wrote them: items that are no entries, that nobody can open, that no decoder of ours would take apart.
#[test]
fn what_is_none_of_ours_stays_to_the_byte() {
    let (one, other) = (key("one"), key("other"));
    let deep = [[0x81].repeat(400), vec![0x00]].concat();
    let too_long_a_number = [0x1b, 0, 0, 0, 0, 0, 0, 0, 1];
    let short_nonce = [0xa3, 1, 0x50, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 0x41, 7, 3, 0x01];
    let own = entry(b"before", &one, 1);
    let mut broken = entry(b"broken", &one, 2);
    broken[8] ^= 1;
    let others = entry(b"another's", &other, 3);
    let foreign = [
        &[0x00][..],
        &[0xa0],
        &deep,
        &too_long_a_number,
        &short_nonce,
        &[0x62, 0xff, 0xfe],
        &broken,
        &others,
        &[0xa1, 0x01, 0x40],
        &[0xbf, 0x01, 0x5f, 0x41, 0x07, 0xff, 0xff],
        &[0xf6],
    ];
    let mut items = foreign.to_vec();
    items.insert(4, &own);
    items.insert(9, &own);
    let before = array(&items);
    assert_eq!(blob(&before, &one).as_deref(), Some(&b"before"[..]));

    let after = put(&before, b"after", &one, 4);
    let new = entry(b"after", &one, 4);
    items = foreign.to_vec();
    items.push(&new);
    assert_eq!(after, array(&items));
    assert_eq!(blob(&after, &one).as_deref(), Some(&b"after"[..]));
    assert_eq!(blob(&after, &other).as_deref(), Some(&b"another's"[..]));
}

#[test]
fn lba03_an_array_that_is_damaged_is_an_empty_one() {
    let one = key("one");
    let whole = put(&hex(INITIAL), b"data", &one, 1);
    assert!(blob(&whole, &one).is_some());
    let alone = array(&[&entry(b"data", &one, 1)]);
    for place in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x10;
        assert_eq!(LargeBlobArray::parse(&damaged).unwrap().entries.len(), 0, "at {place}");
        assert_eq!(put(&damaged, b"data", &one, 1), alone);
        assert_eq!(LargeBlobArray::parse(&whole[..place]).unwrap().entries.len(), 0, "cut at {place}");
    }
    for short in [&[][..], &[0; 15]] {
        assert_eq!(LargeBlobArray::parse(short).unwrap().entries.len(), 0);
    }
}

#[test]
fn what_is_whole_and_no_array_is_not_taken_for_an_empty_one() {
    for content in [
        &[][..],
        &[0xa0],
        &[0x82, 0x00],
        &[0x81, 0x00, 0x00],
        &[0x9f, 0xff],
        &[0x81, 0x5f],
        &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ] {
        let whole = [content, &checksum(content)].concat();
        assert_eq!(LargeBlobArray::parse(&whole), Err(UnknownLayout), "{content:?}");
    }
    assert!(UnknownLayout.to_string().contains("not known here"));
}

#[test]
fn a_blob_that_claims_another_size_is_none() {
    let one = key("one");
    // Sealed with a right tag, as only whoever has the key can: it claims a size that is not its own.
    for (data, claimed) in [(&b"data"[..], 5), (b"data", 3), (b"data", u64::MAX), (&[0; 100], 99)] {
        let mut text = compress(data).unwrap().to_vec();
        let (nonce, bound) = (Nonce::from([1; 12]), associated_data(claimed));
        let tag = cipher(&one).encrypt_inout_detached(&nonce, &bound, text.as_mut_slice().into()).unwrap();
        text.extend_from_slice(&tag);
        let entry = Value::Map(vec![
            (1.into(), Value::Bytes(text)),
            (2.into(), Value::Bytes(vec![1; 12])),
            (3.into(), claimed.into()),
        ]);
        let mut bytes = Vec::new();
        ciborium::into_writer(&entry, &mut bytes).unwrap();
        assert_eq!(blob(&array(&[&bytes]), &one), None, "{claimed}");
        // One that follows may be better, as other clients have it; and it is this key's, so that it is replaced.
        let good = self::entry(b"good", &one, 2);
        assert_eq!(blob(&array(&[&bytes, &good]), &one).as_deref(), Some(&b"good"[..]));
        assert_eq!(put(&array(&[&bytes]), b"good", &one, 2), array(&[&good]));
    }
}

#[test]
fn every_nonce_is_drawn_anew() {
    let (one, mut rng) = (key("one"), SeededRng::new(1));
    let empty = hex(INITIAL);
    let array = LargeBlobArray::parse(&empty).unwrap();
    let [first, second] = [0, 1].map(|_| array.put(b"data", &one, &mut rng).unwrap());
    assert_ne!(first, second);
    for put in [first, second] {
        assert_eq!(blob(&put, &one).as_deref(), Some(&b"data"[..]));
    }
}

#[test]
fn debug_shows_no_blob() {
    let packed = hex(OF_PYTHON_FIDO2);
    let printed = format!("{:?}", LargeBlobArray::parse(&packed).unwrap());
    assert_eq!(printed, "LargeBlobArray { entries: 2 }");
}
