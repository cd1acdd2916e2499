import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { collectRows } from "@sagewright/contract";
import { compile, localTarget, validateDefinition } from "@sagewright/pipeline";
import { insurance } from "../contracts/insurance";
import product from "../pipeline";

const data = process.env.SAGEWRIGHT_TEST_DATA ?? join(__dirname, "../../../../shared/data");
const file = join(data, "insurance_clv.csv");

describe("the lifetime value product", () => {
  it("compiles without issues", () => {
    const compiled = compile(product.definition(insurance), localTarget);
    expect(validateDefinition(compiled.definition)).toEqual([]);
    expect(compiled.parameters.map(({ Name }) => Name)).toEqual(["InputDataUri", "MinimumR2"]);
    expect(compiled.definition.Steps.map(({ Name }) => Name)).toEqual(["Prepare", "Tune", "Evaluate", "ErrorGate"]);
    expect(compiled.json).toContain('"ModelPackageGroupName": "clv"');
  });

  it("asks for R2 and for an error below the mean's", () => {
    const { definition } = compile(product.definition(insurance), localTarget);
    const gate = definition.Steps.at(-1);
    expect(gate?.Arguments?.Conditions).toMatchObject([
      { Type: "GreaterThanOrEqualTo", LeftValue: { "Std:JsonGet": { Path: "metrics.r2" } } },
      {
        Type: "LessThan",
        LeftValue: { "Std:JsonGet": { Path: "metrics.mae_high" } },
        RightValue: { "Std:JsonGet": { Path: "metrics.baseline_mae" } },
      },
    ]);
  });
});

describe("the contract", () => {
  if (!existsSync(file)) {
    console.warn(`not tried on the public data set: there is no ${file}`);
    return;
  }
  const csv = readFileSync(file);

  it("accepts every row and knows every column", async () => {
    const checked = await collectRows(insurance, csv);
    expect([checked.accepted, checked.quarantined, checked.warnings]).toEqual([9134, 0, []]);
    const mean = checked.rows.reduce((sum, { target = 0 }) => sum + target, 0) / checked.rows.length;
    expect(mean).toBeCloseTo(8004.94, 2);
  });

  it("leaves out what tells the copies of a customer apart", async () => {
    const { rows } = await collectRows(insurance, csv);
    const copies = new Map<string, Set<number | undefined>>();
    for (const { values, target } of rows) {
      const key = JSON.stringify(Object.values(values));
      copies.set(key, (copies.get(key) ?? new Set()).add(target));
    }
    expect(copies.size).toBeLessThan(9134 - 600);
    expect([...copies.values()].filter((targets) => targets.size > 1)).toHaveLength(0);
  });
});
