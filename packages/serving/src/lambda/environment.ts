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
  const file = join(folder, "policy.json");
  const policy = existsSync(file) ? { policy: definePolicy(JSON.parse(readFileSync(file, "utf8"))) } : {};
  return { ...found, ...policy, digest };
}

/** A variable that must be set. @throws ServingError `environment_incomplete` */
export function required(name: string): string {
  const value = process.env[name];
  if (value !== undefined && value !== "") return value;
  throw new ServingError("environment_incomplete", `The variable ${name} is not set. Set it on the function.`);
}
