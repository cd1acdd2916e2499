import { isAlarm, isFixedAlarm, simulated, type Weeks } from "./weeks";

/** Simulates weeks in a process of its own, for `npm run bench -- monitoring`: argument and answer are JSON. */
const given = JSON.parse(process.argv[2] ?? "") as Weeks & { readonly feature?: string };
const found = { weeks: 0, alarms: 0, fixed: 0, feature: 0, relation: 0, segment: 0, sentences: [] as string[] };
for (const report of simulated(given)) {
  found.weeks += 1;
  if (isFixedAlarm(report)) found.fixed += 1;
  if (report.features.some(({ feature, verdict }) => feature === given.feature && verdict === "drift"))
    found.feature += 1;
  if (report.relations.verdict === "drift") found.relation += 1;
  if (report.segments.some(({ verdict }) => verdict === "drift")) found.segment += 1;
  if (!isAlarm(report)) continue;
  found.alarms += 1;
  if (found.sentences.length < 10) found.sentences.push(report.sentence);
}
process.stdout.write(JSON.stringify(found));
