use super::*;

#[test]
fn each_store_has_a_key_of_its_own_in_another_folder() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("config");
    let one = Places::within(&folder.path().join("one"), &keys, None).unwrap();
    let two = Places::within(&folder.path().join("two"), &keys, None).unwrap();
    assert_ne!(one.key, two.key);
    assert_eq!((one.key.parent(), two.key.parent()), (Some(&*keys), Some(&*keys)));
    // However the folder is spelt, it is the same store.
    let again = Places::within(&folder.path().join("two/../one/."), &keys, None).unwrap();
    assert_eq!((again.store, again.key), (one.store, one.key));
}

#[test]
fn the_default_store_has_one_key_however_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (data, keys) = (folder.path().join("data"), folder.path().join("config"));
    let default = Places::among(&data, &data, &keys).unwrap();
    assert_eq!(default.key, keys.join("device.key"));
    let mut names = vec![folder.path().join("data/../data/.")];
    #[cfg(unix)]
    {
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&data, &link).unwrap();
        names.push(link);
    }
    for name in names {
        let named = Places::among(&name, &data, &keys).unwrap();
        assert_eq!((&named.store, &named.key), (&default.store, &default.key), "{name:?}");
    }
    let other = Places::among(&folder.path().join("other"), &data, &keys).unwrap();
    assert_ne!(other.key, default.key);
}

#[test]
fn a_key_never_lies_beside_its_store() {
    let folder = tempfile::tempdir().unwrap();
    let refused = Places::within(folder.path(), folder.path(), Some("device.key")).unwrap_err();
    assert!(matches!(refused, Failure::Store(_)), "{refused:?}");
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_enter_a_folder_that_is_made() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("a/b");
    make_folder(&made).unwrap();
    assert_eq!(made.metadata().unwrap().permissions().mode() & 0o777, 0o700);
}
