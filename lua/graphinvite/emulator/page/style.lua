--- How the pages look: light and dark, wide and narrow.
return [[
:root {
  color-scheme: light dark;
  --ground: #f5f6fa; --card: #ffffff; --line: #d9dce6; --field: #767c8f; --text: #1b1f2e;
  --soft: #565d72; --accent: #4338ca; --on-accent: #ffffff; --hover: #eceefb;
  --good: #11633a; --good-ground: #dff5e8; --wait: #7a4b00; --wait-ground: #fff0cf;
  --bad: #a3152a; --bad-ground: #fde6e9; --shadow: 0 1px 2px rgb(20 25 50 / 8%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #10131c; --card: #191d2a; --line: #303648; --field: #7e879f; --text: #e9ebf3;
    --soft: #a7aec2; --accent: #a5b0ff; --on-accent: #12152b; --hover: #252b40;
    --good: #7fe0aa; --good-ground: #14342a; --wait: #ffd27a; --wait-ground: #3a2e12;
    --bad: #ff9aa7; --bad-ground: #431a23; --shadow: none;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body {
  margin: 0; background: var(--ground); color: var(--text);
  font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
}
header, main, footer { max-width: 76rem; margin: 0 auto; padding: 0 1.5rem; }
header {
  display: flex; flex-wrap: wrap; gap: .75rem 2rem; align-items: center;
  justify-content: space-between; padding-top: 1.25rem;
}
h1 { font-size: 1.35rem; line-height: 1.2; margin: 0; }
h2 { font-size: 1.1rem; margin: 0; padding: .9rem 1.1rem .1rem; }
h3 { font-size: 1rem; margin: 0; }
p { margin: 0; }
a { color: var(--accent); }
code, .mono { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .875em; }
time { font-variant-numeric: tabular-nums; }
.title { display: flex; gap: .8rem; align-items: center; }
.title p, .note, .clock, caption, .soft, footer { color: var(--soft); font-size: .875rem; }
.clock time { color: var(--text); font-weight: 600; margin: 0 .6rem 0 .2rem; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .5rem 1rem; z-index: 1; }
nav { flex-basis: 100%; }
nav ul { display: flex; flex-wrap: wrap; gap: .5rem; list-style: none; margin: 0; padding: 0; }
nav a {
  display: block; padding: .3rem .8rem; border: 1px solid var(--line); border-radius: 2rem;
  background: var(--card); color: var(--text); text-decoration: none; font-size: .9375rem;
}
nav a:hover { background: var(--hover); }
nav b { color: var(--accent); margin-left: .2rem; font-variant-numeric: tabular-nums; }
section {
  background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
  box-shadow: var(--shadow); margin: 1rem 0;
}
.controls {
  display: flex; flex-wrap: wrap; align-items: center; gap: .75rem 2rem; padding: .75rem 1.1rem;
}
.controls h2 { padding: 0; }
.controls div, .controls form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
.controls > button { margin-left: auto; }
button, .button {
  font: inherit; font-size: .9375rem; line-height: 1.4; padding: .3rem .85rem; cursor: pointer;
  color: var(--accent); background: var(--card); border: 1px solid var(--field);
  border-radius: .45rem; text-decoration: none; display: inline-block; min-height: 2.2rem;
}
button:hover, .button:hover { background: var(--hover); }
button.primary, button[aria-pressed=true] {
  background: var(--accent); border-color: var(--accent); color: var(--on-accent);
}
button.danger { color: var(--bad); }
input {
  font: inherit; width: 5.5rem; padding: .3rem .5rem; color: var(--text);
  background: var(--ground); border: 1px solid var(--field); border-radius: .45rem;
}
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: .3rem; }
main:focus, h2:focus, tr:focus { outline-offset: -3px; }
main:focus { outline: none; }
#news { min-height: 1.5rem; margin: -.6rem 0; color: var(--soft); padding: 0 .2rem; }
.alert {
  color: var(--bad); background: var(--bad-ground); border: 1px solid currentcolor;
  border-radius: .5rem; padding: .5rem 1rem; margin: .5rem 0;
}
[hidden] { display: none; }
table { width: 100%; border-collapse: collapse; }
caption, .note { text-align: left; padding: 0 1.1rem .6rem; }
th, td { text-align: left; padding: .55rem 1.1rem; vertical-align: top; font-size: .9375rem; }
td, tbody th { border-top: 1px solid var(--line); overflow-wrap: anywhere; }
tbody th { font-weight: 600; }
thead th { font-size: .8125rem; color: var(--soft); padding-bottom: .35rem; font-weight: 600; }
td time { white-space: nowrap; }
.soft { display: block; font-weight: 400; }
.badge {
  display: inline-block; border-radius: 2rem; padding: .05rem .65rem; font-size: .8125rem;
  font-weight: 600; white-space: nowrap; background: var(--hover); color: var(--text);
}
.badge.good { color: var(--good); background: var(--good-ground); }
.badge.wait { color: var(--wait); background: var(--wait-ground); }
.badge.bad { color: var(--bad); background: var(--bad-ground); }
.actions { display: flex; flex-wrap: wrap; gap: .5rem; margin: -.2rem 0 .2rem; }
.empty { padding: .2rem 1.1rem 1rem; color: var(--soft); }
section:has(tbody:not(:empty)) .empty, section:has(.cards:not(:empty)) .empty { display: none; }
section:has(tbody:empty) table { display: none; }
section:has(.cards:empty) .note { display: none; }
.cards { list-style: none; margin: 0; padding: 0; }
.cards > li { border-top: 1px solid var(--line); padding: .8rem 1.1rem; overflow-wrap: anywhere; }
.cards p { margin: .4rem 0; }
.head { display: flex; flex-wrap: wrap; gap: .3rem .8rem; align-items: baseline; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .9rem; margin: .3rem 0; }
dt { color: var(--soft); font-size: .875rem; }
dd { margin: 0; font-size: .9375rem; overflow-wrap: anywhere; }
.line { list-style: none; margin: .6rem 0 0 .3rem; padding: 0; border-left: 2px solid var(--line); }
.line li { position: relative; padding: .15rem 0 .45rem 1.2rem; font-size: .9375rem; }
.line li::before {
  content: ""; position: absolute; left: -.42rem; top: .55rem; width: .7rem; height: .7rem;
  border-radius: 50%; background: var(--field); border: 2px solid var(--card);
}
.line .good::before { background: var(--good); }
.line .wait::before { background: var(--wait); }
.line .bad::before { background: var(--bad); }
.line .badge { margin-right: .2rem; }
.line time { white-space: nowrap; }
footer { padding-bottom: 2rem; }
blockquote { margin: .8rem 0; padding: .2rem 1rem; border-left: 3px solid var(--accent); }
.sheet main {
  max-width: 36rem; background: var(--card); border: 1px solid var(--line);
  border-radius: .75rem; box-shadow: var(--shadow); margin: 8vh auto 1rem; padding: 1.5rem;
}
.sheet main > * + * { margin-top: .9rem; }
.sheet main { overflow-wrap: anywhere; }
.sheet form { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; }
.sheet footer { max-width: 36rem; }
@media (max-width: 42rem) {
  header, main, footer { padding: 0 .9rem; }
  header { padding-top: .9rem; }
  .controls { padding: .75rem .9rem; gap: .6rem; }
  .controls h2 { flex-basis: 100%; }
  .controls > button { margin-left: 0; }
  .sheet main { margin: 1rem .9rem; padding: 1.1rem; }
  thead { position: absolute; clip-path: inset(50%); height: 1px; width: 1px; overflow: hidden; }
  table, tbody, tr, td, caption { display: block; }
  tbody th { display: block; padding: .7rem .9rem .2rem; }
  td { border-top: 0; padding: .1rem .9rem; display: flex; gap: .8rem; }
  td::before { content: attr(data-label); color: var(--soft); flex: 0 0 6.2rem; }
  td:empty { display: none; }
  input { width: 4rem; }
  tr { padding-bottom: .6rem; }
  h2, caption, .note, .empty, .cards > li { padding-left: .9rem; padding-right: .9rem; }
}
@media (prefers-reduced-motion: no-preference) {
  .new { animation: appear 1.6s ease-out; }
  @keyframes appear { from { background: var(--wait-ground); } }
}
]]
