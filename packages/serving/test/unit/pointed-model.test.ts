import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readModelFolder } from "../../src/files/model-folder";
import type { GatewayEvent } from "../../src/hosts/lambda";
import { pointedHandler } from "../../src/lambda/pointed-model";

const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const pointer = "s3://bucket/serving/churn/current.json";
const event = {} as GatewayEvent;

describe("a function that scores with what a pointer names", () => {
  const folder = mkdtempSync(join(tmpdir(), "sagewright-pointed-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Objects as S3 has them, and a function whose answer is the version it was made of. */
  function account() {
    const objects = new Map<string, Buffer>();
    const problems: unknown[] = [];
    let time = 0;
    let reads = 0;
    let refusal = "NetworkingError";
    const handler = pointedHandler({
      pointer,
      folder,
      read: async (uri) => {
        reads += 1;
        const found = objects.get(uri);
        if (found === undefined) throw Object.assign(new Error(`${refusal} ${uri}`), { name: refusal });
        return found;
      },
      load: (own, named) => ({ ...readModelFolder(own, named), digest: named.manifestSha256 }),
      handlerOf:
        ({ model }) =>
        async () => ({ statusCode: 200, headers: {}, body: model.version, isBase64Encoded: false }),
      onProblem: (problem) => problems.push(problem),
      now: () => time,
    });
    const publish = (version: number, { damaged = false } = {}) => {
      const fixture = (name: string) => readFileSync(join(__dirname, "fixtures", name));
      const files = {
        "contract.json": fixture("binary.contract.json"),
        "predictor.safetensors": fixture("binary.safetensors"),
      };
      const entries = Object.entries(files).map(([name, bytes]) => [
        name,
        { sha256: sha256(bytes), bytes: bytes.length },
      ]);
      const manifest = Buffer.from(
        JSON.stringify({ format: 1, files: Object.fromEntries(entries), metrics: { version } }),
      );
      const uri = `s3://bucket/serving/models/${sha256(manifest)}`;
      objects.set(`${uri}/manifest.json`, manifest);
      for (const [name, bytes] of Object.entries(files))
        objects.set(`${uri}/${name}`, damaged ? bytes.subarray(0, -1) : bytes);
      const current = { name: "churn", version, manifestSha256: sha256(manifest), uri };
      objects.set(pointer, Buffer.from(JSON.stringify({ format: 1, current, before: [] })));
    };
    const whole = () => handler(event);
    const answer = async (afterMs = 0) => {
      time += afterMs;
      return (await whole()).body;
    };
    const refuse = (name: string) => {
      refusal = name;
    };
    return { objects, problems, publish, answer, whole, refuse, reads: () => reads };
  }

  test("takes a newer version, or a former one, within half a minute, and asks no more often", async () => {
    const { publish, answer, reads } = account();
    publish(1);
    expect(await answer()).toBe("1");
    expect(reads()).toBe(4);
    publish(2);
    expect(await answer(29_999)).toBe("1");
    expect(reads()).toBe(4);
    expect(await answer(1)).toBe("2");
    publish(1);
    expect(await answer(30_000)).toBe("1");
    expect(await answer(30_000)).toBe("1");
  });

  test("goes on with what it has when the pointer is gone, or the files are not what was registered", async () => {
    const { objects, problems, publish, answer } = account();
    publish(1);
    await answer();
    publish(2, { damaged: true });
    expect(await answer(30_000)).toBe("1");
    expect(String(problems[0])).toContain("was registered");
    objects.delete(pointer);
    expect(await answer(30_000)).toBe("1");
    expect(problems).toHaveLength(2);
    publish(3);
    expect(await answer(30_000)).toBe("3");
  });

  test.each(["NoSuchKey", "AccessDenied"])("says that nothing is published where S3 says %s", async (name) => {
    const { publish, answer, whole, refuse, problems } = account();
    refuse(name);
    const { statusCode, headers, body } = await whole();
    expect({ statusCode, type: headers["content-type"] }).toEqual({
      statusCode: 503,
      type: "application/problem+json",
    });
    expect(headers).toMatchObject({ "retry-after": "60", "cache-control": "no-store" });
    expect(JSON.parse(body)).toMatchObject({
      code: "model_unpublished",
      status: 503,
      instance: `urn:sagewright:request:${headers["x-request-id"]}`,
    });
    expect(body).not.toContain("bucket");
    expect(String(problems[0])).toContain(name);
    publish(1);
    expect(await answer()).toBe("1");
  });

  test("fails before there is a model where the reason is another", async () => {
    const { answer, publish, objects } = account();
    await expect(answer()).rejects.toThrow("NetworkingError");
    objects.set(pointer, Buffer.from("{}"));
    await expect(answer()).rejects.toThrow(`${pointer} is no pointer to a model. Deploy a version again.`);
    publish(1);
    expect(await answer()).toBe("1");
  });
});
