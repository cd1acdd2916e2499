import { randomUUID } from "node:crypto";
import type {
  DeleteFunctionEventInvokeConfigRequest,
  FunctionEventInvokeConfig,
  GetFunctionEventInvokeConfigRequest,
  ListFunctionEventInvokeConfigsRequest,
  ListFunctionEventInvokeConfigsResponse,
  PutFunctionEventInvokeConfigRequest,
  UpdateFunctionEventInvokeConfigRequest,
} from "@aws-sdk/client-lambda";
import type { RoomDeps } from "../../room";
import { type OperationTable, operation } from "../../service";
import type { Collection } from "../../state/store";
import { Outbox, type Parcel } from "../delivery/outbox";
import { isKnownTarget } from "../targets/invoke-target";
import type { CalledFunction, CalledFunctions } from "./called-functions";
import { type EndedEvent, sendDeadLetter, sendOutcome } from "./event-destinations";
import { functionName } from "./function-record";
import type { Functions } from "./functions";
import type { FunctionCall } from "./invoke-operation";
import { invalidParameter, notFound } from "./refusals";
import type { InvocationResult } from "./run-function";

/** How a function's events are handled. */
export interface EventHandling {
  readonly function: string;
  readonly retries?: number | undefined;
  readonly ageSeconds?: number | undefined;
  readonly onSuccess?: string | undefined;
  readonly onFailure?: string | undefined;
  readonly modifiedAt: number;
}

interface QueuedEvent {
  /** Name, and version or alias where the event was for one. */
  readonly function: string;
  readonly event: unknown;
  readonly requestId: string;
}

/** Lambda waits one minute before the second attempt and two before the third. */
const waitMs = [60_000, 120_000];
const defaults = { retries: 2, ageSeconds: 21_600 };

/** A function's event failed; what it answered is the result. */
class FunctionFailed extends Error {
  constructor(
    readonly result: InvocationResult,
    /** What ran. */
    readonly record: CalledFunction,
  ) {
    super(result.payload);
  }
}

/** Invocations of type `Event`: kept until they have succeeded or are given up, tried three times, with destinations. */
export class AsyncInvocations {
  readonly #outbox: Outbox<QueuedEvent>;
  readonly #handling: Collection<EventHandling>;

