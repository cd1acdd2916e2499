import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CliError } from "../../src/errors";
import { captureOf } from "../../src/models/serve-capture";
import type { Session } from "../../src/session";

const folder = mkdtempSync(join(tmpdir(), "sagewright-serve-capture-"));
afterAll(() => rmSync(folder, { recursive: true }));

const answer = { predictionId: "p", value: 1, drivers: [], modelVersion: "1", latencyMs: 0 };
const told: string[] = [];
const sent: { Bucket?: string; Key?: string }[] = [];

/** A session whose S3 takes objects, or refuses them. */
const session = (refuse?: string) => {
  const s3 = {
    send: async ({ input }: { input: { Bucket?: string; Key?: string } }) => {
      if (refuse !== undefined) throw new Error(refuse);
      sent.push(input);
    },
  };
  return { clients: { s3 }, place: "the embedded cloud" } as unknown as Session;
};
const open = (to: string | undefined, share?: string, over = session()) =>
  captureOf({ share, to, usual: join(folder, "usual"), cwd: folder, session: over, tell: (line) => told.push(line) });

test("nothing is captured unless a share or a place is given; a place alone takes all", async () => {
  expect(open(undefined)).toBeUndefined();
  for (const to of [undefined, "named"]) {
    const capture = open(to, to === undefined ? "1" : undefined);
    capture?.observe({ tenure: 1 }, answer);
    await capture?.flush();
    expect(capture?.counts()).toEqual({ written: 1, dropped: 0 });
  }
  expect(readdirSync(folder).sort()).toEqual(["named", "usual"]);
});

test("objects go below the prefix of a bucket; why some are lost is told once", async () => {
  const capture = open("s3://my-bucket/captures/churn/");
  capture?.observe({ tenure: 1 }, answer);
  await capture?.flush();
  expect(sent).toEqual([
    expect.objectContaining({ Bucket: "my-bucket", Key: expect.stringMatching(/^captures\/churn\/\d{4}\/.*\.jsonl$/) }),
  ]);
  const refused = open("s3://my-bucket", undefined, session("Access Denied"));
  for (let index = 0; index < 2; index += 1) {
    refused?.observe({ tenure: 1 }, answer);
    await refused?.flush();
  }
  expect(refused?.counts()).toEqual({ written: 0, dropped: 2 });
  expect(told).toEqual(["! 1 captured prediction was lost: Access Denied"]);
});

test.each([
  ["ftp://host/captures", "is no place for captures"],
  ["", "is no place for captures"],
  ["s3:/bucket", "names no bucket"],
  ["s3://B", "names no bucket"],
  ["firehose:", "names no delivery stream"],
  ["firehose:a b", "names no delivery stream"],
  ["firehose:stream", "the embedded cloud has no Firehose"],
])("--capture-to '%s' is refused as wrong usage", (to, message) => {
  expect(() => open(to)).toThrow(message);
  try {
    open(to);
  } catch (error) {
    expect((error as CliError).explanation).toMatchObject({ code: "usage", exitCode: 2, fix: expect.any(String) });
  }
});

test.each(["2", "-0.1", "", "half", "NaN"])("--capture '%s' is refused as wrong usage", (share) => {
  expect(() => open(undefined, share)).toThrow(`--capture: '${share}' is not between 0 and 1`);
});
