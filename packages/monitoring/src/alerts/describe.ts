import type { Finding } from "../findings/finding";
import { momentInWords } from "../moments";
import type { Alerts } from "./config";
import type { Incident, Message, Step } from "./state";

const MOST_NAMED = 5;

/** What somebody is told of an incident: what, how bad, since when, since which model, and what to do. */
export function describe(
  incident: Incident,
  step: Step,
  at: string,
  alerts: Pick<Alerts, "runbooks" | "place">,
): Message {
  const tracked = Object.values(incident.findings);
  const open = tracked.filter(({ over }) => over === undefined).map(({ finding }) => finding);
  const shown = step === "close" ? tracked.map(({ finding }) => finding) : open;
  const worst = [...shown].sort((a, b) => (b.magnitude ?? 0) - (a.magnitude ?? 0));
  const [first] = worst;
  if (first === undefined) throw new Error(`Incident ${incident.id} has no findings`);
  const [since = incident.opened] = shown.map((finding) => finding.since).sort();
  const more = worst.length > MOST_NAMED ? [`and ${worst.length - MOST_NAMED} more`] : [];
  const unique = (texts: readonly string[]) => [...new Set(texts)];
  return {
    incident: incident.id,
    step,
    severity: incident.severity,
    title: title(worst),
    what: [...unique(worst.slice(0, MOST_NAMED).map(({ what }) => what)), ...more],
    extent:
      step === "close"
        ? [`It began on ${momentInWords(incident.opened)} and lasted ${duration(incident.opened, at)}.`]
        : unique(worst.slice(0, MOST_NAMED).map(({ extent }) => extent)),
    since,
    model: modelText(first),
    ...(alerts.place === undefined ? {} : { place: alerts.place }),
    action: step === "close" ? ["Nothing needs to be done."] : unique(worst.map(({ action }) => action)).slice(0, 3),
    runbook: runbookAddress(first.runbook, alerts),
    about: {
      model: first.model.name,
      kind: first.kind,
      subjects: unique(worst.map(({ subject }) => subject)).slice(0, 20),
    },
  };
}

function title(findings: readonly Finding[]): string {
  const [first] = findings as [Finding];
  const others = findings.length === 1 ? "" : ` (and ${findings.length - 1} more)`;
  return `${first.model.name}: ${first.what}${others}`;
}

function modelText({ model }: Finding): string {
  const version = model.version === undefined ? model.name : `${model.name} version ${model.version}`;
  return model.since === undefined ? version : `${version}, in use since ${momentInWords(model.since)}`;
}

/** Address of a run-book, or where it is in the repository. */
export function runbookAddress(page: string, { runbooks }: Pick<Alerts, "runbooks">): string {
  return runbooks === undefined ? `docs/runbooks/${page}.md` : `${runbooks.replace(/\/$/, "")}/${page}.md`;
}

/** `3 h 20 min`. */
function duration(from: string, to: string): string {
  const minutes = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 60_000));
  const [days, hours, rest] = [Math.floor(minutes / 1_440), Math.floor(minutes / 60) % 24, minutes % 60];
  const parts = [
    days > 0 ? `${days} d` : "",
    hours > 0 ? `${hours} h` : "",
    rest > 0 && days === 0 ? `${rest} min` : "",
  ];
  return parts.filter((part) => part !== "").join(" ") || "less than a minute";
}
