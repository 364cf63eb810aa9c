//! Texts with placeholders in braces.
//!
//! A line with a placeholder that nothing is known for is left out, so that nobody reads of a booking that starts "".

/// What can stand in braces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placeholder {
    FirstName,
    PassId,
    PassCode,
    Expires,
    Starts,
    Location,
}

impl Placeholder {
    pub(crate) const ALL: [Self; 6] =
        [Self::FirstName, Self::PassId, Self::PassCode, Self::Expires, Self::Starts, Self::Location];

    fn word(self) -> &'static str {
        match self {
            Self::FirstName => "first_name",
            Self::PassId => "pass_id",
            Self::PassCode => "pass_code",
            Self::Expires => "expires",
            Self::Starts => "starts",
            Self::Location => "location",
        }
    }

    /// Whether there is something for it whoever the pass is for.
    fn is_always_known(self) -> bool {
        match self {
            Self::PassId | Self::PassCode => true,
            Self::FirstName | Self::Expires | Self::Starts | Self::Location => false,
        }
    }
}

/// A text that was understood.
#[derive(Debug)]
pub(crate) struct Template<'t> {
    lines: Vec<Vec<Piece<'t>>>,
}

#[derive(Debug)]
enum Piece<'t> {
    Text(&'t str),
    Value(Placeholder),
}

impl<'t> Template<'t> {
    /// Reads a text.
    ///
    /// # Errors
    /// Every fault, with its line, counted from 1.
    pub(crate) fn parse(text: &'t str) -> Result<Self, Vec<String>> {
        let mut faults = Vec::new();
        let mut lines = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            match pieces(line) {
                Ok(pieces) => lines.push(pieces),
                Err(fault) => faults.push(format!("line {number}: {fault}")),
            }
        }
        if faults.is_empty() { Ok(Self { lines }) } else { Err(faults) }
    }

    /// Whether it has this placeholder.
    pub(crate) fn has(&self, wanted: Placeholder) -> bool {
        self.lines.iter().flat_map(|line| placeholders(line)).any(|placeholder| placeholder == wanted)
    }

    /// Whether this placeholder is on a line that is left out for some people.
    pub(crate) fn may_lose(&self, wanted: Placeholder) -> bool {
        let may_go = |line: &&Vec<Piece<'_>>| placeholders(line).any(|placeholder| !placeholder.is_always_known());
        self.lines.iter().filter(may_go).flat_map(|line| placeholders(line)).any(|placeholder| placeholder == wanted)
    }

    /// The text with what is known in place of the placeholders.
    pub(crate) fn fill(&self, known: impl Fn(Placeholder) -> Option<String>) -> String {
        let filled = self.lines.iter().filter_map(|line| {
            let pieces = line.iter().map(|piece| match piece {
                Piece::Text(text) => Some((*text).to_owned()),
                Piece::Value(placeholder) => known(*placeholder),
            });
            pieces.collect::<Option<String>>()
        });
        filled.collect::<Vec<_>>().join("\n")
    }
}

fn placeholders<'p>(line: &'p [Piece<'_>]) -> impl Iterator<Item = Placeholder> + 'p {
    line.iter().filter_map(|piece| match piece {
        Piece::Text(_) => None,
        Piece::Value(placeholder) => Some(*placeholder),
    })
}

fn pieces(line: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some((text, opened)) = rest.split_once('{') {
        let (word, after) = opened.split_once('}').ok_or("a { is without its }")?;
        let placeholder = Placeholder::ALL.into_iter().find(|placeholder| placeholder.word() == word);
        let Some(placeholder) = placeholder else {
            let words = Placeholder::ALL.map(|placeholder| format!("{{{}}}", placeholder.word()));
            return Err(format!("there is no {{{word}}}, only {}", words.join(", ")));
        };
        pieces.extend([Piece::Text(text), Piece::Value(placeholder)]);
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_about_something_unknown_is_left_out() {
        let template = Template::parse("Hello {first_name},\n\nyour code: {pass_code}\nStarts {starts}.").unwrap();

        let text = template.fill(|placeholder| match placeholder {
            Placeholder::FirstName => Some("Ann".to_owned()),
            Placeholder::PassCode => Some("AB12".to_owned()),
            Placeholder::PassId | Placeholder::Expires | Placeholder::Starts | Placeholder::Location => None,
        });

        assert_eq!(text, "Hello Ann,\n\nyour code: AB12");
    }

    #[test]
    fn what_nobody_knows_is_told_with_its_line() {
        let faults = Template::parse("fine } {pass_code}\n{code}\n{pass_id").unwrap_err();

        let words = "{first_name}, {pass_id}, {pass_code}, {expires}, {starts}, {location}";
        assert_eq!(
            faults,
            [format!("line 2: there is no {{code}}, only {words}"), "line 3: a { is without its }".to_owned()]
        );
    }

    #[test]
    fn a_code_beside_something_that_may_be_unknown_may_be_lost() {
        let may_lose = |text| Template::parse(text).unwrap().may_lose(Placeholder::PassCode);

        assert!(may_lose("{first_name}: {pass_code}"));
        assert!(!may_lose("{first_name}:\n{pass_code} for {pass_id}"));
    }

    #[test]
    fn what_is_filled_in_is_not_read_again() {
        let template = Template::parse("{first_name}").unwrap();

        assert_eq!(template.fill(|_| Some("{pass_code}".to_owned())), "{pass_code}");
    }
}
