import pc from "picocolors";
import type { CommandContext } from "../command";
import type { CloudOptions } from "../options/cloud-options";
import { type Session, withSession } from "../session";
import { plural, table } from "../terminal/format";
import { alertStates } from "./alert-memory";
import { alertLines, alertsMissing, openRouters } from "./alerts";
import { waitingLines, waitingMessages } from "./waiting";

/** `sagewright monitor alerts`: what people were told, what waits, and what was given up. */
export async function alertsCommand(
  context: CommandContext<CloudOptions>,
  action: string,
  ids: string,
): Promise<undefined> {
  const chosen = ids as unknown as readonly string[];
  await withSession(
    context,
    async (session) => {
      if (action === "list") return list(context, session);
      const routers = await openRouters(session, context.output);
      if (routers === undefined) throw alertsMissing(session);
      let [replayed, delivered, failed, waiting] = [0, 0, 0, 0];
      for (const router of routers.values()) {
        replayed += await router.replay(chosen.length === 0 ? undefined : chosen);
        const sent = await router.deliver({ signal: context.signal });
        delivered += sent.delivered;
        failed += sent.failed;
        waiting += sent.waiting;
      }
      context.output.document({ replayed, delivered, failed, waiting });
      context.output.line(
        `${pc.green("✓")} ${plural(replayed, "message")} taken up again; ${delivered} sent, ${failed} failed, ${waiting} waiting`,
      );
    },
    { reading: true },
  );
}

async function list({ output }: CommandContext, session: Session): Promise<void> {
  const states = await alertStates(session);
  const incidents = alertLines(states);
  const waiting = await waitingMessages(session, states);
  const dead = states
    .flatMap((state) => state.dead)
    .map(({ delivery, diedAt, because }) => {
      return { id: delivery.id, target: delivery.target, title: delivery.message.title, diedAt, because };
    });
  output.document({ incidents, waiting, dead });
  if (incidents.length === 0) output.line("There is no incident.");
  else {
    const rows = incidents.map(({ id, severity, opened, closed, title }) => [
      id,
      severity,
      opened.slice(0, 16).replace("T", " "),
      closed === null ? "open" : "over",
      title,
    ]);
    for (const line of table([["INCIDENT", "SEVERITY", "SINCE (UTC)", "STATE", "WHAT"], ...rows])) output.line(line);
  }
  for (const line of waitingLines(waiting, { titles: true })) output.line(line);
  for (const { id, target, title, because } of dead)
    output.line(`${pc.red("✗")} given up for ${target}: ${title} (${because})  ${pc.dim(id)}`);
  if (dead.length > 0) output.line(`Next: sagewright monitor alerts replay${session.again || " --env NAME"}`);
}
