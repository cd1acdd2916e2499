import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cli, jobPython, scratchFolders } from "../support/cli";
import { type CloudProcess, orphansOf, startCloud } from "./kill-workload/cloud-process";
import { called, functions, prepareFunctions, scribeCode } from "./kill-workload/functions";
import { endpoints, prepareHosting } from "./kill-workload/hosting";
import { jobs, prepareJobs, preparePipeline } from "./kill-workload/jobs";
import { Ledger, pause } from "./kill-workload/ledger";
import { messaging, prepareMessages, published, queueMessages } from "./kill-workload/messages";
import { models, packages, pipelines } from "./kill-workload/registry";
import { logs, objects, uploads } from "./kill-workload/storage";
import { scaling, watching } from "./kill-workload/watching";
import { type Actor, clientsOf, seeded, type World, wasAnswered } from "./kill-workload/world";

/**
 * `kill -9` of `sagewright cloud` at random moments, while a client outside does everything with it over HTTP and keeps its
 * own book of what was acknowledged. SAGEWRIGHT_KILLS=100 is the full size, with longer lives and more that has to come to
 * rest between kills; SAGEWRIGHT_KILLS_SEED draws other moments, SAGEWRIGHT_KILLS_PROGRESS=1 tells how it goes.
 */
const kills = Number(process.env.SAGEWRIGHT_KILLS ?? 12);
const seed = Number(process.env.SAGEWRIGHT_KILLS_SEED ?? 20_261_121);
const full = kills > 20;
const longestLifeMs = full ? 2_500 : 900;
/** Work that was under way is killed again before it has ended, all but every so many times. */
const restsEvery = full ? 2 : 6;
const patienceMs = 60_000;

jest.setTimeout(120_000 + kills * 60_000);

const folder = scratchFolders()();
const state = join(folder, "state");
const book = join(folder, "called");

test(`${kills} kills of a cloud that is doing everything: nothing acknowledged is lost, nothing is stuck`, async () => {
  const began = process.uptime();
  const random = seeded(seed);
  let names = 0;
  let cloud: CloudProcess = await startCloud(state);
  const ledger = new Ledger();
  const name = (prefix: string) => `${prefix}-${++names}`;
  const world: World = { clients: clientsOf(cloud.url), ledger, random, name };
  try {
    await prepareMessages(world);
    await prepareJobs(world, archive);
    await preparePipeline(world);
    await prepareHosting(world);
    await prepareFunctions(world, zip(scribeCode), book);
    const actors = everyActor(world);
    for (let kill = 0; kill < kills; kill += 1) {
      await workUntilKilled(actors, cloud, random() * longestLifeMs);
      expect({ kill, orphans: await orphansOf(state) }).toEqual({ kill, orphans: [] });
      cloud = await startCloud(state);
      world.clients = clientsOf(cloud.url);
      expect({ kill, lost: await ledger.verify() }).toEqual({ kill, lost: [] });
      if ((kill + 1) % restsEvery === 0 || kill === kills - 1) {
        expect({ kill, stuck: await ledger.settle(patienceMs) }).toEqual({ kill, stuck: [] });
        const wrong = (await Promise.all(actors.map(({ atRest }) => atRest?.() ?? []))).flat();
        expect({ kill, wrong }).toEqual({ kill, wrong: [] });
      }
      if (process.env.SAGEWRIGHT_KILLS_PROGRESS) {
        const seconds = (process.uptime() - began).toFixed(1);
        process.stderr.write(
          `${kill + 1} kills in ${seconds} s, ${ledger.acknowledged} acknowledged, ${JSON.stringify(ledger.size)}\n`,
        );
      }
      expect(cloud.said()).not.toMatch(/Error/);
    }
    expect(ledger.acknowledged).toBeGreaterThan(kills * 5);
    expect(await cloud.end()).toBe(0);
    const verified = await cli(["state", "verify", "--state", state, "--json"]);
    expect({ code: verified.code, ...verified.json<object>() }).toMatchObject({ code: 0, damaged: [] });
    expect(await orphansOf(state)).toEqual([]);
  } finally {
    await cloud.kill().catch(() => undefined);
  }
});

const everyActor = (world: World): Actor[] => [
  objects(world),
  uploads(world),
  logs(world),
  queueMessages(world),
  published(world),
  messaging(world),
  watching(world),
  scaling(world),
  pipelines(world),
  packages(world),
  models(world),
  jobs(world),
  endpoints(world),
  called(world, book),
  functions(world, [
    zip("exports.handler = async () => process.env.NOTE;"),
    zip("exports.handler = async () => process.env.NOTE; // again"),
  ]),
];

/** Lets every actor work until the cloud is killed under them. A refusal by a service is a failure of the test. */
async function workUntilKilled(actors: readonly Actor[], cloud: CloudProcess, afterMs: number): Promise<void> {
  let killed = false;
  const working = actors.map(async ({ name, step }) => {
    while (!killed) {
      try {
        await step();
      } catch (error) {
        if (killed && !wasAnswered(error)) return;
        const { message } = error as Error;
        throw new Error(`${name}: ${message} ${JSON.stringify((error as { $metadata?: object }).$metadata ?? {})}`, {
          cause: error,
        });
      }
    }
  });
  const settled = Promise.allSettled(working);
  await Promise.race([pause(afterMs), Promise.all(working)]);
  killed = true;
  await cloud.kill();
  for (const end of await settled) if (end.status === "rejected") throw end.reason;
}

async function archive(name: string, files: Record<string, string>): Promise<Buffer> {
  const source = join(folder, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(source, path)), { recursive: true });
    writeFileSync(join(source, path), text);
  }
  execFileSync("tar", ["-czf", `${source}.tar.gz`, "-C", source, "."]);
  const bytes = readFileSync(`${source}.tar.gz`);
  rmSync(source, { recursive: true });
  return bytes;
}

/** A function's package with one file. */
function zip(code: string): Buffer {
  const file = join(folder, "function.zip");
  const script =
    "import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], 'w') as z: z.writestr('index.js', sys.argv[2])";
  execFileSync(jobPython, ["-c", script, file, code]);
  return readFileSync(file);
}
