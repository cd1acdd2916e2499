/**
 * Lets work go on that no caller waits for. What it reports, it reports through records and events; if these cannot be
 * written (no space, no permission), the record stays as it was last written and is taken up when the state is opened
 * again, so the error ends here and not the process.
 */
export function inBackground(work: Promise<unknown>): void {
  work.catch(() => undefined);
}
