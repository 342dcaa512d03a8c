//! Lists as files for spreadsheets: RFC 4180, in UTF-8, and no cell is ever a formula.

/// How a file begins: the mark without which Excel reads UTF-8 as something else.
pub const BEGINNING: &str = "\u{FEFF}";

/// What makes a spreadsheet read a cell as a formula, also in the full width of East Asian keyboards.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// Adds a line with these cells.
pub fn line<'a>(file: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (place, cell) in cells.into_iter().enumerate() {
        if place > 0 {
            file.push(',');
        }
        write_cell(file, cell);
    }
    file.push_str("\r\n");
}

fn write_cell(file: &mut String, cell: &str) {
    let defused = if cell.starts_with(FORMULA) { "'" } else { "" };
    if cell.contains(['"', ',', '\r', '\n']) {
        file.push('"');
        file.push_str(defused);
        file.push_str(&cell.replace('"', "\"\""));
        file.push('"');
    } else {
        file.push_str(defused);
        file.push_str(cell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(cells: &[&str]) -> String {
        let mut file = String::new();
        line(&mut file, cells.iter().copied());
        file
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        assert_eq!(
            written(&["LBX-7Q2M-9XKD", "", "Zoë, \"the\" one", "two\nlines"]),
            "LBX-7Q2M-9XKD,,\"Zoë, \"\"the\"\" one\",\"two\nlines\"\r\n"
        );
    }

    #[test]
    fn no_cell_is_a_formula() {
        for formula in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "＝1+1",
            "=cmd|' /C calc'!A0,1",
            "=\"a\"",
        ] {
            let cell = written(&[formula]);
            assert!(cell.starts_with(['\'', '"']), "{cell}");
            assert!(cell.trim_start_matches('"').starts_with('\''), "{cell}");
        }
        assert_eq!(written(&["a=1", "1-2"]), "a=1,1-2\r\n");
    }
}
