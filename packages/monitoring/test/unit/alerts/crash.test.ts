import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AlertRouter, AlertStore, folderDocument, type VersionedDocument } from "@sagewright/monitoring";
import { buildSync } from "esbuild";
import { JiraDouble, PagerDutyDouble, SlackDouble } from "./receivers";
import { alertsWith, finding, observed, secrets, TestClock } from "./routing";

const scratch = mkdtempSync(join(tmpdir(), "alerts-crash-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const start = new Date("2026-03-02T10:00:00Z");
const later = new Date(start.getTime() + 3_600_000);
const findings = [
  finding({ subject: "down", severity: "critical" }),
  finding({ subject: "slow" }),
  finding({ subject: "odd", severity: "minor" }),
];
/** What is observed: it begins, and an hour later it is over. */
const observations = [
  observed(start, findings),
  observed(
    later,
    [],
    findings.map(({ key }) => key),
  ),
];

async function receivers() {
  const [pagerduty, slack, jira] = [new PagerDutyDouble(), new SlackDouble(() => later), new JiraDouble()];
  const addresses = { pagerduty: await pagerduty.open(), slack: await slack.open(), jira: await jira.open() };
  return {
    pagerduty,
    slack,
    jira,
    addresses,
    close: () => Promise.all([pagerduty, slack, jira].map((each) => each.close())),
  };
}

function expectEachOnce({ pagerduty, slack, jira }: Awaited<ReturnType<typeof receivers>>): void {
  expect([...pagerduty.alerts.values()]).toMatchObject([{ status: "resolved", incidents: 1 }]);
  const texts = slack.messages.map(({ text }) => text.replace(/:.*: .*/, "")).sort();
  expect(texts).toEqual(["Over", "Over", "churn", "churn"]);
  for (const end of slack.messages.filter(({ text }) => text.startsWith("Over"))) {
    const opening = slack.messages.find(({ ts }) => ts === end.thread_ts);
    expect(opening?.text).toBe(end.text.replace("Over: ", ""));
  }
  expect(jira.issues).toMatchObject([{ comments: [{}], done: true }]);
}

/** Lets `most` writes and requests happen, and then nothing any more: the `most`th is done or not, its answer never comes. */
function mortal(most: number, done: boolean) {
  let steps = 0;
  let die: () => void = () => undefined;
  const death = new Promise<"dead">((resolve) => {
    die = () => resolve("dead");
  });
  const never = new Promise<never>(() => undefined);
  const underWay = new Set<Promise<unknown>>();
  const begun = <T>(work: () => Promise<T>): Promise<T> => {
    const promise = work();
    underWay.add(promise);
    return promise.finally(() => underWay.delete(promise));
  };
  const step = async <T>(work: () => Promise<T>): Promise<T> => {
    steps += 1;
    if (steps < most) return begun(work);
    if (steps === most && done) await begun(work);
    die();
    return never;
  };
  // What was on the wire arrives long before a claim runs out.
  const burial = death.then(async () => {
    while (underWay.size > 0) await Promise.allSettled(underWay);
    return "dead" as const;
  });
  return { step, death: burial };
}

test("a process that ends before or after any write or request leaves nothing lost and nothing twice", async () => {
  let deaths = 0;
  for (let at = 1; ; at += 1) {
    let survived = false;
    for (const done of [false, true]) {
      const all = await receivers();
      const document = folderDocument(join(scratch, `${at}-${done}`));
      const clock = new TestClock(later);
      const router = (step: <T>(work: () => Promise<T>) => Promise<T>) => {
        const dying: VersionedDocument = {
          read: () => document.read(),
          write: (text, version) => step(() => document.write(text, version)),
        };
        return new AlertRouter({
          alerts: alertsWith(),
          store: new AlertStore(dying),
          secrets: async (name) => secrets[name] ?? "",
          clock,
          addresses: all.addresses,
          fetch: (url, init) => step(() => fetch(url, init)),
          random: () => 1,
        });
      };
      const live = async (mine: AlertRouter): Promise<"done"> => {
        for (const observation of observations) {
          await mine.accept(observation);
          await mine.deliver();
        }
        return "done";
      };
      const { step, death } = mortal(at, done);
      survived = (await Promise.race([live(router(step)), death])) === "done";
      deaths += survived ? 0 : 1;
      // Another one takes over when the claims of the dead have run out.
      const heir = router((work) => work());
      await heir.accept(...observations);
      for (let round = 0; (await heir.deliver()).waiting > 0; round += 1) {
        expect(round).toBeLessThan(20);
        clock.advance(61_000);
      }
      expectEachOnce(all);
      await all.close();
    }
    if (survived) break;
  }
  expect(deaths).toBeGreaterThan(50);
}, 60_000);

test("kill -9, over and over: nothing is lost, nothing twice", async () => {
  const program = join(scratch, "router.cjs");
  buildSync({
    entryPoints: [join(__dirname, "router-process.ts")],
    outfile: program,
    bundle: true,
    platform: "node",
    logLevel: "error",
    alias: {
      "@sagewright/monitoring": join(__dirname, "../../../src/index.ts"),
      "@sagewright/contract": join(__dirname, "../../../../contract/src/index.ts"),
    },
  });
  const all = await receivers();
  const folder = join(scratch, "killed");
  let kills = 0;
  for (let life = 0; ; life += 1) {
    expect(life).toBeLessThan(40);
    const now = new Date(later.getTime() + life * 61_000).toISOString();
    const given = { folder, addresses: all.addresses, now, observations, killAtStep: 2 + ((life * 5) % 13) };
    const child = spawn(process.execPath, [program, JSON.stringify(given)], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
      child.once("exit", (...end) => resolve(end)),
    );
    if (signal === "SIGKILL") kills += 1;
    else if (code === 0) break;
    else throw new Error(`The router ended with ${code}`);
  }
  expect(kills).toBeGreaterThan(4);
  expectEachOnce(all);
  await all.close();
}, 60_000);
