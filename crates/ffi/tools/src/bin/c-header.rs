//! Writes the C header of `authenticator-ffi` to stdout.
//!
//! Usage: `c-header PATH_TO_CRATES_FFI`

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: c-header PATH_TO_CRATES_FFI");
        return ExitCode::FAILURE;
    };
    let config = match cbindgen::Config::from_file(folder.join("cbindgen.toml")) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("c-header: {error}");
            return ExitCode::FAILURE;
        }
    };
    let sources = ["src/c/types.rs", "src/c/functions.rs", "src/c/steps.rs"];
    let builder = sources.iter().fold(cbindgen::Builder::new().with_config(config), |builder, source| {
        builder.with_src(folder.join(source))
    });
    match builder.generate() {
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
