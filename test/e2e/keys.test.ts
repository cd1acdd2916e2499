import { once } from "node:events";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { cli, scratchFolders, startCli } from "../support/cli";
import { tiny, tinyProduct } from "../support/tiny-product";
import { until } from "../support/until";

/** Keys made at the prompt guard the served API, and what was decided can be verified afterwards. */
jest.setTimeout(120_000);

const newFolder = scratchFolders();
let folder: string;

/** A state folder of a test's own, with an approved model and no keys. */
function ownState(name: string): string {
  const state = join(folder, name);
  cpSync(join(folder, "trained"), state, { recursive: true });
  return state;
}

beforeAll(async () => {
  ({ folder } = await tinyProduct(newFolder()));
  const here = (...words: string[]) => cli([...words, "--state", join(folder, "trained")], { cwd: folder });
  expect((await here("run", tiny)).code).toBe(0);
  expect((await here("models", "approve", `${tiny}/1`)).code).toBe(0);
});

test("from the first key on the API takes no request without one; a revoked key is refused; the audit log holds", async () => {
  const state = ownState("closed");
  const here = (...words: string[]) => cli([...words, "--json", "--state", state], { cwd: folder });
  const made = (await here("keys", "create", "billing")).json<{ id: string; text?: string; key?: string }>();
  const key = made.text ?? made.key ?? "";

  const server = startCli(["serve", tiny, "--port", "0", "--json", "--state", state], { cwd: folder });
  const ended = once(server, "close");
  try {
    const { url, keyed } = JSON.parse(await firstDocument(server)) as { url: string; keyed: boolean };
    expect(keyed).toBe(true);
    const customer = { tenure: 12, plan: "basic", charge: 42.5 };
    const ask = (headers: Record<string, string>) =>
      fetch(`${url}/predict`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(customer),
      });
    expect((await ask({})).status).toBe(401);
    const answered = await ask({ authorization: `Bearer ${key}` });
    expect(answered.status).toBe(200);
    const { predictionId } = (await answered.json()) as { predictionId: string };
    expect((await here("keys", "revoke", made.id)).code).toBe(0);
    await until(async () => (await ask({ authorization: `Bearer ${key}` })).status === 401);
    server.kill("SIGINT");
    await ended;
    const verified = await here("audit", "verify");
    expect(verified.code).toBe(0);
    expect(predictionId).toMatch(/^[0-9a-f-]{36}$/);
  } finally {
    if (server.exitCode === null) server.kill("SIGKILL");
  }
});

test("a server that was open takes no request without a key once the first is made, and says so", async () => {
  const state = ownState("opened");
  const here = (...words: string[]) => cli([...words, "--json", "--state", state], { cwd: folder });
  const captures = ["--capture-to", "captured"];
  const server = startCli(["serve", tiny, "--port", "0", "--json", "--state", state, ...captures], { cwd: folder });
  const ended = once(server, "close");
  let told = "";
  let predictions = 0;
  server.stderr?.on("data", (chunk) => {
    told += chunk;
  });
  try {
    const { url, keyed } = JSON.parse(await firstDocument(server)) as { url: string; keyed: boolean };
    expect(keyed).toBe(false);
    const body = JSON.stringify({ tenure: 12, plan: "basic", charge: 42.5 });
    const ask = (headers: object) =>
      fetch(`${url}/predict`, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });
    const open = async () => {
      const answered = (await ask({})).ok;
      if (answered) predictions += 1;
      return answered;
    };
    expect(await open()).toBe(true);
    const { key } = (await here("keys", "create", "first")).json<{ key: string }>();
    await until(async () => !(await open()));
    expect([(await ask({})).status, (await ask({ authorization: `Bearer ${key}` })).status]).toEqual([401, 200]);
    predictions += 1;
    await until(() => told.includes("● a key was made: from now on every request needs one"));
    server.kill("SIGINT");
    await ended;
  } finally {
    if (server.exitCode === null) server.kill("SIGKILL");
  }
  const words = ["captures", "export", "--out", join(folder, "captured.csv")];
  expect((await here(...words, "--captures", "captured")).json()).toMatchObject({ predictions, refused: 0 });
  expect((await here(...words, "--captures", "s3://bucket/captured")).code).toBe(2);
});

test("keys made by several processes at once are all kept, and each is on record", async () => {
  const folder = newFolder();
  const here = (...words: string[]) => cli([...words, "--json", "--state", "state"], { cwd: folder });
  const names = ["a", "b", "c", "d", "e"];
  const made = await Promise.all(names.map((name) => here("keys", "create", name)));
  expect(made.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
  const { keys } = (await here("keys", "list")).json<{ keys: { name: string }[] }>();
  expect(keys.map(({ name }) => name).sort()).toEqual(names);
  expect((await here("audit", "verify")).json()).toMatchObject({ ok: true, lines: 5 });
});

/** The JSON document that a staying command prints before it waits. */
async function firstDocument(server: ReturnType<typeof startCli>): Promise<string> {
  let text = "";
  for await (const chunk of server.stdout ?? []) {
    text += chunk;
    if (text.trimEnd().endsWith("}")) return text;
  }
  throw new Error(`The server ended before it spoke: ${text}`);
}
