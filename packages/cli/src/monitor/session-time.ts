import type { Session } from "../session";

/** What time it is where a session works: an embedded cloud may go by a clock that is advanced by hand. */
export async function sessionTime({ cloud }: Pick<Session, "cloud">): Promise<Date> {
  return cloud === undefined ? new Date() : (await cloud.clock.read()).now;
}
