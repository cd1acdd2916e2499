import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { compile, localTarget, type Target } from "@sagewright/pipeline";
import type { CommandContext } from "../command";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import { defects } from "./defects";
import { chosenDefinition, loadProduct } from "./product";

interface CompileOptions {
  contract?: string;
  env?: string;
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
  const compiled = defects(chosen.file, () => compile(definition, target(cwd, options)));
  const { json, assets } = compiled;
  if (options.out === undefined) output.line(json);
  else {
    writeNew(resolve(cwd, options.out), options.out, json);
    output.progress(`${options.out}: ${Buffer.byteLength(json)} bytes, ${assets.length} code assets`);
  }
  output.document({
    pipeline: compiled.name,
    definition: compiled.definition,
    assets: assets.map(({ uri, digest }) => ({ uri, digest })),
  });
}

function writeNew(file: string, named: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (cause) {
    const reason =
      (cause as NodeJS.ErrnoException).code === "ENOENT" ? "its folder does not exist" : (cause as Error).message;
    throw new CliError({
      code: "out_not_writable",
      subject: `--out ${named}`,
      message: `the file cannot be written: ${reason}`,
      fix: "name a file in an existing folder that you may write to",
      exitCode: exitCodes.environment,
      cause,
    });
  }
}

function target(cwd: string, { env, region, account, bucket, role }: CompileOptions): Target {
  const base = env === undefined ? undefined : environmentTargetOf(cwd, env);
  const chosen = {
    region: region ?? base?.region ?? localTarget.region,
    account: account ?? base?.account ?? localTarget.account,
  };
  const moved = region !== undefined || account !== undefined;
  return {
    ...chosen,
    bucket: bucket ?? (moved ? undefined : base?.bucket) ?? `sagewright-${chosen.region}-${chosen.account}`,
    roleArn: role ?? (moved ? undefined : base?.roleArn) ?? `arn:aws:iam::${chosen.account}:role/SagewrightExecution`,
    ...(base?.training === undefined ? {} : { training: base.training }),
  };
}

/** Loads AWS's clients with the environment's schema, so only where an environment is named. */
function environmentTargetOf(cwd: string, env: string): Target {
  const { environmentTarget } = require("@sagewright/sagemaker") as typeof import("@sagewright/sagemaker");
  const { loadEnvironment } = require("./environment") as typeof import("./environment");
  return environmentTarget(loadEnvironment(cwd, env));
}
