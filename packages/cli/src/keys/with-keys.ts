import { join } from "node:path";
import { keysSecretName } from "@sagewright/sagemaker";
import type { AuditFact, KeyStore } from "@sagewright/serving";
import type { CommandContext } from "../command";
import { CliError, usageError } from "../errors";
import { exitCodes } from "../exit-codes";
import type { CloudOptions } from "../options/cloud-options";
import { isAws, type Session, stateFolder, withSession } from "../session";
import { secretVersions } from "./secret-versions";

/** Where the keys are that a command is about. */
export type KeysOptions = Pick<CloudOptions, "env" | "profile" | "endpointUrl">;

/** Keys, and where what was done to them is recorded. */
export interface OpenKeys {
  readonly keys: KeyStore;
  /** Records an act in the audit log of this machine. Acts on a deployed API are in the account's own, CloudTrail. */
  readonly record: (fact: Omit<AuditFact, "who">) => Promise<void>;
  /** The options that open the same keys again. */
  readonly again: string;
  /** The environment whose deployed API has these keys. @default those of the server on this machine */
  readonly deployed?: string;
}

/** Opens the keys that the options name, and closes what was opened whatever happens. */
export async function withKeys<T>(
  context: CommandContext<KeysOptions>,
  work: (opened: OpenKeys) => Promise<T>,
): Promise<T> {
  const { env, endpointUrl, profile } = context.options;
  if (env === undefined && (endpointUrl ?? profile) !== undefined)
    throw usageError("--endpoint-url and --profile are about a deployed API", "name its environment with --env");
  if (isAws(context.options)) return withSession(context, async (session) => work(await deployedKeys(session)));
  const { openKeys } = require("@sagewright/serving") as typeof import("@sagewright/serving");
  const { keys, audit } = await openKeys(join(stateFolder(context), "serving"));
  const record: OpenKeys["record"] = async (fact) => {
    audit.record({ who: "command-line", ...fact });
    await audit.flush();
  };
  return work({ keys, record, again: "" });
}

async function deployedKeys({ environment, secrets, again, place }: Session): Promise<OpenKeys> {
  if (environment === undefined || secrets === undefined) throw usageError("no environment is named", "give --env");
  const { secretKeyStore } = require("@sagewright/serving") as typeof import("@sagewright/serving");
  const name = keysSecretName(environment);
  try {
    const kept = secretVersions(secrets(), name);
    const keys = await secretKeyStore({ kept, from: `The secret ${name}` });
    return { keys, record: async () => undefined, again, deployed: environment.name };
  } catch (cause) {
    if (!(cause instanceof Error) || cause.name !== "ResourceNotFoundException") throw cause;
    throw new CliError({
      ...{ code: "keys_not_deployed", subject: place, message: `there is no secret ${name}`, cause },
      why: "it comes with the stack that keeps the environment's data",
      fix: `npx cdk deploy -c env=${environment.name} sagewright-${environment.name}-data`,
      exitCode: exitCodes.remote,
    });
  }
}
