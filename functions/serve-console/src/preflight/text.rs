//! A report as people read it in a terminal.

use domain::preflight::{DoorRow, GroupRow, Level, Report, SiteRow};

use super::About;

/// The columns of a terminal that nobody has widened, and some.
const WIDTH: usize = 100;

/// What stands for something nobody knows.
const UNKNOWN: &str = "?";

/// The report: the findings first, the gravest at the top, then what there is to choose from.
pub(super) fn text(about: About<'_>, report: &Report) -> String {
    let mut lines = vec![headline(about, report), String::new()];
    let fine = report.findings.iter().filter(|finding| finding.level == Level::Fine);
    for finding in report.to_act_on().into_iter().chain(fine) {
        let prefix = format!("{:<7} {:<14} ", finding.level.word(), finding.check.word());
        lines.extend(hanging(&prefix, &finding.text));
    }
    if let Some(groups) = &report.inventory.groups {
        lines.extend([String::new(), format!("{:>10}  mapped  people  not ours  others'  name", "GROUP")]);
        lines.extend(groups.iter().flat_map(group));
        lines.push("not ours: whom we did not put there; others': who bears another's reference".to_owned());
    }
    if let Some(sites) = &report.inventory.sites {
        lines.extend([String::new(), format!("{:>10}  name", "SITE")]);
        lines.extend(sites.iter().flat_map(site));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn headline(about: About<'_>, report: &Report) -> String {
    let count = |level: Level| {
        let count = report.findings.iter().filter(|finding| finding.level == level).count();
        format!("{count} {}{}", level.word(), if count == 1 { "" } else { "s" })
    };
    let (faults, notices) = (count(Level::Fault), count(Level::Notice));
    let title = format!("Preflight of account {} of {}, {}", about.account, about.tenant, about.now);
    let title = format!("{title}: {faults}, {notices}");
    hanging("", &title).join("\n")
}

fn group(group: &GroupRow) -> Vec<String> {
    let number = |number: Option<usize>| number.map_or_else(|| UNKNOWN.to_owned(), |number| number.to_string());
    let prefix = format!(
        "{:>10}  {:<6}  {:>6}  {:>8}  {:>7}  ",
        group.id.to_string(),
        if group.mapped { "yes" } else { "-" },
        number(group.people),
        number(group.not_ours),
        number(group.other_references),
    );
    let mut lines = hanging(&prefix, &group.name);
    if group.mapped {
        lines.extend(opens(prefix.chars().count(), "opens ", group.doors.as_deref()));
    }
    lines
}

fn site(site: &SiteRow) -> Vec<String> {
    let prefix = format!("{:>10}  ", site.id);
    let mut lines = hanging(&prefix, &site.name);
    lines.extend(opens(prefix.chars().count(), "doors ", site.doors.as_deref()));
    lines
}

fn opens(indent: usize, what: &str, doors: Option<&[DoorRow]>) -> Vec<String> {
    let named = |door: &DoorRow| format!("{} {}", door.id, door.name);
    let doors = match doors {
        None => UNKNOWN.to_owned(),
        Some([]) => "-".to_owned(),
        Some(doors) => doors.iter().map(named).collect::<Vec<_>>().join(", "),
    };
    hanging(&format!("{:indent$}{what}", ""), &doors)
}

/// The text behind the prefix, broken where it would be too wide, each line below as far in as the first.
///
/// Names come from elsewhere: what could steer the terminal becomes a space.
fn hanging(prefix: &str, text: &str) -> Vec<String> {
    let indent = prefix.chars().count();
    let room = WIDTH.saturating_sub(indent).max(1);
    let text: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    let mut rows = vec![String::new()];
    for word in text.split_whitespace().flat_map(|word| pieces(word, room)) {
        let row = rows.last().map_or(0, |row| row.chars().count());
        match rows.last_mut() {
            Some(last) if row == 0 => last.push_str(&word),
            Some(last) if row.saturating_add(word.chars().count()) < room => {
                last.push(' ');
                last.push_str(&word);
            }
            Some(_) | None => rows.push(word),
        }
    }
    let first = rows.iter().take(1).map(|row| format!("{prefix}{row}"));
    let below = rows.iter().skip(1).map(|row| format!("{:indent$}{row}", ""));
    first.chain(below).map(|line| line.trim_end().to_owned()).collect()
}

/// The word, in parts if it is too long for a row.
fn pieces(word: &str, room: usize) -> Vec<String> {
    word.chars().collect::<Vec<_>>().chunks(room).map(String::from_iter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_the_terminal_and_all_words_are_there() {
        let text = "wörter ".repeat(60) + &"x".repeat(250) + " end";

        let lines = hanging("fault   exclusivity    ", &text);

        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH), "{lines:#?}");
        assert!(lines.iter().skip(1).all(|line| line.starts_with(&" ".repeat(23))), "{lines:#?}");
        let letters = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).collect::<String>();
        assert_eq!(letters(&lines.concat()), letters(&format!("fault exclusivity {text}")));
    }

    #[test]
    fn what_could_steer_a_terminal_is_taken_out_of_names() {
        assert_eq!(hanging("501  ", "Day\u{1b}[2J\r\nPass"), ["501  Day [2J Pass"]);
    }
}
