import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";

/** Where an MLflow server is, and how to be let in. Never printed. */
export interface MlflowAccess {
  readonly origin: string;
  readonly authorization?: string;
  /** Texts that must not appear in any message. */
  readonly secrets: readonly string[];
}

/**
 * Reads a tracking URI and the environment's credentials, as MLflow's own client does: user and password first, then a
 * token. Credentials in the URI count as user and password.
 *
 * @throws CliError `usage` when the URI is no http or https address
 */
export function mlflowAccess(uri: string, env: NodeJS.ProcessEnv): MlflowAccess {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new CliError({
      code: "usage",
      message: "--mlflow: this is no http or https address of an MLflow server",
      fix: "for example: --mlflow http://127.0.0.1:5000",
      exitCode: exitCodes.usage,
    });
  const user = decodeURIComponent(url.username) || env.MLFLOW_TRACKING_USERNAME;
  const password = decodeURIComponent(url.password) || env.MLFLOW_TRACKING_PASSWORD;
  const token = env.MLFLOW_TRACKING_TOKEN;
  const origin = `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
  const basic = Buffer.from(`${user}:${password}`).toString("base64");
  if (user && password) return { origin, authorization: `Basic ${basic}`, secrets: [password, basic] };
  if (token) return { origin, authorization: `Bearer ${token}`, secrets: [token] };
  return { origin, secrets: [] };
}

/** A refusal of an MLflow server, or none to be reached. The message holds no credentials. */
export class MlflowError extends Error {
  override readonly name = "MlflowError";

  constructor(
    message: string,
    /** MLflow's own word, such as RESOURCE_DOES_NOT_EXIST; `UNREACHABLE` when nothing answered. */
    readonly code: string,
    options?: { cause: unknown },
  ) {
    super(message, options);
  }
}

/** How requests are sent; the tests put their own clock and network here. */
export interface MlflowSurroundings {
  readonly fetch: typeof fetch;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

const system: MlflowSurroundings = {
  fetch: (input, init) => fetch(input, init),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

const TIMEOUT_MS = 30_000;
const ATTEMPTS = 3;

/** A small client of MLflow's REST API, version 2.0. */
export class MlflowClient {
  constructor(
    private readonly access: MlflowAccess,
    private readonly surroundings: MlflowSurroundings = system,
  ) {}

  /** The server's address, without credentials. */
  get address(): string {
    return this.access.origin;
  }

  /** GET of an endpoint under `/api/2.0/mlflow/`. */
  get<T>(path: string, query: Readonly<Record<string, string>>): Promise<T> {
    return this.#json<T>("GET", `mlflow/${path}?${new URLSearchParams(query)}`, undefined, true);
  }

  /**
   * POST to an endpoint under `/api/2.0/mlflow/`.
   *
   * @param again - whether the same request may be sent twice, so that a lost answer is waited out. @default true
   */
  post<T>(path: string, body: object, { again = true }: { again?: boolean } = {}): Promise<T> {
    return this.#json<T>("POST", `mlflow/${path}`, JSON.stringify(body), again);
  }

  /** PATCH of an endpoint under `/api/2.0/mlflow/`. */
  patch<T>(path: string, body: object): Promise<T> {
    return this.#json<T>("PATCH", `mlflow/${path}`, JSON.stringify(body), true);
  }

  /** Stores a file through the server's artefact proxy. */
  async putArtefact(path: string, content: Uint8Array): Promise<void> {
    const escaped = path.split("/").map(encodeURIComponent).join("/");
    await this.#send("PUT", `mlflow-artifacts/artifacts/${escaped}`, Buffer.from(content), true);
  }

  async #json<T>(method: string, path: string, body: string | undefined, again: boolean): Promise<T> {
    const answer = await this.#send(method, path, body, again);
    try {
      return JSON.parse(answer === "" ? "{}" : answer) as T;
    } catch (cause) {
      throw new MlflowError(`${this.address} does not answer as MLflow does: ${excerpt(answer)}`, "NOT_MLFLOW", {
        cause,
      });
    }
  }

  async #send(method: string, path: string, body: string | Buffer | undefined, again: boolean): Promise<string> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#once(method, path, body);
      } catch (error) {
        const passing = error instanceof MlflowError && /^(UNREACHABLE|HTTP_(429|50[0234]))$/.test(error.code);
        if (!again || !passing || attempt === ATTEMPTS) throw error;
        await this.surroundings.sleep(250 * 4 ** (attempt - 1));
      }
    }
  }

  async #once(method: string, path: string, body: string | Buffer | undefined): Promise<string> {
    const { origin, authorization } = this.access;
    let response: Response;
    let text: string;
    try {
      response = await this.surroundings.fetch(`${origin}/api/2.0/${path}`, {
        method,
        // A redirect would carry the request, and perhaps the credentials, to where nobody meant them to go.
        redirect: "error",
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: {
          ...(typeof body === "string" ? { "content-type": "application/json" } : {}),
          ...(authorization === undefined ? {} : { authorization }),
        },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : new Uint8Array(body) }),
      });
      text = await response.text();
    } catch (cause) {
      const { cause: below, message } = cause as Error & { cause?: Error };
      throw new MlflowError(this.#clean(`${origin} does not answer: ${below?.message ?? message}`), "UNREACHABLE", {
        cause,
      });
    }
    if (response.ok) return text;
    const { error_code: code, message } = parsed(text);
    const said = message ?? excerpt(text);
    throw new MlflowError(
      this.#clean(`${origin} refused ${method} ${path.split("?")[0]}: ${response.status} ${code ?? ""} ${said}`.trim()),
      code ?? `HTTP_${response.status}`,
    );
  }

  #clean(message: string): string {
    return this.access.secrets.reduce((text, secret) => text.replaceAll(secret, "***"), message);
  }
}

function parsed(text: string): { error_code?: string; message?: string } {
  try {
    return JSON.parse(text) as { error_code?: string; message?: string };
  } catch {
    return {};
  }
}

function excerpt(text: string): string {
  return text.replace(/\s+/g, " ").slice(0, 200);
}
