//! Hands the linker the microcontroller's memory map.

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=memory.x");
    let out = env::var_os("OUT_DIR").map(PathBuf::from).ok_or(io::ErrorKind::NotFound)?;
    fs::copy("memory.x", out.join("memory.x"))?;
    if env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "none") {
        println!("cargo::rustc-link-search={}", out.display());
        println!("cargo::rustc-link-arg-bins=--nmagic"); // sections need no alignment to pages
        println!("cargo::rustc-link-arg-bins=-Tlink.x");
    }
    Ok(())
}
