use super::*;

#[cfg(not(windows))]
#[test]
fn uris_name_the_path_and_nothing_else() {
    assert_eq!(immutable_uri(Path::new("/a/b-c.db")), "file:/a/b-c.db?immutable=1");
    assert_eq!(immutable_uri(Path::new("/a b/%?#&=\u{fc}")), "file:/a%20b/%25%3F%23%26%3D%C3%BC?immutable=1");
}

#[test]
fn a_path_without_a_folder_is_in_the_current_one() {
    let resolved = resolve(Path::new("passkeys.db")).unwrap();
    assert_eq!(resolved, resolve(Path::new("./passkeys.db")).unwrap());
    assert!(resolved.is_absolute());
    assert_eq!(resolve(Path::new("..")), Err(OpenError::NotAFile));
    assert_eq!(resolve(Path::new("")), Err(OpenError::NotAFile));
}

#[cfg(unix)]
#[test]
fn a_file_made_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("passkeys.db");
    create(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(inspect(&path), Ok(Found::File));
    // Somebody else was faster: their file is as good.
    assert_eq!(create(&path), Ok(()));
}
