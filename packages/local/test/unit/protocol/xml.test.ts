import fc from "fast-check";
import { escapeXml, parseXml } from "../../../src/protocol/shapes/xml";

test("any text survives being written and read", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      const safe = Buffer.from(text).toString();
      expect(parseXml(`<a b="${escapeXml(safe)}">${escapeXml(safe)}</a>`)).toEqual({
        name: "a",
        attributes: { b: safe },
        children: [],
        text: safe,
      });
    }),
  );
});

test("prefixes, comments, instructions and CDATA are read as what they mean", () => {
  const source =
    '\ufeff<?xml version="1.0"?><!-- a --><x:a xmlns:x="u"><x:b/>1<![CDATA[<&>]]><c>&lt;&#65;&#x42;</c></x:a>\n';
  const root = parseXml(source);
  expect([root.name, root.text, root.children.map(({ name, text }) => [name, text])]).toEqual([
    "a",
    "1<&>",
    [
      ["b", ""],
      ["c", "<AB"],
    ],
  ]);
});

test.each([
  ["an entity of its own", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
  ["an unknown entity", "<a>&b;</a>"],
  ["no end", "<a><b></a>"],
  ["two roots", "<a/><b/>"],
  ["text outside", "x<a/>"],
  ["nothing", ""],
  ["depth without end", "<a>".repeat(100) + "</a>".repeat(100)],
])("%s is refused", (_what, source) => {
  expect(() => parseXml(source)).toThrow("The XML you provided was not well-formed");
});
