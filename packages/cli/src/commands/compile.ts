import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { compile, localTarget } from "@sagewright/pipeline";
import type { Command } from "commander";
import type { Act, CommandContext } from "../command";
import { loadProduct } from "../project/product";

interface CompileOptions {
  contract?: string;
  out?: string;
  account?: string;
  region?: string;
  bucket?: string;
  role?: string;
}

/** `sagewright compile`: the definition, byte for byte what is sent to SageMaker. */
export function define(command: Command, act: Act): void {
  command
    .argument("<name>", "a pipeline under pipelines/, or a pipeline file")
    .option("--contract <name>", "which of the product's contracts the data follows")
    .option("--out <file>", "write here instead of to the terminal")
    .option("--region <region>", "AWS region of the target", localTarget.region)
    .option("--account <id>", "AWS account of the target", localTarget.account)
    .option("--bucket <name>", "bucket for code, data and outputs")
    .option("--role <arn>", "execution role")
    .addHelpText(
      "after",
      "\nExample:\n  $ sagewright compile churn --region eu-central-1 --account 111122223333 --out churn.json\n",
    )
    .action(act(print));
}

function print({ output, options, cwd }: CommandContext<CompileOptions>, name: string): undefined {
  const { product, contract } = loadProduct(cwd, name, options.contract);
  const compiled = compile(product.definition(contract), target(options));
  const { json, assets } = compiled;
  if (options.out !== undefined) {
    writeFileSync(resolve(cwd, options.out), json);
    output.progress(`${options.out}: ${Buffer.byteLength(json)} bytes, ${assets.length} code assets`);
  }
  output.line(options.out === undefined ? json : undefined);
  output.document({
    pipeline: compiled.name,
    definition: compiled.definition,
    assets: assets.map(({ uri, digest }) => ({ uri, digest })),
  });
}

function target({ region, account, bucket, role }: CompileOptions): typeof localTarget {
  const chosen = { region: region ?? localTarget.region, account: account ?? localTarget.account };
  return {
    ...chosen,
    bucket: bucket ?? `sagewright-${chosen.region}-${chosen.account}`,
    roleArn: role ?? `arn:aws:iam::${chosen.account}:role/SagewrightExecution`,
  };
}
