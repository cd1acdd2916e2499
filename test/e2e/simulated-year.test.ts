import {
  JiraDouble,
  PagerDutyDouble,
  type Receiver,
  SlackDouble,
} from "../../packages/monitoring/test/unit/alerts/receivers";
import { scratchFolders } from "../support/cli";
import { type WeekEnd, Year } from "./simulated-year/year";

/**
 * A year of a product on the embedded cloud's manual clock: real trainings, the real prediction API, captures, labels two weeks
 * late, the commands as they are typed each Monday, and receivers on the loopback.
 *
 * | weeks | what happens |
 * |---|---|
 * | 5 to 8 | a season: charges rise, and fall again |
 * | 13 | an upstream job delivers no calls |
 * | from 18 on | suddenly premium plans are usual, and a competitor courts the loyal customers |
 * | from 33 on | customers who have been there for long slowly leave the traffic |
 * | 47 | somebody publishes a blunt training |
 */
jest.setTimeout(240_000);

const newFolder = scratchFolders();
const WEEKS = 52;
const [SEASON, BROKEN, SUDDEN, SLOW, BLUNT] = [5, 13, 18, 33, 47];
const LABEL_WEEKS = 2;

/** Something that a receiver was told. */
interface Told {
  readonly week: number;
  readonly receiver: "pagerduty" | "slack" | "jira";
  readonly text: string;
}

const told: Told[] = [];
const weeks: WeekEnd[] = [];
const slack = new SlackDouble();
const pagerduty = new PagerDutyDouble();
const jira = new JiraDouble();
let year: Year;
let alerts: {
  incidents: { title: string; opened: string; closed: string | null }[];
  waiting: object[];
  dead: object[];
};

const environment = {
  name: "year",
  account: "000000000000",
  region: "us-east-1",
  gate: { minimumAuc: 0.7 },
  serving: { mode: "embedded" },
  monitoring: { labelDelayDays: 7 * (LABEL_WEEKS + 1) },
  alerts: {
    targets: {
      phone: { type: "pagerduty", secret: "year/pagerduty" },
      team: { type: "slack", secret: "year/slack", channel: "#churn-model" },
      board: { type: "jira", secret: "year/jira", site: "https://jira.example.net", project: "CHURN" },
    },
    routes: { critical: ["phone"], performance: ["team"], minor: ["board"] },
  },
  retraining: { schedule: "cron(0 3 1 3,6,9,12 ? *)", coolDownDays: 27, fresh: { windowDays: 70 } },
};

beforeAll(async () => {
  const given = {
    SAGEWRIGHT_PAGERDUTY_ADDRESS: await listening("pagerduty", pagerduty),
    SAGEWRIGHT_SLACK_ADDRESS: await listening("slack", slack),
    SAGEWRIGHT_JIRA_ADDRESS: await listening("jira", jira),
    YEAR_PAGERDUTY: "0123456789abcdef0123456789abcdef",
    YEAR_SLACK: "xoxb-simulated",
    YEAR_JIRA: '{"email":"monitor@example.net","token":"simulated"}',
  };
  Object.assign(process.env, given);
  const begin = new Date("2027-01-04T00:00:00Z");
  // The state can be kept and looked at: sagewright --cwd FOLDER monitor report leaving --until 2028-01-03
  const folder = process.env.SAGEWRIGHT_YEAR_FOLDER ?? newFolder();
  year = await Year.begin({ folder, begin, customersAWeek: 350, labelDelayDays: 7 * LABEL_WEEKS, environment }, 2_000);
  for (let week = 0; week < WEEKS; week += 1) {
    if (week === BLUNT) await year.publish("blunted");
    if (week === BLUNT + 1) await year.publish("usual");
    weeks.push(
      await year.live({
        charge: week >= SEASON && week < SEASON + 4 ? 0.28 : 0,
        withoutCalls: week === BROKEN,
        ...(week < SUDDEN ? {} : { premium: 0.75, loyalty: -0.6 }),
        tenure: week < SLOW ? 0 : -Math.min(0.6, 0.05 * (week - SLOW + 1)),
      }),
    );
  }
  alerts = await year.alerts();
});

