import type { Instances, Network, StepOptions, Tags, Value } from "@sagewright/pipeline";
import type { ImageVersion } from "../image";

/** What every step of this package may say about the job it runs. */
export interface JobOptions extends StepOptions {
  /** @default one ml.m5.large with 30 GB */
  readonly instances?: Instances;
  /** @default "1.9-0" (scikit-learn 1.9.0) */
  readonly image?: ImageVersion;
  /** @default the compile target's role */
  readonly role?: Value<string>;
  readonly network?: Network & { readonly isolation?: boolean };
  readonly tags?: Tags;
}

/** Folder of a processing container's input. */
export const inputPath = (name: string): string => `/opt/ml/processing/input/${name}`;

/** Folder of a processing container's output. */
export const outputPath = (name: string): string => `/opt/ml/processing/output/${name}`;
