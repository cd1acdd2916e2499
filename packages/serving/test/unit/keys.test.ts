import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createKey,
  fileKeyStore,
  openAccess,
  openKeys,
  revokeKey,
  rotateKey,
  verifyAuditLog,
} from "@sagewright/serving";
import { until } from "../../../../test/support/until";
import { post, startApi } from "./serving";

const row = { plan: "basic", international: true, tenure: 3, minutes: 120.5 };
const now = new Date("2026-01-02T03:04:05Z");

describe("an API with keys", () => {
  const folder = mkdtempSync(join(tmpdir(), "sagewright-keys-"));
  const clock = { ms: 1000, now: () => now, monotonicMs: () => clock.ms };
  let access: Awaited<ReturnType<typeof openKeys>>;
  let api: Awaited<ReturnType<typeof startApi>>;
  const keys: Record<string, string> = {};
  beforeAll(async () => {
    access = await openKeys(folder);
    for (const role of ["consumer", "analyst", "operator"] as const) {
      keys[role] = (await createKey(access.keys, { name: `the ${role}`, role, now })).text;
    }
    const store = fileKeyStore({
      path: join(folder, "keys.json"),
      secret: access.secret,
      monotonicMs: () => clock.ms,
    });
    api = await startApi("binary", { keys: store, audit: access.audit, clock });
  });
  afterAll(async () => {
    await api.close();
    await access.audit.flush();
    rmSync(folder, { recursive: true });
  });
  const bearer = (key: string | undefined) => ({ headers: { authorization: `Bearer ${key}` } });
  const predict = (key: string | undefined, path = "/predict") => {
    const { headers, ...rest } = post(row);
    return api.send(path, { ...rest, headers: { ...(headers as object), ...bearer(key).headers } });
  };

  test("keeps no key, only what can be checked against it, where only its owner reads", () => {
    const text = readFileSync(join(folder, "keys.json"), "utf8");
    for (const key of Object.values(keys)) {
      expect(key).toMatch(/^sgw_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/);
      expect(text).not.toContain(key.slice(17));
    }
    for (const name of ["keys.json", "secret"]) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  });

  test("lets each role do its own and all that lesser roles do", async () => {
    const statuses = async (key: string | undefined) => [
      (await predict(key)).status,
      (await predict(key, "/predict?name=slow-way")).status,
      (await api.send("/stats", bearer(key))).status,
    ];
    expect(await statuses(keys.consumer)).toEqual([200, 200, 403]);
    expect(await statuses(keys.analyst)).toEqual([200, 200, 200]);
    expect(await statuses(keys.operator)).toEqual([200, 200, 200]);
  });

  test("takes the key as x-api-key too, and leaves health and documents open", async () => {
    const answer = await api.send("/stats", { headers: { "x-api-key": keys.analyst ?? "" } });
    expect(answer.status).toBe(200);
    for (const path of ["/health", "/openapi.json", "/docs"]) expect((await api.send(path)).status).toBe(200);
    expect((await api.send("/docs")).body).toContain('<input id="key" type="password"');
  });

  test.each([
    { what: "none", headers: {}, code: "key_missing" },
    { what: "nonsense", headers: { authorization: "Bearer nonsense" }, code: "key_invalid" },
    { what: "another scheme", headers: { authorization: "Basic eDp5" }, code: "key_invalid" },
    {
      what: "an unknown id",
      headers: { authorization: `Bearer sgw_${"0".repeat(12)}_${"A".repeat(43)}` },
      code: "key_invalid",
    },
  ])("refuses $what with 401, on both ways and before it reads the body", async ({ headers, code }) => {
    for (const path of ["/predict", "/predict?name=slow-way"]) {
      const answer = await api.send(path, {
        ...post({ bad: 1 }),
        headers: { "content-type": "application/json", ...(headers as Record<string, string>) },
      });
      expect([answer.status, answer.body.code, answer.headers.get("www-authenticate")]).toEqual([
        401,
        code,
        'Bearer realm="sagewright"',
      ]);
    }
  });

  test("refuses a key of which one letter is another", async () => {
    const key = keys.consumer ?? "";
    const last = key.endsWith("A") ? "B" : "A";
    expect((await predict(key.slice(0, 30) + (key[30] === "x" ? "y" : "x") + key.slice(31))).status).toBe(401);
    expect((await predict(`${key}${last}`)).status).toBe(401);
  });

  test("holds a key to its rate, says when to come back, and leaves other keys alone", async () => {
    const { text } = await createKey(access.keys, { name: "slow", role: "consumer", perMinute: 3, now });
    clock.ms += 2_000;
    const statuses: number[] = [];
    for (let index = 0; index < 3; index++) statuses.push((await predict(text)).status);
    const refused = await predict(text);
    expect([...statuses, refused.status, refused.body.code]).toEqual([200, 200, 200, 429, "rate_limited"]);
    expect(refused.headers.get("retry-after")).toBe("20");
    expect((await predict(keys.consumer)).status).toBe(200);
    clock.ms += 20_000;
    expect((await predict(text)).status).toBe(200);
  });

  test("takes revocation and rotation without a restart", async () => {
    const { text, key } = await createKey(access.keys, { name: "short-lived", role: "consumer", now });
    clock.ms += 2_000;
    expect((await predict(text)).status).toBe(200);
    const rotated = await rotateKey(access.keys, key.id, { now, graceSeconds: 60 });
    clock.ms += 2_000;
    expect([(await predict(text)).status, (await predict(rotated.text)).status]).toEqual([200, 200]);
    const again = await rotateKey(access.keys, key.id, { now });
    clock.ms += 2_000;
    expect([(await predict(rotated.text)).status, (await predict(again.text)).status]).toEqual([401, 200]);
    await revokeKey(access.keys, key.id, now);
    clock.ms += 2_000;
    expect((await predict(again.text)).status).toBe(401);
    await expect(rotateKey(access.keys, key.id, { now })).rejects.toThrow(/was revoked on .*Create a new one\./);
    await expect(revokeKey(access.keys, "0".repeat(12), now)).rejects.toThrow("There is no key 000000000000.");
  });

  test("takes a replaced key until its grace ends, however often it was taken before", async () => {
    let time = now.getTime();
    const moving = { now: () => new Date(time), monotonicMs: () => time };
    const store = fileKeyStore({ path: join(folder, "keys.json"), secret: access.secret, ...moving });
    const other = await startApi("binary", { keys: store, clock: moving });
    const status = async (key: string) => (await other.send("/stats", bearer(key))).status;
    const { text, key } = await createKey(store, { name: "graced", role: "analyst", now });
    expect([await status(text), await status(text)]).toEqual([200, 200]);
    const { text: next } = await rotateKey(store, key.id, { now, graceSeconds: 60 });
    expect([await status(text), await status(text), await status(next), await status(next)]).toEqual([
      200, 200, 200, 200,
    ]);
    time += 60_000;
    expect([await status(text), await status(next)]).toEqual([401, 200]);
    await other.close();
  });

  test("loses no change of two stores on one file", async () => {
    const stores = [1, 2].map(() => fileKeyStore({ path: join(folder, "keys.json"), secret: access.secret }));
    const before = access.keys.list().length;
    await Promise.all(
      stores.flatMap((store) => [1, 2, 3].map((n) => createKey(store, { name: `n${n}`, role: "consumer", now }))),
    );
    const text = JSON.parse(readFileSync(join(folder, "keys.json"), "utf8"));
    expect(text.keys.length).toBeGreaterThanOrEqual(before + 6);
    expect(existsSync(join(folder, "keys.json.lock"))).toBe(false);
  });

  test("records who decided what with which model, and nothing of the customer", async () => {
    const secret = "Hargrave-4711";
    await api.send("/predict", {
      ...post({ ...row, plan: secret }),
      headers: { "content-type": "application/json", ...bearer(keys.consumer).headers },
    });
    await predict(keys.consumer);
    await api.send("/predict/batch", {
      method: "POST",
      headers: { "content-type": "application/x-ndjson", ...bearer(keys.analyst).headers },
      body: `${JSON.stringify(row)}\n{}\n`,
    });
    await access.audit.flush();
    const text = readFileSync(join(folder, "audit.jsonl"), "utf8");
    const entries = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
      .filter((entry) => "seq" in entry);
    expect(entries.at(-2)).toMatchObject({
      who: keys.consumer?.slice(4, 16),
      what: "predict",
      model: "7",
      about: { prediction: expect.stringMatching(/^id-/), churn: true, tier: "CRITICAL" },
    });
    expect(entries.at(-1)).toMatchObject({
      who: keys.analyst?.slice(4, 16),
      what: "predict_batch",
      about: { rows: 2, answered: 1 },
    });
    expect(text).not.toContain(secret);
    expect(text).not.toContain("120.5");
    expect(await verifyAuditLog(join(folder, "audit.jsonl"), access.secret)).toMatchObject({
      ok: true,
      lines: entries.length,
    });
  });

  test("decides nothing that cannot be recorded", async () => {
    const broken = await startApi("binary", {
      audit: {
        record: () => {
          throw Object.assign(new (require("@sagewright/serving").ServingError)("audit_unavailable", "disk full"));
        },
        flush: async () => undefined,
      },
    });
    const answer = await broken.send("/predict", post(row));
    expect([answer.status, answer.body.code]).toEqual([503, "audit_unavailable"]);
    await broken.close();
  });
});

