//! How the page looks, by day, by night and on paper; and what its numbers mean.

/// The style sheet.
pub(super) const STYLE: &str = "\
:root{--paper:#f4f6f8;--card:#fff;--ink:#1c2430;--soft:#53606f;--rule:#dde2e8;--blue:#1f66b0;--orange:#c4560a;--grey:#76828f;--good:#17694a;--bad:#a3420a}
@media screen and (prefers-color-scheme:dark){:root{--paper:#11151a;--card:#1a2028;--ink:#e9edf2;--soft:#a9b4c0;--rule:#303944;--blue:#69aef5;--orange:#f2a057;--grey:#8b97a4;--good:#6fcf9f;--bad:#f2a057}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.45 system-ui,'Segoe UI','Helvetica Neue',Arial,sans-serif}
header,main,footer{max-width:1180px;margin:0 auto;padding:0 16px}
header{padding-top:28px}
.kind,.days{margin:0;color:var(--soft)}
h1{margin:2px 0 0;font-size:30px;line-height:1.2;overflow-wrap:anywhere}
.days{font-size:18px}
.headline{margin:14px 0 18px;font-size:21px;font-weight:600;line-height:1.35}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,165px),1fr));gap:12px;margin:0 0 16px}
.tile,.card{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:14px 16px}
.tile dt{color:var(--soft);font-size:14px}
.tile dd{margin:0;font-size:14px}
.tile .value{font-size:28px;font-weight:700;line-height:1.25}
.tile .was{color:var(--soft);margin-top:4px}
.better{color:var(--good);font-weight:600}.worse{color:var(--bad);font-weight:600}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,340px),1fr));gap:16px;margin:0 0 16px;align-items:start}
.card{margin:0;min-width:0}
h2{margin:0 0 6px;font-size:17px}
figure>svg{display:block;width:100%;height:auto}
figcaption{color:var(--soft);font-size:14px;margin-top:4px}
.legend{display:flex;flex-wrap:wrap;gap:2px 14px;margin:0 0 4px;padding:0;list-style:none;font-size:14px}
.legend li{display:flex;align-items:center;gap:6px}
.legend svg{width:14px;height:14px}
svg text{font:11px system-ui,'Segoe UI','Helvetica Neue',Arial,sans-serif;fill:var(--soft)}
svg .end{text-anchor:end}svg .middle{text-anchor:middle}svg .count{fill:var(--ink);font-weight:600}
.grid{stroke:var(--rule);stroke-width:1;fill:none}
.answered,.heat,.half{fill:var(--blue)}
.missed{fill:var(--orange)}
.stripes{stroke:var(--card);stroke-width:1.3;fill:none}
.blocked{fill:var(--grey);fill-opacity:.55}
.open{fill:var(--card);stroke:var(--blue);stroke-width:1.2;stroke-dasharray:3 2}
.line{fill:none;stroke:var(--blue);stroke-width:2;stroke-linejoin:round}
.all{fill:none;stroke:var(--soft);stroke-width:1.2;stroke-dasharray:5 4}
.reach{stroke:var(--grey);stroke-width:1.4;fill:none}
.most{fill:var(--card);stroke:var(--orange);stroke-width:1.8}
details{margin-top:8px;font-size:14px}
summary{cursor:pointer;color:var(--soft)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
th,td{padding:5px 8px;border-bottom:1px solid var(--rule);text-align:right;white-space:nowrap}
thead th{color:var(--soft);font-weight:600}
th:first-child{text-align:left;padding-left:0}
td:last-child{padding-right:0}
tbody th{font-weight:400}
footer{color:var(--soft);font-size:14px;padding-bottom:32px}
dl.means{margin:8px 0 0}.means dt{font-weight:600}.means dd{margin:0 0 6px}
@page{size:A4;margin:12mm}
@media print{:root{--paper:#fff;--rule:#c9cfd6}
body{font-size:12px;-webkit-print-color-adjust:exact;print-color-adjust:exact}
header,main,footer{padding:0;max-width:none}header{padding-top:0}
h1{font-size:24px}.headline{font-size:16px;margin:8px 0 10px}
.tiles{grid-template-columns:repeat(5,1fr);gap:6px}.tile{padding:8px}.tile .value{font-size:19px}.tile dt,.tile dd{font-size:11px}
.cards{grid-template-columns:1fr 1fr;gap:8px;margin-bottom:8px}.card{padding:8px 10px;break-inside:avoid}
table,figcaption,.legend{font-size:11px}th,td{padding:2px 6px}
details{display:none}footer details{display:none}footer{font-size:11px;padding-bottom:0}}
";

/// What the numbers mean, for who sees the page and not the program.
pub(super) const MEANINGS: &str = "\
<details><summary>What the numbers mean</summary>
<dl class=\"means\">
<dt>Answered</dt><dd>A person here talked with the caller; a mobile’s voicemail does not count. The share is out of answered and missed calls; calls of blocked numbers are neither.</dd>
<dt>To a person</dt><dd>From a call’s coming in to a person’s taking it, of answered calls.</dd>
<dt>Half, 9 in 10</dt><dd>The value within which half, or nine in ten, of them lie.</dd>
<dt>Promises</dt><dd>Times by which callers were told that somebody rings, by the day on which they were told. Kept: somebody rang, agreed on another time or closed the matter by then. Broken: that came later, or not by now.</dd>
<dt>Rung back within</dt><dd>From the opening of an entry of the call-back list to the first attempt, to an agreement, or to closing it as reached or as a wrong number.</dd>
<dt>Closed</dt><dd>Entries that were opened in these days and closed in the person’s name, also when the caller rang again and they took the call.</dd>
</dl></details>
";
