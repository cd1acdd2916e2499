import { setTimeout as pause } from "node:timers/promises";
import { contractJson } from "@sagewright/contract";
import type { Clients } from "@sagewright/sagemaker";
import { findModel } from "./find-model";
import { type OpenModel, openModel } from "./open-model";

const everyMs = 2000;

/** How a served group is followed. */
export interface Following {
  clients: Clients;
  /** The model that is served now. */
  model: OpenModel;
  /** Puts another model in its place. */
  replace(next: OpenModel): void;
  tell(line: string): void;
  signal: AbortSignal;
}

/**
 * Keeps a server on the newest approved version of its group: approving another one, or rejecting this one, puts the other
 * in its place. What cannot take its place is told once, and the model that is served stays: an archive that is not the one
 * that was registered, or a contract with other fields than clients send today. Ends when the signal says so.
 */
export async function followModel({ clients, model, replace, tell, signal }: Following): Promise<void> {
  const { group } = model.details;
  let current = model;
  let refused: string | undefined;
  let last: string | undefined;
  const tellOnce = (line: string) => {
    if (line !== last) tell(line);
    last = line;
  };
  while (await pause(everyMs, true, { signal, ref: false }).catch(() => false)) {
    try {
      const { arn, version } = await findModel(clients, group);
      if (arn === current.details.arn || arn === refused) continue;
      const next = await openModel(clients, arn);
      if (contractJson(next.contract) !== contractJson(model.contract)) {
        refused = arn;
        tellOnce(`! ${group}/${version} takes other fields than are served here. Start serve again to serve it.`);
        continue;
      }
      replace(next);
      tellOnce(`● ${group}/${version} answers now, in the place of ${group}/${current.details.version}`);
      current = next;
      refused = undefined;
    } catch (error) {
      if (signal.aborted) return;
      tellOnce(`! ${group}/${current.details.version} stays: ${(error as Error).message}`);
    }
  }
}