describe("openAccess", () => {
  test("is open until there is a key, unless keys are asked for; a running server closes within a second", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sagewright-keys-"));
    const { keys } = await openAccess(folder);
    const required = (await openAccess(folder, { required: true })).keys;
    expect([keys.open?.(), required.open?.()]).toEqual([true, false]);
    const api = await startApi("binary", { keys });
    const security = async () => (await api.send("/openapi.json")).body.paths["/predict"].post.security;
    expect((await api.send("/predict", post(row))).status).toBe(200);
    expect(await security()).toBeUndefined();
    const { text } = await createKey((await openKeys(folder)).keys, { name: "first", role: "operator", now });
    await until(async () => (await api.send("/predict", post(row))).body.code === "key_missing");
    const { body, ...request } = post(row);
    const headers = { ...(request.headers as Record<string, string>), authorization: `Bearer ${text}` };
    expect((await api.send("/predict", { ...request, body: body ?? null, headers })).status).toBe(200);
    expect(await security()).toEqual([{ apiKey: [] }]);
    // Whoever takes the file away opens nothing.
    rmSync(join(folder, "keys.json"));
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    expect((await api.send("/predict", post(row))).body.code).toBe("key_missing");
    expect((await openAccess(folder)).keys.open?.()).toBe(true);
    await api.close();
    rmSync(folder, { recursive: true });
  });

  test("names a file that holds no keys, and a secret that is none", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sagewright-keys-"));
    writeFileSync(join(folder, "keys.json"), "{}");
    await expect(openAccess(folder)).rejects.toThrow(/keys\.json is not a file of keys\. Restore it from a backup/);
    writeFileSync(join(folder, "secret"), "short");
    await expect(openAccess(folder)).rejects.toThrow(/secret does not hold 64 hexadecimal digits/);
    rmSync(folder, { recursive: true });
  });
});
