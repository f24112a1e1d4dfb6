//! What the signs mean, below the picture.

use std::fmt::Write;

use super::super::{Chart, Kind};
use super::card::{self, key};
use super::place::{Area, Size};
use super::shape;
use super::words::{width, wrap};

const SECONDS: &str = "Seconds: how long a caller who goes this way hears and waits in the step before the arrow. \
    Silence counts two repeats.";

/// The legend from this place on, in this width; gives where it ends.
pub(super) fn draw(chart: &Chart, (left, top, room): (f64, f64, f64)) -> (String, f64) {
    let mut out = format!("<g class=\"legend\"><path class=\"rule\" d=\"M{left:.1},{top:.1}h{room:.1}\"/>");
    let (mut x, mut y) = (left, top + 18.0);
    for kind in Kind::ALL {
        if !chart.shapes.iter().any(|shape| shape.kind == kind) {
            continue;
        }
        let takes = 44.0 + width(kind.word(), 12.0) + 22.0;
        if x + takes > left + room {
            (x, y) = (left, y + 40.0);
        }
        let area = Area { middle: x + 17.0, top: y, size: Size { width: 34.0, height: 28.0 } };
        let _ = write!(
            out,
            "<g class=\"{}\">{}<g class=\"sign\" transform=\"translate({:.1},{:.1})\">{}</g></g>{}",
            shape::class(kind),
            shape::small(kind, &area),
            x + 8.0,
            y + 5.0,
            shape::sign(kind),
            card::text("note", (x + 42.0, y + 18.0), kind.word()),
        );
        x += takes;
    }
    let (keys, ends) = ("a key to press", "the call ends");
    if x + 90.0 + width(keys, 12.0) + width(ends, 12.0) > left + room {
        (x, y) = (left, y + 40.0);
    }
    let _ =
        write!(out, "{}{}", key('1', (x + 9.0, y + 14.0)), card::text("note", (x + 26.0, y + 18.0), keys));
    x += 48.0 + width(keys, 12.0);
    let line = format!("<g class=\"goodbye\"><path class=\"end\" d=\"M{x:.1},{:.1}h26\"/></g>", y + 14.0);
    let _ = write!(out, "{line}{}", card::text("note", (x + 34.0, y + 18.0), ends));
    y += 48.0;
    let remarks = chart.remarks.iter().map(String::as_str).chain([SECONDS]);
    for line in remarks.flat_map(|remark| wrap(remark, (room, 12.0), 3)) {
        out.push_str(&card::text("note", (left, y), &line));
        y += 17.0;
    }
    out.push_str("</g>\n");
    (out, y - 17.0)
}
