import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { estimatorRules, type Interval, type Rule } from "@sagewright/sklearn";

interface Case {
  estimator: string;
  task: string;
  name: string;
  value: string;
  accepted: boolean;
}

const python = process.env.SAGEWRIGHT_PYTHON;
const folder = join(__dirname, "..", "..", "python");

/** Asks scikit-learn itself about every value. */
const script = `
import json, sys
sys.path.insert(0, sys.argv[1])
from estimators import build_estimator
from failure import SettingError
def accepted(case):
    try:
        build_estimator(case["estimator"], case["task"], {case["name"]: case["value"]}, 1)
        return True
    except SettingError:
        return False
print(json.dumps([accepted(case) for case in json.load(sys.stdin)]))
`;

/**
 * Where the tables refuse what scikit-learn's own check lets pass: any text is a `scoring` until the fit fails, `None` as
 * l1_ratio is deprecated, and no iteration at all is no model.
 */
const stricter = new Set(["scoring=certainly-not", "l1_ratio=None", "max_iter=0"]);

/** Values at and just beyond the ends of every rule. */
function casesOf(rule: Rule): [value: string, accepted: boolean][] {
  const cases: [string, boolean][] = [["certainly-not", false]];
  for (const choice of rule.choices ?? []) cases.push([choice, true]);
  if (rule.boolean) cases.push(["true", true], ["False", true]);
  cases.push(["None", rule.none === true]);
  if (rule.sizes) cases.push(["[8, 4]", true]);
  if (rule.integer) cases.push(...edges(rule.integer, 1, (value) => value.toFixed(0)));
  if (rule.number) cases.push(...edges(rule.number, 1e-6, (value) => value.toFixed(7)));
  return cases;
}

function edges({ min, max, above, below }: Interval, step: number, print: (value: number) => string) {
  const cases: [string, boolean][] = [];
  if (min !== undefined) cases.push([print(min), true], [print(min - step), false]);
  if (max !== undefined) cases.push([print(max), true], [print(max + step), false]);
  if (above !== undefined) cases.push([print(above + step), true], [print(above), false]);
  if (below !== undefined) cases.push([print(below - step), true]);
  return cases;
}

describe("the hyperparameter tables", () => {
  const cases: Case[] = Object.entries(estimatorRules).flatMap(([estimator, tasks]) =>
    Object.entries(tasks).flatMap(([task, rules]) =>
      Object.entries(rules as Record<string, Rule>).flatMap(([name, rule]) =>
        casesOf(rule).map(([value, accepted]) => ({ estimator, task, name, value, accepted })),
      ),
    ),
  );

  it("hold every kind of rule", () => {
    expect(cases.length).toBeGreaterThan(400);
  });

  if (python === undefined) {
    console.warn("not compared with scikit-learn: SAGEWRIGHT_PYTHON is not set");
    return;
  }

  it("accept and refuse what scikit-learn accepts and refuses", () => {
    const answers = JSON.parse(
      execFileSync(python, ["-c", script, folder], { input: JSON.stringify(cases), encoding: "utf8" }),
    ) as boolean[];
    const wrong = cases.filter((each, index) => each.accepted !== answers[index]);
    expect(wrong.filter(({ name, value }) => !stricter.has(`${name}=${value}`))).toEqual([]);
    expect(wrong.every(({ accepted }) => !accepted)).toBe(true);
  });
});
