import { randomUUID } from "node:crypto";
import type {
  CreateEventSourceMappingRequest,
  DeleteEventSourceMappingRequest,
  EventSourceMappingConfiguration,
  GetEventSourceMappingRequest,
  ListEventSourceMappingsRequest,
  ListEventSourceMappingsResponse,
  UpdateEventSourceMappingRequest,
} from "@aws-sdk/client-lambda";
import type { RoomDeps } from "../../room";
import { type OperationTable, operation } from "../../service";
import type { Collection } from "../../state/store";
import type { QueueRecord } from "../sqs/queue-record";
import type { Queues } from "../sqs/queues";
import type { CalledFunctions } from "./called-functions";
import { functionName, qualified } from "./function-record";
import type { Functions } from "./functions";
import type { FunctionCall } from "./invoke-operation";
import { checkTimes, type MappingRecord, mappingView, withSettings } from "./mapping-record";
import { QueuePoller } from "./queue-poller";
import { conflict, invalidParameter, notFound } from "./refusals";

/** What the mappings work with. */
export interface MappingDeps extends RoomDeps {
  readonly queues: Queues;
}

/** Queues whose messages go to functions: a poller for each mapping that is enabled and whose function is there. */
export class EventSourceMappings {
  readonly #records: Collection<MappingRecord>;
  readonly #pollers = new Map<string, QueuePoller>();
  #closed = false;

  constructor(
    private readonly deps: MappingDeps,
    private readonly functions: Functions,
    private readonly called: CalledFunctions,
    private readonly call: FunctionCall,
  ) {
    this.#records = deps.store.collection("event-source-mappings");
  }

  operations(): OperationTable {
    return {
      CreateEventSourceMapping: operation<CreateEventSourceMappingRequest, EventSourceMappingConfiguration>((input) =>
        this.#create(input),
      ),
      GetEventSourceMapping: operation<GetEventSourceMappingRequest, EventSourceMappingConfiguration>(({ UUID }) =>
        mappingView(this.#get(UUID)),
      ),
      ListEventSourceMappings: operation<ListEventSourceMappingsRequest, ListEventSourceMappingsResponse>((input) =>
        this.#list(input),
      ),
      UpdateEventSourceMapping: operation<UpdateEventSourceMappingRequest, EventSourceMappingConfiguration>((input) =>
        this.#update(input),
      ),
      DeleteEventSourceMapping: operation<DeleteEventSourceMappingRequest, EventSourceMappingConfiguration>(
        async ({ UUID }) => {
          const record = this.#get(UUID);
          await this.#records.delete(record.uuid);
          this.#poll(record.uuid);
          return mappingView(record, "Deleting");
        },
      ),
    };
  }

  recover(): void {
    for (const { uuid } of this.#records.values()) this.#poll(uuid);
  }

  close(): void {
    this.#closed = true;
    for (const poller of this.#pollers.values()) poller.stop();
  }

  /** A function came, changed or went. */
  functionChanged(name: string): void {
    for (const record of this.#records.values()) if (record.function === name) this.#poll(record.uuid);
  }

  async #create(input: CreateEventSourceMappingRequest): Promise<EventSourceMappingConfiguration> {
    const target = this.called.described(input.FunctionName);
    const queue = this.#queue(input.EventSourceArn);
    checkTimes(queue, target);
    const same = this.#records.values().find((each) => each.queueArn === queue.arn && each.function === target.name);
    if (same) {
      const message = `An event source mapping with SQS arn (" ${queue.arn} ") and function (" ${target.name} ") already exists. Please update or delete the existing mapping with UUID ${same.uuid}`;
      throw conflict(message);
    }
    const uuid = randomUUID();
    const record = withSettings(
      {
        uuid,
        arn: `arn:aws:lambda:${this.deps.region}:${this.deps.accountId}:event-source-mapping:${uuid}`,
        function: target.name,
        functionArn: qualified(target.arn, target.qualifier),
        queueArn: queue.arn,
        enabled: true,
        batchSize: 10,
        windowSeconds: 0,
        filters: [],
        reportsFailures: false,
        modifiedAt: this.deps.clock.now().getTime(),
      },
      input,
    );
    await this.#records.put(uuid, record);
    this.#poll(uuid);
    return mappingView(record, "Creating");
  }

  async #update(input: UpdateEventSourceMappingRequest): Promise<EventSourceMappingConfiguration> {
    const former = this.#get(input.UUID);
    const target = this.called.described(input.FunctionName ?? former.functionArn);
    checkTimes(this.#queue(former.queueArn), target);
    const moved = {
      function: target.name,
      functionArn: qualified(target.arn, target.qualifier),
      modifiedAt: this.deps.clock.now().getTime(),
    };
    const record = withSettings({ ...former, ...moved }, input);
    await this.#records.put(record.uuid, record);
    this.#poll(record.uuid);
    const switched = record.enabled ? "Enabling" : "Disabling";
    return mappingView(record, record.enabled === former.enabled ? "Updating" : switched);
  }

  #list(input: ListEventSourceMappingsRequest): ListEventSourceMappingsResponse {
    const wanted = input.FunctionName === undefined ? undefined : functionName(input.FunctionName);
    const found = this.#records
      .values()
      .filter((each) => wanted === undefined || each.function === wanted)
      .filter((each) => input.EventSourceArn === undefined || each.queueArn === input.EventSourceArn)
      .sort((a, b) => (a.uuid < b.uuid ? -1 : 1))
      .filter(({ uuid }) => input.Marker === undefined || uuid > input.Marker);
    const page = found.slice(0, input.MaxItems ?? 100);
    return {
      EventSourceMappings: page.map((each) => mappingView(each)),
      ...(page.length < found.length && { NextMarker: page.at(-1)?.uuid }),
    };
  }

  #get(uuid = ""): MappingRecord {
    const found = this.#records.get(uuid);
    if (found) return found;
    throw notFound();
  }

  #queue(arn = ""): QueueRecord {
    if (!/^arn:[^:]+:sqs:/.test(arn)) {
      throw invalidParameter(
        `The embedded cloud maps SQS queues to functions, not ${arn || "sources without EventSourceArn"}.`,
      );
    }
    const found = this.deps.queues.records.get(arn.slice(arn.lastIndexOf(":") + 1));
    if (found) return found;
    throw invalidParameter(
      "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.",
    );
  }

  /** Starts, restarts or stops the poller of a mapping, as it is now. */
  #poll(uuid: string): void {
    this.#pollers.get(uuid)?.stop();
    this.#pollers.delete(uuid);
    const record = this.#records.get(uuid);
    if (this.#closed || !record?.enabled || !this.functions.find(record.function)) return;
    this.#pollers.set(uuid, new QueuePoller(this.deps, record, this.called, this.call));
  }
}
