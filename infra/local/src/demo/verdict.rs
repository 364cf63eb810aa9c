//! Judges the day: what Brivo showed against what was promised, and who was left inside.

use std::collections::BTreeSet;

use domain::Window;
use simulators::brivo::{BrivoServer, Model};

use super::{
    book::Book,
    cast::{PEOPLE, Person, door},
    day::Day,
    windows::{Holding, Windows, is_same, shown},
};

/// How the day went.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) shown: Windows,
    /// Where a window differs from the promised one.
    pub(crate) differing: BTreeSet<Holding>,
    /// How many people are still in a group.
    pub(crate) left_inside: usize,
    /// Who bears another name in Brivo than in Nexudus.
    pub(crate) misnamed: Vec<&'static str>,
    /// What the strict simulator noted.
    pub(crate) violations: Vec<String>,
}

impl Verdict {
    /// Judges what Brivo showed.
    pub(crate) fn on(brivo: &BrivoServer, book: &Book, day: &Day) -> Self {
        let shown = shown(&brivo.history());
        let differing = differing(&book.promised(), &shown);
        let groups: BTreeSet<_> = shown.keys().map(|holding| holding.group).collect();
        let left_inside: BTreeSet<_> =
            brivo.read(|model| groups.into_iter().flat_map(|group| model.members_of(group)).collect());
        let left_inside = left_inside.len();
        let named = |person: &Person| brivo.read(|model| name_in(model, &day.external_id(*person)));
        let misnamed = PEOPLE.iter().filter(|person| named(person).as_deref() != Some(person.name));
        let misnamed = misnamed.map(|person| person.name).collect();
        Self { shown, differing, left_inside, misnamed, violations: brivo.violations() }
    }

    /// Everything that is not as it should be, in words.
    pub(crate) fn faults(&self, day: &Day, book: &Book) -> Vec<String> {
        let promised = book.promised();
        let windows = |windows: &Windows, holding| day.windows(windows.get(holding).map_or(&[], Vec::as_slice));
        let differing = self.differing.iter().map(|holding| {
            let (who, door) = (day.name(&holding.external_id), door(holding.group));
            let (due, was) = (windows(&promised, holding), windows(&self.shown, holding));
            format!("{who} at {door}: promised was {due}, Brivo shows {was}")
        });
        let left = (self.left_inside > 0).then(|| format!("{} people are still in a group", self.left_inside));
        let violations = self.violations.iter().map(|violation| format!("the strict simulator noted: {violation}"));
        let misnamed = self.misnamed.iter().map(|name| format!("{name} is not in Brivo by that name"));
        differing.chain(left).chain(misnamed).chain(violations).collect()
    }
}

/// The full name of a user of Brivo.
fn name_in(model: &Model, external_id: &str) -> Option<String> {
    let profile = model.profile_of(model.user_by_external_id(external_id)?)?;
    Some(format!("{} {}", profile.first_name, profile.last_name))
}

/// Where the windows shown are not the promised ones.
fn differing(promised: &Windows, shown: &Windows) -> BTreeSet<Holding> {
    let of = |windows: &Windows, holding| -> Vec<Window> { windows.get(holding).cloned().unwrap_or_default() };
    let holdings = promised.keys().chain(shown.keys());
    holdings.filter(|holding| !is_kept(&of(promised, holding), &of(shown, holding))).cloned().collect()
}

fn is_kept(promised: &[Window], shown: &[Window]) -> bool {
    promised.len() == shown.len() && promised.iter().zip(shown).all(|(one, other)| is_same(one, other))
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use runtime::document::Document;
    use simulators::brivo::{Change, GroupId, MembershipChange, UserId};

    use super::{super::scenes::DAY, *};

    fn one(windows: &[(i64, Option<i64>)]) -> Windows {
        let at = |second| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second);
        let windows = windows.iter().map(|(from, until)| Window { from: at(*from), until: until.map(at) });
        let holding = Holding { external_id: "harbour:1".to_owned(), group: GroupId(501) };
        [(holding, windows.collect())].into()
    }

    /// What Brivo would write down if everything promised were kept.
    fn history_as_promised(book: &Book) -> Vec<MembershipChange> {
        let promised = book.promised();
        let changes = promised.iter().flat_map(|(holding, windows)| {
            let change = |at, change| {
                let external_id = Some(holding.external_id.clone());
                MembershipChange { at, user: UserId(1), external_id, group: holding.group, change }
            };
            let pair = move |window: &Window| {
                [change(window.from, Change::Joined), change(window.until.unwrap(), Change::Left)]
            };
            windows.iter().flat_map(pair)
        });
        changes.collect()
    }

    fn judged(history: &[MembershipChange], book: &Book, day: &Day) -> Vec<String> {
        let shown = shown(history);
        let differing = differing(&book.promised(), &shown);
        let (left_inside, misnamed, violations) = (0, Vec::new(), Vec::new());
        Verdict { shown, differing, left_inside, misnamed, violations }.faults(day, book)
    }

    #[test]
    fn a_door_that_closes_three_seconds_late_on_the_day_is_found_and_named() {
        let document = Document::from_toml(super::super::TENANT).unwrap();
        let day = Day::of(&document.tenant).unwrap();
        let book = Book::of(DAY, &day).unwrap();
        let kept = history_as_promised(&book);
        let mut late = kept.clone();
        let last = late.iter_mut().find(|change| change.change == Change::Left).unwrap();
        last.at += SignedDuration::from_secs(3);

        assert_eq!(judged(&kept, &book, &day), [""; 0]);
        assert_eq!(
            judged(&late, &book, &day),
            ["Example Customer One at Front door: promised was 10:50–13:15, Brivo shows 10:50–13:15:03"]
        );
    }

    #[test]
    fn a_window_is_kept_within_two_seconds() {
        let promised = one(&[(600, Some(900))]);

        assert!(differing(&promised, &one(&[(602, Some(898))])).is_empty());
        assert_eq!(differing(&promised, &one(&[(603, Some(900))])).len(), 1);
        assert_eq!(differing(&promised, &one(&[(600, Some(903))])).len(), 1);
    }

    #[test]
    fn access_that_is_missing_or_was_never_promised_or_does_not_end_is_found() {
        let promised = one(&[(600, Some(900))]);

        assert_eq!(differing(&promised, &Windows::new()).len(), 1);
        assert_eq!(differing(&Windows::new(), &promised).len(), 1);
        assert_eq!(differing(&promised, &one(&[(600, None)])).len(), 1);
        assert_eq!(differing(&promised, &one(&[(600, Some(700)), (700, Some(900))])).len(), 1);
    }
}
