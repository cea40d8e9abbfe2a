import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { type Clock, systemClock } from "@watchword/core";
import type { HttpFailure } from "../http/http-failure.ts";
import { GoogleProblem } from "./google-problem.ts";
import type { GoogleToken } from "./issued-tokens.ts";
import { StorageService, type TwinObject } from "./storage-service.ts";
import { TokenService } from "./token-service.ts";
import type { GoogleMischief, GoogleTwinOptions } from "./twin-options.ts";

/** One request as the twin saw it; what it held is not kept. `mint`: a token that was cut down was given. */
export interface GoogleTwinRequest {
  readonly at: number;
  readonly kind: "resolve" | "mint" | "effect" | "refused";
  readonly method: string;
  readonly path: string;
  /** 0: no answer was given. */
  readonly status: number;
}

/** A running twin: STS, IAM Credentials and Cloud Storage behind one address. Each has its own state, gone with it. */
export interface GoogleTwin extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly GoogleTwinRequest[];
  /** Every token that was given, oldest first. */
  readonly tokens: readonly GoogleToken[];
  /** A token of a service account as if it had been cut down so, without a request. */
  give(serviceAccount: string, wish: { readonly scope: string; readonly boundary: string }): string;
  alive(token: string): boolean;
  /** Names in a bucket. @throws TypeError for a bucket that the twin does not have */
  names(bucket: string): readonly string[];
  object(bucket: string, name: string): TwinObject | undefined;
  /** Fails from now on, until `null`. */
  fail(mode: HttpFailure | null): void;
  /** Gives something else than it was asked for from now on, until `null`. */
  misbehave(mischief: GoogleMischief | null): void;
  close(): Promise<void>;
}

/**
 * Starts a local stand-in for the part of Google Cloud that agents act on. It refuses what Google refuses: tokens of other issuers, for
 * other audiences and from before; service accounts that a subject may not use; whatever an access boundary, a scope or the bucket's own
 * grants do not allow; writes over another generation.
 *
 * @example
 * ```ts
 * await using twin = await googleTwin({ providers, serviceAccounts, buckets });
 * ```
 */
