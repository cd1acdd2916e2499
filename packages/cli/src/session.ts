import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Firehose } from "@aws-sdk/client-firehose";
import type { SecretsManager } from "@aws-sdk/client-secrets-manager";
import type { Cloud } from "@sagewright/local";
import { localTarget, type Target } from "@sagewright/pipeline";
import {
  type ClientConfiguration,
  type Clients,
  createClients,
  destroyClients,
  type Environment,
} from "@sagewright/sagemaker";
import type { CommandContext } from "./command";
import { usageError } from "./errors";
import type { CloudOptions } from "./options/cloud-options";
import { loadEnvironment } from "./project/environment";
import { findProject } from "./project/find-project";
import { checkAccount } from "./releases/account";
import { refusal, regionOf } from "./releases/refusal";
import { releaseTarget, type TargetOptions } from "./releases/release-target";

/** A cloud to work with for the time of one command: the embedded one, AWS, or what stands in for AWS. */
export interface Session {
  /** Which cloud this is, for sentences: "the embedded cloud", "AWS (eu-central-1)", "staging (111122223333, eu-central-1)". */
  place: string;
  clients: Clients;
  /**
   * Account, region, bucket and role that definitions are compiled for.
   *
   * @throws CliError `usage` on AWS when neither an environment nor `--role` names the role
   */
  readonly target: Target;
  /** Absolute path of the folder where this machine keeps state and reports. */
  stateDir: string;
  /** The embedded cloud. @default absent on AWS */
  cloud?: Cloud;
  /** What `--env` names. @default absent without it */
  environment?: Environment;
  /** Opens a client of Firehose, which lives as long as the session. @default absent: the embedded cloud has no Firehose */
  firehose?(): Firehose;
  /** Opens a client of Secrets Manager, the same way. @default absent: the embedded cloud keeps no secrets */
  secrets?(): SecretsManager;
  /** The options that open the same session again, for advice: "--env staging". Empty for the embedded cloud. */
  again: string;
  close(): Promise<void>;
}

/** A session of the embedded cloud. */
export type EmbeddedSession = Session & { cloud: Cloud };

type SessionContext = Pick<CommandContext<TargetOptions>, "options" | "cwd" | "output">;

/** How a session is opened. */
export interface SessionOptions {
  /** The command only works on what is there: it makes no state folder where there is none. */
  reading?: boolean;
  /** The cloud goes by a clock that is advanced by hand. @default the machine's clock */
  manualClock?: { startAt?: Date };
}

/** The state folder a command works on: `--state`, else `.sagewright` in the project. */
export function stateFolder(context: Pick<CommandContext, "options" | "cwd">): string {
  const { state } = context.options;
  return state === undefined ? join(findProject(context.cwd).root, ".sagewright") : resolve(context.cwd, state);
}

/**
 * Opens the cloud that the options name, does the work, and closes it whatever happens. A refusal names the cloud it
 * comes from.
 */
export async function withSession<T>(
  context: SessionContext,
  work: (session: Session) => Promise<T>,
  options: SessionOptions = {},
): Promise<T> {
  refuseContradictions(context.options);
  const { env } = context.options;
  const environment = env === undefined ? undefined : loadEnvironment(context.cwd, env);
  const session = isAws(context.options)
    ? await openAws(context, environment)
    : await openEmbedded(context, environment, options);
  try {
    return await work(session);
  } catch (error) {
    throw refusal(error, session.place);
  } finally {
    await session.close();
  }
}

