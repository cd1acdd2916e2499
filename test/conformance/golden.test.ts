import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { allSteps, parseDefinition, printDefinition, stepKinds, validateDefinition } from "@sagewright/pipeline";
import fc from "fast-check";
import { defects, kindsNotCovered } from "./golden-cases";

const folder = process.env.SAGEWRIGHT_GOLDEN ?? resolve(__dirname, "../../../shared/golden");
const present = existsSync(join(folder, "accepted"));
if (!present)
  console.warn(`No golden definitions at ${folder}: set SAGEWRIGHT_GOLDEN to their folder. Checking the list alone.`);

const filesOf = (kind: "accepted" | "refused") =>
  present
    ? readdirSync(join(folder, kind))
        .filter((file) => file.endsWith(".json"))
        .sort()
    : [];
const read = (kind: "accepted" | "refused", file: string) => readFileSync(join(folder, kind, file), "utf8");
const typesIn = (text: string) => allSteps(parseDefinition(text)).map(({ step }) => step.Type);
const covered = (text: string) => typesIn(text).every((type) => !kindsNotCovered.includes(type));

const accepted = filesOf("accepted");
const refused = filesOf("refused");

describe("golden definitions", () => {
  it("use no kind that became covered without leaving the list", () => {
    expect(kindsNotCovered.filter((type) => stepKinds.has(type))).toEqual([]);
    const seen = [
      ...accepted.map((file) => read("accepted", file)),
      ...refused.map((file) => read("refused", file)),
    ].flatMap(typesIn);
    const unknown = [...new Set(seen)].filter((type) => !stepKinds.has(type) && type !== "processing").sort();
    expect(unknown).toEqual(present ? [...kindsNotCovered].sort() : []);
  });

  it("have their defect written down", () => {
    const due = refused.filter((file) => covered(read("refused", file)));
    expect(due.filter((file) => defects[file] === undefined)).toEqual([]);
    expect(Object.keys(defects).length).toBeGreaterThan(25);
  });

  for (const file of accepted) {
    const text = read("accepted", file);
    it(`${file} is printed as it was read`, () => {
      expect(printDefinition(parseDefinition(text))).toBe(text);
    });
    if (!covered(text)) continue;
    it(`${file} is accepted`, () => {
      expect(validateDefinition(parseDefinition(text))).toEqual([]);
    });
  }

  for (const file of refused) {
    const text = read("refused", file);
    if (!covered(text)) continue;
    it(`${file} is refused at ${defects[file]}`, () => {
      const issues = validateDefinition(parseDefinition(text));
      expect(issues.map(({ path }) => path)).toContain(defects[file]);
      // One defect: every issue is about it, or about the object it is in.
      const parent = (defects[file] ?? "").replace(/\.[^.]+$/, "");
      for (const { path, message } of issues) {
        expect(path.startsWith(parent)).toBe(true);
        expect(message).toMatch(/\. [A-Z][^.]*/);
      }
    });
  }

  it("never make validation throw, however they are damaged", () => {
    if (accepted.length === 0) return expect(present).toBe(false);
    const texts = accepted.map((file) => read("accepted", file));
    const damage = fc.record({
      text: fc.constantFrom(...texts),
      at: fc.nat(),
      value: fc.jsonValue(),
      remove: fc.boolean(),
    });
    fc.assert(
      fc.property(damage, ({ text, at, value, remove }) => {
        const definition = JSON.parse(text);
        const places = containers(definition).flatMap((holder) =>
          Object.keys(holder).map((key) => [holder, key] as const),
        );
        const [holder, key] = places[at % places.length] ?? [{}, ""];
        if (remove) delete holder[key];
        else holder[key] = value;
        expect(Array.isArray(validateDefinition(definition))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

function containers(value: unknown): Record<string, unknown>[] {
  if (typeof value !== "object" || value === null) return [];
  return [value as Record<string, unknown>, ...Object.values(value).flatMap(containers)];
}
