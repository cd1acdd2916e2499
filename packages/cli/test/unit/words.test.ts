import { layers } from "../../src/explain";
import { collect } from "../../src/options/collect";
import { normalised } from "../../src/options/global-options";
import { wholeNumber } from "../../src/options/whole-number";
import { nearest } from "../../src/project/nearest";
import { readableReason, shortAddress } from "../../src/runs/cache-reason";
import { pasteable, placesOf } from "../../src/terminal/command-name";
import { count, duration, metric, moment, percent, plural, table } from "../../src/terminal/format";

test("durations, metrics, shares and counts read as people write them", () => {
  expect([40, 3200, 59_949, 65_000].map(duration)).toEqual(["40 ms", "3.2 s", "59.9 s", "1 min 05 s"]);
  expect([0.86123, 0, 0.000421, 12.345, 1536.7, -0.5].map(metric)).toEqual([
    "0.861",
    "0.000",
    "0.000421",
    "12.3",
    "1537",
    "-0.500",
  ]);
  expect(percent(0.1234)).toBe("12.3 %");
  expect(count(12_345)).toBe("12,345");
  expect([plural(1, "row"), plural(2, "row")]).toEqual(["1 row", "2 rows"]);
  expect(moment(new Date(2026, 10, 2, 8, 5, 9))).toBe("2026-11-02 08:05:09");
  expect(moment(undefined)).toBe("");
});

test("a table's columns line up, numbers to the right, and no line ends in blanks", () => {
  expect(
    table(
      [
        ["NAME", "N", ""],
        ["a", "10", ""],
        ["longer", "9", "x"],
      ],
      { right: [1] },
    ),
  ).toEqual(["NAME     N", "a       10", "longer   9  x"]);
});

test("the nearest word is offered only when it is near", () => {
  expect(nearest("custmers", ["customers", "churn"])).toBe("customers");
  expect(nearest("Prepar", ["Prepare"])).toBe("Prepare");
  expect(nearest("nope", ["customers"])).toBeUndefined();
  expect(nearest("x", [])).toBeUndefined();
});

test("commands can be pasted where the program runs through npm, and only then", () => {
  expect(pasteable("Next: sagewright run churn", "", { npm_execpath: "npm" })).toBe("Next: npx sagewright run churn");
  expect(pasteable("npx sagewright run churn", "", { npm_execpath: "npm" })).toBe("npx sagewright run churn");
  expect(pasteable("Next: sagewright run churn", "", {})).toBe("Next: sagewright run churn");
});

test("commands that are shown mean the folders that the command line meant", () => {
  const places = placesOf(["run", "churn", "--state", "a b/it's", "--cwd=../x", "--json"]);
  expect(places).toBe("--cwd ../x --state 'a b/it'\\''s'");
  expect(pasteable("fix  sagewright runs list", places, {})).toBe(`fix  sagewright ${places} runs list`);
  expect(placesOf(["run", "churn", "--state"])).toBe("");
});

test("global options may stand before the command", () => {
  expect(normalised(["--json", "--cwd", "/x", "runs", "list"])).toEqual(["runs", "list", "--json", "--cwd", "/x"]);
  expect(normalised(["--cwd=/x", "run", "a", "--json=lines"])).toEqual(["run", "a", "--json-lines", "--cwd=/x"]);
  expect(normalised(["help", "runs", "list"])).toEqual(["runs", "list", "--help"]);
  expect(normalised(["--unknown", "run"])).toEqual(["--unknown", "run"]);
});

test("repeatable options gather, whole numbers are checked", () => {
  expect(collect("b", collect("a"))).toEqual(["a", "b"]);
  expect(wholeNumber("--limit", "5", { minimum: 1 })).toBe(5);
  expect(() => wholeNumber("--limit", "x", { minimum: 1 })).toThrow("--limit: 'x' is not a whole number of at least 1");
  expect(() => wholeNumber("--trials", "0", { minimum: 1, maximum: 500 })).toThrow("from 1 to 500");
});

test("a packaged sentence comes apart into what, why and what to do", () => {
  expect(
    layers('a.csv: the target "churn" has only "no". There is nothing to tell apart. Give both outcomes.'),
  ).toEqual({
    message: 'a.csv: the target "churn" has only "no"',
    why: "There is nothing to tell apart",
    fix: "Give both outcomes",
  });
  expect(layers("It broke.")).toEqual({ message: "It broke" });
});

test("a changed address of the product's own layout is named for what it holds", () => {
  const digest = "ab".repeat(32);
  const data = { path: "p", before: `s3://b/data/${digest}/a.csv`, after: "s3://b/data/other/a.csv" };
  expect(readableReason({ reason: "p changed", changed: [data] })).toBe("the data changed");
  expect(readableReason({ reason: "p changed", changed: [data, { path: "q", before: 1, after: 2 }] })).toBe(
    "p changed",
  );
  expect(shortAddress(data.before)).toBe("data/abababab…/a.csv");
  expect(shortAddress(undefined)).toBe("nothing");
});