afterAll(async () => {
  await year?.close();
  await Promise.all([pagerduty.close(), slack.close(), jira.close()]);
});

test("calm weeks are in order and nobody is told, while labels are still on their way", () => {
  expect(weeks.slice(0, SEASON).map(({ verdict }) => verdict)).toEqual(new Array(SEASON).fill("in_order"));
  expect(told.filter(({ week }) => week < SEASON)).toEqual([]);
  expect(weeks[0]?.sentence).toMatch(/No labels yet .* Estimated from the scores alone: ROC AUC/);
  expect(weeks[LABEL_WEEKS]?.sentence).toMatch(/The newest week with labels, from 2027-01-04: ROC AUC 0\.\d+ \(95 %/);
});

test("a season is told once, and that it is over once", () => {
  const season = weeks.slice(SEASON, SEASON + 4);
  expect(season.every(({ drifted }) => drifted.join() === "charge")).toBe(true);
  const [issue] = jira.issues;
  expect(issue).toMatchObject({ done: true, fields: { summary: expect.stringMatching(/charge: the mean rose/) } });
  expect(toldOf("jira", /charge/)[0]).toMatchObject({ week: SEASON });
  const over = told.filter(({ text }) => /Over: .*charge/.test(text));
  expect(over.map(({ week, receiver }) => [week, receiver])).toEqual(expect.arrayContaining([[SEASON + 4, "jira"]]));
  expect(over.every(({ week }) => week === SEASON + 4)).toBe(true);
});

test("a column that no longer comes rings the phone, and no training learns the fault", () => {
  expect(weeks[BROKEN]).toMatchObject({ verdict: "attention", retraining: null });
  expect(told.filter(({ receiver }) => receiver === "pagerduty")).toEqual([
    {
      week: BROKEN,
      receiver: "pagerduty",
      text: expect.stringMatching(/^trigger .*calls: missing values went from 0 %/),
    },
    { week: BROKEN + 1, receiver: "pagerduty", text: expect.stringMatching(/^resolve/) },
  ]);
  expect(weeks.map(({ retraining }) => retraining?.data?.broken ?? 0)).toContain(350);
  expect(toldOf("jira", /missing values/)).toEqual([]);
});

test("a sudden change is told at once by drift, by ROC AUC when labels are there, and repaired when enough of them are", () => {
  expect(toldOf("slack", /plan: /)[0]).toMatchObject({ week: SUDDEN });
  const below = toldOf("slack", /ROC AUC is below the gate/)[0]?.week ?? 0;
  expect(below).toBeGreaterThanOrEqual(SUDDEN + LABEL_WEEKS);
  expect(below).toBeLessThanOrEqual(SUDDEN + LABEL_WEEKS + 3);
  expect(meanAuc(0, BROKEN)).toBeGreaterThan(0.84);
  expect(meanAuc(SUDDEN, SUDDEN + 5)).toBeLessThan(0.7);
  const repaired = weeks.findIndex(({ week, trueAuc }) => week > SUDDEN && trueAuc > 0.75);
  expect(repaired).toBeGreaterThan(SUDDEN + LABEL_WEEKS);
  expect(repaired).toBeLessThan(SLOW - 3);
  expect(weeks[repaired]?.version).toBeGreaterThan(weeks[repaired - 1]?.version ?? 0);
  expect(meanAuc(repaired, SLOW)).toBeGreaterThan(0.78);
  expect(toldOf("slack", /Over: .*ROC AUC is below/)).toHaveLength(1);
});

test("a slow change is found before it has cost anything", () => {
  const [first] = toldOf("jira", /tenure: /)
    .concat(toldOf("slack", /tenure: /))
    .sort((a, b) => a.week - b.week);
  expect(first?.week).toBeGreaterThanOrEqual(SLOW);
  expect(first?.week).toBeLessThanOrEqual(SLOW + 8);
  expect(meanAuc(SLOW, WEEKS)).toBeGreaterThan(0.78);
});

test("a bad challenger is kept out by the gate, and that is told", () => {
  const { retraining, version } = weeks[BLUNT] as WeekEnd;
  expect(retraining?.outcome?.result).toMatchObject({
    kind: "kept",
    reason: expect.stringContaining("worse than the champion"),
  });
  expect(weeks[BLUNT + 1]?.version).toBe(version);
  expect(toldOf("slack", /did not take over: .*worse than the champion/).map(({ week }) => week)).toContain(BLUNT);
});

test("the calendar starts trainings too, in the first week that it can", () => {
  const because = weeks.map(({ retraining }) => (retraining?.decision.start ? retraining.decision.because : ""));
  expect(because[8]).toBe("the schedule of 2027-03-01");
  expect(because.filter((text) => text.startsWith("the schedule of ")).length).toBeGreaterThan(1);
});

test("fresh rows train, choose and test in the order of time", () => {
  const merged = weeks.flatMap(({ retraining }) => (retraining?.data?.splits === undefined ? [] : [retraining.data]));
  expect(merged.length).toBeGreaterThan(5);
  for (const { splits, fresh } of merged) {
    const { train = 0, validation = 0, test: tested = 0 } = splits ?? {};
    expect(train + validation + tested).toBe(fresh);
    expect(tested / fresh).toBeCloseTo(0.15, 1);
  }
  // Last year's rows are out once they are older than the window.
  expect(merged[0]?.history).toBe(2_000);
  expect(merged.at(-1)?.history).toBe(0);
});

test("only versions that the gate let through ever answered", () => {
  const promoted = weeks.flatMap(({ retraining }) => {
    const result = retraining?.outcome?.result;
    return result?.kind === "promoted" ? [Number(result.version)] : [];
  });
  const served = [...new Set(weeks.map(({ version }) => version))];
  expect([1, ...promoted].slice(0, served.length)).toEqual(served);
  expect(promoted.length).toBeGreaterThan(2);
});

test("each outcome is told in the threads of the trouble; everything arrived, and nothing twice", () => {
  const outcomes = slack.messages.filter(({ text }) => /^The model trained by/.test(text));
  expect(outcomes.length).toBeGreaterThan(2);
  expect(outcomes.every(({ thread_ts }) => thread_ts !== undefined)).toBe(true);
  const deliveries = slack.messages.map(({ metadata }) => metadata?.event_payload.delivery);
  expect(new Set(deliveries).size).toBe(deliveries.length);
  expect([alerts.waiting, alerts.dead]).toEqual([[], []]);
});

async function listening(receiver: Told["receiver"], server: Receiver): Promise<string> {
  server.behave = ({ path, body }) => {
    const {
      event_action: action,
      payload,
      text,
      fields,
      body: comment,
    } = body as {
      event_action?: string;
      payload?: { summary?: string };
      text?: string;
      fields?: { summary?: string };
      body?: object;
    };
    const said = {
      pagerduty: `${action} ${payload?.summary ?? ""}`,
      slack: path.endsWith("chat.postMessage") ? text : undefined,
      jira: fields?.summary ?? (comment === undefined ? undefined : JSON.stringify(comment)),
    }[receiver];
    // Monday morning belongs to the week that is over.
    if (said !== undefined) told.push({ week: year.week - 1, receiver, text: said });
    return "well";
  };
  return server.open();
}

function toldOf(receiver: Told["receiver"], text: RegExp): Told[] {
  return told.filter((each) => each.receiver === receiver && text.test(each.text));
}

function meanAuc(from: number, to: number): number {
  const some = weeks.slice(from, to);
  return some.reduce((sum, { trueAuc }) => sum + trueAuc, 0) / some.length;
}
