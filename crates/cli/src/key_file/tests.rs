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
fn a_key_that_another_process_is_making_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("device.key");
    load(&path, MayMake::Yes, LOG).unwrap();
    assert!(matches!(make(&path), Err(ReadError::Exists)));
    assert!(read_when_written(&path).is_ok());
}
