import { ServiceError } from "../../errors";

/** One element of a parsed document. */
export interface XmlElement {
  /** Without namespace prefix. */
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  /** Text directly inside, entities resolved. */
  text: string;
}

const deepest = 64;
const named: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
const token =
  /<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<(\/?)([A-Za-z_][\w.:-]*)((?:\s+[A-Za-z_][\w.:-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y;

/**
 * Parses the XML that S3 clients send. Document types are refused, so entities cannot be declared and none expands.
 * @throws ServiceError MalformedXML (400)
 */
export function parseXml(source: string): XmlElement {
  const root: XmlElement = { name: "", attributes: {}, children: [], text: "" };
  const open: XmlElement[] = [root];
  token.lastIndex = 0;
  const text = source.replace(/^\ufeff/, "");
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (!match) throw malformed();
    const parent = open[open.length - 1] as XmlElement;
    const [, cdata, slash, name, attributes, selfClosing, chars] = match;
    if (cdata !== undefined) parent.text += cdata;
    else if (chars !== undefined) parent.text += unescapeXml(chars);
    else if (name !== undefined && slash === "/") {
      if (open.length < 2 || parent.name !== localName(name)) throw malformed();
      open.pop();
    } else if (name !== undefined) {
      const element = { name: localName(name), attributes: readAttributes(attributes ?? ""), children: [], text: "" };
      parent.children.push(element);
      if (selfClosing !== "/") open.push(element);
      if (open.length > deepest) throw malformed();
    }
  }
  const [document, second] = root.children;
  if (open.length !== 1 || !document || second || root.text.trim() !== "") throw malformed();
  return document;
}

/** Text for inside an element or attribute. */
export function escapeXml(text: string): string {
  return text.replace(/[<>&"\p{Cc}\u2028\ufffe\uffff]/gu, (character) => {
    if (character === "\n" || character === "\t") return character;
    if (character === "<") return "&lt;";
    if (character === ">") return "&gt;";
    if (character === "&") return "&amp;";
    if (character === '"') return "&quot;";
    return `&#x${character.charCodeAt(0).toString(16).toUpperCase()};`;
  });
}

function readAttributes(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name, double, single] of text.matchAll(/([\w.:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    attributes[name as string] = unescapeXml(double ?? single ?? "");
  }
  return attributes;
}

function unescapeXml(text: string): string {
  return text.replace(/&(#x[0-9a-fA-F]{1,6}|#\d{1,7}|\w+);?/g, (all, entity: string) => {
    const code = entity.startsWith("#x") ? Number.parseInt(entity.slice(2), 16) : Number(entity.slice(1));
    const character = entity.startsWith("#")
      ? code <= 0x10ffff
        ? String.fromCodePoint(code)
        : undefined
      : named[entity];
    if (character === undefined || !all.endsWith(";")) throw malformed();
    return character;
  });
}

const localName = (name: string): string => name.slice(name.indexOf(":") + 1);

function malformed(): ServiceError {
  return new ServiceError(
    "MalformedXML",
    "The XML you provided was not well-formed or did not validate against our published schema",
  );
}
