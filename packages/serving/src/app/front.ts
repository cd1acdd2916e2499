import { ServingError } from "../errors";
import { ANYONE, type Caller, type Gate, requireRole } from "../keys/gate";
import type { Clock } from "./api";
import { type ApiLogger, loggedError } from "./log";
import { roleFor } from "./paths";
import { Problem } from "./problem";
import type { Statistics } from "./statistics";

/** One request on its way through the API. */
export interface Exchange {
  readonly requestId: string;
  /** The method and the route as the API knows them; see `knownMethod` and `routeOf`. */
  readonly method: string;
  readonly route: string;
  readonly started: number;
  /** Who sends it, once it was let in. */
  caller: Caller;
}

/** What surrounds every request whichever way it came in: its id, its line in the log, its count, its headers. */
export class Front {
  readonly #parts: FrontParts;

  constructor(parts: FrontParts) {
    this.#parts = parts;
  }

  /** A request comes in. */
  begin(method: string, route: string): Exchange {
    return { requestId: this.#parts.ids(), method, route, started: this.#parts.clock.monotonicMs(), caller: ANYONE };
  }

  /**
   * Lets a request in by its key, where the API has keys and the route is not open.
   *
   * @param known - who sends it, where the host's gateway has checked the key already
   * @throws {@link Problem} as the gate does.
   */
  admit(exchange: Exchange, header: (name: string) => string | undefined, known?: Caller): void {
    const { gate } = this.#parts;
    const needed = roleFor(exchange.route);
    if (needed !== undefined && known !== undefined) {
      requireRole(known, needed);
      exchange.caller = known;
      return;
    }
    if (gate !== undefined && needed !== undefined) exchange.caller = gate(header, needed);
  }

  /** Its answer goes out: counts and logs it, and gives the headers that every answer has. */
  end({ requestId, method, route, started }: Exchange, status: number): CommonHeaders {
    const { statistics, logger, clock } = this.#parts;
    statistics.request(method, route, status);
    if (logger !== undefined) {
      const ms = Math.round((clock.monotonicMs() - started) * 1000) / 1000;
      logger.info({ requestId, method, route, status, ms }, "request");
    }
    return { "cache-control": "no-store", "x-content-type-options": "nosniff", "x-request-id": requestId };
  }

  /** What the client is told about an error; one that is not the client's is logged. */
  problem(error: unknown, { requestId, route }: Exchange): Problem {
    if (error instanceof Problem && error.status < 500) return error;
    this.#parts.logger?.error({ requestId, route, ...loggedError(error) }, "request failed");
    if (error instanceof Problem) return error;
    if (error instanceof ServingError && error.code === "audit_unavailable") {
      return new Problem("audit_unavailable", UNRECORDED, { headers: { "retry-after": "5" }, cause: error });
    }
    return new Problem("internal_error", INTERNAL);
  }
}

/** The headers of every answer. */
export interface CommonHeaders {
  readonly "cache-control": string;
  readonly "x-content-type-options": string;
  readonly "x-request-id": string;
}

const UNRECORDED = "Nothing is decided that cannot be put on record, and the audit log cannot be written now.";

const INTERNAL =
  "The request could not be answered because of a fault in the server. Its log has the details under the request id.";

interface FrontParts {
  readonly ids: () => string;
  readonly clock: Clock;
  readonly statistics: Statistics;
  readonly logger: ApiLogger | undefined;
  /** @default everyone is let in */
  readonly gate: Gate | undefined;
}
