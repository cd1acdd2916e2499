/**
 * The page's style: tokens for light and dark (contrast at least 4.5 on their ground), reference grey, current blue, no
 * state told by colour alone.
 */
export const style = `:root{color-scheme:light dark;--ground:#fff;--text:#14181f;--muted:#59616e;--ref:#6b7280;--cur:#0072b2;--ok:#00785a;--warn:#9a5b00;--fail:#a3123f;--line:#d5d9e0;--soft:#f4f6f8}
@media(prefers-color-scheme:dark){:root{--ground:#11151b;--text:#e6e9ee;--muted:#a3acb8;--ref:#9aa4b2;--cur:#56b4e9;--ok:#3cc79a;--warn:#e69f00;--fail:#ff7a45;--line:#333b46;--soft:#1a2028}}
*{box-sizing:border-box}
body{margin:0 auto;padding:24px 16px 48px;max-width:1280px;font:14px/20px system-ui,sans-serif;color:var(--text);background:var(--ground);font-variant-numeric:tabular-nums}
h1{font-size:20px;line-height:28px;margin:0 0 8px;max-width:80ch}h2{font-size:16px;line-height:24px;margin:32px 0 8px}p{margin:0 0 8px;max-width:90ch}
.lead:empty{display:none}.lead{font-size:15px;line-height:22px}
.facts,.n,footer{color:var(--muted)}.n{font-size:13px;margin:4px 0}
.next{border-left:4px solid var(--cur);padding:4px 12px;background:var(--soft)}code{font:13px/20px ui-monospace,monospace;overflow-wrap:anywhere}
a{color:var(--cur)}a:focus-visible,summary:focus-visible,.wide:focus-visible{outline:2px solid var(--cur);outline-offset:2px}
.ok{color:var(--ok)}.warn{color:var(--warn)}.fail{color:var(--fail)}.idle{color:var(--muted)}.state{font-weight:600;white-space:nowrap}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:13px;line-height:20px}
th,td{text-align:left;vertical-align:top;padding:8px 12px 7px 0;border-bottom:1px solid var(--line)}th{color:var(--muted);font-weight:600;white-space:nowrap}
td.r,th.r{text-align:right;white-space:nowrap}td.what{min-width:26ch}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr));gap:24px 32px}
.row{display:flex;flex-wrap:wrap;gap:24px 32px}.row figure{max-width:100%;flex:0 1 340px}.row figure:first-child{flex:1 1 480px;max-width:720px}footer{margin-top:32px}
figure{margin:0;min-width:0}figcaption{font-weight:600;margin-bottom:4px;overflow-wrap:anywhere}svg{display:block;max-width:100%;height:auto}.wide svg{min-width:600px}
summary{cursor:pointer;color:var(--cur);font-size:13px;min-height:24px}
svg text{font:12px system-ui,sans-serif;fill:var(--muted)}.ref{fill:var(--ref);fill-opacity:.45}.cur{fill:var(--cur);fill-opacity:.3;stroke:var(--cur);stroke-width:1.5}
.axis{stroke:var(--line);fill:none}.gate{stroke:var(--fail);stroke-dasharray:6 4;fill:none}svg .gatetext{fill:var(--fail)}.diagonal{stroke:var(--ref);stroke-dasharray:3 3;fill:none}
.interval{stroke:var(--cur);stroke-width:1.5;fill:none}.dot{fill:var(--cur)}.hollow{fill:var(--ground);stroke:var(--cur);stroke-width:1.5;stroke-dasharray:3 2}
@media(max-width:600px){h1{font-size:17px;line-height:24px}}
@media print{details{display:none}body{max-width:none}}`;
