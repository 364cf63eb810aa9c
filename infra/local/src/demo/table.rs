//! The table of bookings: what was promised, what Brivo shows, and whether that is the same.

use comfy_table::{Cell, Color, Row};
use domain::Window;

use super::{
    book::{Book, Booking, doors},
    day::Day,
    page::Page,
    verdict::Verdict,
    windows::{Holding, is_same, overlap},
};

const HEADER: [&str; 6] = ["room", "customer", "booked", "promised", "Brivo shows", "verdict"];

const JOINED: &str =
    "Joined: bookings of one person that touch or overlap keep the doors they share open without a gap.";

/// Writes the table, by the time of the bookings.
pub(crate) fn write(page: &Page, book: &Book, day: &Day, verdict: &Verdict) -> anyhow::Result<()> {
    let mut bookings: Vec<&Booking> = book.bookings.iter().collect();
    bookings.sort_by_key(|booking| booking.booked());
    page.table(&HEADER, bookings.into_iter().map(|booking| row(booking, day, verdict)).collect())?;
    page.paragraph(JOINED)
}

fn row(booking: &Booking, day: &Day, verdict: &Verdict) -> Row {
    let told = verdict_on(booking, verdict);
    let colour = if told == Told::Differs { Color::Red } else { Color::Green };
    let cells = vec![
        Cell::new(booking.room.name),
        Cell::new(booking.customer.map_or("nobody", |customer| customer.name)),
        Cell::new(booked(booking, day)),
        Cell::new(day.windows(&booking.promised)),
        Cell::new(shown(booking, day, verdict)),
        Cell::new(told.words()).fg(colour),
    ];
    Row::from(cells)
}

/// The time it was booked for in the end, and what became of it.
fn booked(booking: &Booking, day: &Day) -> String {
    let booked = booking.booked().map(|window| day.window(&window)).unwrap_or_default();
    match (booking.cancelled_at, booking.booked_first()) {
        (Some(at), _) => format!("{booked}\ncancelled {}", day.clock(at)),
        (None, Some(first)) => format!("{booked}\nfirst {}", day.window(&first)),
        (None, None) => booked,
    }
}

/// The windows in which the customer was in the room's groups, once if they are the same for all of them.
fn shown(booking: &Booking, day: &Day, verdict: &Verdict) -> String {
    let mut told: Vec<(String, Vec<Holding>)> = Vec::new();
    for holding in booking.holdings() {
        let windows = day.windows(&concerned(booking, &holding, verdict));
        match told.iter_mut().find(|(known, _)| *known == windows) {
            Some((_, holdings)) => holdings.push(holding),
            None => told.push((windows, vec![holding])),
        }
    }
    match told.as_slice() {
        [] => "nothing".to_owned(),
        [(windows, _)] => windows.clone(),
        several => {
            let line = |(windows, holdings): &(String, Vec<Holding>)| {
                format!("{windows} {}", doors(holdings.iter().map(|holding| &holding.group)))
            };
            several.iter().map(line).collect::<Vec<_>>().join("\n")
        }
    }
}

/// The windows of a place in a group that have to do with this booking: those that fall into what it promised, or into the
/// time it was booked for if it promised nothing.
fn concerned(booking: &Booking, holding: &Holding, verdict: &Verdict) -> Vec<Window> {
    let promised = booking.promised.clone();
    let near = if promised.is_empty() { booking.booked().into_iter().collect() } else { promised };
    let windows = verdict.shown.get(holding).cloned().unwrap_or_default();
    windows.into_iter().filter(|window| near.iter().any(|near| overlap(*window, *near).is_some())).collect()
}

/// What is said of a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Kept,
    Joined,
    NobodyIn,
    Differs,
}

impl Told {
    fn words(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Joined => "kept, joined",
            Self::NobodyIn => "kept: no access",
            Self::Differs => "NOT KEPT",
        }
    }
}

fn verdict_on(booking: &Booking, verdict: &Verdict) -> Told {
    let holdings = booking.holdings();
    let shown: Vec<Vec<Window>> = holdings.iter().map(|holding| concerned(booking, holding, verdict)).collect();
    let is_exact = |windows: &Vec<Window>| {
        windows.len() == booking.promised.len()
            && windows.iter().zip(&booking.promised).all(|(one, other)| is_same(one, other))
    };
    if holdings.iter().any(|holding| verdict.differing.contains(holding)) {
        Told::Differs
    } else if booking.promised.is_empty() {
        Told::NobodyIn
    } else if shown.iter().all(is_exact) {
        Told::Kept
    } else {
        Told::Joined
    }
}
