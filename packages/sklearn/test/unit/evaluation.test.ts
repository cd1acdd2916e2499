import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readEvaluation } from "@sagewright/sklearn";

const python = process.env.SAGEWRIGHT_PYTHON;
const tests = join(__dirname, "..", "python");

/** Prepares, trains and evaluates a small data set; prints where evaluation.json is. */
const script = `
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import containers, synthetic
if __name__ == "__main__":
    base, task = Path(sys.argv[2]), sys.argv[3]
    contract = synthetic.BINARY if task == "binary" else synthetic.REGRESSION
    prepared = containers.prepare(base / "p", contract, synthetic.table(500))
    trained = containers.train(base / "t", prepared, {"estimator": "random_forest", "n_estimators": 10})
    evaluated = containers.evaluate(base / "e", prepared, trained)
    print(evaluated.output("report", "evaluation.json"))
`;

describe("evaluation.json", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sagewright-evaluation-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  if (python === undefined) {
    console.warn("evaluation.json is not written by Python and read here: SAGEWRIGHT_PYTHON is not set");
  } else {
    it.each(["binary", "regression"] as const)("of a %s is read as Python writes it, every member known", (task) => {
      const file = execFileSync(python, ["-c", script, tests, folder, task], { encoding: "utf8" }).trim();
      const text = readFileSync(file, "utf8");
      const read = readEvaluation(text);
      expect(read.kind).toBe(task);
      expect(read).toEqual(JSON.parse(text));
      const { test: _, scores: __, ...older } = JSON.parse(text);
      expect(readEvaluation(JSON.stringify({ ...older, format: 1 }))).toEqual({ ...older, format: 1 });
      expect(() => readEvaluation(JSON.stringify(older))).toThrow(/test: format 2 has it; scores: format 2 has it/);
    });
  }

  it("is refused with what is wrong and where", () => {
    expect(() => readEvaluation("{")).toThrow(/^evaluation\.json: not JSON/);
    expect(() => readEvaluation('{"kind":"binary","format":3}')).toThrow(
      /format: Invalid option: expected one of 1\|2; contract: /,
    );
  });
});
