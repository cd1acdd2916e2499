import type { Environment } from "@sagewright/sagemaker";
import { everyEnvironment } from "../../../infra/test/support/environments";
import type { Account, Found, Given, Moto } from "./cloud";

/** The stacks of an environment, in the order in which they are made. */
export const PARTS = ["data", "pipeline", "observability", "serving"] as const;

/** Every way of serving, the smallest environment and the fullest; each in an account of its own, as they are deployed. */
export const environments: Readonly<Record<string, Environment>> = Object.fromEntries(
  ["dev", "embedded", "serverless", "prod"].map((name, index) => [
    name,
    { ...(everyEnvironment[name] as Environment), account: `33334444555${index}` },
  ]),
);

// biome-ignore lint/suspicious/noExplicitAny: whatever a service says of a resource
export type Said = any;

/** A resource whose description is read as it comes. */
export type Told = Omit<Found, "about"> & { readonly about: Said };

/** An environment's stacks in an account of moto's. */
export class Deployed {
  readonly account: Account;
  readonly environment: Environment;
  /** Everything that was there when it was last {@link look}ed at. */
  found: readonly Told[] = [];
  /** What its stacks were made with, as of then. */
  given: readonly Given[] = [];

  constructor(
    moto: Moto,
    readonly name: string,
  ) {
    this.environment = environments[name] as Environment;
    this.account = moto.account(this.environment.account);
  }

  async prepare(): Promise<void> {
    await this.account.bootstrap();
    await this.account.sagemaker.createModelPackageGroup({ ModelPackageGroupName: "churn" });
  }

  /** Makes or updates all stacks; the serving stack of a mode with an endpoint comes with a release. */
  async deploy(assembly: string, version: number): Promise<void> {
    for (const part of PARTS) {
      const released = part === "serving" && this.environment.serving.mode !== "embedded";
      await this.account.deploy(assembly, this.stack(part), released ? await this.#release(version) : {});
    }
  }

  async destroy(): Promise<void> {
    for (const part of [...PARTS].reverse()) await this.account.stacks.deleteStack({ StackName: this.stack(part) });
  }

  /** `sagewright-prod-data` */
  stack(part: string): string {
    return `sagewright-${this.name}-${part}`;
  }

  get bucket(): string {
    return `sagewright-eu-central-1-${this.account.id}`;
  }

  async #release(version: number): Promise<Record<string, string>> {
    const { s3, sagemaker } = this.account;
    const Key = `releases/${version}.zip`;
    await s3.putObject({ Bucket: this.bucket, Key, Body: EMPTY_ARCHIVE });
    const { ModelPackageArn = "" } = await sagemaker.createModelPackage({
      ModelPackageGroupName: "churn",
      ModelApprovalStatus: "Approved",
      InferenceSpecification: {
        Containers: [{ Image: "image", ModelDataUrl: "s3://bucket/model.tar.gz" }],
        SupportedContentTypes: ["text/csv"],
        SupportedResponseMIMETypes: ["text/csv"],
      },
    });
    const ModelDigest = String(version).repeat(64).slice(0, 64);
    return { ModelPackageArn, ModelVersion: String(version), ModelDigest, ModelLayerKey: Key };
  }

  of(kind: string): readonly Told[] {
    return this.found.filter((each) => each.kind === kind);
  }

  /** @throws Error when there is none of a kind, or more than one */
  only(kind: string): Told {
    const [first, second] = this.of(kind);
    if (first === undefined || second !== undefined) throw new Error(`There is not one ${kind}.`);
    return first;
  }

  arns(kind: string): string[] {
    return this.of(kind)
      .map(({ arn }) => arn)
      .sort();
  }
}

const EMPTY_ARCHIVE = Buffer.concat([Buffer.from("PK\x05\x06"), Buffer.alloc(18)]);

/** Looks at what is there. */
export async function look(moto: Moto, deployed: readonly Deployed[]): Promise<void> {
  const there = await moto.inventory(deployed.map(({ account }) => account.id));
  const given = moto.given();
  for (const each of deployed) {
    each.found = there[each.account.id] ?? [];
    each.given = given.filter(({ stack }) => stack.startsWith(`sagewright-${each.name}-`));
  }
}
