import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CloudFormationClient, CreateStackCommand, UpdateStackCommand } from "@aws-sdk/client-cloudformation";
import dev from "../../../config/dev";
import { root } from "../../../test/support/cli";
import { rememberBootstrap, startMotoServer } from "../../../test/support/moto-server";

/** The account of `dev`, bootstrapped as CDK wants it, in moto's server. */
export interface Moto {
  /** By which AWS's own tools find it. */
  readonly variables: Readonly<Record<string, string>>;
  /** Makes a stack of the last synthesis. */
  create(stack: string): Promise<void>;
  /** Somebody else's update of a stack: another text in its template. */
  changeByHand(stack: string, text: string, other: string): Promise<void>;
  close(): void;
}

/** @throws Error when moto does not start */
export async function openMoto(): Promise<Moto> {
  const server = await startMotoServer({ account: dev.account });
  // The name, as templates in its buckets are found by it.
  const url = `http://localhost:${server.port}`;
  const variables = {
    ...{ AWS_ENDPOINT_URL: url, AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret", AWS_REGION: dev.region },
    ...{ AWS_EC2_METADATA_DISABLED: "true", AWS_CONFIG_FILE: "/nowhere", AWS_SHARED_CREDENTIALS_FILE: "/nowhere" },
  };
  await rememberBootstrap(url, dev);
  const client = new CloudFormationClient({
    ...{ endpoint: url, region: dev.region, credentials: { accessKeyId: "key", secretAccessKey: "secret" } },
  });
  return {
    variables,
    async create(StackName) {
      await client.send(new CreateStackCommand({ StackName, TemplateBody: templateOf(StackName) }));
    },
    async changeByHand(StackName, text, other) {
      const TemplateBody = templateOf(StackName).replace(text, other);
      await client.send(new UpdateStackCommand({ StackName, TemplateBody }));
    },
    close() {
      client.destroy();
      server.stop();
    },
  };
}

function templateOf(stack: string): string {
  const file = join(root, "infra/cdk.out", `${stack}.template.json`);
  return JSON.stringify(JSON.parse(readFileSync(file, "utf8")));
}
