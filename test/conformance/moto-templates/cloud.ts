import { execFile, execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  CloudFormation,
  type CreateStackCommandInput,
  type Parameter,
  type UpdateStackCommandInput,
} from "@aws-sdk/client-cloudformation";
import { S3 } from "@aws-sdk/client-s3";
import { SageMaker } from "@aws-sdk/client-sagemaker";
import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { SQS } from "@aws-sdk/client-sqs";
import { zipSync } from "fflate";
import { testPython } from "../../support/cli";
import { rememberBootstrap, startMotoServer } from "../../support/moto-server";

const region = "eu-central-1";

/** A resource as its service tells of it. */
export interface Found {
  /** Such as `queue` or `endpointConfig`. */
  readonly kind: string;
  readonly name: string;
  readonly arn: string;
  // Whatever its service says.
  readonly about: Readonly<Record<string, unknown>>;
}

/** A resource as CloudFormation asked for it, every reference resolved. */
export interface Given {
  readonly stack: string;
  readonly id: string;
  readonly type: string;
  readonly ref: string;
  /** What of it moto has not. */
  readonly without: readonly string[];
  readonly given: Readonly<Record<string, unknown>>;
}

/** Whether a role may do something to something. */
export type Question = readonly [role: string, action: string, resource: string];

/** moto's server, with CloudFormation for every type of the app's templates. */
export interface Moto {
  account(id: string): Account;
  /** Everything that is there, by account. */
  inventory(accounts: readonly string[]): Promise<Readonly<Record<string, readonly Found[]>>>;
  /** Whether roles of an account may do things, by moto's judgement of their policies. */
  permitted(account: string, questions: readonly Question[]): readonly boolean[];
  /** What stacks have been made of, by stack and logical id. */
  given(): readonly Given[];
  stop(): void;
}

/** Starts moto. `folder` takes what it writes. */
export async function startMoto(folder: string): Promise<Moto> {
  const file = join(folder, "given.jsonl");
  const { url, stop } = await startMotoServer({
    program: (port) => [join(__dirname, "server.py"), String(port), file],
  });
  return {
    account: (id) => new Account(url, id),
    inventory: async (accounts) => {
      const asked = [join(__dirname, "inventory.py"), url, region, ...accounts];
      const { stdout } = await promisify(execFile)(testPython, asked, { maxBuffer: 1 << 28 });
      return JSON.parse(stdout) as Record<string, readonly Found[]>;
    },
    permitted: (account, questions) => {
      const asked = [join(__dirname, "permitted.py"), url, region, account];
      return JSON.parse(execFileSync(testPython, asked, { input: JSON.stringify(questions) }).toString()) as boolean[];
    },
    given: () => {
      const lines = readFileSync(file, "utf8").trim().split("\n");
      const all = lines.map((line) => JSON.parse(line) as Given);
      const last = new Map(all.map((each) => [`${each.stack}/${each.id}`, each]));
      return [...last.values()].filter(({ given }) => given !== null);
    },
    stop,
  };
}

/** An account of moto's, as `cdk bootstrap` and `cdk deploy` see it. */
export class Account {
  readonly stacks: CloudFormation;
  readonly s3: S3;
  readonly sagemaker: SageMaker;
  readonly secrets: SecretsManager;
  readonly sqs: SQS;
  readonly #sent = new Set<string>();

  constructor(
    private readonly url: string,
    readonly id: string,
  ) {
    const config = { region, endpoint: url, credentials: { accessKeyId: "key", secretAccessKey: "secret" } };
    this.stacks = this.#named(new CloudFormation(config));
    this.s3 = this.#named(new S3({ ...config, forcePathStyle: true }));
    this.sagemaker = this.#named(new SageMaker(config));
    this.secrets = this.#named(new SecretsManager(config));
    this.sqs = this.#named(new SQS({ ...config, useQueueUrlAsEndpoint: false }));
  }

  /** moto takes the account of a request from a header. */
  #named<T extends { middlewareStack: { add(middleware: never, options: never): void } }>(client: T): T {
    const middleware =
      (next: (given: unknown) => unknown) => (given: { request: { headers: Record<string, string> } }) => {
        given.request.headers["x-moto-account-id"] = this.id;
        return next(given);
      };
    client.middlewareStack.add(middleware as never, { step: "build" } as never);
    return client;
  }

  /** What `cdk bootstrap` leaves behind: the version that templates ask for, and a bucket of assets. */
  async bootstrap(): Promise<void> {
    await rememberBootstrap(this.url, { account: this.id, region });
    await this.#bucket(`cdk-hnb659fds-assets-${this.id}-${region}`);
  }

  #bucket(Bucket: string): Promise<unknown> {
    return this.s3.createBucket({ Bucket, CreateBucketConfiguration: { LocationConstraint: region } });
  }

  /** Sends a stack's assets and makes the stack, or updates it. */
  async deploy(assembly: string, StackName: string, parameters: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.#assets(assembly, StackName);
    const TemplateBody = readFileSync(join(assembly, `${StackName}.template.json`), "utf8");
    const Parameters: Parameter[] = Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
      ParameterKey,
      ParameterValue,
    }));
    const asked: CreateStackCommandInput & UpdateStackCommandInput = { StackName, TemplateBody, Parameters };
    const { Stacks = [] } = await this.stacks.describeStacks({});
    const there = Stacks.some((stack) => stack.StackName === StackName);
    await (there ? this.stacks.updateStack(asked) : this.stacks.createStack(asked));
  }

  async #assets(assembly: string, stack: string): Promise<void> {
    const { files } = JSON.parse(readFileSync(join(assembly, `${stack}.assets.json`), "utf8")) as Assets;
    for (const { source, destinations } of Object.values(files)) {
      for (const { bucketName: Bucket, objectKey: Key } of Object.values(destinations)) {
        if (this.#sent.has(Key)) continue;
        this.#sent.add(Key);
        const path = join(assembly, source.path);
        await this.s3.putObject({
          Bucket,
          Key,
          Body: source.packaging === "zip" ? zipped(path) : readFileSync(path),
        });
      }
    }
  }
}

interface Assets {
  readonly files: Readonly<
    Record<
      string,
      {
        readonly source: { readonly path: string; readonly packaging: string };
        readonly destinations: Readonly<Record<string, { readonly bucketName: string; readonly objectKey: string }>>;
      }
    >
  >;
}

/** A folder as the archive that CDK sends. */
function zipped(folder: string): Uint8Array {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return zipSync(Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name))])), { level: 0 });
}
