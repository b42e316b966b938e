use super::*;
use crate::test_support::{DEVICE, place, register, sign_in, world, world_of};
use authenticator_core::Error;

#[test]
fn another_device_key_finds_the_store_unreadable() {
    let (_folder, path) = place();
    let id = register(&mut world(&path, 1), "a.example", "user").unwrap();
    let error = world_of(SqliteStore::open(&path).unwrap(), [8; 32], 2).err();
    assert_eq!(error, Some(authenticator_host::OpenError::Store(Error::StoreUnreadable)));
    assert_eq!(sign_in(&mut world(&path, 3), "a.example"), Ok(id));
}

#[test]
fn a_changed_record_is_passed_over_and_hides_no_other() {
    let (_folder, path) = place();
    let mut before = world(&path, 1);
    for site in ["a.example", "b.example", "c.example"] {
        register(&mut before, site, "user").unwrap();
    }
    drop(before);
    // The last byte of the newest body: a bit of the seal's tag.
    let raw = Connection::open(&path).unwrap();
    let (id, mut body): (Vec<u8>, Vec<u8>) = raw
        .query_row("SELECT id, body FROM record WHERE kind = 1 ORDER BY number DESC LIMIT 1", (), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    *body.last_mut().unwrap() ^= 1;
    raw.execute("UPDATE record SET body = ?1 WHERE id = ?2", (body, id)).unwrap();
    drop(raw);

    let mut world = world(&path, 2);
    assert_eq!(sign_in(&mut world, "c.example"), Err(Error::NoCredentials));
    assert!(world.context().vault().unwrap().damaged() > 0);
    assert!(sign_in(&mut world, "a.example").is_ok());
    assert!(sign_in(&mut world, "b.example").is_ok());
    assert!(register(&mut world, "c.example", "other").is_ok());
    assert!(sign_in(&mut world, "c.example").is_ok());
}

#[test]
fn nothing_on_disk_names_a_site_a_person_or_a_passkey() {
    let (folder, path) = place();
    let mut world = world(&path, 1);
    let id = register(&mut world, "secret-site.example", "alice-in-clear").unwrap();
    sign_in(&mut world, "secret-site.example").unwrap();
    let rp_id_hash = authenticator_core::credential::RpIdHash::of("secret-site.example").0;
    let needles: [&[u8]; 6] = [b"secret-site", b"alice", b"in-clear", &id, &rp_id_hash, &DEVICE];
    // With the log beside the file, and after it has been folded in.
    let look = |files: usize| {
        let files_there: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap).collect();
        assert_eq!(files_there.len(), files);
        for file in files_there {
            let bytes = std::fs::read(file.path()).unwrap();
            for needle in needles {
                assert!(!bytes.windows(needle.len()).any(|window| window == needle), "{:?}", file.path());
            }
        }
    };
    look(3);
    drop(world);
    look(1);
}

#[test]
fn debug_says_nothing_of_the_content() {
    let (_folder, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(format!("{store:?}"), "SqliteStore { access: Write, .. }");
}
