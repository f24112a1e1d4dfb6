//! What a path asks for.

use crate::dialect::{LegRoute, Route, SafeRoute};

/// What a path asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// `/healthz`.
    Health,
    /// `audio/<hash>.wav` under our routes; it is looked up in a table and never becomes a path.
    Audio(&'a str),
    /// A URL that the provider was given.
    Provider(Route),
    /// Under our routes, with the right secret, and still none that we gave out.
    NoRoute,
    /// Anything else, a wrong secret included.
    Elsewhere,
}

impl<'a> Place<'a> {
    pub(super) fn find(path: &'a str, secret: Option<&str>) -> Self {
        if path == "/healthz" {
            return Self::Health;
        }
        let ours = path.strip_prefix("/twilio/");
        let ours = match secret {
            Some(secret) => ours.and_then(|rest| rest.strip_prefix(secret)?.strip_prefix('/')),
            None => ours,
        };
        let Some(route) = ours else { return Self::Elsewhere };
        if let Some(name) = route.strip_prefix("audio/") {
            return Self::Audio(name);
        }
        // `Route` reads a path with a slash before it too; here that would be a second one.
        let route = if route.starts_with('/') { None } else { Route::parse(route) };
        route.map_or(Self::NoRoute, Self::Provider)
    }
}

/// Whether the answer to this route steers the call. The others only tell us something.
pub(super) fn steers(route: &Route) -> bool {
    match route {
        Route::Voice | Route::Fallback | Route::Turn { .. } => true,
        Route::Leg { kind, .. } => match kind {
            LegRoute::Prompt | LegRoute::Accept => true,
            LegRoute::Progress => false,
        },
        Route::Safe(step) => match step {
            SafeRoute::Prompt
            | SafeRoute::Accept
            | SafeRoute::Rang
            | SafeRoute::Recorded
            | SafeRoute::NoMessage => true,
            SafeRoute::Recording => false,
        },
        Route::Status | Route::Recording { .. } | Route::Transcript { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_lie_under_the_providers_word() {
        assert_eq!(Place::find("/twilio/voice", None), Place::Provider(Route::Voice));
        assert_eq!(Place::find("/twilio/nothing", None), Place::NoRoute);
        assert_eq!(Place::find("/twilio/audio/hello.wav", None), Place::Audio("hello.wav"));
        assert_eq!(Place::find("/twilio//voice", None), Place::NoRoute);
        for path in ["/voice", "/twilio", "/twiliovoice", "/", "", "/TWILIO/voice"] {
            assert_eq!(Place::find(path, None), Place::Elsewhere, "{path}");
        }
    }

    #[test]
    fn a_secret_hides_them() {
        let find = |path| Place::find(path, Some("s3cret"));
        assert_eq!(find("/twilio/s3cret/voice"), Place::Provider(Route::Voice));
        assert_eq!(find("/twilio/s3cret/x"), Place::NoRoute);
        assert_eq!(find("/twilio/s3cret/audio/hello.wav"), Place::Audio("hello.wav"));
        assert_eq!(find("/twilio/audio/hello.wav"), Place::Elsewhere);
        for path in ["/twilio/voice", "/twilio/s3cre/voice", "/twilio/s3cretvoice", "/twilio/other/voice"] {
            assert_eq!(find(path), Place::Elsewhere, "{path}");
        }
    }
}
