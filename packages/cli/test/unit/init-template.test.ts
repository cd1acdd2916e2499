import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile, localTarget, validateDefinition } from "@sagewright/pipeline";
import { pipelineSource } from "../../src/init/pipeline-source";
import { chosenDefinition, loadProduct } from "../../src/project/product";

const folder = mkdtempSync(join(tmpdir(), "sagewright-init-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(["binary", "regression"] as const)("the pipeline that init writes for a %s target", (kind) => {
  test.each(["customers", "my-customers", "2024-data", "export"])(
    "named %s loads and compiles to a valid definition",
    (name) => {
      const target =
        kind === "binary" ? '{ column: "y", positive: "yes", negative: "no" }' : '{ column: "y", kind: "regression" }';
      writeFileSync(
        join(folder, "contract.ts"),
        `import { defineContract, number } from "@sagewright/contract";
export const contract = defineContract({ name: "${name}", target: ${target}, columns: { a: number() } });`,
      );
      const file = join(folder, `${kind}-${name}.ts`);
      writeFileSync(file, pipelineSource({ name, kind, data: "../a b.csv", trials: name === "export" ? 1 : 4 }));
      const chosen = loadProduct(folder, file);
      expect(chosen.product.data).toEqual({ [name]: { file: "../a b.csv" } });
      const { definition } = compile(chosenDefinition(chosen), localTarget);
      expect(validateDefinition(definition)).toEqual([]);
      expect(JSON.stringify(definition)).toContain(kind === "binary" ? "validation:auc" : "validation:r2");
    },
  );
});
