/** One state change, in EventBridge's shape. */
export interface CloudEvent {
  /** `"aws.sagemaker"`, `"aws.s3"` … */
  source: string;
  /** For instance `"SageMaker Training Job State Change"`. */
  detailType: string;
  time: Date;
  /** ARNs of what changed. */
  resources: string[];
  detail: Record<string, unknown>;
}

/** The internal EventBridge: rooms tell each other what happened, nobody polls. */
export interface EventBus {
  /** Hands the event to every listener, in order of subscription, before it returns. */
  publish(event: CloudEvent): void;
  /** @returns a function that ends the subscription */
  subscribe(listener: (event: CloudEvent) => void): () => void;
}

/**
 * Makes a bus.
 * @param onListenerError what to do with an error thrown by a listener; the other listeners still hear the event.
 * @default rethrows it from the event loop, where it is seen
 */
export function createEventBus(onListenerError: (error: unknown) => void = rethrowLater): EventBus {
  const listeners = new Set<(event: CloudEvent) => void>();
  return {
    publish(event) {
      for (const listener of [...listeners]) {
        try {
          listener(event);
        } catch (error) {
          onListenerError(error);
        }
      }
    },
    subscribe(listener) {
      // A wrapper per subscription: one function may subscribe twice and end each subscription on its own.
      const own = (event: CloudEvent) => listener(event);
      listeners.add(own);
      return () => {
        listeners.delete(own);
      };
    },
  };
}

function rethrowLater(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}
