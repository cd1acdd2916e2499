import { z } from "zod";
import { waitSeconds, whole } from "./fields";

/** Bounds of a whole update, from SageMaker's service model. */
const maximumSeconds = whole(600, 28_800);

/** Part of a fleet: so many instances, or so many per cent of them. */
const size = z.discriminatedUnion("unit", [
  z.strictObject({ unit: z.literal("instances"), value: whole(1) }),
  z.strictObject({ unit: z.literal("percent"), value: whole(1, 100) }),
]);

const blueGreen = {
  /** Time the old fleet stays after the last shift, for a quick way back. @default 300 */
  terminationWaitSeconds: waitSeconds.default(300),
  /** An update that takes longer is rolled back. @default 3600 */
  maximumSeconds: maximumSeconds.default(3_600),
};

/**
 * How a new version takes over an endpoint. Percentages and counts are of the variant's instances.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html
 */
export const updateStrategy = z.discriminatedUnion("type", [
  /** The whole traffic at once, onto a new fleet. */
  z.strictObject({ type: z.literal("all-at-once"), ...blueGreen }),
  /** A small part first, for a while; then the rest. */
  z.strictObject({
    type: z.literal("canary"),
    /** @default 10 per cent, one instance at least */
    size: size.default({ unit: "percent", value: 10 }),
    /** Time the canary is watched. @default 600 */
    waitSeconds: waitSeconds.default(600),
    ...blueGreen,
  }),
  /** Equal steps, each watched for a while. */
  z.strictObject({
    type: z.literal("linear"),
    /** @default 25 per cent */
    step: size.default({ unit: "percent", value: 25 }),
    /** Time each step is watched. @default 300 */
    waitSeconds: waitSeconds.default(300),
    ...blueGreen,
  }),
  /** Instances are replaced in batches; no second fleet is paid for. */
  z.strictObject({
    type: z.literal("rolling"),
    /** @default 50 per cent */
    batch: size.default({ unit: "percent", value: 50 }),
    /** Time each batch is watched. @default 300 */
    waitSeconds: waitSeconds.default(300),
    /** Batch on the way back. @default the whole fleet at once */
    rollbackBatch: size.optional(),
    maximumSeconds: maximumSeconds.default(3_600),
  }),
]);

/** How a new version takes over an endpoint. */
export type UpdateStrategy = z.output<typeof updateStrategy>;

/** Part of a fleet. */
export type FleetSize = z.output<typeof size>;
