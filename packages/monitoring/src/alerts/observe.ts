import { createHash } from "node:crypto";
import { type Finding, type Observation, worse } from "../findings/finding";
import type { Alerts } from "./config";
import { describe } from "./describe";
import { judge } from "./judge";
import type { AlertState, Delivery, Incident, Step } from "./state";

/** A problem that comes back this soon goes on in the same thread. */
const REOPEN_MS = 60 * 60_000;
/** People are told again when it has grown so much. */
const NOTABLE_GROWTH = 1.5;

/**
 * What becomes of an observation: incidents that open, change, close, and what is to be sent about them. Pure. The same
 * observation a second time changes nothing, and an older one overrules nothing.
 */
export function observe(state: AlertState, observation: Observation, alerts: Alerts): AlertState {
  const { at } = observation;
  const isNews = newsSince(state, at);
  const found = observation.findings.filter(({ key }) => isNews(key));
  const cleared = clearedKeys(state, observation).filter(isNews);
  const marks = { ...state.marks };
  for (const { key } of found) marks[key] = { at, open: true };
  for (const key of cleared) marks[key] = { at, open: false };

  const touched = new Map<string, Incident>();
  const before = (incident: Incident) => touched.get(incident.id) ?? incident;
  const all = Object.values(state.incidents);
  for (const given of found) {
    const finding = judge(given, alerts.rules);
    if (finding === undefined) {
      cleared.push(given.key);
      continue;
    }
    const home =
      all.map(before).find((each) => holds(each, finding.key)) ?? homeOf(finding, all.map(before), touched, at);
    const incident = home ?? opened(finding, at);
    touched.set(incident.id, withFinding(incident, finding));
  }
  for (const key of cleared) {
    const incident = all.map(before).find((each) => holds(each, key));
    if (incident !== undefined) touched.set(incident.id, withoutFinding(incident, key, at));
  }

  let next: AlertState = { ...state, marks };
  for (const incident of touched.values()) next = tell(next, state.incidents[incident.id], incident, { at, alerts });
  for (const note of observation.notes ?? []) next = addNote(next, note, { at, alerts });
  return next;
}

/** Whether nothing newer is known of a key, by itself or by a pattern that it fits. */
function newsSince(state: AlertState, at: string): (key: string) => boolean {
  const patterns = Object.entries(state.marks).filter(([key, mark]) => key.endsWith("/*") && mark.at >= at);
  return (key) => {
    const mark = state.marks[key];
    return (mark === undefined || mark.at < at) && !patterns.some(([pattern]) => key.startsWith(pattern.slice(0, -1)));
  };
}

/** The keys that are over: those that are named, and those that are open and fit a pattern; with the patterns themselves. */
function clearedKeys(state: AlertState, { findings, cleared }: Observation): string[] {
  const found = new Set(findings.map(({ key }) => key));
  const patterns = cleared.filter((key) => key.endsWith("/*"));
  const open = Object.entries(state.marks).filter(([, mark]) => mark.open);
  const fitting = open.filter(([key]) => patterns.some((pattern) => key.startsWith(pattern.slice(0, -1))));
  return [...new Set([...cleared, ...fitting.map(([key]) => key)])].filter((key) => !found.has(key));
}

/** Whether a finding is open in an incident. */
function holds(incident: Incident, key: string): boolean {
  const tracked = incident.findings[key];
  return tracked !== undefined && tracked.over === undefined;
}

/** The incident that a new finding joins: an open one of its group, or one that closed a moment ago. */
function homeOf(
  finding: Finding,
  incidents: readonly Incident[],
  touched: ReadonlyMap<string, Incident>,
  at: string,
): Incident | undefined {
  const key = finding.group ?? finding.key;
  const recent = (closed: string) => Date.parse(at) - Date.parse(closed) <= REOPEN_MS;
  return [...new Map([...incidents, ...touched.values()].map((each) => [each.id, each])).values()]
    .filter((each) => each.key === key && (each.closed === undefined || recent(each.closed)))
    .sort((a, b) => (a.opened < b.opened ? 1 : -1))[0];
}

function opened(finding: Finding, at: string): Incident {
  const key = finding.group ?? finding.key;
  const id = createHash("sha256").update(`${key}\n${at}`).digest("hex").slice(0, 16);
  return { id, key, severity: finding.severity, opened: at, findings: {}, targets: [], told: {} };
}

function withFinding(incident: Incident, finding: Finding): Incident {
  const known = incident.findings[finding.key];
  const since =
    known?.over === undefined && known !== undefined ? earlier(known.finding.since, finding.since) : finding.since;
  const { closed: _, ...open } = incident;
  // What comes back is judged anew.
  const severity = incident.closed === undefined ? worse(incident.severity, finding.severity) : finding.severity;
  const findings = { ...incident.findings, [finding.key]: { finding: { ...finding, since } } };
  return { ...open, severity, findings };
}

