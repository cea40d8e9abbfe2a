import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { type Clock, systemClock } from "@watchword/core";
import type { SentStatement } from "./account-state.ts";
import { driverLogin } from "./driver-login.ts";
import { readApiRequest, sendAnswer } from "./http-exchange.ts";
import type { SnowflakeFailure } from "./snowflake-failure.ts";
import { type ApiAnswer, type ApiRequest, SqlApi } from "./sql-api.ts";
import type { SnowflakeTwinOptions, TwinRow } from "./twin-options.ts";
import type { TwinRequest } from "./twin-request.ts";

/** A running twin. Each has its own state, gone with it. */
export interface SnowflakeTwin extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly TwinRequest[];
  /** Rows of `DATABASE.SCHEMA.TABLE`. @throws TypeError for an account that the twin does not have */
  rows(account: string, table: string): readonly TwinRow[];
  /** How a statement stands; `undefined` when there is none of that handle. */
  stateOf(account: string, handle: string): SentStatement["state"] | undefined;
  /** Sends a statement as somebody else did, whom no request is about; gives its handle. */
  start(account: string, statement: StartedStatement): string;
  /** Fails from now on, until `null`. */
  fail(mode: SnowflakeFailure | null): void;
  close(): Promise<void>;
}

/** A statement that was sent before a test begins. */
export interface StartedStatement {
  readonly user: string;
  readonly role: string;
  readonly statement: string;
  readonly bindings?: readonly string[];
  readonly database?: string;
  readonly schema?: string;
}

/**
 * Starts a local stand-in for Snowflake's SQL API v2, with accounts that trust an outside issuer (External OAuth). It refuses tokens of
 * others, for others, over or for a role that they do not name, privileges that a role has not, batches that were not announced,
 * and handles of another user.
 *
 * @example
 * ```ts
 * await using twin = await snowflakeTwin({ accounts: { "acme-prod": account } });
 * ```
 */
export async function snowflakeTwin(options: SnowflakeTwinOptions): Promise<SnowflakeTwin> {
  const clock: Clock = options.clock ?? systemClock;
  const api = new SqlApi(options, clock);
  const requests: TwinRequest[] = [];
  let mode: SnowflakeFailure | null = null;

  const server = createServer((incoming, outgoing) => {
    void serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  // A test that computes for longer than a connection may idle would find it cut under its next request.
  server.keepAliveTimeout = 0;

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await readApiRequest(incoming);
    if (request === undefined) return sendAnswer(outgoing, 413, { code: "391906", message: "too large" });
    const failure = mode;
    if (failure !== null && !failure.endsWith("-after-effect")) return failBefore(failure, request, outgoing);
    const answer = (await driverLogin(options, request, clock)) ?? (await api.answer(request));
    const changed = answer.seen.kind === "effect";
    if (failure === "drop-after-effect" && changed) {
      record(request, 0, answer.seen);
      return void outgoing.destroy();
    }
    const { status, body } = failure === "500-after-effect" && changed ? SERVER_ERROR : answer;
    record(request, status, answer.seen);
    return sendAnswer(outgoing, status, body);
  }

  function failBefore(failure: SnowflakeFailure, request: ApiRequest, outgoing: ServerResponse): void {
    record(request, STATUSES[failure] ?? 0, { kind: request.method === "GET" ? "resolve" : "refused" });
    const json = { "content-type": "application/json" };
    if (failure === "down") return void outgoing.destroy();
    // Slow is an answer that never comes; the connection ends with the caller or the twin.
    if (failure === "slow") return;
    if (failure === "drip") return void outgoing.writeHead(200, json).write("{");
    if (failure === "garbage") return void outgoing.writeHead(200, json).end('{"statementHandle": <html>');
    if (failure === "redirect")
      return void outgoing.writeHead(302, { location: `${urlOf()}/redirected` }).end();
    if (failure === "429")
      return sendAnswer(
        outgoing,
        429,
        { code: "390503", message: "Too many requests." },
        { "retry-after": "7" },
      );
    return sendAnswer(outgoing, SERVER_ERROR.status, SERVER_ERROR.body);
  }

  function record({ method, path, query }: ApiRequest, status: number, seen: ApiAnswer["seen"]): void {
    requests.push({ ...seen, at: clock.now(), method, path, query: query.toString(), status });
  }

  function urlOf(): string {
    const address = server.address();
    if (address === null || typeof address === "string") throw new TypeError("twin: not listening");
    return `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`;
  }

  function accountState(account: string) {
    const state = api.states.get(account);
    if (state === undefined) throw new TypeError(`twin: no account ${account}`);
    return state;
  }

  server.listen(options.listen?.port ?? 0, options.listen?.host ?? "127.0.0.1");
  await once(server, "listening");

  async function close(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }

  return {
    url: urlOf(),
    requests,
    rows: (account, table) => accountState(account).rows(table),
    stateOf: (account, handle) =>
      accountState(account)
        .statements()
        .find((each) => each.handle === handle)?.state,
    start(account, { user, role, statement: text, bindings = [], database, schema }) {
      const seed = options.accounts[account]?.statements[text];
      if (seed === undefined) throw new TypeError("twin: no such statement");
      return accountState(account).start(
        { user, role, text, seed, bindings, database, schema, timeout: 0 },
        false,
      ).handle;
    },
    fail(next) {
      mode = next;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

const STATUSES: Partial<Record<SnowflakeFailure, number>> = {
  drip: 200,
  garbage: 200,
  redirect: 302,
  "429": 429,
  "500": 500,
};

const SERVER_ERROR = Object.freeze({
  status: 500,
  body: { code: "000603", message: "SQL execution internal error" },
});
