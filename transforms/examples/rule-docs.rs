//! Writes the rules' pages to the folder that is named on the command line (`docs/rules` when none is).

use std::path::PathBuf;
use std::{env, fs, io};

use dfix_transforms::rules::docs;

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::args_os().nth(1).unwrap_or("docs/rules".into()));
    fs::create_dir_all(&folder)?;
    for (name, text) in docs::files() {
        fs::write(folder.join(name), text)?;
    }
    Ok(())
}
