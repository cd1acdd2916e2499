/** Progress lines on stderr: one line per task, with how long it took. Uses Node alone: nothing is installed yet. */

const useColour = process.stderr.isTTY && !process.env.NO_COLOR;
const paint = (code, text) => (useColour ? `\u001b[${code}m${text}\u001b[0m` : text);

export const green = (text) => paint("32", text);
export const red = (text) => paint("31", text);
export const dim = (text) => paint("2", text);

export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** Seconds since `start` (from `performance.now()`), as "0.4 s" or "1 min 12 s". */
export function elapsed(start) {
  const seconds = (performance.now() - start) / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** An error whose message is all the user needs: no stack is printed. */
export class SetupError extends Error {}
