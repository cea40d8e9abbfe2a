import { type Clock, type Store, systemClock } from "@watchword/core";
import { type Broker, createBroker } from "@watchword/broker";
import { MAX_FORM_BYTES, MAX_REPORT_BYTES, brokerHttp } from "@watchword/broker/http";
import { createGateway } from "@watchword/gateway";
import { approvalOptions } from "./approval-options.ts";
import { bind } from "./bind.ts";
import { brokerMissing } from "./broker-missing.ts";
import { type ServerMode, checkMode } from "./check-mode.ts";
import { configuredPolicy, startingPolicy } from "./configured-policy.ts";
import { closeWithin } from "./close-within.ts";
import { bindFederation } from "./federation-listener.ts";
import { fetchForSystems } from "./fetch-for-systems.ts";
import { gatewayWay } from "./gateway-way.ts";
import { loadKeys } from "./load-keys.ts";
import { loadSystems } from "./load-systems.ts";
import type { Configuration } from "./load-configuration.ts";
import { bindLeases } from "./lease-listener.ts";
import { ledgerOptions } from "./ledger-options.ts";
import { logExchanges } from "./log-exchanges.ts";
import { makeVerifier } from "./make-verifier.ts";
import { measureExchanges } from "./measure-exchanges.ts";
import { measureStore } from "./measure-store.ts";
import { operatorOptions } from "./operator-options.ts";
import { bindOperatorsApi, serveOperatorsApi } from "./operators-api.ts";
import { type OperatorsListener, listenForOperators } from "./operators-listener.ts";
import { quietLog } from "./quiet-log.ts";
import type { Environment } from "./read-secret.ts";
import { readiness } from "./readiness.ts";
import { readyAnswer } from "./ready-answer.ts";
import { openStore } from "./open-store.ts";
import { seedTenants } from "./seed-tenants.ts";
import { type ServerLog, jsonLines, refusalFields } from "./server-log.ts";
import { serverMetrics } from "./server-metrics.ts";

/** Options of {@link startServer}. */
export interface ServerOptions {
  /** Default `serve`, which refuses every development setting. */
  readonly mode?: ServerMode;
  /** Default: JSON lines on standard error. */
  readonly log?: ServerLog;
  /** Where `{ env: NAME }` looks; default: the process's own. */
  readonly env?: Environment;
  /** How broker and gateway reach systems and key sets; default: the platform's. */
  readonly fetch?: typeof globalThis.fetch;
  readonly clock?: Clock;
}

/**
 * A running server. Disposing it drains: it is no longer ready, what has arrived is answered, nothing more is accepted, the
 * ledger is signed. Leases stay: any replica over the same store serves and ends them.
 */
export interface Server extends AsyncDisposable {
  /** Where the broker's endpoints are; on a Unix socket, the origin that requests on it are made for. */
  readonly brokerUrl: string;
  readonly gatewayUrl: string;
  /** Where gateways in processes of their own find leases; absent when the configuration names no place. */
  readonly leasesUrl?: string;
  /** Where the federation issuer is served; absent when the configuration names none. */
  readonly federationUrl?: string;
  /** Where operators read metrics; absent when the configuration names no place. */
  readonly metricsUrl?: string;
  /** Where the operators' API is; absent when the configuration declares nobody. */
  readonly operatorsUrl?: string;
  readonly policyVersion: string;
  readonly environment: "production" | "development";
  readonly broker: Broker;
  /** What the broker keeps; for looking at it, not for changing it. */
  readonly store: Store;
}

/**
 * Runs a broker and its gateway as one process of their own, apart from any agent, by a checked configuration. What
 * fails on the way is closed again.
 *
 * @throws Refusal `development_setting`, `configuration_invalid`, `policy_invalid`, `ledger_unavailable`
 *
 * @example
 * ```ts
 * await using server = await startServer(await loadConfiguration("watchword.config.yaml"));
 * ```
 */
