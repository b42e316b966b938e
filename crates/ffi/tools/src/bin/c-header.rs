//! Writes the C header of `authenticator-ffi` to stdout.
//!
//! Usage: `c-header PATH_TO_CRATES_FFI`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: c-header PATH_TO_CRATES_FFI");
        return ExitCode::FAILURE;
    };
    match header(&folder) {
        Ok(bindings) => {
            bindings.write(std::io::stdout());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("c-header: {error}");
            ExitCode::FAILURE
        }
    }
}

fn header(folder: &Path) -> Result<cbindgen::Bindings, Box<dyn std::error::Error>> {
    let config = cbindgen::Config::from_file(folder.join("cbindgen.toml"))?;
    // The modules it declares are read as well, so that none can be forgotten.
    Ok(cbindgen::Builder::new().with_config(config).with_src(folder.join("src/c/mod.rs")).generate()?)
}
