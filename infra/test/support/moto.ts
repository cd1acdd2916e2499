import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { CloudFormationClient, CreateStackCommand, UpdateStackCommand } from "@aws-sdk/client-cloudformation";
import dev from "../../../config/dev";
import { root } from "../../../test/support/cli";

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
  const python = process.env.SAGEWRIGHT_TEST_PYTHON;
  if (python === undefined) throw new Error("SAGEWRIGHT_TEST_PYTHON is not set. Run the tests with npm test.");
  const port = await freePort();
  const server = spawn(python, ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)], {
    stdio: "ignore",
    env: { ...process.env, MOTO_ACCOUNT_ID: dev.account },
  });
  // The name, as templates in its buckets are found by it.
  const url = `http://localhost:${port}`;
  const variables = {
    ...{ AWS_ENDPOINT_URL: url, AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret", AWS_REGION: dev.region },
    ...{ AWS_EC2_METADATA_DISABLED: "true", AWS_CONFIG_FILE: "/nowhere", AWS_SHARED_CREDENTIALS_FILE: "/nowhere" },
  };
  await answering(url);
  await bootstrap(url);
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
      server.kill("SIGKILL");
    },
  };
}

function templateOf(stack: string): string {
  const file = join(root, "infra/cdk.out", `${stack}.template.json`);
  return JSON.stringify(JSON.parse(readFileSync(file, "utf8")));
}

/** What `cdk bootstrap` leaves, as far as a comparison asks for it. */
async function bootstrap(url: string): Promise<void> {
  const answer = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "AmazonSSM.PutParameter",
      authorization: `AWS4-HMAC-SHA256 Credential=key/20270101/${dev.region}/ssm/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify({ Name: "/cdk-bootstrap/hnb659fds/version", Value: "30", Type: "String" }),
  });
  if (!answer.ok) throw new Error(`moto refused the bootstrap's version: ${await answer.text()}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

async function answering(url: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const there = await fetch(url).then(
      () => true,
      () => false,
    );
    if (there) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("moto did not start");
}
