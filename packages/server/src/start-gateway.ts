import { type Clock, systemClock } from "@watchword/core";
import { createGateway, httpLeaseDirectory } from "@watchword/gateway";
import { bind } from "./bind.ts";
import { closeWithin } from "./close-within.ts";
import { gatewayWay } from "./gateway-way.ts";
import { GatewayDocument } from "./gateway-document.ts";
import { gatewayMetrics } from "./gateway-metrics.ts";
import { gatewayMissing } from "./gateway-missing.ts";
import { type Loaded, loadDocument } from "./load-configuration.ts";
import { loadSystems } from "./load-systems.ts";
import { type OperatorsListener, listenForOperators } from "./operators-listener.ts";
import { quietLog } from "./quiet-log.ts";
import { readGatewayKey } from "./read-gateway-key.ts";
import { readMutualTls } from "./read-mutual-tls.ts";
import { readiness } from "./readiness.ts";
import { type ServerLog, jsonLines, refusalFields } from "./server-log.ts";

/** Milliseconds for one question to the broker: a tool waits, and a request that is not confirmed does not leave. */
const BROKER_MILLISECONDS = 2_000;

/** A checked configuration of a gateway in a process of its own, and where it came from. */
export type GatewayConfiguration = Loaded<GatewayDocument>;

/** Options of {@link startGateway}. */
export interface GatewayServerOptions {
  /** Default: JSON lines on standard error. */
  readonly log?: ServerLog;
  /** How the gateway reaches systems; default: by connections whose addresses it checks. */
  readonly fetch?: typeof globalThis.fetch;
  readonly clock?: Clock;
}

/** A running gateway. Disposing it drains: it is no longer ready, what has arrived is answered, nothing more is accepted. */
export interface GatewayServer extends AsyncDisposable {
  /** Where runtimes reach it. */
  readonly url: string;
  /** Where operators read metrics; absent when the configuration names no place. */
  readonly metricsUrl?: string;
}

/**
 * Loads `gateway.config.yaml`, or the default export of a module, and checks its shape as `loadConfiguration` does.
 *
 * @throws ConfigurationInvalid (`configuration_invalid`) with every problem at its file and, in YAML, line
 */
export function loadGatewayConfiguration(path: string): Promise<GatewayConfiguration> {
  return loadDocument(path, GatewayDocument);
}

/**
 * Runs a gateway as a process of its own, over the leases of a broker elsewhere. It starts without the broker, too: what
 * it cannot have confirmed it refuses (`broker_unavailable`), and it is not ready meanwhile.
 *
 * INVARIANT: nothing here opens a store, reads a policy, or knows a connection's secret. A credential comes with an open
 * lease, encrypted to this process's key, and is in memory only.
 *
 * @throws Refusal `configuration_invalid`
 *
 * @example
 * ```ts
 * await using gateway = await startGateway(await loadGatewayConfiguration("gateway.config.yaml"));
 * ```
 */
export async function startGateway(
  configuration: GatewayConfiguration,
  options: GatewayServerOptions = {},
): Promise<GatewayServer> {
  const { clock = systemClock } = options;
  const log = quietLog(options.log ?? jsonLines((line) => void process.stderr.write(line)));
  const { document } = configuration;
  const { certificate, key, serverCa } = document.broker.tls;
  const metrics = gatewayMetrics(Object.keys(document.systems));
  const systems = await loadSystems(configuration, document.systems);
  const directory = httpLeaseDirectory({
    url: document.broker.url,
    key: await readGatewayKey(configuration, ["key"], document.key),
    timeoutMilliseconds: BROKER_MILLISECONDS,
    mutualTls: await readMutualTls(configuration, ["broker", "tls"], {
      certificate,
      key,
      authority: { name: "serverCa", file: serverCa },
    }),
  });
  const ready = readiness(() => gatewayMissing(directory, log), clock);

  await using opened = new AsyncDisposableStack();
  const listener = await bind(
    configuration,
    ["listen"],
    document.listen,
    document.url === undefined ? {} : { hosts: [new URL(document.url).host] },
  );
  const close = closeWithin(listener, (document.drainSeconds ?? 25) * 1_000, () =>
    log({ level: "warn", event: "drain_cut", listener: "gateway" }),
  );
  opened.defer(close);
  const url = (document.url ?? listener.url).replace(/\/$/, "");
  const gateway = createGateway({
    url,
    issuer: document.issuer,
    leases: metrics.measured(directory),
    systems,
    clock,
    ...gatewayWay(systems, options.fetch, document.privateOrigins),
    onRefusal: (refusal, { system, leaseId }) => {
      metrics.refused(system, refusal.reason);
      log({ level: "warn", event: "gateway_refused", system, lease_id: leaseId, ...refusalFields(refusal) });
    },
  });
  listener.serve(gateway.fetch);
  let operators: OperatorsListener | undefined;
  if (document.metrics !== undefined) {
    operators = await listenForOperators(configuration, document.metrics.listen, {
      metrics,
      readiness: ready,
    });
    opened.defer(operators.close);
  }
  // Registered last, so disposed first: whoever asks hears that it goes before it takes nothing more.
  opened.defer(async () => {
    ready.drain();
    log({ level: "info", event: "draining" });
    await close();
  });
  const living = opened.move();
  const metricsUrl = operators?.url;
  log({ level: "info", event: "ready", role: "gateway", gateway: url, metrics: metricsUrl });
  return Object.freeze<GatewayServer>({
    url,
    ...(metricsUrl === undefined ? {} : { metricsUrl }),
    [Symbol.asyncDispose]: async () => {
      await living.disposeAsync();
      log({ level: "info", event: "stopped" });
    },
  });
}
