import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type Environment, type EnvironmentError, readEnvironment } from "@sagewright/sagemaker";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import { defects } from "./defects";
import { findProject } from "./find-project";
import { loadModule } from "./load-module";
import { nearest } from "./nearest";

/**
 * The environment that `config/NAME.ts` (or `.json`) of the project describes, every rule checked.
 *
 * @throws CliError `environment_unknown`, `environment_invalid`, and whatever is wrong with the file itself
 */
export function loadEnvironment(cwd: string, name: string): Environment {
  const { root } = findProject(cwd);
  const file = ["ts", "json"].map((ending) => join(root, "config", `${name}.${ending}`)).find(existsSync);
  if (file === undefined) throw environmentUnknown(join(root, "config"), name);
  const environment = checked(relative(cwd, file), () => readEnvironment(contentOf(file)));
  if (environment.name === name) return environment;
  throw new CliError({
    code: "environment_invalid",
    subject: relative(cwd, file),
    message: `name: '${environment.name}' is not the name of the file`,
    fix: `write name: "${name}"`,
    exitCode: exitCodes.invalid,
  });
}

function contentOf(file: string): unknown {
  if (file.endsWith(".ts")) return loadedModule(file);
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new CliError({
      code: "environment_invalid",
      subject: file,
      message: `the file is no JSON: ${(cause as Error).message}`,
      fix: "correct it, then run the command again",
      exitCode: exitCodes.invalid,
      cause,
    });
  }
}

function loadedModule(file: string): unknown {
  let refused: EnvironmentError | undefined;
  const loaded = defects(file, () => {
    try {
      return loadModule(file);
    } catch (error) {
      if ((error as { code?: string }).code !== "environment_invalid") throw error;
      refused = error as EnvironmentError;
      return {};
    }
  });
  if (refused !== undefined) throw refused;
  if (loaded.default !== undefined) return loaded.default;
  throw new CliError({
    code: "environment_invalid",
    subject: file,
    message: "the file has no environment as its default export",
    fix: "end it with: export default defineEnvironment({ ... })",
    exitCode: exitCodes.invalid,
  });
}

/** The issues of an environment, told with its file. They may come from another copy of the package, so the code decides. */
function checked<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof CliError || (error as { code?: string }).code !== "environment_invalid") throw error;
    const { issues } = error as EnvironmentError;
    const [only, ...more] = issues;
    throw new CliError({
      code: "environment_invalid",
      subject: file,
      message: more.length === 0 ? (only?.message ?? "").replace(/\.$/, "") : `${issues.length} problems`,
      ...(more.length === 0 ? {} : { why: issues.map(({ message }) => message).join("\n") }),
      exitCode: exitCodes.invalid,
      cause: error,
    });
  }
}

function environmentUnknown(folder: string, name: string): CliError {
  const known = existsSync(folder)
    ? [...new Set(readdirSync(folder).flatMap((file) => /^(.+)\.(ts|json)$/.exec(file)?.[1] ?? []))].sort()
    : [];
  const meant = nearest(name, known);
  return new CliError({
    code: "environment_unknown",
    subject: `--env ${name}`,
    message: `there is no such environment in ${folder}`,
    ...(known.length === 0 ? {} : { why: `there ${known.length === 1 ? "is" : "are"}: ${known.join(", ")}` }),
    fix: meant === undefined ? `write ${join("config", `${name}.ts`)}` : `did you mean: --env ${meant}?`,
    exitCode: exitCodes.usage,
  });
}
