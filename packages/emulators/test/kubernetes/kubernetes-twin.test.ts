import { type Adapter, systemClock } from "@watchword/core";
import { type AppliedObject, kubernetesSystem, kubernetesTwin } from "@watchword/emulators/kubernetes";
import { expect, test } from "vitest";

const RBAC = "rbac.authorization.k8s.io";
const v1 = (kind: string, name: string, more: object = {}): AppliedObject => ({
  apiVersion: "v1",
  kind,
  metadata: { name, ...(kind === "Namespace" ? {} : { namespace: "acme" }) },
  ...more,
});

/** A cluster whose one account is an administrator of one namespace. */
async function startCluster(changes: Partial<Parameters<typeof kubernetesTwin>[0]> = {}) {
  const metadata = { name: "admin", namespace: "acme" };
  const spec = { containers: [{ name: "app" }, { name: "proxy" }] };
  const labels = { app: "web" };
  const twin = await kubernetesTwin({
    objects: [
      v1("Namespace", "acme"),
      v1("ServiceAccount", "admin"),
      v1("Pod", "web-1", { metadata: { name: "web-1", namespace: "acme", labels }, spec }),
      v1("Pod", "web-2", { metadata: { name: "web-2", namespace: "acme", labels }, spec }),
      v1("Pod", "job-1", { spec: { containers: [{ name: "job" }] } }),
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "web", namespace: "acme" },
        spec: { replicas: 2 },
      },
      {
        apiVersion: `${RBAC}/v1`,
        kind: "Role",
        metadata,
        rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }],
      },
      {
        apiVersion: `${RBAC}/v1`,
        kind: "RoleBinding",
        metadata,
        roleRef: { apiGroup: RBAC, kind: "Role", name: "admin" },
        subjects: [{ kind: "ServiceAccount", ...metadata }],
      },
    ],
    logs: { "acme/job-1/job": "one\ntwo\nthree\n" },
    ...changes,
  });
  const token = twin.accountToken("acme", "admin");
  const ask = async (
    line: string,
    body?: object,
    headers: Readonly<Record<string, string>> = { "content-type": "application/json" },
  ) => {
    const [method = "GET", path = ""] = line.split(" ");
    const response = await fetch(`${twin.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = response.headers.get("content-type") === "application/json";
    return { status: response.status, body: (json ? JSON.parse(text) : text) as Record<string, unknown> };
  };
  return { twin, token, ask, [Symbol.asyncDispose]: () => twin.close() };
}

const NS = "/api/v1/namespaces/acme";
const WEB = "/apis/apps/v1/namespaces/acme/deployments/web";
const MERGE = { "content-type": "application/merge-patch+json" };

test("who is nobody, and whose token is changed, over, or for somebody else, is refused", async () => {
  let now = Date.now();
  await using cluster = await startCluster({ clock: { now: () => now } });
  const { twin, token } = cluster;
  const as = (authorization?: string) =>
    fetch(`${twin.url}${NS}/pods`, authorization === undefined ? {} : { headers: { authorization } });
  const nobody = await as();
  expect([nobody.status, await nobody.json()]).toMatchObject([
    403,
    {
      message:
        'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" in the namespace "acme"',
      details: { kind: "pods" },
    },
  ]);
  const [head = "", claims = "", signature = ""] = token.split(".");
  const admin = JSON.parse(Buffer.from(claims, "base64url").toString()) as object;
  const forged = Buffer.from(JSON.stringify({ ...admin, sub: "system:admin" })).toString("base64url");
  const none = Buffer.from('{"alg":"none"}').toString("base64url");
  const elsewhere = twin.accountToken("acme", "admin", { audience: "vault" });
  for (const bad of [`${head}.${forged}.${signature}`, `${none}.${claims}.`, "x", elsewhere])
    expect((await as(`Bearer ${bad}`)).status).toBe(401);
  expect((await as(`Bearer ${token}`)).status).toBe(200);
  now += 3_600_000;
  const over = await as(`Bearer ${token}`);
  expect([over.status, await over.json()]).toMatchObject([
    401,
    { kind: "Status", reason: "Unauthorized", code: 401 },
  ]);
});

test("rights end at the namespace, and impersonation is a right", async () => {
  await using cluster = await startCluster();
  for (const line of [
    "GET /api/v1/pods",
    "GET /api/v1/namespaces/globex/pods",
    "GET /api/v1/namespaces",
    "GET /metrics",
  ])
    expect((await cluster.ask(line)).status, line).toBe(403);
  expect(
    (await cluster.ask(`GET ${NS}/pods`, undefined, { "impersonate-user": "system:admin" })).body,
  ).toMatchObject({
    message: expect.stringContaining(
      'cannot impersonate resource "users" in API group "" at the cluster scope',
    ),
  });
});

test("lists are by labels and in pages, and what is not there is said in the server's words", async () => {
  await using cluster = await startCluster();
  const first = await cluster.ask(`GET ${NS}/pods?labelSelector=app%3Dweb&limit=1`);
  const { continue: rest, remainingItemCount } = first.body["metadata"] as Record<string, unknown>;
  const second = await cluster.ask(`GET ${NS}/pods?labelSelector=app%3Dweb&limit=1&continue=${String(rest)}`);
  const names = [first, second].map(
    ({ body }) => (body["items"] as { metadata: { name: string } }[])[0]?.metadata.name,
  );
  expect([names, remainingItemCount, first.body["kind"]]).toEqual([["web-1", "web-2"], 1, "PodList"]);
  expect((await cluster.ask(`GET ${WEB}-2`)).body).toMatchObject({
    message: 'deployments.apps "web-2" not found',
    details: { name: "web-2", group: "apps", kind: "deployments" },
  });
  expect((await cluster.ask(`GET ${NS}/widgets`)).status).toBe(404);
  expect((await cluster.ask(`GET ${NS}/pods/web-1/exec?command=id`)).body).toMatchObject({
    message: "Upgrade request required",
  });
});

test("logs are of one container, which must be named where there are two", async () => {
  await using cluster = await startCluster();
  expect((await cluster.ask(`GET ${NS}/pods/job-1/log?tailLines=2`)).body).toBe("two\nthree\n");
  expect((await cluster.ask(`GET ${NS}/pods/job-1/log?limitBytes=5`)).body).toBe("one\nt");
  for (const [path, message] of [
    ["web-1/log", "a container name must be specified for pod web-1, choose one of: [app proxy]"],
    ["web-1/log?container=db", "container db is not valid for pod web-1"],
    ["job-1/log?previous=true", 'previous terminated container "job" in pod "job-1" not found'],
  ])
    expect(await cluster.ask(`GET ${NS}/pods/${path}`)).toMatchObject({ status: 400, body: { message } });
});

test("a patch is one of the kinds that there are, and what changes nothing is no effect", async () => {
  await using cluster = await startCluster();
  const { ask, twin } = cluster;
  expect((await ask(`PATCH ${WEB}/scale`, { spec: { replicas: 3 } }, MERGE)).body).toMatchObject({
    kind: "Scale",
    spec: { replicas: 3 },
  });
  expect((await ask(`PATCH ${WEB}/scale`, { spec: { replicas: 3 } }, MERGE)).status).toBe(200);
  expect(twin.requests.filter(({ kind }) => kind === "effect")).toHaveLength(1);
  expect(await ask(`PATCH ${WEB}/scale`, { spec: { replicas: -1 } }, MERGE)).toMatchObject({
    status: 422,
    body: { message: expect.stringContaining("must be greater than or equal to 0") },
  });
  expect((await ask(`PATCH ${WEB}`, {}, { "content-type": "application/json" })).status).toBe(415);
  expect((await ask(`PATCH ${WEB}`, {}, { "content-type": "application/json-patch+json" })).status).toBe(400);
  expect(await ask(`PATCH ${WEB}`, { metadata: { uid: "another" } }, MERGE)).toMatchObject({
    status: 422,
    body: { message: expect.stringContaining("field is immutable") },
  });
});

test("an object is made once, below a namespace that is there, and deleted as the one that was meant", async () => {
  await using cluster = await startCluster();
  const { ask } = cluster;
  const made = await ask(`POST ${NS}/secrets`, { metadata: { name: "s" } });
  expect(made.status).toBe(201);
  expect(await ask(`POST ${NS}/secrets`, { metadata: { name: "s" } })).toMatchObject({
    status: 409,
    body: { reason: "AlreadyExists", message: 'secrets "s" already exists' },
  });
  expect((await ask(`POST ${NS}/secrets`, { kind: "Pod", metadata: { name: "t" } })).status).toBe(400);
  expect((await ask(`POST ${NS}/secrets`, { metadata: { name: "T" } })).status).toBe(422);
  const other = { preconditions: { uid: "00000000-0000-4000-8000-000000000000" } };
  expect(await ask(`DELETE ${NS}/secrets/s`, other)).toMatchObject({
    status: 409,
    body: {
      reason: "Conflict",
      message: expect.stringContaining("Precondition failed: UID in precondition"),
    },
  });
  const { uid } = made.body["metadata"] as { uid: string };
  expect((await ask(`DELETE ${NS}/secrets/s`, { preconditions: { uid } })).body).toMatchObject({
    status: "Success",
  });
  expect((await ask(`DELETE ${NS}/secrets/s`)).status).toBe(404);
});

test("tokens are for ten minutes at least, for no longer than the server gives, and bound to Secrets alone", async () => {
  await using cluster = await startCluster({ longestToken: 700 });
  const request = (spec: object) => cluster.ask(`POST ${NS}/serviceaccounts/admin/token`, { spec });
  expect((await request({ expirationSeconds: 599 })).status).toBe(422);
  expect((await request({ expirationSeconds: 3_600 })).body).toMatchObject({
    spec: { expirationSeconds: 700 },
  });
  const pod = { apiVersion: "v1", kind: "Pod", name: "web-1" };
  expect((await request({ boundObjectRef: pod })).status).toBe(400);
  expect((await request({ boundObjectRef: { apiVersion: "v1", kind: "Secret", name: "s" } })).status).toBe(
    404,
  );
});

test("failures are the server's own, and say what was done", async () => {
  await using cluster = await startCluster();
  const { ask, twin } = cluster;
  twin.fail("429");
  expect(await ask(`GET ${NS}/pods`)).toMatchObject({
    status: 429,
    body: "Too many requests, please try again later.\n",
  });
  twin.fail("500-after-effect");
  expect((await ask(`GET ${NS}/pods`)).status).toBe(200);
  expect(await ask(`DELETE ${NS}/pods/web-1`)).toMatchObject({
    status: 500,
    body: { reason: "InternalError" },
  });
  expect(twin.find("Pod", "acme", "web-1")).toBeUndefined();
});

test("a ready system has two namespaces alike, by the adapter's own manifests, and a token for each world", async () => {
  const asked: string[] = [];
  const start = kubernetesSystem({
    kubernetes: ({ baseUrl }) =>
      ({
        origins: [baseUrl],
        catalogue: {
          adapter: "kubernetes",
          operations: {
            a: { name: "pods.get", example: { name: "web-1" } },
            b: { name: "pods.list", example: {} },
          },
        },
      }) as unknown as Adapter,
    rbacManifests: ({ namespace, operations }) => {
      asked.push(`${namespace}: ${operations.join(" ")}`);
      return [];
    },
  });
  await using one = await start({ clock: systemClock, name: "cluster" });
  await using other = await start({ clock: systemClock, name: "cluster" });
  expect(asked.slice(0, 2)).toEqual(["acme: pods.get pods.list", "globex: pods.get pods.list"]);
  expect([one.own, one.other]).toMatchObject([{ account: "acme" }, { account: "globex" }]);
  const tokenOf = ({ own }: typeof one) => own.secret.open((token) => token);
  expect(tokenOf(one)).not.toBe(tokenOf(other));
  expect(one.more["pods.get"]?.slice(0, 2)).toEqual([{ name: "web-2" }, { name: "web-3" }]);
  expect(one.twin.list("Pod", "acme").map(({ metadata }) => metadata.name)).toContain("web-10");
  expect(Object.keys(one.more)).toEqual(["pods.get"]);
});
