import type { TrainingUsage } from "@sagewright/sagemaker";
import { duration, percent, plural } from "../terminal/format";

/**
 * "12 jobs on spot: 33 min 20 s trained, 11 min 40 s billed, 65.0 % saved"; nothing where spot saved nothing: a cloud that bills
 * every second of spot is an embedded one.
 */
export function savingText(training: TrainingUsage | undefined): string | undefined {
  if (training?.saving === undefined || training.saving <= 0) return undefined;
  const { spotJobs, jobs, spotTrainingSeconds, spotBillableSeconds, saving } = training;
  const times = `${duration(spotTrainingSeconds * 1_000)} trained, ${duration(spotBillableSeconds * 1_000)} billed`;
  const which = spotJobs === jobs ? plural(jobs, "job") : `${spotJobs} of ${plural(jobs, "job")}`;
  return `${which} on spot: ${times}, ${percent(saving)} saved`;
}

/** A report with a section about the machines that trained, where there is something to say of them. */
export function withSaving(html: string, training: TrainingUsage | undefined): string {
  const text = savingText(training);
  const end = html.lastIndexOf("</body>");
  if (text === undefined || end < 0) return html;
  return `${html.slice(0, end)}<section><h2>Machines</h2><p>${text}.</p></section>\n${html.slice(end)}`;
}
