/** HTML or SVG that is safe to put into a page: everything that came from outside has been escaped. */
export type Markup = string & { readonly markup: unique symbol };

/** A text, escaped for content and attributes. */
export function text(value: string | number): Markup {
  return String(value).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`) as Markup;
}

type Content = Markup | number | readonly Content[] | undefined;

/**
 * A template of markup. Numbers and markup go in as they are, lists are joined, nothing stands for `undefined`; a text must
 * pass through {@link text}.
 *
 * @example html`<td>${text(name)}</td>`
 */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return parts.map((part, index) => part + flat(values[index])).join("") as Markup;
}

function flat(content: Content): string {
  if (content === undefined) return "";
  if (typeof content === "number") return String(content);
  return typeof content === "string" ? content : (content as readonly Content[]).map(flat).join("");
}
