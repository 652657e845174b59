//! The run as a sequence diagram in text: a column a context, an arrow a delivery.

use std::fmt;

use worldport_quickjs::{HostEvent, Settlement};

/// Room between two columns.
const GAP: usize = 52;
/// Longest text on an arrow.
const LABEL: usize = GAP - 8;
/// More arrows than this are only counted.
const ARROWS: usize = 200;

#[derive(Clone, Debug)]
struct Arrow {
    from: usize,
    to: usize,
    label: String,
}

/// Columns in the order in which the contexts first take part, the background always first.
#[derive(Clone, Debug, Default)]
pub(super) struct Diagram {
    columns: Vec<String>,
    arrows: Vec<Arrow>,
    left_out: usize,
}

impl Diagram {
    /// Draws an event, if it is one that goes from one context to another or ends something.
    pub(super) fn note(&mut self, event: &HostEvent) {
        match event {
            HostEvent::BackgroundStarted { context } | HostEvent::WorldStarted { context, .. } => {
                self.column(&context.to_string());
            }
            HostEvent::PortAccepted { context, from, name, .. } => {
                self.arrow(&from.to_string(), &context.to_string(), &format!("connect {name:?}"));
            }
            HostEvent::MessageDelivered { context, from, text, .. } => {
                self.arrow(&from.to_string(), &context.to_string(), text);
            }
            HostEvent::RequestDelivered { context, from, text, .. } => {
                self.arrow(&from.to_string(), &context.to_string(), &format!("asks {text}"));
            }
            HostEvent::MessageDropped { context, name, .. } => {
                let context = context.to_string();
                let label = format!("message on {name:?} dropped, nobody listens");
                self.arrow(&context, &context, &label);
            }
            HostEvent::PortDisconnected { context, name, error, .. } => {
                let context = context.to_string();
                let why = error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
                self.arrow(&context, &context, &format!("{name:?} disconnected{why}"));
            }
            HostEvent::RequestSettled { context, settlement } => {
                let context = context.to_string();
                let label = match settlement {
                    Settlement::Rejected { error } => format!("rejected: {error}"),
                    Settlement::Resolved { text, .. } => format!("answered {text}"),
                };
                self.arrow(&context, &context, &label);
            }
            _ => {}
        }
    }

    fn column(&mut self, name: &str) -> usize {
        match self.columns.iter().position(|known| known == name) {
            Some(place) => place,
            None => {
                self.columns.push(name.to_owned());
                self.columns.len() - 1
            }
        }
    }

    fn arrow(&mut self, from: &str, to: &str, label: &str) {
        if self.arrows.len() >= ARROWS {
            self.left_out += 1;
            return;
        }
        let (from, to) = (self.column(from), self.column(to));
        let label = label.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.arrows.push(Arrow { from, to, label });
    }

    /// A row with a mark at every column, drawn over by the arrow.
    fn row(&self, arrow: &Arrow) -> String {
        let mut row: Vec<char> = vec![' '; (self.columns.len() - 1) * GAP + 1];
        for column in 0..self.columns.len() {
            row[column * GAP] = '│';
        }
        let (left, right) = (arrow.from.min(arrow.to) * GAP, arrow.from.max(arrow.to) * GAP);
        if left == right {
            row.truncate(left + 1);
            row[left] = '×';
            row.push(' ');
            row.extend(arrow.label.chars());
            return row.into_iter().collect();
        }
        for place in &mut row[left + 1..right] {
            *place = '─';
        }
        if arrow.from < arrow.to {
            row[right - 1] = '▶';
        } else {
            row[left + 1] = '◀';
        }
        let label = format!(" {} ", shortened(&arrow.label));
        let start = left + (right - left - label.chars().count()) / 2 + 1;
        for (place, character) in row[start..].iter_mut().zip(label.chars()) {
            *place = character;
        }
        row.into_iter().collect()
    }
}

fn shortened(label: &str) -> String {
    if label.chars().count() <= LABEL {
        return label.to_owned();
    }
    label.chars().take(LABEL - 1).chain(['…']).collect()
}

impl fmt::Display for Diagram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.arrows.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = self.columns.iter().map(|name| shortened(name)).collect();
        let mut heading = String::new();
        for (column, name) in names.iter().enumerate() {
            let padding = (column * GAP).saturating_sub(heading.chars().count());
            heading.push_str(&" ".repeat(padding));
            heading.push_str(name);
        }
        writeln!(f, "{}", heading.trim_end())?;
        for arrow in &self.arrows {
            writeln!(f, "{}", self.row(arrow).trim_end())?;
        }
        if self.left_out > 0 {
            writeln!(f, "and {} more", self.left_out)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_go_between_their_columns() {
        let mut diagram = Diagram::default();
        assert_eq!(diagram.to_string(), "");
        diagram.column("background");
        diagram.arrow("page", "background", "hello");
        diagram.arrow("background", "page", &"x".repeat(100));
        diagram.arrow("page", "page", "gone");
        let drawn = diagram.to_string();
        let lines: Vec<&str> = drawn.lines().collect();
        assert_eq!(lines.len(), 4);
        assert_eq!(lines[0], format!("background{}page", " ".repeat(GAP - 10)));
        for (line, start, middle, end) in
            [(lines[1], "│◀─", " hello ", "─│"), (lines[2], "│─", "x… ", "▶│")]
        {
            assert!(line.starts_with(start) && line.contains(middle) && line.ends_with(end));
        }
        assert_eq!(lines[3], format!("│{}× gone", " ".repeat(GAP - 1)));
    }
}
