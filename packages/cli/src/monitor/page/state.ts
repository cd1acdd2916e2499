import { html, type Markup, text } from "./markup";

/** A state as icon, word and colour. */
export function state(kind: "ok" | "warn" | "fail" | "idle", word: string): Markup {
  const icon = { ok: "✓", warn: "▲", fail: "✗", idle: "○" }[kind];
  return html`<span class="state ${text(kind)}"><span aria-hidden="true">${text(icon)}</span> ${text(word)}</span>`;
}

/** The verdict of a whole report. */
export const states = {
  attention: state("warn", "Attention."),
  in_order: state("ok", "In order."),
  unknown: state("idle", "Not known."),
} as const;
