import { spawn } from "node:child_process";
import { testPython } from "./cli";
import { freePort } from "./free-port";

/** moto's server on the loopback interface: a double of AWS that others wrote. */
export interface MotoServer {
  readonly port: number;
  readonly url: string;
  stop(): void;
}

/**
 * Starts moto and waits until it answers.
 *
 * @param options.program - what Python runs. @default moto's own server
 * @param options.account - the account of requests that name none. @default moto's own, 123456789012
 * @throws Error when it ends instead
 */
export async function startMotoServer({
  program = (port: number) => ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)],
  account,
}: {
  readonly program?: (port: number) => readonly string[];
  readonly account?: string;
} = {}): Promise<MotoServer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = spawn(testPython, program(port), {
    stdio: "ignore",
    env: { ...process.env, ...(account !== undefined && { MOTO_ACCOUNT_ID: account }) },
  });
  while (!(await answers(url))) {
    if (server.exitCode !== null) throw new Error(`moto ended with ${server.exitCode}. Run the tests with npm test.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { port, url, stop: () => server.kill("SIGKILL") };
}

/** Leaves what templates ask of `cdk bootstrap`: the version of its stack. */
export async function rememberBootstrap(
  url: string,
  { account, region }: { readonly account: string; readonly region: string },
): Promise<void> {
  const answer = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "AmazonSSM.PutParameter",
      "x-moto-account-id": account,
      authorization: `AWS4-HMAC-SHA256 Credential=key/20260101/${region}/ssm/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify({ Name: "/cdk-bootstrap/hnb659fds/version", Value: "30", Type: "String" }),
  });
  if (!answer.ok) throw new Error(`moto refused the bootstrap's version: ${await answer.text()}`);
}

function answers(url: string): Promise<boolean> {
  return fetch(`${url}/moto-api/`).then(
    () => true,
    () => false,
  );
}
