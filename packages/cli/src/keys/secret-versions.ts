import { randomUUID } from "node:crypto";
import type { SecretsManager } from "@aws-sdk/client-secrets-manager";
import type { VersionedText } from "@sagewright/serving";

/** Marks the version that shall become current, so that what nobody made current goes by itself. */
const NEXT = "SAGEWRIGHT_NEXT";
const CURRENT = "AWSCURRENT";

/**
 * A secret as a text with versions. A new version is written beside the current one first; then the label of the current one is
 * moved from the version that was read, which Secrets Manager refuses when it is no longer there. So nobody's version is
 * overwritten unread.
 */
export function secretVersions(
  client: Pick<SecretsManager, "getSecretValue" | "putSecretValue" | "updateSecretVersionStage">,
  SecretId: string,
): VersionedText {
  const read = async () => {
    const { SecretString = "", VersionId = "" } = await client.getSecretValue({ SecretId, VersionStage: CURRENT });
    return { text: SecretString, version: VersionId };
  };
  return {
    read,
    async replace(SecretString, version) {
      // The SDK's own attempts bring the same token, and make one version.
      const made = randomUUID();
      await client.putSecretValue({ SecretId, SecretString, ClientRequestToken: made, VersionStages: [NEXT] });
      try {
        await client.updateSecretVersionStage({
          ...{ SecretId, VersionStage: CURRENT },
          ...{ RemoveFromVersionId: version, MoveToVersionId: made },
        });
      } catch (error) {
        if (!(error instanceof Error) || !REFUSALS.has(error.name)) throw error;
        // An attempt whose answer was lost moved it already.
        if ((await read()).version !== made) return undefined;
      }
      return made;
    },
  };
}

/** How Secrets Manager says that the label is elsewhere. */
const REFUSALS = new Set(["InvalidParameterException", "InvalidRequestException"]);
