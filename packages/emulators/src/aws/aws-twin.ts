import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { type Clock, systemClock } from "@watchword/core";
import type { TwinObject } from "./account-state.ts";
import { AwsApi } from "./aws-api.ts";
import type { AwsFailure, StsMistake } from "./aws-failure.ts";
import { AwsProblem } from "./aws-problem.ts";
import { type ApiAnswer, type ApiRequest, readApiRequest, sendAnswer } from "./http-exchange.ts";
import type { TwinSession } from "./sessions.ts";
import type { AwsTwinOptions } from "./twin-options.ts";
import type { TwinRequest } from "./twin-request.ts";

/** A running twin. Each has its own state, gone with it. */
export interface AwsTwin extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly TwinRequest[];
  /** Every session that was given out, oldest first; their secrets are not shown. */
  sessions(): readonly TwinSession[];
  /** Keys of a bucket. @throws TypeError for a bucket that the twin does not have */
  keys(bucket: string): readonly string[];
  object(bucket: string, key: string): TwinObject | undefined;
  /** Items of a table, with their keys. @throws TypeError for a table that the twin does not have */
  items(account: string, table: string): readonly Readonly<Record<string, object>>[];
  /** Fails from now on, until `null`. */
  fail(mode: AwsFailure | null): void;
  /** Lets STS give something else than it should from now on, until `null`. */
  mistake(mistake: StsMistake | null): void;
  close(): Promise<void>;
}

/**
 * Starts a local stand-in for the part of AWS that agents act on: STS, S3 and DynamoDB behind one address. It refuses what AWS refuses: tokens of
 * unknown issuers, for other audiences, of other subjects and from before; sessions longer than their role or the session that they come
 * from; foreign, old and unsigned requests; and whatever the role or any policy of the session does not allow, by a small IAM.
 *
 * @example
 * ```ts
 * await using twin = await awsTwin({ accounts, issuers });
 * ```
 */
export async function awsTwin(options: AwsTwinOptions): Promise<AwsTwin> {
  const clock: Clock = options.clock ?? systemClock;
  const api = new AwsApi(options, clock);
  const requests: TwinRequest[] = [];
  let mode: AwsFailure | null = null;

  const server = createServer((incoming, outgoing) => {
    void serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  // A test that computes for longer than a connection may idle would find it cut under its next request.
  server.keepAliveTimeout = 0;

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await readApiRequest(incoming);
    if (request === undefined) return void outgoing.writeHead(413).end();
    const failure = mode;
    if (failure !== null && !failure.endsWith("-after-effect")) return failBefore(failure, request, outgoing);
    const answer = await api.answer(request);
    const lost = failure !== null && answer.changed === "effect";
    const dropped = lost && failure === "drop-after-effect";
    const sent = lost ? { ...api.failure(request, INTERNAL_ERROR), changed: "effect" as const } : answer;
    record(request, { ...sent, action: answer.action, session: answer.session }, dropped ? 0 : sent.status);
    if (dropped) return void outgoing.destroy();
    return sendAnswer(outgoing, clock.now(), sent);
  }

  function failBefore(failure: AwsFailure, request: ApiRequest, outgoing: ServerResponse): void {
    const problem = failure === "429" ? throttled(request) : INTERNAL_ERROR;
    const answer = api.failure(request, problem);
    const answered = failure === "429" || failure === "500";
    record(
      request,
      answered ? answer : { ...answer, code: undefined },
      answered ? answer.status : (STATUSES[failure] ?? 0),
    );
    if (failure === "down") return void outgoing.destroy();
    // Slow is an answer that never comes; the connection ends with the caller or the twin.
    if (failure === "slow") return;
    if (failure === "drip") return void outgoing.writeHead(200, { "content-type": "text/xml" }).write("<");
    if (failure === "garbage")
      return void outgoing.writeHead(200, { "content-type": "text/xml" }).end("<AssumeRole<html>");
    if (failure === "redirect")
      return void outgoing.writeHead(302, { location: `${urlOf()}/redirected` }).end();
    return sendAnswer(outgoing, clock.now(), answer);
  }

  function record(request: ApiRequest, { action, session, code, changed }: ApiAnswer, status: number): void {
    const { method, path } = request;
    const kind = kindOf(request, { action, changed });
    requests.push({ at: clock.now(), kind, method, path, action, session, code, status });
  }

  function urlOf(): string {
    const address = server.address();
    if (address === null || typeof address === "string") throw new TypeError("twin: not listening");
    return `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`;
  }

  function bucketOf(name: string) {
    const bucket = api.state.buckets.get(name);
    if (bucket === undefined) throw new TypeError(`twin: no bucket ${name}`);
    return bucket;
  }

  function tableOf(account: string, name: string) {
    const table = api.state.tables.find((each) => each.account === account && each.name === name);
    if (table === undefined) throw new TypeError(`twin: no table ${name} in ${account}`);
    return table;
  }

  async function close(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }

  server.listen(options.listen?.port ?? 0, options.listen?.host ?? "127.0.0.1");
  await once(server, "listening");

  return {
    url: urlOf(),
    requests,
    sessions: () => api.sessions.all(),
    keys: (bucket) => [...bucketOf(bucket).objects.keys()].toSorted(),
    object: (bucket, key) => bucketOf(bucket).objects.get(key),
    items: (account, name) => [...tableOf(account, name).items.values()],
    fail(next) {
      mode = next;
    },
    mistake(next) {
      api.mistake = next;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

const STATUSES: Partial<Record<AwsFailure, number>> = { drip: 200, garbage: 200, redirect: 302 };
const INTERNAL_ERROR = new AwsProblem(
  500,
  "InternalError",
  "We encountered an internal error. Please try again.",
);

function throttled({ path, headers }: ApiRequest): AwsProblem {
  if (headers["x-amz-target"] !== undefined)
    return new AwsProblem(400, "ThrottlingException", "Rate of requests exceeds the allowed throughput.");
  return path === "/"
    ? new AwsProblem(400, "Throttling", "Rate exceeded")
    : new AwsProblem(503, "SlowDown", "Please reduce your request rate.");
}

function kindOf(
  { method, headers }: ApiRequest,
  { action, changed }: { action: ApiAnswer["action"]; changed: ApiAnswer["changed"] | undefined },
): TwinRequest["kind"] {
  // INVARIANT: what changes something that is kept is an effect, whoever calls himself a look-up.
  if (changed === "effect") return "effect";
  if (
    method === "GET" ||
    action === "dynamodb:GetItem" ||
    (headers["user-agent"] ?? "").startsWith("watchword-resolve")
  )
    return "resolve";
  return changed === "mint" ? "mint" : "refused";
}
