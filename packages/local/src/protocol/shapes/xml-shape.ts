import { NormalizedSchema } from "@smithy/core/schema";
import type { $SchemaRef } from "@smithy/types";
import { ServiceError } from "../../errors";
import { readTimestamp, timestampFormat, writeTimestamp } from "./timestamp";
import { escapeXml, type XmlElement } from "./xml";

/** Reads an element as a shape of the service model. */
export function readXml(schema: $SchemaRef | NormalizedSchema, element: XmlElement): unknown {
  const shape = NormalizedSchema.of(schema);
  if (shape.isStructSchema()) return readMembers(shape, element);
  if (shape.isListSchema()) {
    const item = shape.getValueSchema();
    const name = item.getMergedTraits().xmlName ?? "member";
    return element.children.filter((child) => child.name === name).map((child) => readXml(item, child));
  }
  if (shape.isMapSchema()) return Object.fromEntries(element.children.map((entry) => readEntry(shape, entry)));
  return readText(shape, element.text);
}

function readMembers(shape: NormalizedSchema, element: XmlElement): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, member] of shape.structIterator()) {
    const traits = member.getMergedTraits();
    const wireName = traits.xmlName ?? name;
    if (traits.xmlAttribute) {
      if (element.attributes[wireName] !== undefined) result[name] = element.attributes[wireName];
      continue;
    }
    if (traits.xmlFlattened && member.isListSchema()) {
      const item = member.getValueSchema();
      const itemName = traits.xmlName ?? item.getMergedTraits().xmlName ?? name;
      const items = element.children.filter((child) => child.name === itemName || child.name === wireName);
      if (items.length > 0) result[name] = items.map((child) => readXml(item, child));
      continue;
    }
    const child = element.children.find((one) => one.name === wireName);
    if (child) result[name] = readXml(member, child);
  }
  return result;
}

function readEntry(shape: NormalizedSchema, entry: XmlElement): [string, unknown] {
  const keyName = shape.getKeySchema().getMergedTraits().xmlName ?? "key";
  const valueName = shape.getValueSchema().getMergedTraits().xmlName ?? "value";
  const value = entry.children.find((child) => child.name === valueName);
  return [
    entry.children.find((child) => child.name === keyName)?.text ?? "",
    value ? readXml(shape.getValueSchema(), value) : undefined,
  ];
}

/** Reads text (of an element, header, label or query value) as a simple shape. */
export function readText(shape: NormalizedSchema, text: string): unknown {
  if (shape.isTimestampSchema()) {
    const date = readTimestamp(text);
    if (!date) throw invalid(shape, text, "a timestamp");
    return date;
  }
  if (shape.isBooleanSchema()) {
    if (text === "true" || text === "false") return text === "true";
    throw invalid(shape, text, "true or false");
  }
  if (shape.isNumericSchema()) {
    if (/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text.trim())) return Number(text);
    throw invalid(shape, text, "a number");
  }
  if (shape.isBlobSchema()) return new Uint8Array(Buffer.from(text, "base64"));
  return text;
}

function invalid(shape: NormalizedSchema, text: string, expected: string): ServiceError {
  const name = shape.isMemberSchema() ? shape.getMemberName() : (shape.getName() ?? "A value");
  return new ServiceError("InvalidArgument", `${name} must be ${expected}, not "${text}".`, { facts: { name, text } });
}

/**
 * Writes a shape as an element.
 * @param name of the element
 * @param attributes ready to print, for instance an xmlns
 */
export function writeXml(schema: $SchemaRef | NormalizedSchema, value: unknown, name: string, attributes = ""): string {
  const shape = NormalizedSchema.of(schema);
  if (value === undefined || value === null) return "";
  return `<${name}${attributes}>${writeContent(shape, value)}</${name}>`;
}

/** What stands inside the element of a shape. */
export function writeContent(shape: NormalizedSchema, value: unknown): string {
  if (shape.isStructSchema()) {
    let text = "";
    for (const [name, member] of shape.structIterator()) {
      text += writeMember(member, name, (value as Record<string, unknown>)[name]);
    }
    return text;
  }
  if (shape.isListSchema()) {
    const item = shape.getValueSchema();
    const name = item.getMergedTraits().xmlName ?? "member";
    return (value as unknown[]).map((entry) => writeXml(item, entry, name)).join("");
  }
  if (shape.isMapSchema()) {
    return Object.entries(value as object)
      .map(
        ([key, entry]) =>
          `<entry><key>${escapeXml(key)}</key>${writeXml(shape.getValueSchema(), entry, "value")}</entry>`,
      )
      .join("");
  }
  return escapeXml(writeText(shape, value, "date-time"));
}

function writeMember(member: NormalizedSchema, name: string, value: unknown): string {
  if (value === undefined || value === null) return "";
  const traits = member.getMergedTraits();
  const wireName = traits.xmlName ?? name;
  if (traits.xmlFlattened && member.isListSchema()) {
    return (value as unknown[]).map((entry) => writeXml(member.getValueSchema(), entry, wireName)).join("");
  }
  return writeXml(member, value, wireName);
}

/** A simple shape as text. */
export function writeText(
  shape: NormalizedSchema,
  value: unknown,
  timestamps: "date-time" | "http-date" | "epoch-seconds",
): string {
  if (value instanceof Date) return String(writeTimestamp(value, timestampFormat(shape.getSchema(), timestamps)));
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return String(value);
}
