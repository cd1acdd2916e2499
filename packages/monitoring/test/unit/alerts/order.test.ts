import fc from "fast-check";
import { claimNext, messagesOf } from "../../../src/alerts/claim";
import { observe } from "../../../src/alerts/observe";
import { settle } from "../../../src/alerts/settle";
import { type AlertState, emptyState, type Step } from "../../../src/alerts/state";
import type { Observation } from "../../../src/findings/finding";
import { alertsWith, finding, observed } from "./routing";

const start = Date.parse("2026-03-02T10:00:00Z");
const keys = ["a", "b", "c"];
const alerts = alertsWith({ perHour: 4, quietHours: { from: "22:00", to: "07:00" } });

const kinds = ["minor", "performance", "critical"] as const;
const look = fc.record({
  minute: fc.integer({ min: 0, max: 3_000 }),
  open: fc.subarray(keys),
  severity: fc.constantFrom(...kinds),
  magnitude: fc.integer({ min: 1, max: 9 }),
  grouped: fc.boolean(),
});

/** Observations at different moments. */
const looks = fc.uniqueArray(look, { selector: ({ minute }) => minute, minLength: 1, maxLength: 12 }).map((all) =>
  all.map(({ minute, open, severity, magnitude, grouped }): Observation => {
    const at = new Date(start + minute * 60_000);
    const found = open.map((subject) =>
      finding({ subject, severity, magnitude, ...(grouped ? { group: "churn/drift" } : {}) }),
    );
    return observed(
      at,
      found,
      keys.filter((key) => !open.includes(key)).map((key) => `churn/drift/${key}`),
    );
  }),
);

const stateOf = (observations: readonly Observation[]): AlertState =>
  observations.reduce((state, each) => observe(state, each, alerts), emptyState);

const openKeys = (state: AlertState): string[] =>
  Object.values(state.incidents)
    .flatMap(({ findings }) => Object.entries(findings))
    .filter(([, { over }]) => over === undefined)
    .map(([key]) => key)
    .sort();

test("whatever order observations come in, and however often, what is open is what was seen last", () => {
  fc.assert(
    fc.property(
      looks.chain((all) =>
        fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length })),
      ),
      ([all, arrived]) => {
        const [last] = [...all].sort((a, b) => (a.at < b.at ? 1 : -1));
        const state = stateOf(arrived);
        expect(openKeys(state)).toEqual((last?.findings ?? []).map(({ key }) => key).sort());
        expect(observe(state, arrived[0] as Observation, alerts).outbox).toEqual(state.outbox);
      },
    ),
    { numRuns: 200 },
  );
});

test("whatever fails on the way, everything is told once, and each incident in its order at each target", () => {
  fc.assert(
    fc.property(looks, fc.infiniteStream(fc.integer({ min: 0, max: 9 })), (all, chances) => {
      const ordered = [...all].sort((a, b) => (a.at > b.at ? 1 : -1));
      const wanted = new Map<string, number[]>();
      const arrived = new Map<string, number[]>();
      const steps = new Map<string, Step[]>();
      const taken = new Set<string>();
      let state = emptyState;
      let now = start;
      const luck = () => chances.next().value as number;
      // Somebody puts another secret there every 40 minutes.
      const key = () => String(Math.floor(now / 2_400_000));
      // What a target's trouble or recovery made others hear of is due as well.
      const work = (): number => {
        for (;;) {
          const before = state;
          const next = round();
          if (state === before) return next;
        }
      };
      const round = (): number => {
        let next = Number.POSITIVE_INFINITY;
        for (const target of Object.keys(alerts.targets)) {
          for (;;) {
            const claim = claimNext(state, {
              target,
              now: new Date(now),
              alerts,
              gathers: target === "team",
              key: key(),
            });
            if (claim.kind === "wait") next = Math.min(next, claim.until.getTime());
            if (claim.kind !== "send") break;
            state = claim.state;
            const { delivery } = claim;
            const chance = luck();
            // 0: it never arrives; 1: it arrives, and the answer is lost; 2: it arrives, and the process ends; 3: the secret is refused.
            const arrives = chance > 0 && chance !== 3 && !(taken.has(delivery.id) && delivery.unsure);
            if (arrives) {
              expect(taken).not.toContain(delivery.id);
              taken.add(delivery.id);
              for (const part of [delivery, ...(delivery.gathered ?? [])]) {
                const name = `${target}/${part.incident}`;
                arrived.set(name, [...(arrived.get(name) ?? []), part.seq]);
              }
              for (const message of messagesOf(delivery)) {
                const name = `${target}/${message.incident}`;
                steps.set(name, [...(steps.get(name) ?? []), message.step]);
              }
            }
            if (chance === 2) continue;
            const failure = { unsure: chance === 1, needsPeople: chance === 3 };
            const outcome =
              chance <= 1 || chance === 3
                ? ({ kind: "failed", because: "x", failure } as const)
                : ({ kind: "delivered" } as const);
            state = settle(state, delivery, outcome, { now: new Date(now), chance: 1, alerts, key: key() });
          }
        }
        return next;
      };
      const runUntil = (end: number) => {
        for (;;) {
          const next = work();
          if (next > end) break;
          now = Math.max(next, now + 1);
        }
        now = Math.max(now, end);
      };
      for (const observation of ordered) {
        runUntil(Date.parse(observation.at));
        const before = state.nextSeq;
        state = observe(state, observation, alerts);
        for (const { seq, target, incident } of state.outbox.filter((each) => each.seq >= before)) {
          const name = `${target}/${incident}`;
          wanted.set(name, [...(wanted.get(name) ?? []), seq]);
        }
      }
      runUntil(now + 30 * 86_400_000);
      expect(state.dead).toEqual([]);
      expect(state.outbox).toEqual([]);
      for (const [name, seqs] of wanted) expect([name, arrived.get(name)]).toEqual([name, seqs]);
      for (const told of steps.values()) {
        expect(["open", "close"]).toContain(told[0]);
        for (const [index, step] of told.entries()) {
          if (index > 0 && told[index - 1] === "close") expect(["reopen", "close"]).toContain(step);
        }
      }
    }),
    { numRuns: 150 },
  );
});
