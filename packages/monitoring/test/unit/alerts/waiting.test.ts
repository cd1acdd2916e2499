import { type AlertsInput, waitingOf } from "@sagewright/monitoring";
import { SlackDouble } from "./receivers";
import { alertsWith, finding, memoryDocument, observed, routerFor, TestClock } from "./routing";

const clock = new TestClock();
const slack = new SlackDouble(() => clock.now());
let addresses: { slack: string };
beforeAll(async () => {
  addresses = { slack: await slack.open() };
});
afterAll(() => slack.close());

/** What waits after findings were taken in, and perhaps sent. */
async function waiting(changes: Partial<AlertsInput>, { sends = true } = {}) {
  const alerts = alertsWith(changes);
  const router = routerFor(addresses, { clock, alerts, document: memoryDocument() });
  const two = ["a", "b"].map((subject) => finding({ subject }));
  for (const each of two) {
    await router.accept(observed(clock.now(), [each]));
    if (sends) await router.deliver();
    clock.advance(1_000);
  }
  const found = waitingOf(await router.state(), clock.now(), alerts);
  return found.map(({ delivery, reason, because, until }) => [
    delivery.message.title.slice(0, 8),
    reason,
    because,
    until,
  ]);
}

test.each<[string, string, Partial<AlertsInput>, object, unknown[][]]>([
  [
    "what nobody has sent yet is due",
    "10:00",
    {},
    { sends: false },
    [
      ["churn: a", "due", null, null],
      ["churn: b", "due", null, null],
    ],
  ],
  ["what was sent does not wait", "10:00", {}, {}, []],
  [
    "at night, for the morning",
    "23:00",
    { quietHours: { from: "22:00", to: "07:00" } },
    {},
    ["a", "b"].map((name) => [`churn: ${name}`, "quiet", null, "2026-03-03T07:00:00.000Z"]),
  ],
  [
    "beyond the limit, for the hour to pass",
    "10:00",
    { perHour: 1 },
    {},
    [["churn: b", "limit", null, "2026-03-02T11:00:00.000Z"]],
  ],
])("%s", async (_, at, changes, how, expected) => {
  clock.time = new Date(`2026-03-02T${at}:00Z`);
  expect(await waiting(changes, how)).toEqual(expected);
});

test("behind a receiver that is down, for the next attempt, with what it said to the first", async () => {
  clock.time = new Date("2026-03-02T10:00:00Z");
  slack.behave = () => ({ status: 503 });
  expect(await waiting({ rules: [{ when: { kind: "delivery" }, severity: "silent" }] })).toEqual(
    ["a", "b"].map((name) => [`churn: ${name}`, "failing", "Slack answered 503", "2026-03-02T10:00:05.000Z"]),
  );
});
