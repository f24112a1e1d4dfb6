//! How it looks, by day and by night. Every kind of step has a shape and a sign of its own besides its colour.

/// The style sheet; classes and no variables, so that simple programs show it too.
pub(super) const STYLE: &str = "\
text{font-family:system-ui,'Segoe UI','Helvetica Neue',Arial,sans-serif;font-size:12px;fill:#23272e}
.paper{fill:#fdfdfb}svg:root{background:#fdfdfb}
.title{font-size:26px;font-weight:700}
.firm,.note{fill:#59616d}.firm{font-size:15px}
.name{font-size:14px;font-weight:700}
.kind{font-size:10.5px;fill:#59616d}
.does{font-size:11.5px;fill:#444c58}
.way path{fill:none;stroke:#6b7480;stroke-width:1.6}
.way.back path{stroke-dasharray:6 4}
.way .tip{fill:#6b7480;stroke:none}
.tag rect{fill:#fdfdfb}
.tag text{font-size:11.5px;fill:#444c58}
.key circle{fill:#23272e}.key text{font-size:12px;font-weight:700;fill:#fff;text-anchor:middle}
.start .form{fill:#23272e;stroke:none}.start text{fill:#fff;font-weight:700;font-size:13px;text-anchor:middle}
.form,.inner{stroke-width:1.6}.inner,.end{fill:none}.end{stroke-width:4}
.sign{fill:none;stroke-width:1.7;stroke-linecap:round;stroke-linejoin:round}
.says .form{fill:#f2f3f5}.says .form,.says .sign,.says .inner,.says .end{stroke:#6b7480}
.choice .form{fill:#e7f0fc}.choice .form,.choice .sign,.choice .end{stroke:#2a63ab}
.rings .form{fill:#e5f5e9}.rings .form,.rings .inner,.rings .sign,.rings .end{stroke:#2b7a45}
.asks .form{fill:#dff4f4}.asks .form,.asks .sign,.asks .end{stroke:#14717a}
.message .form{fill:#fdf2dc}.message .form,.message .inner,.message .sign,.message .end{stroke:#94640a}
.call-back .form{fill:#f2e9fb}.call-back .form,.call-back .sign,.call-back .end{stroke:#7440a8}
.goodbye .form{fill:#f2f3f5}.goodbye .form,.goodbye .sign,.goodbye .end{stroke:#444c58}
.refuses .form{fill:#fbe8e6}.refuses .form,.refuses .sign,.refuses .end{stroke:#b0352c}
.rule{stroke:#d5d8dc;stroke-width:1}
@media screen and (prefers-color-scheme:dark){
text{fill:#e8eaed}
.paper,.tag rect{fill:#16191d}svg:root{background:#16191d}
.firm,.note,.kind{fill:#a3abb6}
.does,.tag text{fill:#c3c9d1}
.way path{stroke:#939ca8}.way .tip{fill:#939ca8}
.key circle{fill:#e8eaed}.key text{fill:#16191d}
.start .form{fill:#e8eaed}.start text{fill:#16191d}
.says .form,.goodbye .form{fill:#24282e}.says .form,.says .sign,.says .inner,.says .end{stroke:#939ca8}
.choice .form{fill:#16283f}.choice .form,.choice .sign,.choice .end{stroke:#74aef2}
.rings .form{fill:#14301d}.rings .form,.rings .inner,.rings .sign,.rings .end{stroke:#6cc588}
.asks .form{fill:#0f2f32}.asks .form,.asks .sign,.asks .end{stroke:#5cc3cc}
.message .form{fill:#332709}.message .form,.message .inner,.message .sign,.message .end{stroke:#e0b050}
.call-back .form{fill:#2a1b3d}.call-back .form,.call-back .sign,.call-back .end{stroke:#c095ee}
.goodbye .form,.goodbye .sign,.goodbye .end{stroke:#c3c9d1}
.refuses .form{fill:#381a18}.refuses .form,.refuses .sign,.refuses .end{stroke:#f08b82}
.rule{stroke:#3a4048}
}
";
