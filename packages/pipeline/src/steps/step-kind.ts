import type { StepDefinition } from "../definition";
import type { Issue } from "../issue";
import type { PathSegment } from "../reading/path";

/** What a validation rule of a kind may look at. */
export interface KindContext {
  /** Path of the step in the definition. */
  readonly path: string;
  /** A step of the definition by name. */
  step(name: string): StepDefinition | undefined;
  /** Path of each step, by name. */
  readonly paths: ReadonlyMap<string, string>;
}

/** Everything the package knows about one kind of step. A new kind is one new file and one line in `registry.ts`. */
export interface StepKind {
  /** `Type` in the definition. */
  readonly type: string;
  /** The SageMaker operation whose request the Arguments are. */
  readonly operation?: string;
  /** Member of the request that the service fills itself: the job's name. */
  readonly nameMember?: string;
  /** Members of Arguments that pipelines need although the operation does not. */
  readonly requiredArguments?: readonly string[];
  /** Members of Arguments that are taken although the operation does not know them. */
  readonly toleratedArguments?: readonly string[];
  /** Request members that pipelines refuse, with what to do instead. */
  readonly refused?: Readonly<Record<string, string>>;
  /** The operation whose response references into the step follow. */
  readonly describe?: string;
  /** Property paths (first segments) that exist besides the Describe response. */
  readonly extraProperties?: readonly string[];
  /** References into the step are not checked: no model describes its result. */
  readonly openProperties?: boolean;
  /** What is wrong with a reference into the step, beyond what the response says. */
  propertyProblem?(step: Readonly<Record<string, unknown>>, path: readonly PathSegment[]): string | undefined;
  /** The step has no result that may be referenced. */
  readonly withoutProperties?: boolean;
  /** SageMaker actions of the execution role, and the resources they need (`training-job/*`). */
  readonly permissions?: { readonly actions: readonly string[]; readonly resources: readonly string[] };
  readonly cacheable: boolean;
  /** @default off */
  readonly cachedByDefault?: boolean;
  /** Which exception types RetryPolicies may name: none, `Step.*` only, or also those of jobs. */
  readonly retryable: "never" | "step" | "job";
  /** Members beside the common ones: whether they must be there. */
  readonly members?: Readonly<Record<string, "required" | "optional">>;
  /** Members of Arguments, when Arguments is no API request. Undefined: any. */
  readonly argumentMembers?: Readonly<Record<string, "required" | "optional">>;
  /** Nothing can wait for a step of this kind. */
  readonly endsExecution?: boolean;
  /** Paths in Arguments (or `@Member` for a member of the step) that decide whether a cached result fits. */
  readonly cacheKey?: readonly string[];
  /** Rules that only this kind has. */
  validate?(step: Readonly<Record<string, unknown>>, context: KindContext): Issue[];
}
