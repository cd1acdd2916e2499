import { z } from "zod";

/**
 * Events that ask for a training. `asked` is somebody's question, which the function answers at once; `due` starts one: the calendar's,
 * or that of a request which was accepted.
 */
export const RETRAINING_EVENT = {
  source: "sagewright.retraining",
  asked: "Sagewright Retraining Asked For",
  due: "Sagewright Retraining Due",
} as const;

const request = { key: z.string().min(1).max(100), reason: z.string().min(1).max(200) };

/** Detail of an event of the type `asked`. */
export const askedDetail = z.object(request);

/** Detail of an event of the type `due`; the event's time is the moment that the schedule names, or of the question. */
export const dueDetail = z.discriminatedUnion("by", [
  z.object({ by: z.literal("schedule") }),
  z.object({ by: z.literal("request"), model: z.string().min(1), ...request }),
]);

/** As {@link askedDetail} reads it. */
export type AskedDetail = z.infer<typeof askedDetail>;

/** As {@link dueDetail} reads it. */
export type DueDetail = z.infer<typeof dueDetail>;
