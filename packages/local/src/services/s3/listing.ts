import type {
  ListObjectsOutput,
  ListObjectsRequest,
  ListObjectsV2Output,
  ListObjectsV2Request,
} from "@aws-sdk/client-s3";
import { type OperationTable, operation } from "../../service";
import { type BucketIndex, compareKeys, type ObjectRecord } from "./bucket-index";
import { invalidArgument } from "./errors";
import type { ObjectStore } from "./object-store";

/** ListObjectsV2, ListObjects. */
export function listOperations(objects: ObjectStore): OperationTable {
  return {
    ListObjectsV2: operation<ListObjectsV2Request, ListObjectsV2Output>((input) => {
      const token = input.ContinuationToken;
      const page = listPage(objects.index(input.Bucket as string), {
        ...scopeOf(input),
        after: token === undefined ? (input.StartAfter ?? "") : readToken(token),
        resumes: token !== undefined,
      });
      return {
        ...common(input, page),
        KeyCount: page.records.length + page.prefixes.length,
        ...(token === undefined ? {} : { ContinuationToken: token }),
        ...(page.next === undefined ? {} : { NextContinuationToken: writeToken(page.next) }),
        ...(input.StartAfter === undefined ? {} : { StartAfter: encoder(input)(input.StartAfter) }),
      };
    }),
    ListObjects: operation<ListObjectsRequest, ListObjectsOutput>((input) => {
      const page = listPage(objects.index(input.Bucket as string), {
        ...scopeOf(input),
        after: input.Marker ?? "",
        resumes: true,
      });
      const encode = encoder(input);
      return {
        ...common(input, page),
        Marker: encode(input.Marker ?? ""),
        // Without a delimiter clients go on from the last key themselves.
        ...(page.next !== undefined && input.Delimiter ? { NextMarker: encode(page.next) } : {}),
      };
    }),
  };
}

type ListInput = ListObjectsRequest | ListObjectsV2Request;

interface Scope {
  prefix: string;
  delimiter: string;
  limit: number;
  /** List what comes after this key. */
  after: string;
  /** `after` is where an earlier page ended; when that was a common prefix, all keys under it have been dealt with. */
  resumes: boolean;
}

interface Page {
  records: ObjectRecord[];
  prefixes: string[];
  /** Where the next page starts; undefined on the last. */
  next: string | undefined;
}

function scopeOf(input: ListInput): Omit<Scope, "after" | "resumes"> {
  const limit = input.MaxKeys ?? 1000;
  if (!Number.isInteger(limit) || limit < 0)
    throw invalidArgument("Argument maxKeys must be an integer between 0 and 2147483647");
  return { prefix: input.Prefix ?? "", delimiter: input.Delimiter ?? "", limit: Math.min(limit, 1000) };
}

const lastCharacter = "\u{10ffff}";

function listPage(index: BucketIndex, { prefix, delimiter, limit, after, resumes }: Scope): Page {
  const page: Page = { records: [], prefixes: [], next: undefined };
  if (limit === 0) return page;
  const isCommonPrefix =
    resumes &&
    delimiter !== "" &&
    after.startsWith(prefix) &&
    after.endsWith(delimiter) &&
    after.length > prefix.length;
  const resume = isCommonPrefix ? after + lastCharacter : after;
  let from = compareKeys(resume, prefix) > 0 ? resume : prefix;
  let last = "";
  for (;;) {
    const skipTo = takeRun();
    if (skipTo === undefined) return page;
    from = skipTo;
  }

  /** Takes keys up to the end, or to a common prefix whose keys need not be looked at. */
  function takeRun(): string | undefined {
    for (const record of index.from(from)) {
      if (!record.key.startsWith(prefix)) return undefined;
      if (after !== "" && compareKeys(record.key, after) <= 0) continue;
      if (page.records.length + page.prefixes.length === limit) {
        page.next = last;
        return undefined;
      }
      const end = delimiter === "" ? -1 : record.key.indexOf(delimiter, prefix.length);
      if (end >= 0) {
        last = record.key.slice(0, end + delimiter.length);
        page.prefixes.push(last);
        return last + lastCharacter;
      }
      last = record.key;
      page.records.push(record);
    }
    return undefined;
  }
}

function common(input: ListInput, page: Page) {
  const encode = encoder(input);
  return {
    IsTruncated: page.next !== undefined,
    Contents: page.records.map((record) => ({
      Key: encode(record.key),
      LastModified: new Date(record.modified),
      ETag: `"${record.etag}"`,
      Size: record.size,
      StorageClass: "STANDARD" as const,
    })),
    Name: input.Bucket as string,
    Prefix: encode(input.Prefix ?? ""),
    ...(input.Delimiter ? { Delimiter: encode(input.Delimiter) } : {}),
    MaxKeys: Math.min(input.MaxKeys ?? 1000, 1000),
    CommonPrefixes: page.prefixes.map((Prefix) => ({ Prefix: encode(Prefix) })),
    ...(input.EncodingType ? { EncodingType: input.EncodingType } : {}),
  };
}

/** XML 1.0 cannot hold every character; clients that know this ask for keys in URL encoding. */
function encoder(input: ListInput): (text: string) => string {
  if (input.EncodingType !== "url") return (text) => text;
  return (text) =>
    encodeURIComponent(text)
      .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll("%2F", "/");
}

const writeToken = (next: string): string => Buffer.from(`1:${next}`).toString("base64");

function readToken(token: string): string {
  const text = Buffer.from(token, "base64").toString("utf8");
  if (!text.startsWith("1:")) throw invalidArgument("The continuation token provided is incorrect");
  return text.slice(2);
}
