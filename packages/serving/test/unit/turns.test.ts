import { Turns } from "../../src/batch/turns";

/** A batch that scores `rows` rows and notes in which look of the event loop each one was. */
async function batch(turns: Turns, rows: number, now: () => number): Promise<number[]> {
  const at: number[] = [];
  for (let row = 0; row < rows; row += 1) {
    const turn = turns.next();
    if (turn !== undefined) await turn;
    at.push(now());
  }
  return at;
}

/** Counts the event loop's rounds until told to stop. */
function countRounds(): { now(): number; stop(): void } {
  let round = 0;
  let going = true;
  const next = (): void => {
    round += 1;
    if (going) setImmediate(next);
  };
  setImmediate(next);
  return {
    now: () => round,
    stop: () => {
      going = false;
    },
  };
}

describe("batches share the event loop", () => {
  it("ten of them score no more rows in one round than one alone", async () => {
    const turns = new Turns(8);
    const rounds = countRounds();
    const batches = await Promise.all(Array.from({ length: 10 }, () => batch(turns, 40, rounds.now)));
    rounds.stop();
    const perRound = new Map<number, number>();
    for (const round of batches.flat()) perRound.set(round, (perRound.get(round) ?? 0) + 1);
    // A round is counted by another immediate, which may run on either side of the turns' own.
    expect(Math.max(...perRound.values())).toBeLessThanOrEqual(16);
    expect(perRound.size).toBeGreaterThanOrEqual(25);
    expect(batches.flat()).toHaveLength(400);
  });

  it("none is kept waiting until another has ended", async () => {
    const turns = new Turns(8);
    const rounds = countRounds();
    const [long, short] = await Promise.all([batch(turns, 400, rounds.now), batch(turns, 8, rounds.now)]);
    rounds.stop();
    expect(short?.at(-1)).toBeLessThan((long?.at(-1) ?? 0) / 4);
  });
});
