import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { type HttpRequest, HttpResponse } from "@smithy/protocol-http";
import { renewable } from "../../src/credentials";
import {
  type Clients,
  createClients,
  isCredentialsError,
  patiently,
  renewableCredentials,
  stopExecution,
} from "../../src/index";

const identity = (accessKeyId: string, expiration?: Date) => ({
  accessKeyId,
  secretAccessKey: "secret",
  ...(expiration === undefined ? {} : { expiration }),
});

test("credentials are looked for once, again when they are about to end, and afresh when asked", async () => {
  let now = 1_000_000;
  const asked: string[] = [];
  const credentials = renewable(
    () => async () => {
      asked.push(`at ${now}`);
      return identity(`KEY${asked.length}`, new Date(now + 3_600_000));
    },
    () => now,
  );
  const key = async () => (await credentials.provider()).accessKeyId;
  expect([await key(), await key()]).toEqual(["KEY1", "KEY1"]);
  now += 3_400_000;
  expect(await key()).toBe("KEY2");
  credentials.renew();
  expect(await key()).toBe("KEY3");
});

describe("a client that signs with keys of a file", () => {
  let folder: string;
  const before = { ...process.env };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sagewright-credentials-"));
    process.env.AWS_SHARED_CREDENTIALS_FILE = join(folder, "credentials");
    process.env.AWS_CONFIG_FILE = join(folder, "config");
  });

  afterEach(() => {
    process.env = { ...before };
    rmSync(folder, { recursive: true });
  });

  const signIn = (key: string) =>
    writeFileSync(join(folder, "credentials"), `[work]\naws_access_key_id = ${key}\naws_secret_access_key = secret\n`);

  /** A service that takes one key only, and says whose requests came. */
  function serviceFor(accepted: () => string): { clients: Clients; signedBy: string[] } {
    const signedBy: string[] = [];
    const { provider, renew } = renewableCredentials({ profile: "work" });
    const clients = createClients({
      region: "eu-central-1",
      endpoint: "http://fake",
      maxAttempts: 1,
      credentials: provider,
      renewCredentials: renew,
      polling: { minimumMs: 1, maximumMs: 1 },
      requestHandler: {
        handle: async (request: HttpRequest) => {
          const key = /Credential=(\w+)\//.exec(request.headers.authorization ?? "")?.[1] ?? "";
          signedBy.push(key);
          const good = key === accepted();
          const body = good ? {} : { __type: "ExpiredTokenException", message: "The security token is expired" };
          return {
            response: new HttpResponse({
              statusCode: good ? 200 : 400,
              headers: { "content-type": "application/x-amz-json-1.1" },
              body: Readable.from([Buffer.from(JSON.stringify(body))]),
            }),
          };
        },
      },
    });
    return { clients, signedBy };
  }

  test("goes on with the new keys as soon as somebody signed in again", async () => {
    signIn("OLD");
    let accepted = "OLD";
    const { clients, signedBy } = serviceFor(() => accepted);
    const request = () => stopExecution(clients, "arn:aws:sagemaker:eu-central-1:1:pipeline/p/execution/e");
    await request();
    accepted = "NEW";
    await expect(request()).rejects.toMatchObject({ name: "ExpiredTokenException" });
    const causes: string[] = [];
    await patiently(clients, request, {
      onDelay: ({ cause }) => {
        causes.push(cause);
        if (causes.length === 2) signIn("NEW");
      },
    });
    expect(causes).toEqual(["credentials", "credentials"]);
    expect(signedBy).toEqual(["OLD", "OLD", "OLD", "OLD", "NEW"]);
  });

  test("a profile that is not there is a problem of credentials", async () => {
    signIn("OLD");
    const { provider } = renewableCredentials({ profile: "elsewhere" });
    process.env.AWS_EC2_METADATA_DISABLED = "true";
    const error = await provider().catch((failure: unknown) => failure);
    expect(isCredentialsError(error)).toBe(true);
  });
});
