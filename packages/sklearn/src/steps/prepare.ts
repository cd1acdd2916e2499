import { type Contract, contractJson } from "@sagewright/contract";
import {
  codeDirectory,
  document,
  type ProcessingStep,
  type PropertyFile,
  processing,
  propertyFile,
  type Value,
} from "@sagewright/pipeline";
import { stepCode } from "../code/step-code";
import { StepOptionError } from "../errors";
import type { ReportWarning } from "../evaluation/evaluation";
import { type ImageVersion, image } from "../image";
import { inputPath, type JobOptions, outputPath } from "./job-options";

/** Shares of the rows for training, for choosing (hyperparameters, threshold) and for the final judgement. */
export interface Split {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

/** prepare.json, format 1. */
export interface PrepareReport {
  readonly format: 1;
  readonly contract: { readonly name: string; readonly sha256: string };
  readonly rows: { readonly read: number; readonly accepted: number; readonly quarantined: number };
  /** Quarantined rows by reason. */
  readonly byCode: Readonly<Record<string, number>>;
  readonly splits: Readonly<Record<keyof Split, { readonly rows: number; readonly positives?: number }>>;
  readonly warnings: readonly ReportWarning[];
  /** Of the data file. */
  readonly sha256: string;
}

/** Options of a prepare step. */
export interface PrepareOptions extends JobOptions {
  readonly contract: Contract;
  /** S3 URI of one CSV file. */
  readonly input: Value<string>;
  /** Chooses the division into splits. @default 42 */
  readonly seed?: number;
  /** @default 70 % train, 15 % validation, 15 % test */
  readonly split?: Split;
  /** @default the service's limit of 5 days */
  readonly maxRuntimeSeconds?: Value<number>;
}

type Outputs = keyof Split | "preprocess" | "quarantine" | "report";

/** A prepare step: its outputs by name, its report, and what later steps need to know. */
export type PreparedStep = ProcessingStep<Outputs> & {
  readonly contract: Contract;
  readonly image: ImageVersion | undefined;
  readonly seed: number;
  /** prepare.json, for conditions: `prepared.report.at("rows.quarantined")`. */
  readonly report: PropertyFile<PrepareReport>;
};

const evenly: Split = { train: 0.7, validation: 0.15, test: 0.15 };

/**
 * Checks every row against the contract, keeps bad rows aside with their reasons, divides the good ones and fits imputer,
 * scaler and one-hot encoder on the training rows.
 *
 * @example const prepared = sklearn.prepare("Prepare", { contract: telecom, input });
 * @throws {@link StepOptionError} when the shares are not three positive parts of 1, or the seed is no whole number.
 */
export function prepare(name: string, options: PrepareOptions): PreparedStep {
  const { contract, split = evenly, seed = 42 } = options;
  check(name, split, seed);
  const step = processing(name, {
    ...options,
    image: image(options.image),
    entrypoint: ["python3", `${inputPath("code")}/prepare.py`],
    arguments: [
      ...["--seed", seed],
      ...["--train", split.train],
      ...["--validation", split.validation],
      ...["--test", split.test],
    ],
    inputs: {
      code: { uri: stepCode().prepare(), path: inputPath("code") },
      contract: {
        uri: codeDirectory({ files: { "contract.json": contractJson(contract) } }),
        path: inputPath("contract"),
      },
      data: { uri: options.input, path: inputPath("data") },
    },
    outputs: {
      train: outputPath("train"),
      validation: outputPath("validation"),
      test: outputPath("test"),
      preprocess: outputPath("preprocess"),
      quarantine: outputPath("quarantine"),
      report: outputPath("report"),
    },
    propertyFiles: { PrepareReport: propertyFile("report", "prepare.json", document<PrepareReport>()) },
  });
  return Object.assign(step, { contract, image: options.image, seed, report: step.files.PrepareReport });
}

function check(name: string, split: Split, seed: number): void {
  const shares = [split.train, split.validation, split.test];
  const sum = shares.reduce((total, share) => total + share, 0);
  if (!shares.every((share) => share > 0) || Math.abs(sum - 1) > 1e-9) {
    const message = `${shares.join(", ")} are not three positive shares of 1. Give shares such as 0.7, 0.15 and 0.15.`;
    throw new StepOptionError("split_shares", `${name}.split`, message);
  }
  checkSeed(name, seed);
}

/** @throws {@link StepOptionError} when a seed is not a whole number that numpy accepts. */
export function checkSeed(name: string, seed: number): void {
  if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32) return;
  const message = `${seed} is not a whole number from 0 to 4294967295. Give one.`;
  throw new StepOptionError("seed", `${name}.seed`, message);
}
