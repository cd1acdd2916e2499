import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Cloud } from "@sagewright/local";
import { localTarget, type Target } from "@sagewright/pipeline";
import { type Clients, createClients, destroyClients } from "@sagewright/sagemaker";
import type { CommandContext } from "./command";
import { findProject } from "./project/find-project";
import { refusal, regionOf } from "./releases/refusal";

/** A cloud, whichever: what a command needs that works on AWS and on the embedded cloud alike. */
export interface CloudSession {
  /** Which cloud this is, for sentences: "the embedded cloud", "AWS (eu-central-1)". */
  place: string;
  clients: Clients;
  close(): Promise<void>;
}

/** The embedded cloud to work with, for the time of one command. */
export interface Session extends CloudSession {
  /** Account, region, bucket and role that definitions are compiled for. */
  target: Target;
  cloud: Cloud;
  /** Absolute path of the state folder. */
  stateDir: string;
}

/** The state folder a command works on: `--state`, else `.sagewright` in the project. */
export function stateFolder(context: Pick<CommandContext, "options" | "cwd">): string {
  const { state } = context.options;
  return state === undefined ? join(findProject(context.cwd).root, ".sagewright") : resolve(context.cwd, state);
}

/** How a session is opened. */
export interface SessionOptions {
  /** The command only works on what is there: it makes no state folder where there is none. */
  reading?: boolean;
}

/** Opens the embedded cloud over the state folder. Here and in {@link openAwsSession} alone are clients made. */
export async function openSession(
  context: Pick<CommandContext, "options" | "cwd" | "output">,
  { reading = false }: SessionOptions = {},
): Promise<Session> {
  const { openCloud } = require("@sagewright/local") as typeof import("@sagewright/local");
  const wanted = stateFolder(context);
  const passing = reading && !existsSync(wanted) ? mkdtempSync(join(tmpdir(), "sagewright-")) : undefined;
  const stateDir = passing ?? wanted;
  const cloud = await openCloud({ stateDir });
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
  return {
    place: "the embedded cloud",
    clients,
    target: localTarget,
    cloud,
    stateDir,
    close: async () => {
      tellOfQuarantine();
      destroyClients(clients);
      await cloud.close();
      if (passing !== undefined) rmSync(passing, { recursive: true, force: true });
    },
  };
}

/** How a command that works on both clouds says which: AWS with `--aws`, in the given region or the environment's. */
export interface CloudOptions {
  aws?: boolean;
  region?: string;
}

/**
 * Opens the account of the environment: credentials and region as every AWS tool finds them.
 *
 * @throws CliError `region_missing`
 */
export async function openAwsSession({ region }: CloudOptions = {}): Promise<CloudSession> {
  const clients = createClients(region === undefined ? {} : { region });
  const found = await regionOf(clients);
  return { place: `AWS (${found})`, clients, close: async () => destroyClients(clients) };
}

/** {@link withSession} on AWS or on the embedded cloud, as the options say. Refusals name the cloud they come from. */
export async function withCloud<T>(
  context: Pick<CommandContext<CloudOptions>, "options" | "cwd" | "output">,
  work: (session: CloudSession) => Promise<T>,
  options: SessionOptions = {},
): Promise<T> {
  const session = context.options.aws ? await openAwsSession(context.options) : await openSession(context, options);
  try {
    return await work(session);
  } catch (error) {
    throw refusal(error, session.place);
  } finally {
    await session.close();
  }
}

/** Opens a session, does the work, and closes it whatever happens. */
export async function withSession<T>(
  context: Pick<CommandContext, "options" | "cwd" | "output">,
  work: (session: Session) => Promise<T>,
  options: SessionOptions = {},
): Promise<T> {
  const session = await openSession(context, options);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