const earlier = (...moments: readonly [string, string]): string => [...moments].sort()[0] ?? moments[0];

function withoutFinding(incident: Incident, key: string, at: string): Incident {
  const known = incident.findings[key];
  if (known === undefined) return incident;
  const findings = { ...incident.findings, [key]: { ...known, over: at } };
  const over = Object.values(findings).every((each) => each.over !== undefined);
  return { ...incident, findings, ...(over ? { closed: at } : {}) };
}

interface Context {
  readonly at: string;
  readonly alerts: Alerts;
}

/** Keeps an incident, with a delivery to each target for which it is news. */
function tell(state: AlertState, before: Incident | undefined, incident: Incident, context: Context): AlertState {
  const { at, alerts } = context;
  // It came and went within one observation: nobody needs to know.
  if (before === undefined && incident.closed !== undefined) return state;
  const routed = incident.closed === undefined ? targetsOf(incident, alerts) : [];
  const targets = [...new Set([...incident.targets, ...routed])];
  const news = newsOf(before, incident);
  const told = news === undefined ? incident.told : toldNow(incident);
  const kept: Incident = { ...incident, targets, told };
  let next: AlertState = { ...state, incidents: { ...state.incidents, [incident.id]: kept } };
  for (const target of targets) {
    const step = incident.targets.includes(target) ? news : "open";
    if (step !== undefined) next = post(next, { target, step, incident: kept, at, alerts });
  }
  return next;
}

/** Who is told of an incident: never a target of its own troubles. */
export function targetsOf(incident: Incident, { routes, targets }: Alerts): string[] {
  const broken = Object.values(incident.findings)
    .filter(({ finding }) => finding.kind === "delivery")
    .map(({ finding }) => finding.subject);
  const wanted = routes[incident.severity].filter((name) => !broken.includes(name));
  if (wanted.length > 0 || broken.length === 0) return wanted;
  return Object.keys(targets).filter((name) => !broken.includes(name));
}

/** What changed that people who know of an incident need to hear. */
function newsOf(before: Incident | undefined, now: Incident): Step | undefined {
  if (before === undefined) return "open";
  if (now.closed !== undefined) return before.closed === undefined ? "close" : undefined;
  if (before.closed !== undefined) return "reopen";
  const grown = Object.values(now.findings).some(({ finding, over }) => {
    if (over !== undefined) return false;
    const told = now.told[finding.key];
    return told === undefined || (finding.magnitude ?? 0) >= told * NOTABLE_GROWTH + Number.EPSILON;
  });
  const partlyOver = Object.entries(now.findings).some(([key, { over }]) => over !== undefined && holds(before, key));
  return grown || partlyOver || before.severity !== now.severity ? "update" : undefined;
}

function toldNow(incident: Incident): Record<string, number> {
  const open = Object.values(incident.findings).filter(({ over }) => over === undefined);
  return Object.fromEntries(open.map(({ finding }) => [finding.key, finding.magnitude ?? 0]));
}

/** Tells a note to those who know of the newest incident it is about. */
function addNote(state: AlertState, note: NonNullable<Observation["notes"]>[number], context: Context): AlertState {
  const { at, alerts } = context;
  const mark = `note/${note.id}`;
  if (state.marks[mark] !== undefined) return state;
  const about = Object.values(state.incidents).filter(
    ({ key, findings }) => key === note.about || note.about in findings,
  );
  const [incident] = about.sort((a, b) => (a.opened < b.opened ? 1 : -1));
  let next: AlertState = { ...state, marks: { ...state.marks, [mark]: { at, open: false } } };
  for (const target of incident?.targets ?? []) {
    if (incident !== undefined) next = post(next, { target, step: "note", incident, at, alerts, text: note.text });
  }
  return next;
}

interface Posting extends Context {
  readonly target: string;
  readonly step: Step;
  readonly incident: Incident;
  /** @default what the incident itself says */
  readonly text?: string;
}

function post(state: AlertState, { target, step, incident, at, alerts, text }: Posting): AlertState {
  const seq = state.nextSeq;
  const message = describe(incident, step, at, alerts);
  const delivery: Delivery = {
    id: `${incident.id}-${seq}`,
    seq,
    target,
    incident: incident.id,
    step,
    at,
    message: text === undefined ? message : { ...message, what: [text] },
    attempts: 0,
  };
  return { ...state, nextSeq: seq + 1, outbox: [...state.outbox, delivery] };
}
