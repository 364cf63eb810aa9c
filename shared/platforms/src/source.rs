//! Where a delivery came in: the part of the URL that says how to read it.

use domain::LocationId;

/// The last word of the URL by which Nexudus' *Custom ACS* asks for groups and tells who is to be in them.
pub const CUSTOM_ACS: &str = "custom-acs";

/// Where a delivery came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The canonical feed, for any platform.
    Events,
    /// A webhook of Nexudus.
    Nexudus {
        /// What happened, by name or number: the body does not say.
        action: Option<String>,
        /// The business that the hook belongs to.
        location: Option<LocationId>,
    },
    /// The groups of a customer as Nexudus works them out, which it calls *Custom ACS*.
    NexudusAccess,
    /// A webhook of OfficeRnD, which says itself what happened and where.
    Officernd,
    /// A webhook of Spacebring.
    Spacebring {
        /// What happened, such as `subscription.deleted`: some bodies do not say.
        event: Option<String>,
    },
}

/// No deliveries are taken under this word.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSuchSource {
    /// A platform whose own webhooks are not read yet.
    #[error("webhooks of {0} are not read yet: send the canonical feed to /hooks/events/… instead")]
    NotYet(&'static str),
    /// Nothing is asked for under this URL.
    #[error("deliveries are sent here with POST; only /hooks/nexudus/…/custom-acs answers a GET")]
    OnlyPosted,
    /// Not the word of a platform.
    #[error("there is no such platform: use events, nexudus, officernd, spacebring, coworks or deskworks")]
    Unknown,
}

impl Source {
    /// Reads the URL's words: `/hooks/{platform}/…/{event}?location={location}`.
    ///
    /// # Errors
    /// The platform is unknown or has no webhooks that are read.
    pub fn parse(platform: &str, event: Option<&str>, location: Option<&str>) -> Result<Self, NoSuchSource> {
        let given = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        match platform {
            "events" => Ok(Self::Events),
            "nexudus" if event == Some(CUSTOM_ACS) => Ok(Self::NexudusAccess),
            "nexudus" => Ok(Self::Nexudus { action: given(event), location: given(location).map(LocationId::new) }),
            "officernd" => Ok(Self::Officernd),
            "spacebring" => Ok(Self::Spacebring { event: given(event) }),
            "coworks" => Err(NoSuchSource::NotYet("Coworks")),
            "deskworks" => Err(NoSuchSource::NotYet("Deskworks")),
            _ => Err(NoSuchSource::Unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_says_what_happened_in_nexudus_and_where() {
        let source = Source::parse("nexudus", Some("BookingCreate"), Some("london"));

        let expected = Source::Nexudus { action: Some("BookingCreate".to_owned()), location: Some("london".into()) };
        assert_eq!(source, Ok(expected));
    }

    #[test]
    fn the_url_tells_the_groups_of_nexudus_from_its_hooks() {
        assert_eq!(Source::parse("nexudus", Some("custom-acs"), None), Ok(Source::NexudusAccess));
    }

    #[test]
    fn empty_words_of_the_url_are_none() {
        let source = Source::parse("nexudus", Some(""), Some(""));

        assert_eq!(source, Ok(Source::Nexudus { action: None, location: None }));
    }

    /// Where locations lie is told by what a hook carries: it belongs to a whole network.
    #[test]
    fn the_url_says_what_happened_in_spacebring() {
        let source = Source::parse("spacebring", Some("subscription.deleted"), Some("ignored"));

        assert_eq!(source, Ok(Source::Spacebring { event: Some("subscription.deleted".to_owned()) }));
    }

    #[test]
    fn officernd_says_all_in_the_body() {
        assert_eq!(Source::parse("officernd", None, None), Ok(Source::Officernd));
        assert_eq!(Source::parse("officernd", Some("booking"), Some("london")), Ok(Source::Officernd));
    }

    #[test]
    fn platforms_without_webhooks_of_their_own_are_shown_the_canonical_feed() {
        for platform in ["coworks", "deskworks"] {
            let refused = Source::parse(platform, None, None).unwrap_err();

            assert!(matches!(refused, NoSuchSource::NotYet(_)), "{platform}");
            assert!(refused.to_string().contains("/hooks/events/"), "{platform}");
        }
        assert_eq!(Source::parse("Events", None, None), Err(NoSuchSource::Unknown));
    }
}
