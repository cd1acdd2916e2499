import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { authorizerHandler } from "./authorizer-handler";
import { required } from "./environment";

const client = new SecretsManagerClient({ maxAttempts: 2 });
const SecretId = required("KEYS_SECRET");

/**
 * The authorizer before the prediction API: tells whose key a request presents, from the hashed keys in the secret
 * `KEYS_SECRET`. Answers one REQUEST event of API Gateway.
 */
export const handler = authorizerHandler({
  read: async () =>
    (await client.send(new GetSecretValueCommand({ SecretId, VersionStage: "AWSCURRENT" }))).SecretString ?? "",
});
