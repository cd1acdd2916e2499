import type { AlertState } from "@sagewright/monitoring";
import pc from "picocolors";
import type { CommandContext } from "../command";
import type { CloudOptions } from "../options/cloud-options";
import { withSession } from "../session";
import { plural, table } from "../terminal/format";
import { readAlerts } from "./alert-memory";
import { alertLines, alertsMissing, openRouters } from "./alerts";

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
      if (action === "list") return list(context, await readAlerts(session));
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

function list({ output }: CommandContext, state: AlertState): void {
  const incidents = alertLines(state);
  const waiting = state.outbox.map(({ id, target, step, due, error, message }) => {
    const next = [due, state.targets[target]?.pausedUntil]
      .filter((moment) => moment !== undefined)
      .sort()
      .at(-1);
    return { id, target, step, title: message.title, due: next ?? null, error: error ?? null };
  });
  const dead = state.dead.map(({ delivery, diedAt, because }) => {
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
  for (const { target, title, due, error } of waiting) {
    const until = due === null ? "" : ` until ${due.slice(0, 16).replace("T", " ")} UTC`;
    output.line(`… waits for ${target}${until}: ${title}${error === null ? "" : ` (${error})`}`);
  }
  for (const { id, target, title, because } of dead)
    output.line(`${pc.red("✗")} given up for ${target}: ${title} (${because})  ${pc.dim(id)}`);
  if (dead.length > 0) output.line("Next: sagewright monitor alerts replay --env NAME");
}
