const most = 8;

/**
 * The lines of a job's log that tell where its script broke: of the last Python traceback the innermost place, the line
 * that stands there, and the exception; of a log without one its end.
 *
 * @param messages what the job printed, one line each
 */
export function failingLines(messages: readonly string[]): string[] {
  const lines = messages.flatMap((message) => message.split("\n")).filter((line) => line.trim() !== "");
  const start = lines.findLastIndex((line) => line.startsWith("Traceback (most recent call last)"));
  if (start < 0) return lines.slice(-most);
  const trace = lines.slice(start + 1);
  const end = trace.findIndex((line) => !/^\s/.test(line));
  const frames = end < 0 ? trace : trace.slice(0, end);
  const exception = end < 0 ? [] : trace.slice(end, end + most);
  const innermost = frames.findLastIndex((line) => /^\s+File "(?!.*site-packages)/.test(line));
  const place = innermost < 0 ? [] : frames.slice(innermost, innermost + 3);
  const next = place.findIndex((line, index) => index > 0 && /^\s+File "/.test(line));
  return [...(next < 0 ? place : place.slice(0, next)).map((line) => line.replace(/^ {2}/, "")), ...exception];
}
