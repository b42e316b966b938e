//! Drives the firmware example under QEMU: runs its scenarios beside the same core on the host, measures it, and looks for
//! calls that can panic.
//!
//! It is not a part of the firmware, and it builds none: `test.sh` beside it does, and then calls
//! `authenticator-firmware-host <ELF> <disassembly>`. With `UPDATE=1` the figures in `docs/firmware.md` are written anew.

mod bench;
mod emulator;
mod figures;
mod panics;
mod scenarios;

use bench::Bench;
use figures::Figures;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let (Some(elf), Some(disassembly), None) = (arguments.next(), arguments.next(), arguments.next()) else {
        eprintln!("usage: authenticator-firmware-host <ELF> <its disassembly by llvm-objdump>");
        return ExitCode::from(2);
    };
    let update = env::var_os("UPDATE").is_some_and(|value| value == "1");
    match run(&elf, &disassembly, update) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("FAILED: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(elf: &Path, disassembly: &Path, update: bool) -> Result<(), String> {
    let firmware = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = firmware.join("../../docs/firmware.md");
    let bytes = fs::read(elf).map_err(|error| format!("{}: {error}", elf.display()))?;
    let parsed = object::File::parse(bytes.as_slice()).map_err(|error| format!("the ELF: {error}"))?;
    let text =
        fs::read_to_string(disassembly).map_err(|error| format!("{}: {error}", disassembly.display()))?;

    let (stack, failed) = run_scenarios(elf)?;
    let instructions = scenarios::count_instructions(&mut Bench::start(elf)?)?;
    let (flash, static_ram) = figures::sizes(&parsed);
    let figures = Figures { flash, static_ram, stack: stack.into(), instructions };
    println!("\nflash {flash}, static RAM {static_ram}, stack {stack} bytes\n\n{}", figures.table());

    let results = [
        if failed == 0 { Ok(()) } else { Err(format!("{failed} scenarios")) },
        figures.check_limits(&firmware.join("limits.txt")),
        figures::check_page(&page, &figures.table(), update),
        panics::check(elf, &text, &firmware.join("panics.txt")),
    ];
    let errors: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors.join("\n")) }
}

/// Runs each scenario on a device of its own. Gives the most of the stack that was in use, and how many failed.
fn run_scenarios(elf: &Path) -> Result<(u32, usize), String> {
    let (mut highest, mut failed) = (0, 0);
    for scenario in scenarios::ALL {
        let mut bench = Bench::start(elf)?;
        let result = (scenario.run)(&mut bench).and_then(|()| bench.figures());
        match result {
            Ok((stack, _)) => {
                highest = highest.max(stack);
                println!("ok      {:60} stack {stack} bytes", scenario.name);
            }
            Err(error) => {
                failed += 1;
                println!("FAILED  {}: {error}", scenario.name);
            }
        }
    }
    Ok((highest, failed))
}
