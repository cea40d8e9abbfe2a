import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect, promisify } from "node:util";
import {
  ApiException,
  AppsV1Api,
  AuthorizationV1Api,
  CoreV1Api,
  KubeConfig,
  PatchStrategy,
  loadAllYaml,
  setHeaderOptions,
} from "@kubernetes/client-node";
import { rbacManifests, rbacYaml } from "@watchword/adapter-kubernetes";
import { kubernetesCatalogue } from "@watchword/adapter-kubernetes/catalogue";
import { type OperationReference, type ValueMap, system } from "@watchword/core";
import { type GuardedCredential, bind, guard } from "@watchword/middleware";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OPERATIONS, kubernetesWorld, startTwin } from "./kubernetes-world.ts";

const cluster = system("cluster", kubernetesCatalogue);
const namespace = "acme";
const MERGE = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);
const STRATEGIC = setHeaderOptions("Content-Type", PatchStrategy.StrategicMergePatch);

/** The stock client as a kubeconfig points it somewhere. It asks for `skipTLSVerify` before it speaks plain http. */
function client(server: string, token: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: "c", server, skipTLSVerify: true }],
    users: [{ name: "u", token }],
    contexts: [{ name: "x", cluster: "c", user: "u" }],
    currentContext: "x",
  });
  return config;
}

async function failureOf(
  attempt: Promise<unknown>,
): Promise<readonly [code: number, reason: unknown, message: unknown]> {
  try {
    await attempt;
  } catch (error) {
    if (!(error instanceof ApiException)) throw error;
    const body: unknown = typeof error.body === "string" ? JSON.parse(error.body) : error.body;
    // The client's types know 401 without a body.
    const { reason, message } = (body ?? {}) as { readonly reason?: unknown; readonly message?: unknown };
    return [error.code, reason, message];
  }
  throw new Error("was not refused");
}

describe("the stock client takes the twin for an API server", () => {
  test("a token that is bound to a Secret lives as long as that, and its failures are the client's own", async () => {
    await using twin = await startTwin();
    const identities = "acme-watchword";
    const broker = client(twin.url, twin.accountToken("watchword", "watchword-broker")).makeApiClient(
      CoreV1Api,
    );
    const secret = await broker.createNamespacedSecret({
      namespace: identities,
      body: { metadata: { name: "watchword-1" }, type: "Opaque", immutable: true },
    });
    const { uid = "" } = secret.metadata ?? {};
    const ask = (expirationSeconds: number, boundTo = uid) =>
      broker.createNamespacedServiceAccountToken({
        name: "watchword-pods-get",
        namespace: identities,
        body: {
          spec: {
            audiences: ["https://kubernetes.default.svc.cluster.local"],
            expirationSeconds,
            boundObjectRef: { apiVersion: "v1", kind: "Secret", name: "watchword-1", uid: boundTo },
          },
        },
      });
    expect(await failureOf(ask(60))).toEqual([
      422,
      "Invalid",
      'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
    ]);
    expect((await failureOf(ask(600, "00000000-0000-4000-8000-000000000000"))).slice(0, 2)).toEqual([
      409,
      "Conflict",
    ]);
    const { status } = await ask(600);
    const left = (status?.expirationTimestamp?.getTime() ?? 0) - Date.now();
    expect(left).toBeGreaterThan(590_000);
    expect(left).toBeLessThanOrEqual(600_000);

    const agent = client(twin.url, status?.token ?? "");
    const pods = agent.makeApiClient(CoreV1Api);
    expect((await pods.readNamespacedPod({ name: "web-1", namespace })).metadata?.labels).toEqual({
      app: "web",
    });
    expect(await failureOf(pods.readNamespacedPod({ name: "web-9", namespace }))).toEqual([
      404,
      "NotFound",
      'pods "web-9" not found',
    ]);
    expect(await failureOf(pods.readNamespacedPod({ name: "web-1", namespace: "globex" }))).toEqual([
      403,
      "Forbidden",
      'pods "web-1" is forbidden: User "system:serviceaccount:acme-watchword:watchword-pods-get" cannot get resource "pods" in API group "" in the namespace "globex"',
    ]);
    const review = await agent
      .makeApiClient(AuthorizationV1Api)
      .createSelfSubjectRulesReview({ body: { spec: { namespace } } });
    expect(review.status?.incomplete).toBe(false);
    expect(review.status?.resourceRules).toContainEqual({
      apiGroups: [""],
      resources: ["pods"],
      verbs: ["get"],
    });

    const end = (precondition: string) =>
      broker.deleteNamespacedSecret({
        name: "watchword-1",
        namespace: identities,
        body: { preconditions: { uid: precondition } },
      });
    expect((await failureOf(end("00000000-0000-4000-8000-000000000000"))).slice(0, 2)).toEqual([
      409,
      "Conflict",
    ]);
    expect((await end(uid)).status).toBe("Success");
    expect(await failureOf(pods.readNamespacedPod({ name: "web-1", namespace }))).toEqual([
      401,
      undefined,
      undefined,
    ]);
    expect((await failureOf(end(uid))).slice(0, 2)).toEqual([404, "NotFound"]);
  });
});

