import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ServingError } from "../errors";
import { type ModelFolder, readModelFolder } from "../files/model-folder";
import { type DecisionPolicy, definePolicy } from "../policy/policy";

/** A model as a Lambda function carries it, with the decision policy beside it. */
export interface CarriedModel extends ModelFolder {
  /** SHA-256 of the model's manifest. */
  readonly digest: string;
  /** Absent where the usual policy decides. */
  readonly policy?: DecisionPolicy;
}

/**
 * The model that a function carries. Its archive is unpacked in `MODEL_FOLDER` (`model` beside the code when not set);
 * `MODEL_NAME`, `MODEL_VERSION` and `MODEL_DIGEST` (SHA-256 of its manifest) say which one it must be. `policy.json` in that
 * folder replaces the usual decision policy.
 *
 * @throws ServingError `environment_incomplete`; and as `readModelFolder` does.
 */
export function carriedModel(): CarriedModel {
  const folder = process.env.MODEL_FOLDER || join(__dirname, "model");
  const digest = required("MODEL_DIGEST");
  const found = readModelFolder(folder, {
    name: required("MODEL_NAME"),
    version: required("MODEL_VERSION"),
    manifestSha256: digest,
  });
  return { ...found, ...carriedPolicy(), digest };
}

/** The decision policy that `policy.json` in `MODEL_FOLDER` holds; nothing where there is none, and the usual one decides. */
export function carriedPolicy(): { readonly policy?: DecisionPolicy } {
  const file = join(process.env.MODEL_FOLDER || join(__dirname, "model"), "policy.json");
  return existsSync(file) ? { policy: definePolicy(JSON.parse(readFileSync(file, "utf8"))) } : {};
}

/**
 * The lifetime-value model that a function carries beside the other: `VALUE_MODEL_NAME`, `VALUE_MODEL_VERSION` and
 * `VALUE_MODEL_DIGEST` say which one lies in `VALUE_MODEL_FOLDER` (`value-model` beside the code when not set). Undefined
 * where none of them is set.
 *
 * @throws ServingError `environment_incomplete`; and as `readModelFolder` does.
 */
export function carriedValueModel(): ModelFolder | undefined {
  const names = ["VALUE_MODEL_NAME", "VALUE_MODEL_VERSION", "VALUE_MODEL_DIGEST"] as const;
  if (names.every((name) => (process.env[name] ?? "") === "")) return undefined;
  const [name, version, manifestSha256] = [required(names[0]), required(names[1]), required(names[2])];
  return readModelFolder(process.env.VALUE_MODEL_FOLDER || join(__dirname, "value-model"), {
    ...{ name, version, manifestSha256 },
  });
}

/** A share from 0 to 1, 1 where the variable is not set. @throws ServingError `environment_invalid` */
export function shareOf(name: string): number {
  const text = process.env[name] ?? "";
  const share = text === "" ? 1 : Number(text);
  if (share >= 0 && share <= 1) return share;
  throw new ServingError(
    "environment_invalid",
    `The variable ${name} is '${text}', not a number from 0 to 1. Set one.`,
  );
}

/** A variable that must be set. @throws ServingError `environment_incomplete` */
export function required(name: string): string {
  const value = process.env[name];
  if (value !== undefined && value !== "") return value;
  throw new ServingError("environment_incomplete", `The variable ${name} is not set. Set it on the function.`);
}
