use super::*;

const LOG: Log = Log::new(false);

#[test]
fn a_key_is_made_once_and_read_ever_after() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config/device.key");
    let made = load(&path, MayMake::Yes, LOG).unwrap();
    let read = load(&path, MayMake::No, LOG).unwrap();
    assert!(made.equals(read.expose()));
    assert_ne!(made.expose(), &[0; LENGTH]);
    assert_eq!(path.metadata().unwrap().len(), 32);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_missing_key_is_not_made_up() {
    let folder = tempfile::tempdir().unwrap();
    let failure = load(&folder.path().join("device.key"), MayMake::No, LOG).unwrap_err();
    assert!(failure.to_string().contains("is missing"), "{failure}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn a_file_that_is_no_private_key_is_refused() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("device.key");
    for (length, mode, complaint) in
        [(31, 0o600, "31 bytes"), (33, 0o600, "33 bytes"), (32, 0o640, "chmod 600"), (32, 0o604, "chmod 600")]
    {
        std::fs::write(&path, vec![7; length]).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        let failure = load(&path, MayMake::Yes, LOG).unwrap_err();
        assert!(matches!(&failure, Failure::Key(text) if text.contains(complaint)), "{failure}");
    }
    let link = folder.path().join("link.key");
    symlink(&path, &link).unwrap();
    assert!(load(&link, MayMake::Yes, LOG).unwrap_err().to_string().contains("plain file"));
}

#[test]
fn whoever_is_first_makes_the_key_and_all_use_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config/device.key");
    let start = std::sync::Barrier::new(8);
    let keys: Vec<DeviceKey> = std::thread::scope(|scope| {
        let load_at_once = || {
            start.wait();
            load(&path, MayMake::Yes, LOG).unwrap()
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(load_at_once)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(keys.iter().all(|key| key.equals(keys[0].expose())));
    let names: Vec<_> =
        std::fs::read_dir(path.parent().unwrap()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["device.key"], "nothing unfinished is left");
}

#[test]
fn a_key_that_is_there_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("device.key");
    let first = load(&path, MayMake::Yes, LOG).unwrap();
    make(&path).unwrap();
    assert!(read(&path).unwrap().equals(first.expose()));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_a_crash_left_unfinished_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".unfinished-x7Gw2k"), [1; 5]).unwrap();
    let path = folder.path().join("device.key");
    let made = load(&path, MayMake::Yes, LOG).unwrap();
    assert!(load(&path, MayMake::No, LOG).unwrap().equals(made.expose()));
}
