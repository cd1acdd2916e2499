import { readFileSync } from "node:fs";
import { join } from "node:path";
import { boolean, category, defineContract, number } from "@sagewright/contract";
import { loadPredictor } from "@sagewright/predictor";
import { type ScoringPlan, scoreColumns } from "../../../src/scoring/plan";
import { taskScorer } from "../../../src/scoring/task";

const bytes = new Uint8Array(readFileSync(join(__dirname, "../../../../predictor/test/fixtures/forest.safetensors")));
const predictor = loadPredictor(bytes);

const spec = ({ type, categories = [] }: (typeof predictor.columns)[number]) => {
  if (type === "category") return category([...categories], { unknown: "ignore" });
  return type === "boolean" ? boolean({ true: "yes", false: "no" }) : number();
};
const contract = defineContract({
  name: "tasks",
  target: { column: "left", positive: "yes", negative: "no" },
  columns: Object.fromEntries(predictor.columns.map((column) => [column.name, spec(column)])),
});
const header = ["id", ...contract.columns.map(({ name }) => name)];

const plan = (output: ScoringPlan["output"]): ScoringPlan => ({
  ...{ contract: contract.toJSON(), predictor: bytes, output, added: scoreColumns(contract.target, false) },
  input: { format: "csv", delimiter: ";", header },
  passed: header.map((name) => ({ name, type: contract.columns.find((each) => each.name === name)?.type ?? "text" })),
});

/** One customer as a line of CSV, with `amount` in every column of numbers. */
const line = (id: string, amount: string) =>
  `${[id, ...contract.columns.map(({ type }) => (type === "category" ? "" : type === "boolean" ? "yes" : amount))].join(";")}\n`;

const value = (amount: number) =>
  predictor.predictRow(
    Object.fromEntries(
      contract.columns.map(({ name, type }) => [name, type === "category" ? null : type === "boolean" ? 1 : amount]),
    ),
  );

const decision = (score: number) => (score >= (predictor.threshold ?? 0.5) ? "yes" : "no");
const text = (output: unknown) => Buffer.from(output as Uint8Array).toString("utf8");

test("a record goes on as it was, with its score and decision behind it", async () => {
  const score = await taskScorer(plan("csv"));
  const quoted = line('"a;""b"""', "7.50");
  const scored = await score({ bytes: Buffer.from(`${quoted}\r\n${line(" c ", "1e2")}`) });
  const lines = [quoted, line(" c ", "1e2")].map((each, index) => {
    const expected = value(index === 0 ? 7.5 : 100);
    return `${each.trimEnd()};${expected};${decision(expected)}\n`;
  });
  expect(text(scored.output)).toBe(lines.join(""));
  expect([scored.scored, scored.quarantined, scored.lines]).toEqual([2, 0, 3]);
});

test("a value that the model cannot take puts its row aside, and the others are scored", async () => {
  const score = await taskScorer(plan("csv"));
  const rows = [line("1", "1"), line("2", "1e300"), line("3", "3"), line("4", "-1e300"), line("5", "x")];
  const scored = await score({ bytes: Buffer.from(rows.join("")) });
  expect(scored.refusals.map(({ line: at, code }) => [at, code])).toEqual([
    ...contract.columns.filter(({ type }) => type === "number").map(() => [1, "not_scorable"]),
    ...contract.columns.filter(({ type }) => type === "number").map(() => [3, "not_scorable"]),
    ...contract.columns.filter(({ type }) => type === "number").map(() => [4, "not_a_number"]),
  ]);
  expect(scored.refusals[0]?.text).toContain("is larger than a model can tell apart");
  expect([scored.scored, scored.quarantined]).toEqual([2, 3]);
  const ids = text(scored.output)
    .trimEnd()
    .split("\n")
    .map((each) => each.split(";").filter((_, index, all) => index === 0 || index === all.length - 2));
  expect(ids).toEqual([
    ["1", String(value(1))],
    ["3", String(value(3))],
  ]);
});

test("tasks that are handed over at once do not disturb each other", async () => {
  const score = await taskScorer(plan("ndjson"));
  const amounts = Array.from({ length: 20 }, (_, index) => index * 3);
  const results = await Promise.all(amounts.map((amount) => score({ bytes: Buffer.from(line("x", String(amount))) })));
  const scores = results.map(({ output }) => JSON.parse(text(output)).left_probability);
  expect(scores).toEqual(amounts.map(value));
});