  constructor(
    private readonly deps: RoomDeps,
    private readonly functions: Functions,
    private readonly called: CalledFunctions,
    private readonly call: FunctionCall,
  ) {
    this.#handling = deps.store.collection("function-event-handling");
    this.#outbox = new Outbox(deps, "function-events", {
      name: (content) => `event for function ${content.function}`,
      attempt: (parcel) => this.#attempt(parcel),
      retryAfter: (parcel) => this.#retryAfter(parcel),
      giveUp: (parcel, error) => this.#giveUp(parcel, error),
    });
    functions.onDelete((name) => this.#handling.delete(name));
  }

  /** Durable when resolved. `name` may end in a version or an alias. */
  post(name: string, event: unknown): Promise<void> {
    return this.#outbox.post({ function: name, event, requestId: randomUUID() });
  }

  recover(): void {
    this.#outbox.recover();
  }

  close(): void {
    this.#outbox.close();
  }

  operations(): OperationTable {
    return {
      PutFunctionEventInvokeConfig: operation<PutFunctionEventInvokeConfigRequest, FunctionEventInvokeConfig>((input) =>
        this.#configure(input, undefined),
      ),
      UpdateFunctionEventInvokeConfig: operation<UpdateFunctionEventInvokeConfigRequest, FunctionEventInvokeConfig>(
        (input) => this.#configure(input, this.#configured(input.FunctionName)),
      ),
      GetFunctionEventInvokeConfig: operation<GetFunctionEventInvokeConfigRequest, FunctionEventInvokeConfig>((input) =>
        this.#view(this.#configured(input.FunctionName)),
      ),
      ListFunctionEventInvokeConfigs: operation<
        ListFunctionEventInvokeConfigsRequest,
        ListFunctionEventInvokeConfigsResponse
      >((input) => {
        const found = this.#handling.get(this.functions.get(input.FunctionName).name);
        return { FunctionEventInvokeConfigs: found ? [this.#view(found)] : [] };
      }),
      DeleteFunctionEventInvokeConfig: operation<DeleteFunctionEventInvokeConfigRequest, object>(async (input) => {
        await this.#handling.delete(this.#configured(input.FunctionName).function);
        return {};
      }),
    };
  }

  async #attempt({ content, attempts }: Parcel<QueuedEvent>): Promise<void> {
    const record = this.called.find(content.function);
    // Deleted on the way.
    if (!record) return;
    const { result } = await this.call(record, content.event, content.requestId);
    if (result.failed) throw new FunctionFailed(result, record);
    const target = this.#handling.get(record.name)?.onSuccess;
    if (target !== undefined) {
      await sendOutcome(this.deps, target, { ...ended(content, attempts + 1, result), functionArn: record.arn });
    }
  }

  #retryAfter({ content, attempts, posted }: Parcel<QueuedEvent>): number | undefined {
    const { retries = defaults.retries, ageSeconds = defaults.ageSeconds } =
      this.#handling.get(functionName(content.function)) ?? {};
    const delay = waitMs[attempts - 1];
    if (delay === undefined || attempts > retries) return undefined;
    return this.deps.clock.now().getTime() + delay - posted > ageSeconds * 1000 ? undefined : delay;
  }

  async #giveUp({ content, attempts }: Parcel<QueuedEvent>, error: unknown): Promise<void> {
    if (!(error instanceof FunctionFailed)) return;
    const { record } = error;
    // Deleted meanwhile.
    if (!this.functions.find(record.name)) return;
    const { onFailure: target, retries = defaults.retries } = this.#handling.get(record.name) ?? {};
    const event: EndedEvent = {
      ...ended(content, attempts, error.result),
      functionArn: record.arn,
      condition: attempts > retries ? "RetriesExhausted" : "EventAgeExceeded",
    };
    if (target !== undefined) await sendOutcome(this.deps, target, event);
    if (record.deadLetters) await sendDeadLetter(this.deps, record.deadLetters, event);
  }

  /** @throws ServiceError InvalidParameterValueException */
  async #configure(
    input: PutFunctionEventInvokeConfigRequest,
    former: EventHandling | undefined,
  ): Promise<FunctionEventInvokeConfig> {
    const { name } = this.functions.get(input.FunctionName);
    const onSuccess = input.DestinationConfig?.OnSuccess?.Destination ?? former?.onSuccess;
    const onFailure = input.DestinationConfig?.OnFailure?.Destination ?? former?.onFailure;
    for (const target of [onSuccess, onFailure]) {
      if (target !== undefined && !isKnownTarget(target)) {
        const message = `The destination ARN ${target} is invalid.`;
        throw invalidParameter(message);
      }
    }
    const handling: EventHandling = {
      function: name,
      retries: input.MaximumRetryAttempts ?? former?.retries,
      ageSeconds: input.MaximumEventAgeInSeconds ?? former?.ageSeconds,
      onSuccess,
      onFailure,
      modifiedAt: this.deps.clock.now().getTime(),
    };
    await this.#handling.put(name, handling);
    return this.#view(handling);
  }

  #configured(nameOrArn: string | undefined): EventHandling {
    const { name, arn } = this.functions.get(nameOrArn);
    const found = this.#handling.get(name);
    if (found) return found;
    const message = `The function ${arn}:$LATEST doesn't have an EventInvokeConfig`;
    throw notFound(message);
  }

  #view({ function: name, modifiedAt, retries, ageSeconds, onSuccess, onFailure }: EventHandling) {
    return {
      FunctionArn: `${this.functions.get(name).arn}:$LATEST`,
      LastModified: new Date(modifiedAt),
      ...(retries !== undefined && { MaximumRetryAttempts: retries }),
      ...(ageSeconds !== undefined && { MaximumEventAgeInSeconds: ageSeconds }),
      DestinationConfig: {
        OnSuccess: onSuccess === undefined ? {} : { Destination: onSuccess },
        OnFailure: onFailure === undefined ? {} : { Destination: onFailure },
      },
    };
  }
}

const ended = ({ event, requestId }: QueuedEvent, attempts: number, result: InvocationResult) => ({
  ...{ event, requestId, attempts, result },
  condition: "Success" as const,
});
