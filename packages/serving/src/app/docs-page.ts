import { allowedValues, type Column } from "@sagewright/contract";
import type { CustomerForm } from "./customer";

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly responses?: Readonly<Record<string, { readonly description?: string }>>;
}

/**
 * The page at /docs: every route, every field of a customer with its rules, and a form that sends the example. Written
 * here rather than taken from a viewer, whose bundles are several megabytes; it loads nothing from another host. Its links
 * are relative: behind a gateway every path begins with the name of a stage.
 */
export function docsPage(
  document: {
    readonly info: { readonly title: string; readonly version: string };
    readonly paths?: object;
    readonly components?: { readonly securitySchemes?: object };
  },
  customer: CustomerForm,
): string {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).map(([method, operation]) =>
      operationHtml(method, path, operation),
    ),
  );
  const example = JSON.stringify(customer.example, null, 2);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(document.info.title)}</title>
<link rel="stylesheet" href="docs/docs.css">
</head>
<body>
<main>
<h1>${escapeHtml(document.info.title)}</h1>
<p>Model version ${escapeHtml(document.info.version)}. The machine-readable description is <a href="openapi.json">openapi.json</a>.</p>
<h2>Try it</h2>
<form id="try">
<label for="row">A customer (made from the contract's rules)</label>
<textarea id="row" rows="14" spellcheck="false">${escapeHtml(example)}</textarea>
${document.components?.securitySchemes === undefined ? "" : KEY_FIELD}
<button type="submit">POST /predict</button>
</form>
<p id="status" role="status"></p>
<pre id="answer" tabindex="0" aria-label="Answer" hidden></pre>
<h2>From a terminal</h2>
<pre tabindex="0" aria-label="The same with curl" id="curl"></pre>
<h2>Fields of a customer</h2>
${fieldsHtml("Fields of a customer", customer.own.columns)}
${valueFieldsHtml(customer)}
<h2>Routes</h2>
${operations.join("\n")}
<p>Every error is a problem document (RFC 9457, application/problem+json) with a stable code and the path of each bad field.</p>
</main>
<script src="docs/docs.js"></script>
</body>
</html>
`;
}

/** The lifetime value's own fields. */
function valueFieldsHtml({ lifetimeValue, optional }: CustomerForm): string {
  if (lifetimeValue === undefined) return "";
  const columns = lifetimeValue.columns.filter(({ name }) => optional.has(name));
  const words =
    columns.length === 0
      ? "It is told of every customer of whom the fields above say enough."
      : "Leave all of them out, or null, where a customer's value is not known; then the probability alone chooses the risk tier. Where one is given, the fields marked refused must be given too; the others may be left out.";
  const table = columns.length === 0 ? "" : fieldsHtml("Fields for the lifetime value", columns);
  return `<h2>Fields for the lifetime value</h2>\n<p>${words}</p>\n${table}`;
}

function fieldsHtml(label: string, columns: readonly Column[]): string {
  return `<div class="wide" tabindex="0" role="region" aria-label="${label}"><table>
<thead><tr><th scope="col">Field</th><th scope="col">Allowed</th><th scope="col">Not known</th><th scope="col">Meaning</th></tr></thead>
<tbody>
${columns.map(fieldHtml).join("\n")}
</tbody>
</table></div>`;
}

function fieldHtml(column: Column): string {
  const unknown = column.required === true ? "refused" : "null";
  const cells = [allowedValues(column), unknown, column.description ?? ""].map(
    (cell) => `<td>${escapeHtml(cell)}</td>`,
  );
  return `<tr><th scope="row"><code>${escapeHtml(column.name)}</code></th>${cells.join("")}</tr>`;
}

function operationHtml(method: string, path: string, operation: Operation): string {
  const responses = Object.entries(operation.responses ?? {}).map(
    ([status, { description = "" }]) => `<dt>${escapeHtml(status)}</dt><dd>${escapeHtml(description)}</dd>`,
  );
  return `<section>
<h3><code>${escapeHtml(method.toUpperCase())} ${escapeHtml(path)}</code></h3>
<p>${escapeHtml([operation.summary, operation.description].filter(Boolean).join(". "))}</p>
<dl>${responses.join("")}</dl>
</section>`;
}

function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}

/** Where keys are needed the form asks for one; it stays in the page and is sent with the request only. */
const KEY_FIELD = `<label for="key">Your key</label>
<input id="key" type="password" autocomplete="off" spellcheck="false">`;

/** The page's behaviour: sends the text as it stands and shows the answer. */
export const docsScript = `const row = document.getElementById("row");
const showCurl = () => {
  const key = document.getElementById("key") ? " -H 'authorization: Bearer KEY'" : "";
  let body = row.value;
  try { body = JSON.stringify(JSON.parse(body)); } catch {}
  document.getElementById("curl").textContent = "curl -s " + new URL("predict", location.href).href + " -H 'content-type: application/json'" + key + " -d '" + body.replaceAll("'", "'\\\\''") + "'";
};
row.addEventListener("input", showCurl);
showCurl();
document.getElementById("try").addEventListener("submit", async (event) => {
  event.preventDefault();
  const status = document.getElementById("status");
  const answer = document.getElementById("answer");
  status.textContent = "Sending…";
  try {
    const key = document.getElementById("key");
    const headers = { "content-type": "application/json", ...(key && key.value ? { authorization: "Bearer " + key.value } : {}) };
    const response = await fetch("predict", { method: "POST", headers, body: row.value });
    status.textContent = "Status " + response.status;
    answer.textContent = JSON.stringify(await response.json(), null, 2);
    answer.hidden = false;
  } catch (error) {
    status.textContent = "The server did not answer: " + error.message;
  }
});
`;

/** The page's look, in the light or dark colours the reader's system asks for. */
export const docsStyle = `:root { color-scheme: light dark; --text: #14181f; --muted: #59616e; --ground: #fff; --line: #d5dae1; --accent: #0072b2; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e9ee; --muted: #a3acb8; --ground: #11151b; --line: #2c3440; --accent: #56b4e9; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 14px/20px system-ui, sans-serif; }
main { max-width: 880px; margin: 0 auto; padding: 24px 16px 64px; }
h1 { font-size: 20px; line-height: 28px; } h2 { font-size: 16px; line-height: 24px; margin-top: 32px; } h3 { font-size: 14px; margin: 24px 0 4px; }
a { color: var(--accent); }
code, pre, input, textarea { font: 13px/20px ui-monospace, monospace; }
label { display: block; margin-bottom: 4px; color: var(--muted); }
input, textarea, pre { width: 100%; padding: 8px; border: 1px solid var(--line); border-radius: 4px; background: transparent; color: inherit; overflow: auto; }
button { margin-top: 8px; min-height: 36px; padding: 0 16px; border: 1px solid var(--accent); border-radius: 4px; background: transparent; color: var(--accent); font: inherit; cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th, td { text-align: left; vertical-align: top; padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); font-weight: normal; }
dl { display: grid; grid-template-columns: 48px 1fr; margin: 0; color: var(--muted); } dd { margin: 0; }
`;
