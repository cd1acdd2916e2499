import { constants } from "node:fs";
import { copyFile, link, lstat, mkdir, readdir } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import type { Objects } from "../services/s3/objects";
import { JobError } from "./errors";
import { parseS3Uri, type S3Place } from "./s3-uri";

/** What a job wants from S3. */
export interface Download {
  /** `S3Prefix`: every object whose key starts so. `ManifestFile`: the objects a manifest lists. */
  type: "S3Prefix" | "ManifestFile";
  uri: string;
  /** Folder of this machine; made when missing. */
  folder: string;
  /** Links instead of copies; the job must not be able to write there. @default copies, which cost nothing on file systems that share blocks */
  link?: boolean;
}

interface Wanted {
  key: string;
  /** Path below the folder. */
  path: string;
}

/**
 * Brings objects into a job's folder.
 * @returns how many files came
 * @throws JobError `no_objects`, `bad_uri`, `bad_manifest`
 */
export async function download(objects: Objects, wish: Download): Promise<number> {
  await mkdir(wish.folder, { recursive: true });
  const place = placeOf(wish.uri);
  const wanted =
    wish.type === "ManifestFile" ? await listedObjects(objects, place, wish.uri) : await prefixed(objects, place);
  if (wanted.bucket === undefined || wanted.objects.length === 0) throw noObjects(wish.uri);
  const { bucket } = wanted;
  await Promise.all(wanted.objects.map((object) => fetchObject(objects, bucket, object, wish)));
  return wanted.objects.length;
}

/** Whether a prefix holds any object. */
export async function hasObjects(objects: Objects, uri: string): Promise<boolean> {
  const place = parseS3Uri(uri);
  return place !== undefined && (await objects.list(place.bucket, place.key)).length > 0;
}

/**
 * Makes every regular file of a folder an object below a prefix; symbolic links are not followed, as on AWS.
 * @param options.move the files are given away
 * @param options.only decides by path below the folder and state of the file
 */
export async function upload(
  objects: Objects,
  folder: string,
  uri: string,
  options: { move?: boolean; only?: (path: string, state: { size: number; mtimeMs: number }) => boolean } = {},
): Promise<void> {
  const place = placeOf(uri);
  const prefix = place.key === "" || place.key.endsWith("/") ? place.key : `${place.key}/`;
  const files = await regularFiles(folder);
  await Promise.all(
    files.map(async ({ path, size, mtimeMs }) => {
      if (options.only && !options.only(path, { size, mtimeMs })) return;
      await objects.putFromFile(place.bucket, prefix + path, join(folder, path), { move: options.move });
    }),
  );
}

/** A regular file of a folder; `path` is below it, with forward slashes. */
export interface FolderFile {
  path: string;
  size: number;
  mtimeMs: number;
}

/** The regular files of a folder and its sub-folders, sorted by path; empty when there is no such folder. */
export async function regularFiles(folder: string, below = ""): Promise<FolderFile[]> {
  const entries = await readdir(join(folder, below), { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map(async (entry): Promise<FolderFile[]> => {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) return regularFiles(folder, path);
      if (!entry.isFile()) return [];
      const state = await lstat(join(folder, path));
      return [{ path, size: state.size, mtimeMs: state.mtimeMs }];
    }),
  );
  return found.flat().sort((a, b) => (a.path < b.path ? -1 : 1));
}

function placeOf(uri: string): S3Place {
  const place = parseS3Uri(uri);
  if (place) return place;
  throw new JobError("bad_uri", `${JSON.stringify(uri)} is not an S3 URI. Give s3://bucket/key.`, { facts: { uri } });
}

const noObjects = (uri: string): JobError =>
  new JobError("no_objects", `No S3 objects found under S3 URL "${uri}" given in input data source.`, {
    facts: { uri },
  });

async function prefixed(objects: Objects, { bucket, key: prefix }: S3Place) {
  const entries = await objects.list(bucket, prefix);
  return {
    bucket,
    objects: entries
      .filter(({ key }) => !key.endsWith("/"))
      .map(({ key }): Wanted => ({ key, path: relativePath(prefix, key) })),
  };
}

/** A key's path below its prefix; a prefix that ends inside a name (`data/part-`) counts from its last slash. */
function relativePath(prefix: string, key: string): string {
  if (key !== prefix && (prefix === "" || prefix.endsWith("/") || key[prefix.length] === "/")) {
    return key.slice(prefix.length).replace(/^\/+/, "");
  }
  return key.slice(prefix.lastIndexOf("/") + 1);
}

async function listedObjects(objects: Objects, place: S3Place, uri: string) {
  const manifest = await objects.get(place.bucket, place.key);
  if (!manifest) throw noObjects(uri);
  const { readFile } = await import("node:fs/promises");
  const refuse = (why: string) => new JobError("bad_manifest", `The manifest ${uri} ${why}`, { facts: { uri } });
  let entries: unknown;
  try {
    entries = JSON.parse(await readFile(manifest.file, "utf8"));
  } catch {
    throw refuse("is not JSON.");
  }
  const [head, ...rest] = Array.isArray(entries) ? (entries as unknown[]) : [];
  const prefix = (head as { prefix?: unknown } | undefined)?.prefix;
  const base = typeof prefix === "string" ? parseS3Uri(prefix) : undefined;
  if (!base || !rest.every((entry): entry is string => typeof entry === "string")) {
    throw refuse('must be a list that begins with {"prefix": "s3://bucket/path/"} and goes on with relative keys.');
  }
  return { bucket: base.bucket, objects: rest.map((entry): Wanted => ({ key: base.key + entry, path: entry })) };
}

async function fetchObject(objects: Objects, bucket: string, { key, path }: Wanted, wish: Download): Promise<void> {
  const target = resolve(wish.folder, path);
  if (!target.startsWith(resolve(wish.folder) + sep)) {
    throw new JobError(
      "bad_key",
      `The key ${JSON.stringify(key)} of bucket ${bucket} would leave the job's folder. Give the object another key.`,
      {
        facts: { bucket, key },
      },
    );
  }
  const object = await objects.get(bucket, key);
  if (!object) throw noObjects(`s3://${bucket}/${key}`);
  if (dirname(target) !== resolve(wish.folder)) await mkdir(dirname(target), { recursive: true });
  if (wish.link) {
    try {
      await link(object.file, target);
      return;
    } catch {
      // Another file system: a copy serves as well.
    }
  }
  await copyFile(object.file, target, constants.COPYFILE_FICLONE);
}
