//! Rows of text with their columns lined up.
//!
//! Not here: what is in them.

/// Every column to the left.
pub(crate) fn left(rows: &[Vec<String>]) -> String {
    laid_out(rows, false)
}

/// The first column to the left, the others, being numbers, to the right.
pub(crate) fn numbers(rows: &[Vec<String>]) -> String {
    laid_out(rows, true)
}

fn laid_out(rows: &[Vec<String>], numbers: bool) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            line.push_str("  ");
            line.push_str(&if numbers && column > 0 {
                format!("{cell:>width$}")
            } else {
                format!("{cell:<width$}")
            });
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Vec<String>> {
        [vec!["é", "10"], vec!["long", "2"], vec!["alone"]]
            .map(|row| row.into_iter().map(str::to_owned).collect())
            .to_vec()
    }

    #[test]
    fn columns_line_up_and_no_line_ends_in_spaces() {
        assert_eq!(left(&rows()), "  é      10\n  long   2\n  alone\n");
    }

    #[test]
    fn numbers_stand_at_the_right() {
        assert_eq!(numbers(&rows()), "  é      10\n  long    2\n  alone\n");
    }

    #[test]
    fn nothing_is_nothing() {
        assert_eq!(left(&[]), "");
    }
}
