import { posix } from "node:path";
import fc from "fast-check";
import { keyOfPath, pathsOfKey } from "../../../src/services/s3/object-path";
import { nameOfText, textOfName } from "../../../src/state/safe-name";

const text = fc
  .string({ unit: "grapheme", maxLength: 1000 })
  .filter((value) => Buffer.from(value).toString() === value);
const nasty = fc.oneof(
  text,
  fc.string({
    unit: fc.constantFrom(".", "%", "~", "d", "f", "A", "a", "/", "é", "\u0301", "\\", "\0"),
    maxLength: 600,
  }),
);
const nameCase = fc.constantFrom("case-sensitive" as const, "case-insensitive" as const);

describe("names of texts", () => {
  test("every text has a name that is a path inside its folder and can be read back", () => {
    fc.assert(
      fc.property(nasty, nameCase, (value, mode) => {
        const name = nameOfText(value, mode);
        expect(textOfName(name)).toBe(value);
        const parts = name.split("/");
        expect(
          parts.every((part) => part !== "" && part !== "." && part !== ".." && Buffer.byteLength(part) <= 202),
        ).toBe(true);
        expect(name).not.toMatch(/[\0\\:*?"<>|]/);
      }),
    );
  });

  test("on a file system that folds case no two texts have names that differ by case only", () => {
    expect(nameOfText("Model", "case-insensitive")).toBe("%4Dodel");
    fc.assert(
      fc.property(nasty, (value) => {
        const name = nameOfText(value, "case-insensitive").replace(/%[0-9A-F]{2}/g, "");
        expect(name).toBe(name.toLowerCase());
      }),
    );
  });

  test("harmless names stay as they are", () => {
    for (const name of ["churn-training", "Prepare_1.2", "train.csv", "größe"]) expect(nameOfText(name)).toBe(name);
  });
});

describe("paths of S3 keys", () => {
  test("both places of every key can be read back and stay inside the bucket's folder", () => {
    fc.assert(
      fc.property(nasty, nameCase, (key, mode) => {
        const { preferred, alternative } = pathsOfKey(key, mode);
        expect(keyOfPath(preferred)).toBe(key);
        expect(keyOfPath(alternative)).toBe(key);
        expect(preferred).not.toBe(alternative);
        for (const path of [preferred, alternative]) {
          expect(posix.join("/bucket", path)).toBe(`/bucket/${path}`);
        }
      }),
    );
  });

  test("no two keys share a place", () => {
    fc.assert(
      fc.property(nasty, nasty, (one, other) => {
        fc.pre(one !== other);
        const a = pathsOfKey(one, "case-sensitive");
        const b = pathsOfKey(other, "case-sensitive");
        expect(new Set([a.preferred, a.alternative, b.preferred, b.alternative]).size).toBe(4);
      }),
    );
  });
});