/** {@link withSession} on the embedded cloud, whatever the options say: for what only it can do. */
export async function withEmbedded<T>(
  context: SessionContext,
  work: (session: EmbeddedSession) => Promise<T>,
  options: SessionOptions = {},
): Promise<T> {
  const session = await openEmbedded(context, undefined, options);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** Whether a command speaks to AWS, or to what answers in its place. */
export function isAws({ aws, env, local, endpointUrl }: CloudOptions): boolean {
  return aws === true || endpointUrl !== undefined || (env !== undefined && local !== true);
}

function refuseContradictions({ aws, local, endpointUrl }: CloudOptions): void {
  if (local === true && (aws === true || endpointUrl !== undefined))
    throw usageError("--local and another cloud contradict each other", "leave one of them out");
}

/** Opens the embedded cloud over the state folder. Here and in {@link openAws} alone are clients made. */
async function openEmbedded(
  context: SessionContext,
  environment: Environment | undefined,
  { reading = false, manualClock }: SessionOptions,
): Promise<EmbeddedSession> {
  const { openCloud } = require("@sagewright/local") as typeof import("@sagewright/local");
  const wanted = stateFolder(context);
  const passing = reading && !existsSync(wanted) ? mkdtempSync(join(tmpdir(), "sagewright-")) : undefined;
  const stateDir = passing ?? wanted;
  const cloud = await openCloud({ stateDir, ...(manualClock && { clock: "manual", ...manualClock }) });
  let told = 0;
  // Most of the state is read when it is opened, a journal only when its run is asked for.
  const tellOfQuarantine = () => {
    for (const { file, movedTo, reason } of cloud.warnings.slice(told)) {
      context.output.progress(
        `! ${join(stateDir, file)} cannot be read (${oneLine(reason)}). It was moved to ${join(stateDir, movedTo)}; nothing else was touched.`,
      );
    }
    told = cloud.warnings.length;
  };
  tellOfQuarantine();
  const clients = createClients({ ...cloud.clientConfig(), polling: { minimumMs: 50, maximumMs: 250 } });
  const { region = localTarget.region } = context.options;
  return {
    place: "the embedded cloud",
    clients,
    get target() {
      return releaseTarget(context.options, { aws: false, region });
    },
    cloud,
    stateDir,
    ...(environment === undefined ? {} : { environment }),
    again: environment === undefined ? "" : ` --env ${environment.name} --local`,
    close: async () => {
      tellOfQuarantine();
      destroyClients(clients);
      await cloud.close();
      if (passing !== undefined) rmSync(passing, { recursive: true, force: true });
    },
  };
}

/** Opens AWS: credentials and region as every AWS tool finds them, or as the environment says. */
async function openAws(context: SessionContext, environment: Environment | undefined): Promise<Session> {
  const { options } = context;
  const region = options.region ?? environment?.region;
  if (environment !== undefined && region !== environment.region)
    throw usageError(
      `--region ${region}: the environment ${environment.name} is in ${environment.region}`,
      "leave --region out, or name another environment",
    );
  const configuration = awsConfiguration(options, environment);
  const clients = createClients(configuration);
  const opened: { destroy(): void }[] = [];
  const found = await regionOf(clients);
  const place = placeOf(options, environment, found);
  const { region: _, ...settings } = configuration;
  try {
    if (environment !== undefined && options.endpointUrl === undefined)
      await checkAccount(clients, environment, context.output);
  } catch (error) {
    destroyClients(clients);
    throw refusal(error, place);
  }
  return {
    place,
    clients,
    get target() {
      return releaseTarget(options, {
        aws: true,
        region: found,
        ...(environment === undefined ? {} : { environment }),
      });
    },
    stateDir: stateFolder(context),
    ...(environment === undefined ? {} : { environment }),
    firehose() {
      const { Firehose } = require("@aws-sdk/client-firehose") as typeof import("@aws-sdk/client-firehose");
      const client = new Firehose({ ...settings, region: found });
      opened.push(client);
      return client;
    },
    secrets() {
      const { SecretsManager } =
        require("@aws-sdk/client-secrets-manager") as typeof import("@aws-sdk/client-secrets-manager");
      const client = new SecretsManager({ ...settings, region: found });
      opened.push(client);
      return client;
    },
    again: againWith(options),
    close: async () => {
      for (const client of opened) client.destroy();
      destroyClients(clients);
    },
  };
}

function awsConfiguration(
  { endpointUrl, ...options }: CloudOptions,
  environment: Environment | undefined,
): ClientConfiguration {
  const { renewableCredentials } = require("@sagewright/sagemaker") as typeof import("@sagewright/sagemaker");
  const region = options.region ?? environment?.region;
  const profile = options.profile ?? environment?.profile;
  const credentials = renewableCredentials(profile === undefined ? {} : { profile });
  return {
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    ...(endpointUrl === undefined ? {} : { endpoint: endpointOf(endpointUrl), forcePathStyle: true, polling: NEARBY }),
    credentials: credentials.provider,
    renewCredentials: credentials.renew,
  };
}

/** What stands in for AWS is near and has no limits to respect. */
const NEARBY = { minimumMs: 100, maximumMs: 1_000 };

function endpointOf(text: string): string {
  try {
    const { protocol, href } = new URL(text);
    if (protocol === "http:" || protocol === "https:") return href.replace(/\/$/, "");
  } catch {
    // Said below.
  }
  throw usageError(`--endpoint-url: '${text}' is no address`, "write it whole, such as http://127.0.0.1:4566");
}

function placeOf({ endpointUrl }: CloudOptions, environment: Environment | undefined, region: string): string {
  if (endpointUrl !== undefined) return endpointUrl;
  return environment === undefined ? `AWS (${region})` : `${environment.name} (${environment.account}, ${region})`;
}

function againWith({ env, aws, region, profile, endpointUrl }: CloudOptions): string {
  const words = [
    env === undefined ? "" : ` --env ${env}`,
    aws === true ? " --aws" : "",
    region === undefined ? "" : ` --region ${region}`,
    profile === undefined ? "" : ` --profile ${profile}`,
    endpointUrl === undefined ? "" : ` --endpoint-url ${endpointUrl}`,
  ];
  return words.join("");
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
