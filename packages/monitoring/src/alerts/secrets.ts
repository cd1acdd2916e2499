import type { SecretsManager, SecretsManagerClientConfig } from "@aws-sdk/client-secrets-manager";
import { MonitoringError } from "../errors";
import type { Secrets } from "./channels/channel";

const REMEMBERED_MS = 5 * 60_000;

/** The environment's variable of a secret: `sagewright/prod/slack` is `SAGEWRIGHT_PROD_SLACK`. */
export function secretVariable(name: string): string {
  return name.replace(/[^A-Za-z0-9]+/g, "_").toUpperCase();
}

/** Secrets from environment variables. @throws MonitoringError `secret_missing` (when one is asked for) */
export function environmentSecrets(environment: Readonly<Record<string, string | undefined>>): Secrets {
  return async (name) => {
    const value = environment[secretVariable(name)];
    if (value !== undefined && value !== "") return value;
    throw missing(name, `Set the variable ${secretVariable(name)}.`);
  };
}

/** Secrets from Secrets Manager as its client reaches it; the client is loaded when the first one is asked for. */
export function secretsManager(config: SecretsManagerClientConfig = {}): Secrets {
  let client: SecretsManager | undefined;
  const open = () => {
    const { SecretsManager: Client } =
      require("@aws-sdk/client-secrets-manager") as typeof import("@aws-sdk/client-secrets-manager");
    return new Client(config);
  };
  return managedSecrets({
    getSecretValue: (input) => {
      client ??= open();
      return client.getSecretValue(input);
    },
  });
}

/**
 * Secrets from Secrets Manager, remembered for five minutes, so that a rotated one is taken without a restart; one that its receiver
 * refused is asked for anew.
 */
export function managedSecrets(
  client: { getSecretValue(input: { SecretId: string }): Promise<{ SecretString?: string }> },
  now: () => number = Date.now,
): Secrets {
  const known = new Map<string, { readonly value: string; readonly until: number }>();
  return async (name, { anew = false } = {}) => {
    const remembered = known.get(name);
    if (!anew && remembered !== undefined && remembered.until > now()) return remembered.value;
    let value: string | undefined;
    try {
      value = (await client.getSecretValue({ SecretId: name })).SecretString;
    } catch (cause) {
      throw missing(name, `Secrets Manager answered ${(cause as Error).name}.`);
    }
    if (value === undefined || value === "") throw missing(name, "It is empty, or no text.");
    known.set(name, { value, until: now() + REMEMBERED_MS });
    return value;
  };
}

function missing(name: string, remedy: string): MonitoringError {
  return new MonitoringError("secret_missing", `The secret ${name} cannot be read. ${remedy}`, { facts: { name } });
}
