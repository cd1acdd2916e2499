import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { CommandContext } from "../command";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import { findProject } from "../project/find-project";
import { cdk } from "./cdk";

const TEMPLATE = ".template.json";

/** `sagewright infra synth`: the templates, and how large each is. */
export async function synthCommand(context: CommandContext<{ env?: string }>): Promise<undefined> {
  const { output, options, cwd } = context;
  const { root } = findProject(cwd);
  const { code, stderr } = await cdk(context, ["synth", "--quiet"], options.env);
  if (code !== 0) throw refused(stderr);
  const folder = join(root, outputOf(root));
  const stacks = readdirSync(folder)
    .filter((name) => name.endsWith(TEMPLATE))
    .filter((name) => options.env === undefined || name.startsWith(`sagewright-${options.env}-`))
    .map((name) => ({ stack: name.slice(0, -TEMPLATE.length), resources: resourcesIn(join(folder, name)) }));
  output.document({ folder, stacks });
  for (const { stack, resources } of stacks)
    output.line(`${stack.padEnd(36)} ${String(resources).padStart(4)} resources`);
  output.line();
  output.line(`${relative(cwd, folder) || "."} holds the templates; no rule has a finding that is not answered`);
}

function resourcesIn(file: string): number {
  const { Resources = {} } = JSON.parse(readFileSync(file, "utf8")) as { Resources?: object };
  return Object.keys(Resources).length;
}

/** Where `cdk.json` has templates put. */
function outputOf(root: string): string {
  const { output = "cdk.out" } = JSON.parse(readFileSync(join(root, "cdk.json"), "utf8")) as { output?: string };
  return output;
}

function refused(stderr: string): CliError {
  const lines = stderr.trim().split("\n");
  const found = lines.filter((line) => !/^(npm warn|\d+ feature flags)|Subprocess exited/.test(line));
  return new CliError({
    code: "synthesis_refused",
    message: "the templates cannot be made, or a rule has a finding",
    why: found.slice(-12).join("\n"),
    fix: "correct what is named, or answer the finding with a reason, then synthesise again",
    exitCode: exitCodes.invalid,
  });
}
