import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { JobError } from "../../../jobs/errors";
import { download, hasObjects, upload } from "../../../jobs/transfer";
import type { Objects } from "../../s3/objects";
import type { TrainingRequest } from "./request";

/** The job's checkpoint folder and its place in S3. */
export interface Checkpoints {
  /** Brings what an earlier attempt or run left. */
  restore(): Promise<void>;
  /** Uploads what has changed since the last time. */
  save(): Promise<void>;
  /** Saves now and then until the returned function is called. */
  keepSaving(): () => Promise<void>;
}

const everyMs = 1000;
/** A file younger than this may still be being written; the next save or the last one takes it. */
const settledMs = 200;

const none: Checkpoints = {
  restore: async () => undefined,
  save: async () => undefined,
  keepSaving: () => async () => undefined,
};

/**
 * Checkpoints of a request without CheckpointConfig do nothing.
 * @param root the job's /opt/ml on this machine
 * @throws JobError `bad_checkpoint_path`
 */
export function checkpointsOf(request: TrainingRequest, root: string, objects: Objects): Checkpoints {
  const config = request.CheckpointConfig;
  if (!config?.S3Uri) return none;
  const path = config.LocalPath ?? "/opt/ml/checkpoints";
  if (!path.startsWith("/opt/ml/")) {
    throw new JobError(
      "bad_checkpoint_path",
      `CheckpointConfig.LocalPath: ${JSON.stringify(path)} is not below /opt/ml/. Use /opt/ml/checkpoints.`,
      { facts: { path } },
    );
  }
  return syncFolder(join(root, path.slice("/opt/ml/".length)), config.S3Uri, objects);
}

function syncFolder(folder: string, uri: string, objects: Objects): Checkpoints {
  const saved = new Map<string, string>();
  let saving: Promise<void> = Promise.resolve();
  const saveWhere = (isSettled: (mtimeMs: number) => boolean) => {
    const run = () =>
      upload(objects, folder, uri, {
        only: (path, { size, mtimeMs }) => {
          const state = `${size} ${mtimeMs}`;
          if (saved.get(path) === state || !isSettled(mtimeMs)) return false;
          saved.set(path, state);
          return true;
        },
      });
    saving = saving.then(run, run);
    return saving;
  };
  const save = () => saveWhere(() => true);
  return {
    async restore() {
      await mkdir(folder, { recursive: true });
      if (await hasObjects(objects, uri)) await download(objects, { type: "S3Prefix", uri, folder });
    },
    save,
    keepSaving() {
      const timer = setInterval(() => {
        saveWhere((mtimeMs) => Date.now() - mtimeMs > settledMs).catch(() => undefined);
      }, everyMs);
      timer.unref();
      return async () => {
        clearInterval(timer);
        await save();
      };
    },
  };
}
