//! The outline and the sign of each kind of step.

use super::super::Kind;
use super::place::Area;

/// The class of a kind.
pub(super) fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Says => "says",
        Kind::Choice => "choice",
        Kind::Rings => "rings",
        Kind::Asks => "asks",
        Kind::Message => "message",
        Kind::CallBack => "call-back",
        Kind::Goodbye => "goodbye",
        Kind::Refuses => "refuses",
    }
}

/// The outline around a step.
pub(super) fn outline(kind: Kind, area: &Area) -> String {
    drawn(kind, area, 1.0)
}

/// The same around a sign.
pub(super) fn small(kind: Kind, area: &Area) -> String {
    drawn(kind, area, 0.5)
}

/// With corners of that measure.
fn drawn(kind: Kind, area: &Area, measure: f64) -> String {
    let (left, right, top, bottom) = (area.left(), area.right(), area.top, area.bottom());
    let polygon = |points: &[(f64, f64)]| {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        format!("<polygon class=\"form\" points=\"{}\"/>", points.join(" "))
    };
    let rectangle = |class: &str, inset: f64, round: f64| {
        format!(
            "<rect class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"{:.1}\"/>",
            left + inset,
            top + inset,
            area.size.width - 2.0 * inset,
            area.size.height - 2.0 * inset,
            round * measure,
        )
    };
    let cut = |by: f64| {
        let by = by * measure;
        polygon(&[
            (left + by, top),
            (right - by, top),
            (right, top + by),
            (right, bottom - by),
            (right - by, bottom),
            (left + by, bottom),
            (left, bottom - by),
            (left, top + by),
        ])
    };
    match kind {
        Kind::Says => rectangle("form", 0.0, 3.0),
        Kind::Choice => cut(10.0),
        Kind::Rings => rectangle("form", 0.0, 14.0) + &rectangle("inner", 4.0 * measure, 10.0),
        Kind::Asks => {
            let slant = 8.0 * measure;
            polygon(&[(left + slant, top), (right, top), (right - slant, bottom), (left, bottom)])
        }
        Kind::Message => {
            let fold = 16.0 * measure;
            let sheet =
                [(left, top), (right - fold, top), (right, top + fold), (right, bottom), (left, bottom)];
            let corner = format!("<path class=\"inner\" d=\"M{:.1},{top:.1}v{fold}h{fold}\"/>", right - fold);
            polygon(&sheet) + &corner
        }
        Kind::CallBack => rectangle("form", 0.0, 24.0),
        Kind::Goodbye => rectangle("form", 0.0, 0.0),
        Kind::Refuses => cut(20.0),
    }
}

/// The sign of a kind, 18 by 18, with its upper left corner at 0, 0.
pub(super) fn sign(kind: Kind) -> &'static str {
    match kind {
        // A speech bubble.
        Kind::Says => "<path d=\"M2,3h14v9h-8l-4,4v-4h-2z\"/>",
        // A keypad.
        Kind::Choice => {
            "<path d=\"M4,3h.01M9,3h.01M14,3h.01M4,9h.01M9,9h.01M14,9h.01M4,15h.01M9,15h.01M14,15h.01\" stroke-width=\"3.6\"/>"
        }
        // A bell.
        Kind::Rings => "<path d=\"M3,13c2,-2 1,-8 6,-9c5,1 4,7 6,9zM9,4v-2M7.5,15.5a1.6,1.6 0 0 0 3,0\"/>",
        Kind::Asks => {
            "<path d=\"M5.5,6a3.5,3.5 0 1 1 5,3.2c-1.2,.6 -1.5,1.2 -1.5,2.3M9,15h.01\" stroke-width=\"2.2\"/>"
        }
        // A tape.
        Kind::Message => {
            "<path d=\"M4.5,5.5a3.5,3.5 0 1 0 .01,0zM13.5,5.5a3.5,3.5 0 1 0 .01,0zM4.5,12.5h9\"/>"
        }
        // A clock that runs back.
        Kind::CallBack => "<path d=\"M3.2,6.2a6.8,6.8 0 1 1 -1,4M2.5,2.5l.5,4.2l4.2,-.6M9,5.5v4l2.8,1.8\"/>",
        // A full stop in a circle.
        Kind::Goodbye => "<path d=\"M9,2a7,7 0 1 0 .01,0zM6.5,6.5h5v5h-5z\"/>",
        // No entry.
        Kind::Refuses => "<path d=\"M9,2a7,7 0 1 0 .01,0zM5,9h8\" stroke-width=\"2.2\"/>",
    }
}
