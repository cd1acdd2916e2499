import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { compile, localTarget } from "@sagewright/pipeline";
import type { CommandContext } from "../command";
import { defects } from "./defects";
import { chosenDefinition, loadProduct } from "./product";

interface CompileOptions {
  contract?: string;
  out?: string;
  account?: string;
  region?: string;
  bucket?: string;
  role?: string;
}

/** `sagewright compile`: prints or writes the definition. */
export function compileCommand({ output, options, cwd }: CommandContext<CompileOptions>, name: string): undefined {
  const chosen = loadProduct(cwd, name, options.contract);
  const definition = chosenDefinition(chosen);
  const compiled = defects(chosen.file, () => compile(definition, target(options)));
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