test("the stock client reads in the manifests' YAML exactly the manifests", () => {
  const options = {
    namespace: "acme",
    operations: OPERATIONS,
    names: { "configmaps.get": ["web-config", "yes", "1e3"] },
    broker: { user: "watchword:tenant:acme:system:cluster # ' \"" },
  };
  expect(JSON.parse(JSON.stringify(loadAllYaml(rbacYaml(options))))).toEqual(rbacManifests(options));
});

test("by a cluster's own authority the gateway reaches it over TLS, and so do the mint and the end of its token", async () => {
  const directory = await mkdtemp(join(tmpdir(), "watchword-tls-"));
  const make =
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=cluster -addext subjectAltName=IP:127.0.0.1 -keyout key -out pem";
  await promisify(execFile)("sh", ["-c", make], { cwd: directory });
  const read = (name: string): Promise<string> => readFile(join(directory, name), "utf8");
  await using world = await kubernetesWorld({ certificate: await read("pem"), key: await read("key") });
  await rm(directory, { recursive: true });
  const readPod = guard(
    {
      name: "read_pod",
      execute: async ({ name }: { name: string }, { credential }) => {
        const { url } = await credential.loopback();
        const pod = await client(url, "of nobody")
          .makeApiClient(CoreV1Api)
          .readNamespacedPod({ name, namespace });
        return pod.metadata?.namespace;
      },
    },
    bind(cluster.podsGet, ({ name }: { name: string }) => ({ name })),
  );
  expect(await world.runtime.run({}, () => readPod.execute({ name: "web-1" }))).toBe("acme");
  expect(world.twin.url).toMatch(/^https:/);
  // Two sweeps may end the same lease; the later one finds nothing.
  const kinds = world.twin.requests.map(({ kind }) => kind).filter((kind) => kind !== "refused");
  expect(kinds.slice(-5)).toEqual(["mint", "mint", "resolve", "resolve", "revoke"]);
});

