import type { Contract } from "@sagewright/contract";
import { type FreshRules, usualFreshRules } from "@sagewright/monitoring";
import { type Clients, type NothingToRepeat, repeatableRun } from "@sagewright/sagemaker";
import type { Session } from "../../session";
import { captureSource, placeOf } from "../capture-files";
import { usualPlaces } from "../places";
import { sessionTime } from "../session-time";
import { openContract } from "../watched";
import { type MergedData, mergedData } from "./merged-data";

/** Merges data for a training, given what the last run read. */
export type Merging = (last: { readonly uri: string; readonly pipeline: string }) => Promise<MergedData>;

/** The run that made a model's versions once more, on what was labelled since too. */
export interface PlannedRetraining {
  readonly pipeline: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** @default nothing was to be merged, or the pipeline reads no data */
  readonly data?: MergedData;
  /** Whether it reads the very data of the last run, which gives the same model. */
  readonly same: boolean;
}

/** Plans the newest run that registered a version of a group once more. */
export async function planRetraining(
  clients: Clients,
  { group, data }: { readonly group: string; readonly data?: Merging | undefined },
): Promise<PlannedRetraining | NothingToRepeat> {
  const found = await repeatableRun(clients, { group });
  if (!("parameters" in found)) return found;
  const { pipeline, parameters } = found;
  const before = parameters[INPUT];
  const merged = before === undefined ? undefined : await data?.({ uri: before, pipeline });
  if (merged === undefined) return { pipeline, parameters, same: false };
  const same = merged.uri === before && ADDRESSED_BY_CONTENT.test(merged.uri);
  return { pipeline, parameters: { ...parameters, [INPUT]: merged.uri }, data: merged, same };
}

/** Where a model's fresh rows come from. */
export interface FreshPlaces {
  readonly group: string;
  readonly cwd: string;
  readonly places: { readonly captures?: string | undefined; readonly groundTruth?: string | undefined };
  /** @default the contract of the newest approved version */
  readonly contract?: Contract;
}

/** Merges a model's fresh labelled rows with the data of its last run, as the environment's rules say. */
export function freshData(session: Session, { group, cwd, places, contract }: FreshPlaces): Merging {
  const usual = usualPlaces(session, group);
  const rules: FreshRules = session.environment?.retraining?.fresh ?? usualFreshRules;
  const source = (place: string) => captureSource(placeOf(cwd, place), session);
  return async ({ uri, pipeline }) =>
    mergedData(session, {
      ...{ uri, group, bucket: session.target.bucket },
      given: givenData(session, pipeline),
      contract: contract ?? (await openContract(session, group)),
      captures: source(places.captures ?? usual.captures),
      groundTruth: source(places.groundTruth ?? usual.groundTruth),
      rules,
      now: await sessionTime(session),
    });
}

/** An address under which there is never anything else. */
const ADDRESSED_BY_CONTENT = /\/(data|merged)\/[0-9a-f]{64}\//;

/** Where the stacks say that data is, unless the environment says it of the product: a pipeline's name begins with its product's. */
function givenData({ environment, target }: Session, pipeline: string): string {
  const own = Object.entries(environment?.pipelines ?? {}).find(
    ([product]) => pipeline === product || pipeline.startsWith(`${product}-`),
  );
  return String(own?.[1].parameters[INPUT] ?? `s3://${target.bucket}/raw/`);
}

/** The parameter that names a training pipeline's data. */
const INPUT = "InputDataUri";
