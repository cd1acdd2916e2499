import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { bundleLambda } from "@sagewright/serving";
import { cli, root, scratchFolders } from "../support/cli";
import { type MotoServer, startMotoServer } from "../support/moto-server";
import type { ErrorDocument } from "../support/tiny-product";

/** `sagewright keys --env` on the secret of a deployed API, kept by moto, and judged by the authorizer as it is deployed. */
jest.setTimeout(90_000);

const newFolder = scratchFolders();
const SecretId = "sagewright/stand/keys";
/** As CloudFormation makes it from the template. */
const untouched = JSON.stringify({ format: 1, keys: [], secret: "5e".repeat(32) });
const credentials = { AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret", AWS_EC2_METADATA_DISABLED: "true" };
let moto: MotoServer;
let url: string;
let cwd: string;
let secrets: SecretsManager;
let authorizer: string;

beforeAll(async () => {
  moto = await startMotoServer();
  url = moto.url;
  cwd = newFolder();
  mkdirSync(join(cwd, "config"));
  const environment = {
    ...{ name: "stand", account: "123456789012", region: "eu-central-1", role: "service-role/Jobs" },
    serving: { mode: "embedded" },
  };
  writeFileSync(join(cwd, "config", "stand.json"), JSON.stringify(environment));
  writeFileSync(join(cwd, "package.json"), "{}");
  authorizer = newFolder();
  await bundleLambda("authorize", authorizer);
  secrets = new SecretsManager({
    ...{ region: "eu-central-1", endpoint: url },
    credentials: { accessKeyId: "key", secretAccessKey: "secret" },
  });
});

beforeEach(async () => {
  await secrets.createSecret({ Name: SecretId, SecretString: untouched });
});

afterEach(() => secrets.deleteSecret({ SecretId, ForceDeleteWithoutRecovery: true }));

afterAll(() => {
  secrets.destroy();
  moto?.stop();
});

interface Made {
  readonly id: string;
  readonly key: string;
}

/** What a command answers, and all that it printed. */
async function keys<T = ErrorDocument>(...words: string[]) {
  const env = { ...credentials, AWS_ENDPOINT_URL: url };
  const { code, json, stdout, stderr } = await cli(["keys", ...words, "--env", "stand", "--json"], { cwd, env });
  return { code, document: json<T>(), text: stdout + stderr };
}

/** What the deployed authorizer says to requests with these keys, in a process of its own. */
function asked(path: string, texts: readonly string[]): string[] {
  const recorded = JSON.parse(readFileSync(join(root, "test/parity/fixtures/gateway/authorizer.json"), "utf8"));
  const events = texts.map((text) => ({ ...recorded, path, headers: { Authorization: `Bearer ${text}` } }));
  const script = `const { handler } = require(${JSON.stringify(join(authorizer, "index.js"))});
    (async () => {
      const answers = [];
      for (const event of ${JSON.stringify(events)})
        answers.push(await handler(event).then((answer) => answer.policyDocument.Statement[0].Effect, (error) => error.message));
      process.stdout.write(JSON.stringify(answers));
    })();`;
  const env = { ...credentials, AWS_REGION: "eu-central-1", KEYS_SECRET: SecretId, AWS_ENDPOINT_URL: url };
  return JSON.parse(execFileSync(process.execPath, ["-e", script], { env, encoding: "utf8" }));
}

const kept = async () => (await secrets.getSecretValue({ SecretId, VersionStage: "AWSCURRENT" })).SecretString ?? "";

test("a key that is made lets its holder in at the gateway; rotated and revoked it no longer does", async () => {
  expect((await keys<{ keys: object[] }>("list")).document.keys).toEqual([]);
  const first = (await keys<Made>("create", "billing", "--per-minute", "600")).document;
  const second = (await keys<Made>("create", "crm", "--role", "operator")).document;
  const forged = `${first.key.slice(0, 17)}${"0".repeat(43)}`;
  expect(asked("/predict", [first.key, second.key, forged])).toEqual(["Allow", "Allow", "Unauthorized"]);
  expect(asked("/retrain", [first.key, second.key])).toEqual(["Deny", "Allow"]);

  const rotated = (await keys<Made>("rotate", first.id, "--grace", "600")).document;
  expect(asked("/predict", [first.key, rotated.key])).toEqual(["Allow", "Allow"]);
  expect((await keys("revoke", first.id)).code).toBe(0);
  expect(asked("/predict", [first.key, rotated.key, second.key])).toEqual(["Unauthorized", "Unauthorized", "Allow"]);

  const { document, text } = await keys<{ keys: object[] }>("list");
  expect(document.keys).toEqual([
    expect.objectContaining({ id: first.id, name: "billing", perMinute: 600, revokedAt: expect.any(String) }),
    expect.objectContaining({ id: second.id, name: "crm", role: "operator" }),
  ]);
  const { secret, keys: stored } = JSON.parse(await kept());
  for (const hidden of [secret, ...stored.map(({ hash }: { hash: string }) => hash)])
    expect(text).not.toContain(hidden);
  for (const { key } of [first, second, rotated]) expect(await kept()).not.toContain(key.split("_").slice(2).join("_"));
});

test("of operators who change keys at the same time none loses anything", async () => {
  const { id } = (await keys<Made>("create", "old")).document;
  const names = ["a", "b", "c", "d"];
  const all = await Promise.all([...names.map((name) => keys<Made>("create", name)), keys("revoke", id)]);
  expect(all.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
  const { keys: stored } = JSON.parse(await kept());
  expect(stored.map(({ name }: { name: string }) => name).sort()).toEqual([...names, "old"]);
  expect(stored[0].revokedAt).toEqual(expect.any(String));
  const made = all.slice(0, 4).map(({ document }) => (document as Made).key);
  expect(asked("/predict", made)).toEqual(["Allow", "Allow", "Allow", "Allow"]);
  // What was written in vain goes by itself: nothing but three labels holds a version.
  const { Versions = [] } = await secrets.listSecretVersionIds({ SecretId });
  const labels = Versions.flatMap(({ VersionStages = [] }) => VersionStages).sort();
  expect(labels).toEqual(["AWSCURRENT", "AWSPREVIOUS", "SAGEWRIGHT_NEXT"]);
});

test("an unknown key, a secret that holds none, and one that is not there are refused, and nothing is told of what was read", async () => {
  const unknown = await keys("revoke", "0".repeat(12));
  expect(unknown).toMatchObject({ code: 1, document: { error: { code: "key_unknown" } } });
  expect(await kept()).toBe(untouched);

  const SecretString = `{"secret":"${"ab".repeat(32)}","format":1,"keys":[`;
  await secrets.putSecretValue({ SecretId, SecretString });
  const broken = await keys("create", "billing", "--verbose");
  expect(broken.document).toMatchObject({ error: { code: "keys_invalid" } });
  expect(broken.text).not.toMatch(/abab/);
  expect(await kept()).toBe(SecretString);

  await secrets.deleteSecret({ SecretId, ForceDeleteWithoutRecovery: true });
  const gone = await keys("list");
  expect(gone).toMatchObject({ code: 6, document: { error: { code: "keys_not_deployed" } } });
  expect(gone.text).toContain("npx cdk deploy -c env=stand");
  await secrets.createSecret({ Name: SecretId, SecretString: untouched });

  const nowhere = await cli(["keys", "list", "--endpoint-url", url, "--json"], { cwd });
  expect(nowhere.code).toBe(2);
});