describe("the stock client in guarded tools, through the gateway", () => {
  let world: Awaited<ReturnType<typeof kubernetesWorld>>;
  beforeAll(async () => {
    world = await kubernetesWorld();
  });
  afterAll(() => world[Symbol.asyncDispose]());

  /** A tool over the stock client, whose arguments are the action's; what it sends is its own business. */
  const tool = (reference: OperationReference, call: (config: KubeConfig) => Promise<unknown>) =>
    guard(
      {
        name: reference.operation.name.replace(".", "_"),
        execute: async (_arguments: ValueMap, { credential }: { credential: GuardedCredential }) => {
          const { url } = await credential.loopback();
          return call(client(url, "of nobody"));
        },
      },
      bind(reference, (values: ValueMap) => values),
    );
  const core = (config: KubeConfig): CoreV1Api => config.makeApiClient(CoreV1Api);
  const apps = (config: KubeConfig): AppsV1Api => config.makeApiClient(AppsV1Api);
  const effects = () => world.twin.requests.filter(({ kind }) => kind === "effect");
  const scaleTo = (replicas: number) =>
    tool(cluster.deploymentsScale, (config) =>
      apps(config).patchNamespacedDeploymentScale(
        { name: "web", namespace, body: { spec: { replicas } } },
        MERGE,
      ),
    );

  test("reads and changes what was decided, with tokens that it never had and that are dead afterwards", async () => {
    const restartedAt = { "kubectl.kubernetes.io/restartedAt": new Date(0).toISOString() };
    const seen = await world.runtime.run({}, async () => [
      await tool(cluster.podsList, (config) =>
        core(config)
          .listNamespacedPod({ namespace, labelSelector: "app=web", limit: 10 })
          .then(({ items }) => items.map((pod) => pod.metadata?.name)),
      ).execute({ labelSelector: "app=web", limit: 10 }),
      await tool(cluster.podsLogs, (config) =>
        core(config).readNamespacedPodLog({ name: "web-1", namespace, tailLines: 1 }),
      ).execute({ name: "web-1", tailLines: 1 }),
      await tool(cluster.deploymentsGet, (config) =>
        apps(config)
          .readNamespacedDeployment({ name: "web", namespace })
          .then(({ spec }) => spec?.replicas),
      ).execute({ name: "web" }),
      await tool(cluster.deploymentsRestart, (config) =>
        apps(config)
          .patchNamespacedDeployment(
            {
              name: "web",
              namespace,
              body: { spec: { template: { metadata: { annotations: restartedAt } } } },
            },
            STRATEGIC,
          )
          .then(({ metadata }) => metadata?.generation),
      ).execute({ name: "web" }),
      await tool(cluster.configmapsPatch, (config) =>
        core(config)
          .patchNamespacedConfigMap(
            { name: "web-config", namespace, body: { data: { "log-level": "debug" } } },
            MERGE,
          )
          .then(({ data }) => data),
      ).execute({ name: "web-config", key: "log-level", value: "debug" }),
      await tool(cluster.podsDelete, (config) =>
        core(config)
          .deleteNamespacedPod({ name: "web-2", namespace })
          .then(({ metadata }) => metadata?.name),
      ).execute({ name: "web-2" }),
    ]);
    expect(seen).toEqual([
      ["web-1", "web-2"],
      "ready\n",
      2,
      2,
      { owner: "acme", "log-level": "debug" },
      "web-2",
    ]);
    expect(effects().map(({ method, path, user }) => [method, path, user?.split(":").at(-1)])).toEqual([
      ["PATCH", "/apis/apps/v1/namespaces/acme/deployments/web", "watchword-deployments-restart"],
      ["PATCH", "/api/v1/namespaces/acme/configmaps/web-config", "watchword-configmaps-patch"],
      ["DELETE", "/api/v1/namespaces/acme/pods/web-2", "watchword-pods-delete"],
    ]);
    // The adapter's own mark is there, and what the tool wrote is not.
    expect(inspect(world.twin.find("Deployment", "acme", "web"), { depth: null })).toMatch(
      /'watchword\/decision': 'dec_/,
    );
    expect(inspect(world.twin.find("Deployment", "acme", "web"), { depth: null })).not.toContain(
      "restartedAt",
    );
    // The run is over, and with it every lease: no Secret is left, and no token that was bound to one.
    expect(world.twin.list("Secret")).toEqual([]);
    expect(world.twin.tokens().filter(({ secret }) => secret !== undefined)).toEqual([]);
  });

  test("asks for little and sends more: nothing happens", async () => {
    const before = effects().length;
    const sent = async (
      reference: OperationReference,
      values: ValueMap,
      call: (config: KubeConfig) => Promise<unknown>,
    ) => tool(reference, (config) => failureOf(call(config)).then(([code]) => code)).execute(values);
    const answers = await world.runtime.run({}, async () => [
      await sent(cluster.deploymentsScale, { name: "web", replicas: 3 }, (config) =>
        apps(config).patchNamespacedDeploymentScale(
          { name: "web", namespace, body: { spec: { replicas: 50 } } },
          MERGE,
        ),
      ),
      await sent(cluster.podsGet, { name: "web-1" }, (config) =>
        core(config).readNamespacedPod({ name: "web-1", namespace: "globex" }),
      ),
      await sent(cluster.podsGet, { name: "web-1" }, (config) => core(config).listPodForAllNamespaces()),
      await sent(cluster.podsGet, { name: "web-1" }, (config) =>
        core(config).listNamespacedSecret({ namespace }),
      ),
      await sent(cluster.podsGet, { name: "web-1" }, (config) =>
        core(config).connectPostNamespacedPodExec({ name: "web-1", namespace, command: "id" }),
      ),
      await sent(cluster.deploymentsRestart, { name: "web" }, (config) =>
        apps(config).patchNamespacedDeployment(
          { name: "web", namespace, body: { spec: { template: { spec: { hostNetwork: true } } } } },
          MERGE,
        ),
      ),
      await sent(cluster.configmapsPatch, { name: "web-config", key: "log-level", value: "info" }, (config) =>
        core(config).patchNamespacedConfigMap(
          { name: "web-config", namespace, body: { data: { "log-level": "info", owner: "globex" } } },
          MERGE,
        ),
      ),
      await sent(cluster.podsDelete, { name: "web-1" }, (config) =>
        core(config).deleteCollectionNamespacedPod({ namespace }),
      ),
    ]);
    expect(answers).toEqual(Array.from({ length: 8 }, () => 403));
    expect(effects()).toHaveLength(before);
    expect(world.twin.list("Secret")).toEqual([]);
  });

  test("a token that a grant releases lists deployments for the tool itself, and does nothing else, nor anything later", async () => {
    const held: KubeConfig[] = [];
    const list = guard(
      {
        name: "list",
        execute: async (_arguments: object, { credential }) => {
          const config = client(world.twin.url, credential.release());
          held.push(config);
          const { items } = await apps(config).listNamespacedDeployment({ namespace });
          const elsewhere = await failureOf(apps(config).listNamespacedDeployment({ namespace: "globex" }));
          const more = await failureOf(core(config).listNamespacedPod({ namespace }));
          return [items.length, elsewhere[0], more[0]];
        },
      },
      bind(cluster.deploymentsList, () => ({})),
    );
    expect(await world.runtime.run({}, () => list.execute({}))).toEqual([1, 403, 403]);
    const [config] = held;
    if (config === undefined) throw new Error("no token was released");
    expect((await failureOf(apps(config).listNamespacedDeployment({ namespace })))[0]).toBe(401);
    expect(world.twin.list("Secret")).toEqual([]);
  });

  test("what the policy does not grant is not minted for", async () => {
    const minted = () => world.twin.requests.filter(({ kind }) => kind === "mint").length;
    const before = minted();
    const refusals = await world.runtime.run({}, async () => [
      await scaleTo(6).execute({ name: "web", replicas: 6 }),
      await tool(cluster.configmapsPatch, async () => "ran").execute({
        name: "web-config",
        key: "owner",
        value: "me",
      }),
    ]);
    expect(refusals).toMatchObject([{ reason: "limit_exceeded" }, { reason: "condition_failed" }]);
    expect(minted()).toBe(before);
  });

  test("an account that may do more is found at the mint: its token is ended, and nobody gets it", async () => {
    const everything = { apiGroups: ["*"], resources: ["*"], verbs: ["*"] };
    const role = world.twin.find("Role", "acme", "watchword-deployments-scale");
    if (role === undefined) throw new Error("no role");
    const { name } = role.metadata;
    const applied = { apiVersion: role.apiVersion, kind: role.kind, metadata: { name, namespace } };
    world.twin.apply({ ...applied, rules: [everything, ...(role["rules"] as readonly object[])] });
    const before = effects().length;
    expect(await world.runtime.run({}, () => scaleTo(4).execute({ name: "web", replicas: 4 }))).toMatchObject(
      {
        reason: "credential_wider",
      },
    );
    expect(effects()).toHaveLength(before);
    expect(world.twin.list("Secret")).toEqual([]);
    world.twin.apply({ ...applied, rules: role["rules"] });
    await world.runtime.run({}, () => scaleTo(4).execute({ name: "web", replicas: 4 }));
    expect(world.twin.find("Deployment", "acme", "web")?.["spec"]).toMatchObject({ replicas: 4 });
  });

  test("the broker's token shows in no log, and the ledger is whole", async () => {
    expect(await world.server.broker.verifyLedger()).toMatchObject({ ok: true });
    expect(inspect(world.heard, { depth: null, showHidden: true })).not.toContain(world.secret);
  });
});
