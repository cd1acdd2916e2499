import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { CloudError, StateError, writeFailure } from "./errors";
import { ConnectionLost, type Forwarder, forwardTo } from "./protocol/hosts/forward";
import { createHttpServer } from "./protocol/hosts/http-server";
import type { WireHandler, WireRequest, WireResponse } from "./protocol/wire";
import { type Holder, isFree, type Lock, readLock, takeLock } from "./state/lock";
import { newSocketPath, removeSocket, sweepSockets } from "./state/socket-path";

/** What the owner of a state folder runs. */
export interface Engine {
  handle: WireHandler;
  close(): Promise<void>;
}

/** This process's place at a state folder: its owner, or a client of the owner. */
export interface Seat<E extends Engine> {
  handle: WireHandler;
  /** Undefined while another process owns the folder. */
  engine(): E | undefined;
  close(): Promise<void>;
}

/** How a seat is taken. */
export interface SeatOptions<E extends Engine> {
  stateDir: string;
  /** Opens the state; called when this process has become the owner. */
  open(): Promise<E>;
  /** How long to wait for an owner that runs but does not answer. @default 10 seconds */
  patienceMs?: number;
}

/** The owner's place. */
interface Ownership<E> {
  engine: E;
  /** From here on requests of other processes are not taken up; their callers repeat them with the next owner. */
  leave(): void;
  release(): void;
}

type Place<E> = Ownership<E> | { forwarder: Forwarder };

/**
 * Takes a seat: becomes the owner when nobody is, else connects to the owner. When the owner ends, however it ends, the
 * next request makes this process the owner or connects it to the new one; the request is then repeated.
 *
 * @throws StateError `state_locked`; whatever opening the state throws
 */
export async function takeSeat<E extends Engine>(options: SeatOptions<E>): Promise<Seat<E>> {
  let place: Place<E> = await findPlace(options);
  let moving: Promise<Place<E>> | undefined;
  let closed = false;

  const move = async (from: Place<E>): Promise<void> => {
    if (place !== from) return;
    moving ??= findPlace(options).finally(() => {
      moving = undefined;
    });
    if ("forwarder" in from) from.forwarder.close();
    place = await moving;
  };

  const attempt = async (request: WireRequest): Promise<WireResponse> => {
    if (closed) throw closedError(options.stateDir);
    const current = place;
    if ("engine" in current) return current.engine.handle(request);
    try {
      return await current.forwarder.handle(request);
    } catch (error) {
      if (!(error instanceof ConnectionLost) || closed) throw error;
      await move(current);
      if (isUsedUp(request))
        throw new ConnectionLost("The owner of the state folder ended during an upload. Send it again.");
      return attempt(request);
    }
  };

  return {
    handle: attempt,
    engine: () => ("engine" in place ? place.engine : undefined),
    async close() {
      if (closed) return;
      closed = true;
      if (moving) await moving.catch(() => undefined);
      if ("forwarder" in place) {
        place.forwarder.close();
        return;
      }
      place.leave();
      try {
        await place.engine.close();
      } finally {
        place.release();
      }
    },
  };
}

/** A stream cannot be sent a second time. */
const isUsedUp = ({ body }: WireRequest): boolean => body !== undefined && !(body instanceof Uint8Array);

async function findPlace<E extends Engine>(options: SeatOptions<E>): Promise<Place<E>> {
  const { stateDir, patienceMs = 10_000 } = options;
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const seen = readLock(stateDir);
    if (seen.holder && !seen.holder.released && (await answers(seen.holder.socket))) {
      return { forwarder: forwardTo(seen.holder.socket) };
    }
    if (isFree(seen)) {
      const place = await becomeOwner(options, seen);
      if (place) {
        if (seen.holder) removeSocket(seen.holder.socket);
        return place;
      }
    } else if (Date.now() > deadline) throw locked(stateDir, seen.holder as Holder);
    else await wait(20);
  }
}

async function becomeOwner<E extends Engine>(
  options: SeatOptions<E>,
  seen: ReturnType<typeof readLock>,
): Promise<Ownership<E> | undefined> {
  const socket = socketPathIn(options.stateDir);
  let ready: (engine: E) => void = () => undefined;
  let failed: (error: unknown) => void = () => undefined;
  const opening = new Promise<E>((resolve, reject) => {
    ready = resolve;
    failed = reject;
  });
  opening.catch(() => undefined);
  // Whoever sees the lock must find somebody listening, so the socket comes first; requests wait until the state is open.
  let left = false;
  const server = createHttpServer(async (request) => {
    const engine = await opening;
    // Left unanswered until the connection is cut, which tells the caller to look for the next owner.
    return left ? new Promise<never>(() => undefined) : engine.handle(request);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(socket, resolve);
  });
  server.unref();
  const giveUp = () => {
    server.close();
    server.closeAllConnections();
    removeSocket(socket);
  };
  let lock: Lock | undefined;
  try {
    lock = takeLock(options.stateDir, seen, socket);
    if (!lock) {
      giveUp();
      return undefined;
    }
    sweepSockets(options.stateDir, socket);
    const engine = await options.open();
    ready(engine);
    const held = lock;
    return {
      engine,
      leave() {
        left = true;
        server.close();
      },
      release() {
        held.release();
        server.closeAllConnections();
        removeSocket(socket);
      },
    };
  } catch (error) {
    failed(error);
    lock?.release();
    giveUp();
    throw error;
  }
}

function socketPathIn(stateDir: string): string {
  try {
    return newSocketPath(stateDir);
  } catch (cause) {
    throw writeFailure(stateDir, cause);
  }
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket);
    connection.once("connect", () => {
      connection.destroy();
      resolve(true);
    });
    connection.once("error", () => resolve(false));
  });
}

function closedError(stateDir: string): CloudError {
  return new CloudError("cloud_closed", `${stateDir}: the cloud has been closed. Open it again.`, {
    facts: { stateDir },
  });
}

function locked(stateDir: string, { pid, host }: Holder): StateError {
  return new StateError(
    "state_locked",
    `${stateDir}: process ${pid} on ${host} holds this state folder and does not answer. End it; if that machine no longer uses the folder, remove ${stateDir}/lock.`,
    { facts: { stateDir, pid, host } },
  );
}
