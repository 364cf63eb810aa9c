//! How a simulated Brivo behaves where the documents leave room.

/// The switches of a model; the defaults are the likeliest Brivo.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether careless calls are written down.
    pub strictness: Strictness,
    /// Whether the auth host wants the `api-key` header too, as it has since February 2026.
    pub auth_wants_api_key: bool,
    /// How long an access token lives, in seconds. Brivo gave 60 until 2025.
    pub access_token_seconds: u32,
    /// What becomes of a refresh token once it was used.
    pub rotation: Rotation,
    /// What a second use of a code does beside being refused.
    pub second_use_of_code: SecondUse,
    /// How the consent page sends the browser back.
    pub browser_returns: Return,
    /// The status of a new credential: 201 as recorded in 2017, or 200 as documented.
    pub credential_made_status: u16,
    /// Whether a PIN of null takes the PIN away, or leaves it as it is. Brivo does not say.
    pub null_clears_pin: bool,
    /// How many requests per second one api-key may make; `None` for no limit.
    pub requests_per_second: Option<u32>,
    /// How many requests one api-key may make in a calendar month, in UTC; `None` for no limit. A restart counts anew.
    pub requests_per_month: Option<u32>,
    /// What the invented tokens depend on.
    pub seed: u64,
    /// The port of the auth host; 0 for any.
    pub auth_port: u16,
    /// The port of the api host; 0 for any.
    pub api_port: u16,
}

impl Default for Options {
    /// Source: apidocs.brivo.com/access (2026-09-28) for the life of tokens; the Technology Partner
    /// Program Overview (2024-08) for 25 requests per second on a developer key.
    fn default() -> Self {
        Self {
            strictness: Strictness::Strict,
            auth_wants_api_key: true,
            access_token_seconds: 300,
            rotation: Rotation::Grace { seconds: 60 },
            second_use_of_code: SecondUse::Refused,
            browser_returns: Return::Redirected,
            credential_made_status: 201,
            null_clears_pin: true,
            requests_per_second: Some(25),
            requests_per_month: None,
            seed: 0,
            auth_port: 0,
            api_port: 0,
        }
    }
}

/// Whether careless calls are written down as violations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// They are.
    Strict,
    /// They pass unremarked.
    Lenient,
}

/// What becomes of a refresh token once it was used. Brivo does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// It works on to the end of its 14 days.
    KeepsWorking,
    /// It works a little longer.
    Grace {
        /// How much longer, in seconds.
        seconds: u32,
    },
    /// It is spent.
    Strict,
}

/// What a second use of a code does beside being refused. Brivo does not say; RFC 6749, 4.1.2, asks for the end of the tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondUse {
    /// Nothing.
    Refused,
    /// It ends all tokens that came from the first use.
    EndsTokens,
}

/// How the consent page sends the browser back to the application.
///
/// Source: apidocs.brivo.com (2025-11-25) speaks of a POST with the values in the query; a public client tested live takes a GET.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Return {
    /// With 302, which browsers follow with a GET.
    Redirected,
    /// With a form whose action carries the values in its query.
    Posted,
}
