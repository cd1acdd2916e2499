import type { AlertState, Waiting, WaitingReason } from "@sagewright/monitoring";
import pc from "picocolors";
import type { Session } from "../session";
import { plural } from "../terminal/format";
import { isOnAws } from "./alert-memory";
import { sessionTime } from "./session-time";

/** A message that somebody has not got yet. */
export interface WaitingMessage {
  readonly id: string;
  readonly target: string;
  readonly step: string;
  readonly title: string;
  /** When it is tried next. @default null: with the next delivery */
  readonly due: string | null;
  readonly reason: WaitingReason;
  /** What the target said. @default null: nobody asked it */
  readonly error: string | null;
  readonly remedy: string;
}

/** What waits for whom, why, and what to do about it. */
export async function waitingMessages(session: Session, states: readonly AlertState[]): Promise<WaitingMessage[]> {
  const { defineAlerts, waitingOf } = require("@sagewright/monitoring") as typeof import("@sagewright/monitoring");
  const given = session.environment?.alerts;
  const alerts = given === undefined ? undefined : defineAlerts(given);
  const now = await sessionTime(session);
  return states
    .flatMap((state) => waitingOf(state, now, alerts))
    .map((waiting) => {
      const { delivery, reason, because, until } = waiting;
      const { id, target, step, message } = delivery;
      const remedy = remedyOf(session, waiting);
      return { id, target, step, title: message.title, due: until, reason, error: because, remedy };
    });
}

function remedyOf(session: Session, { reason, delivery: { target }, until }: Waiting): string {
  const sends = isOnAws(session)
    ? "the router sends what waits within a minute"
    : "the next `monitor run` sends what waits";
  switch (reason) {
    case "refused":
      return `${mendOf(session, target)}; ${sends}`;
    case "failing":
      return `nothing needs to be done: it is tried again from ${minute(until)} on, for a day`;
    case "quiet":
      return `nothing needs to be done: quiet hours end at ${minute(until)}`;
    case "limit":
      return `nothing needs to be done: alerts.perHour lets the next one go at ${minute(until)}`;
    default:
      return isOnAws(session)
        ? "nothing needs to be done: it goes out within a minute"
        : `run: sagewright monitor run${session.again}`;
  }
}

/** What is mended where a target does not let us in. */
function mendOf(session: Session, target: string): string {
  const { environment } = session;
  const known = environment?.alerts?.targets[target];
  if (environment === undefined || known === undefined) return `mend what it says, or the secret of ${target}`;
  if (!("secret" in known)) return "mail is sent from AWS only: see that the topic has the address";
  const { secretVariable } = require("@sagewright/monitoring") as typeof import("@sagewright/monitoring");
  const where = isOnAws(session)
    ? `put the right value into Secrets Manager under ${known.secret}`
    : `put the right value into the variable ${secretVariable(known.secret)}`;
  return `${where}, or correct alerts.targets.${target} in config/${environment.name}`;
}

const minute = (iso: string | null): string => `${(iso ?? "").slice(0, 16).replace("T", " ")} UTC`;

/** A paragraph for each receiver that has not got everything, the worst first. */
export function waitingLines(waiting: readonly WaitingMessage[], { titles = false } = {}): string[] {
  const order: readonly WaitingReason[] = ["refused", "failing", "due", "limit", "quiet"];
  const groups = new Map<string, [WaitingMessage, ...WaitingMessage[]]>();
  for (const message of waiting) {
    const name = `${message.reason}/${message.target}`;
    groups.set(name, [...(groups.get(name) ?? []), message] as [WaitingMessage, ...WaitingMessage[]]);
  }
  return [...groups.values()]
    .sort(([a], [b]) => order.indexOf(a.reason) - order.indexOf(b.reason))
    .flatMap((messages) => {
      const [{ target, reason, error, remedy }] = messages;
      const mark = reason === "refused" || reason === "failing" ? pc.yellow("!") : "…";
      const said = error === null ? "" : `: ${error}`;
      const verb = messages.length === 1 ? "waits" : "wait";
      return [
        `${mark} ${plural(messages.length, "message")} ${verb} for ${target}${said.replace(/\.$/, "")}`,
        ...(titles ? messages.map(({ title, step }) => `    ${step === "open" ? "" : `${step}: `}${title}`) : []),
        `  Next: ${remedy}`,
      ];
    });
}
