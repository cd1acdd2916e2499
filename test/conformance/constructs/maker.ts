import type { Cloud } from "@sagewright/local";
import type { Minutes } from "./stack-on-cloud";

/** The account of clouds that name none. */
export const env = { account: "000000000000", region: "us-east-1" } as const;

/** An ARN in {@link env}. */
export const arn = (service: string, rest: string) => `arn:aws:${service}:${env.region}:${env.account}:${rest}`;

/** A resource that has been made: what `Ref` and `Fn::GetAtt` give of it, and how it is changed and taken away. */
export interface Made {
  readonly ref: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** Gives it other properties. @default, and where it gives undefined: another is made in its place */
  readonly change?: (properties: never) => Promise<Made> | Minutes<Made> | undefined;
  /** @default it is left alone */
  readonly remove?: () => Promise<unknown>;
}

/** Makes a resource; `id` is a name for one that has none. What a template says of it is near enough to what the service's API takes. */
export type Maker = (properties: never, id: string) => Promise<Made>;

/** What all makers work with. */
export interface MakerOptions {
  readonly cloud: Cloud;
  /** Folder of the cloud assembly. */
  readonly assembly: string;
  readonly stack: string;
  /** Changes the variables of a function. */
  environmentOf(variables: Record<string, string>): Record<string, string>;
}