export async function startServer(
  configuration: Configuration,
  options: ServerOptions = {},
): Promise<Server> {
  const { mode = "serve", clock = systemClock } = options;
  const log = quietLog(options.log ?? jsonLines((line) => void process.stderr.write(line)));
  checkMode(configuration, mode);
  const environment = mode === "dev" ? "development" : "production";
  const { document } = configuration;

  const policy = await configuredPolicy(configuration);
  const systems = await loadSystems(configuration, document.systems);
  const onFetchFailure = (url: string): void => log({ level: "warn", event: "key_set_unavailable", url });
  const parts = { configuration, clock, fetch: options.fetch ?? fetch, onFetchFailure };
  const verifiers = await Promise.all(
    document.verifiers.map((entry, index) => makeVerifier(parts, entry, index)),
  );
  const keys = await loadKeys(configuration, options.env ?? process.env, {
    clock,
    log,
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
  });

  await using opened = new AsyncDisposableStack();
  const metrics = serverMetrics(Object.keys(systems), clock);
  const store = measureStore(
    opened.use(await openStore(configuration, options.env ?? process.env, clock)),
    metrics,
  );
  const drainMilliseconds = (document.drainSeconds ?? 25) * 1_000;
  const onCut = (listener: string) => (): void => log({ level: "warn", event: "drain_cut", listener });
  const { url } = document.gateway;
  const gatewayHosts = url === undefined ? {} : { hosts: [new URL(url).host] };
  const closers: (() => Promise<void>)[] = [];
  const closedInTime = <Bound extends { close(): Promise<void> }>(name: string, listener: Bound): Bound => {
    const close = closeWithin(listener, drainMilliseconds, onCut(name));
    opened.defer(close);
    closers.push(close);
    return listener;
  };
  const listening = document.gateway.listen;
  const gatewayListener =
    listening &&
    closedInTime("gateway", await bind(configuration, ["gateway", "listen"], listening, gatewayHosts));
  const boundOperators = await bindOperatorsApi(configuration);
  const operatorsApi = boundOperators && closedInTime("operators", boundOperators);
  const boundLeases = await bindLeases(configuration);
  const leaseListener = boundLeases && closedInTime("leases", boundLeases);
  const boundFederation = await bindFederation(configuration);
  const federationListener = boundFederation && closedInTime("federation", boundFederation);
  const brokerListener = closedInTime(
    "broker",
    await bind(configuration, ["broker", "listen"], document.broker.listen, {
      maxRequestBytes: Math.max(MAX_FORM_BYTES, MAX_REPORT_BYTES),
      // The one page that there is posts its form to where it comes from.
      ...(document.approvals?.login === undefined ? {} : { origins: [new URL(document.issuer).origin] }),
    }),
  );
  const gatewayUrl = (url ?? gatewayListener?.url ?? "").replace(/\/$/, "");
  const ways = { clock, ...fetchForSystems(systems, options.fetch) };
  const broker = opened.use(
    await createBroker({
      issuer: document.issuer,
      gateway: gatewayUrl,
      ...(document.federation === undefined ? {} : { federationIssuer: document.federation.issuer }),
      policy: await startingPolicy(policy, store),
      store,
      keys,
      systems,
      verifiers,
      environment,
      isolation: "own-process",
      ...(document.quotas === undefined ? {} : { quotas: document.quotas }),
      ...(document.introspectors === undefined ? {} : { introspectors: document.introspectors }),
      ...(await approvalOptions(parts, options.env ?? process.env)),
      ...(await operatorOptions(parts)),
      ledger: ledgerOptions(configuration, log, options.fetch),
      ...ways,
    }),
  );
  await seedTenants(configuration, broker.tenants, options.env ?? process.env, log);

  const gateway = createGateway({
    url: gatewayUrl,
    issuer: document.issuer,
    leases: broker.leases,
    systems,
    clock,
    ...gatewayWay(systems, options.fetch, document.gateway.privateOrigins),
    onRefusal: (refusal, { system, leaseId }) => {
      metrics.gatewayRefused(system, refusal.reason);
      log({ level: "warn", event: "gateway_refused", system, lease_id: leaseId, ...refusalFields(refusal) });
    },
  });
  const http = brokerHttp({
    client: measureExchanges(logExchanges(broker.client, log), metrics),
    approvals: broker.approvals,
    evidence: broker.evidence,
    projections: broker.projections,
    tenants: broker.tenants,
    tokens: broker.tokens,
    discovery: broker.discovery,
    ledgerHealth: broker.ledgerHealth,
    onRefusal: (refusal) => {
      metrics.refused("request", refusal.reason);
      log({ level: "warn", event: "request_refused", ...refusalFields(refusal) });
    },
  });
  gatewayListener?.serve(gateway.fetch);
  leaseListener?.serve(broker.leases);
  federationListener?.serve(broker);
  serveOperatorsApi(operatorsApi, broker.operators, log);
  const ready = readiness(() => brokerMissing({ store, discovery: broker.discovery }), clock);
  brokerListener.serve(async (request, target) => {
    if (request.method !== "GET" || target !== "/readyz") return http.fetch(request);
    const { status, body } = readyAnswer(await ready.missing());
    return Response.json(body, { status, headers: { "cache-control": "no-store" } });
  });
  let operators: OperatorsListener | undefined;
  if (document.metrics !== undefined) {
    operators = await listenForOperators(configuration, document.metrics.listen, {
      metrics,
      readiness: ready,
    });
    opened.defer(operators.close);
  }
  // Registered last, so disposed first: nothing below closes while a request is under way.
  opened.defer(async () => {
    ready.drain();
    log({ level: "info", event: "draining" });
    await Promise.all(closers.map((close) => close()));
  });
  const living = opened.move();
  const brokerUrl = brokerListener.url;
  const metricsUrl = operators?.url;
  log({
    level: "info",
    event: "ready",
    environment,
    broker: brokerUrl,
    gateway: gatewayUrl,
    leases: leaseListener?.url,
    federation: federationListener?.url,
    metrics: metricsUrl,
    operators: operatorsApi?.url,
    policy_version: broker.policies.active().version,
  });
  return Object.freeze<Server>({
    brokerUrl,
    gatewayUrl,
    ...(leaseListener === undefined ? {} : { leasesUrl: leaseListener.url }),
    ...(federationListener === undefined ? {} : { federationUrl: federationListener.url }),
    ...(metricsUrl === undefined ? {} : { metricsUrl }),
    ...(operatorsApi === undefined ? {} : { operatorsUrl: operatorsApi.url }),
    policyVersion: broker.policies.active().version,
    environment,
    broker,
    store,
    [Symbol.asyncDispose]: async () => {
      await living.disposeAsync();
      log({ level: "info", event: "stopped" });
    },
  });
}
