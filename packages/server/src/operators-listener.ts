import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ConfigurationInvalid } from "./configuration-problem.ts";
import { isLocalHost } from "./is-local-host.ts";
import type { ConfigurationSource } from "./load-configuration.ts";
import type { Readiness } from "./readiness.ts";
import { readyAnswer } from "./ready-answer.ts";
import { whyNotBound } from "./why-not-bound.ts";

/** What operators ask: `GET /metrics`, `/readyz`, `/healthz`. It takes nothing, and has no effect. */
export interface OperatorsListener {
  readonly url: string;
  readonly close: () => Promise<void>;
}

interface Asked {
  readonly metrics: { text(): string };
  readonly readiness: Readiness;
}

/**
 * Binds what `metrics.listen` names, apart from the listeners of broker and gateway.
 *
 * @throws ConfigurationInvalid for another than a loopback host without `allowRemote`, or an address that cannot be had
 */
export async function listenForOperators(
  configuration: ConfigurationSource,
  listening: {
    readonly host?: string | undefined;
    readonly port: number;
    readonly allowRemote?: boolean | undefined;
  },
  asked: Asked,
): Promise<OperatorsListener> {
  const { host = "127.0.0.1", port, allowRemote = false } = listening;
  const wrong = (message: string): ConfigurationInvalid =>
    new ConfigurationInvalid([configuration.problem(["metrics", "listen"], `metrics.listen: ${message}`)]);
  if (!allowRemote && !isLocalHost(host))
    throw wrong("host must be a loopback host, unless allowRemote says that the network is guarded");
  const server = createServer(
    { headersTimeout: 5_000, requestTimeout: 5_000, keepAliveTimeout: 5_000, maxHeaderSize: 8_192 },
    (incoming, outgoing) =>
      void answer(asked, allowRemote, incoming, outgoing).catch(() => outgoing.destroy()),
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(wrong(whyNotBound(error))));
    server.listen(port, host, resolve);
  });
  const name = host.includes(":") ? `[${host}]` : host;
  return Object.freeze<OperatorsListener>({
    url: `http://${name}:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  });
}

async function answer(
  { metrics, readiness }: Asked,
  allowRemote: boolean,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  incoming.resume();
  const [status, type, body] = await answerOf(
    { metrics, readiness },
    allowRemote || namesLoopback(incoming.headers.host),
    `${incoming.method ?? ""} ${incoming.url ?? ""}`,
  );
  outgoing.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(body);
}

const JSON_TYPE = "application/json";

async function answerOf(
  { metrics, readiness }: Asked,
  meant: boolean,
  wanted: string,
): Promise<readonly [status: number, type: string, body: string]> {
  // A page that rebinds its name to this address sends that name.
  if (!meant) return [403, JSON_TYPE, '{"error":"target_refused"}'];
  if (wanted === "GET /metrics") return [200, "text/plain; version=0.0.4; charset=utf-8", metrics.text()];
  if (wanted === "GET /healthz") return [200, JSON_TYPE, '{"status":"ok"}'];
  if (wanted === "GET /readyz") {
    const { status, body } = readyAnswer(await readiness.missing());
    return [status, JSON_TYPE, JSON.stringify(body)];
  }
  return [404, JSON_TYPE, '{"error":"not_found"}'];
}

function namesLoopback(host = ""): boolean {
  return URL.canParse(`http://${host}`) && isLocalHost(new URL(`http://${host}`).hostname);
}
