import { createdWithin, modifiedWithin, type PageRequest, pageOf } from "../listing/page";
import type { JobRecord } from "./container-jobs";

/** What the list requests of training and processing jobs have in common. */
export interface ListJobsRequest extends PageRequest {
  readonly CreationTimeAfter?: Date | undefined;
  readonly CreationTimeBefore?: Date | undefined;
  readonly LastModifiedTimeAfter?: Date | undefined;
  readonly LastModifiedTimeBefore?: Date | undefined;
  readonly NameContains?: string | undefined;
  readonly StatusEquals?: string | undefined;
  readonly SortBy?: "Name" | "Status" | "CreationTime" | undefined;
  readonly SortOrder?: "Ascending" | "Descending" | undefined;
}

/** One page of jobs that a list request asks for, newest first unless it says otherwise. */
export function listJobs<R extends JobRecord>(request: ListJobsRequest, jobs: readonly R[]) {
  const created = createdWithin(request);
  const modified = modifiedWithin(request);
  const wanted = jobs.filter(
    (job) =>
      created(job) &&
      modified(job) &&
      (request.NameContains === undefined || job.name.includes(request.NameContains)) &&
      (request.StatusEquals === undefined || job.status === request.StatusEquals),
  );
  const keys = {
    Name: (job: R) => job.name,
    Status: (job: R) => job.status,
    CreationTime: (job: R) => job.creationTime,
  };
  return pageOf(wanted, request, {
    descending: (request.SortOrder ?? "Descending") === "Descending",
    key: keys[request.SortBy ?? "CreationTime"],
    id: (job) => job.name,
  });
}
