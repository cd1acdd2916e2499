import { html, type Markup, text } from "./markup";

/** A drawing with what belongs to it. */
export interface Drawing {
  /** What is to be seen, in a sentence. */
  readonly title: string;
  /** The same for people who do not see it: axes, extremes. */
  readonly description: string;
  /** How many values it shows: "n 7,000 and 812". */
  readonly counts: string;
  readonly width: number;
  readonly height: number;
  readonly shapes: Markup;
  /** The same figures as a table; the first column names the rows. */
  readonly table: { readonly heads: readonly string[]; readonly rows: readonly (readonly string[])[] };
  /** For the file's name. */
  readonly name: string;
  /** Anchor of the figure. @default none */
  readonly id?: string;
  /** It would be too small on a narrow screen, and scrolls sideways there. @default it shrinks */
  readonly scrolls?: boolean;
}

/** A figure: title, drawing, counts, and its figures as a table and a CSV. */
export function figure(drawing: Drawing): Markup {
  const { title, description, counts, width, height, shapes, table, name, id, scrolls = false } = drawing;
  const svg = html`<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${text(title)}"><desc>${text(description)}</desc>${shapes}</svg>`;
  const anchor = id === undefined ? undefined : html` id="${text(id)}"`;
  return html`<figure${anchor}><figcaption>${text(title)}</figcaption>
${scrolls ? wide(svg, "Figure") : svg}
<p class="n">${text(counts)}</p>
<details><summary>Show as table</summary>${tableOf(table.heads, table.rows)}<a download="${text(`${name}.csv`)}" href="${csvAddress(table)}">CSV</a></details></figure>
`;
}

/** A table of texts; cells that hold numbers stand to the right. */
export function tableOf(heads: readonly string[], rows: readonly (readonly string[])[]): Markup {
  return tableWith(
    heads,
    rows.map((row) => html`<tr>${row.map((cell) => html`<td${numeric(cell)}>${text(cell)}</td>`)}</tr>`),
  );
}

/** The head of a column of numbers. */
interface NumberHead {
  readonly number: string;
}

/** Heads of columns of numbers, which stand to the right. */
export function numbers(...heads: readonly string[]): NumberHead[] {
  return heads.map((number) => ({ number }));
}

/** A table whose rows are made already. */
export function tableWith(heads: readonly (string | NumberHead)[], rows: readonly Markup[]): Markup {
  const head = heads.map((cell) =>
    typeof cell === "string"
      ? html`<th scope="col">${text(cell)}</th>`
      : html`<th scope="col" class="r">${text(cell.number)}</th>`,
  );
  return wide(html`<table><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table>`, "Table");
}

/** What scrolls sideways, reachable by keyboard. */
function wide(content: Markup, name: string): Markup {
  return html`<div class="wide" tabindex="0" role="region" aria-label="${text(name)}">${content}</div>`;
}

/** A cell that holds a number, or several. */
function numeric(cell: string): Markup | undefined {
  return /^[−+]?[\d,.]+( ?%| to .*)?$/.test(cell) ? html` class="r"` : undefined;
}

function csvAddress({ heads, rows }: Drawing["table"]): Markup {
  const lines = [heads, ...rows].map((row) => row.map(field).join(","));
  return text(`data:text/csv;charset=utf-8,${encodeURIComponent(`${lines.join("\n")}\n`)}`);
}

/** A field of a CSV; a text that a spreadsheet would run as a formula gets a sign that stops it. */
function field(value: string): string {
  const safe = /^[=+@-]/.test(value) && Number.isNaN(Number(value)) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