export async function googleTwin(options: GoogleTwinOptions): Promise<GoogleTwin> {
  const clock: Clock = options.clock ?? systemClock;
  const service = new TokenService(options);
  const storage = new StorageService(options, service.tokens);
  const requests: GoogleTwinRequest[] = [];
  let mode: HttpFailure | null = null;
  const nowSeconds = (): number => Math.floor(clock.now() / 1_000);
  const server = createServer((incoming, outgoing) => {
    void serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  // A test that computes for longer than a connection may idle would find it cut under its next request.
  server.keepAliveTimeout = 0;
  server.listen(options.listen?.port ?? 0, options.listen?.host ?? "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("twin: not listening");
  const url = `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`;

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const asked = await readAsked(incoming);
    const failure = mode;
    if (failure !== null && !failure.endsWith("-after-effect")) return failBefore(failure, asked, outgoing);
    const answer = answerTo(asked);
    const lost = failure !== null && answer.kind === "effect";
    const dropped = lost && failure === "drop-after-effect";
    const { status, headers, body } = lost ? { ...SERVER_ERROR, headers: {} } : answer;
    record(asked, answer.kind, dropped ? 0 : status);
    if (dropped) return void outgoing.destroy();
    return send(outgoing, { status, headers, body });
  }

  function answerTo(asked: Asked): Answer {
    const { path, headers } = asked;
    const lookUp = (headers["user-agent"] ?? "").endsWith("-resolve");
    const problem = (error: unknown, form: "oauth" | "json" | "xml"): Answer => {
      if (!(error instanceof GoogleProblem)) throw error;
      const type = form === "xml" ? "application/xml; charset=UTF-8" : "application/json; charset=UTF-8";
      const kind = asked.method === "GET" || lookUp ? "resolve" : "refused";
      return { status: error.status, headers: { "content-type": type }, body: error[form], kind };
    };
    const json = (body: object, kind: Answer["kind"]): Answer => ({
      status: 200,
      headers: { "content-type": "application/json; charset=UTF-8" },
      body: JSON.stringify(body),
      kind: lookUp ? "resolve" : kind,
    });
    if (path === "/v1/token") {
      try {
        const form = new URLSearchParams(asked.body);
        return json(service.exchange(form, nowSeconds()), form.has("options") ? "mint" : "resolve");
      } catch (error) {
        return problem(error, "oauth");
      }
    }
    const [, account] = /^\/v1\/projects\/-\/serviceAccounts\/([^/]+):generateAccessToken$/.exec(path) ?? [];
    if (account !== undefined) {
      try {
        return json(service.generate(account, asked.token, asked.body, nowSeconds()), "resolve");
      } catch (error) {
        return problem(error, "json");
      }
    }
    return storageAnswer(asked, problem);
  }

  function storageAnswer(asked: Asked, problem: (error: unknown, form: "json" | "xml") => Answer): Answer {
    const request = { ...asked, nowSeconds: nowSeconds() };
    const [, listed] = /^\/storage\/v1\/b\/([^/]+)\/o$/.exec(asked.path) ?? [];
    try {
      const [bucket = "", ...segments] = asked.path.slice(1).split("/");
      const { changed, ...answer } =
        listed === undefined
          ? storage.object(bucket, segments.join("/"), request)
          : storage.list(listed, request);
      return { ...answer, kind: changed ? "effect" : asked.method === "GET" ? "resolve" : "refused" };
    } catch (error) {
      return problem(error, listed === undefined ? "xml" : "json");
    }
  }

  function failBefore(failure: HttpFailure, asked: Asked, outgoing: ServerResponse): void {
    record(asked, asked.method === "GET" ? "resolve" : "refused", STATUSES[failure] ?? 0);
    if (failure === "down") return void outgoing.destroy();
    // Slow is an answer that never comes; the connection ends with the caller or the twin.
    if (failure === "slow") return;
    const json = { "content-type": "application/json" };
    if (failure === "drip") return void outgoing.writeHead(200, json).write("{");
    if (failure === "garbage") return void outgoing.writeHead(200, json).end('{"access_token": 1, <html>');
    if (failure === "redirect") return void outgoing.writeHead(302, { location: `${url}/redirected` }).end();
    return send(outgoing, { ...(failure === "429" ? RATE_LIMITED : SERVER_ERROR), headers: json });
  }

  function record({ method, path }: Asked, kind: GoogleTwinRequest["kind"], status: number): void {
    requests.push({ at: clock.now(), kind, method, path, status });
  }

  function bucketOf(name: string) {
    const bucket = storage.buckets.get(name);
    if (bucket === undefined) throw new TypeError(`twin: no bucket ${name}`);
    return bucket;
  }

  async function close(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }

  return {
    url,
    requests,
    tokens: service.tokens.all,
    give: (serviceAccount, wish) => service.give(serviceAccount, wish, nowSeconds()),
    alive: (token) => service.tokens.alive(token, nowSeconds()) !== undefined,
    names: (bucket) => [...bucketOf(bucket).keys()].toSorted(),
    object: (bucket, name) => bucketOf(bucket).get(name),
    fail(next) {
      mode = next;
    },
    misbehave(mischief) {
      service.mischief = mischief;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly token: string | undefined;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly kind: GoogleTwinRequest["kind"];
}

async function readAsked(incoming: IncomingMessage): Promise<Asked> {
  const body = Buffer.concat(await incoming.toArray()).toString();
  const url = new URL(incoming.url ?? "/", "http://twin.invalid");
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).flatMap(([name, value]) =>
      typeof value === "string" ? [[name, value] as const] : [],
    ),
  );
  const [, token] = /^Bearer (\S+)$/i.exec(headers["authorization"] ?? "") ?? [];
  const path = decodeURIComponent(url.pathname);
  return { method: incoming.method ?? "GET", path, query: url.searchParams, headers, body, token };
}

function send(outgoing: ServerResponse, { status, headers, body }: Omit<Answer, "kind">): void {
  outgoing.writeHead(status, { "x-guploader-uploadid": "TWIN", ...headers });
  outgoing.end(status === 204 ? undefined : body);
}

const STATUSES: Partial<Record<HttpFailure, number>> = {
  drip: 200,
  garbage: 200,
  redirect: 302,
  "429": 429,
  "500": 500,
};
const RATE_LIMITED = {
  status: 429,
  body: '{"error":{"code":429,"message":"Rate limit","status":"RESOURCE_EXHAUSTED"}}',
};
const SERVER_ERROR = {
  status: 500,
  body: '{"error":{"code":500,"message":"Backend Error","status":"INTERNAL"}}',
};
