import { z } from "zod";

/** The newest contract.json format this package writes. */
export const CONTRACT_FORMAT = 1;

const text = z.string().min(1);
const texts = z.array(z.string());
const finite = z.number();

const described = {
  description: text.optional(),
  required: z.boolean().optional(),
  impute: z
    .union([z.enum(["median", "mean", "most_frequent"]), z.strictObject({ constant: z.union([finite, z.string()]) })])
    .optional(),
  changeable: z.boolean().optional(),
};

/** One feature column of contract.json. */
export const columnSchema = z.discriminatedUnion("type", [
  z.strictObject({
    name: text,
    type: z.literal("category"),
    categories: z.array(text).min(1),
    unknown: z.enum(["refuse", "ignore"]).default("refuse"),
    ...described,
  }),
  z.strictObject({
    name: text,
    type: z.literal("boolean"),
    true: z.array(text).min(1),
    false: z.array(text).min(1),
    ...described,
  }),
  z.strictObject({
    name: text,
    type: z.enum(["integer", "number"]),
    minimum: finite.optional(),
    maximum: finite.optional(),
    unit: text.optional(),
    ...described,
  }),
]);

/** The target of contract.json. */
export const targetSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    column: text,
    kind: z.literal("binary"),
    positive: z.array(text).min(1),
    negative: z.array(text).min(1),
  }),
  z.strictObject({
    column: text,
    kind: z.literal("regression"),
    minimum: finite.optional(),
    maximum: finite.optional(),
  }),
]);

/** contract.json, format 1: shape only; rules between members are in validate.ts. */
export const contractSchema = z.strictObject({
  format: z.literal(CONTRACT_FORMAT),
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,62}$/),
  csv: z.strictObject({ delimiter: z.enum([",", ";", "\t", "|"]) }).optional(),
  missing: texts,
  id: texts,
  ignore: texts,
  target: targetSchema,
  columns: z.array(columnSchema).min(1),
  segments: texts,
});

/** The data of contract.json, format 1. */
export type ContractJson = z.infer<typeof contractSchema>;
/** One column in contract.json. */
export type ColumnJson = z.infer<typeof columnSchema>;
