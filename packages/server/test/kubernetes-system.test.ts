import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { kubernetes, rbacManifests } from "@watchword/adapter-kubernetes";
import { type KubernetesTwin, kubernetesTwin } from "@watchword/emulators/kubernetes";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { fetchForSystems } from "../src/fetch-for-systems.ts";
import { loadConfiguration, startServer } from "../src/index.ts";
import { type Place, place } from "./place.ts";

/** Certificates of the cluster and of somebody else, with the cluster's key. */
let pem: { readonly cluster: string; readonly key: string; readonly other: string };
beforeAll(async () => {
  const cwd = await mkdtemp(join(tmpdir(), "watchword-certificates-"));
  const make =
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=$0 -addext subjectAltName=IP:127.0.0.1 -keyout $0.key -out $0.pem";
  for (const name of ["cluster", "other"]) await promisify(execFile)("sh", ["-c", make, name], { cwd });
  const read = (name: string): Promise<string> => readFile(join(cwd, name), "utf8");
  pem = {
    cluster: await read("cluster.pem"),
    key: await read("cluster.key"),
    other: await read("other.pem"),
  };
  await rm(cwd, { recursive: true });
});

let here: Place;
let twin: KubernetesTwin;
beforeEach(async () => {
  here = await place();
  await here.write("cluster.pem", pem.cluster);
  await here.write("other.pem", pem.other);
  twin = await kubernetesTwin({
    tls: { certificate: pem.cluster, key: pem.key },
    objects: [
      ...["watchword", "acme"].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })),
      {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: "watchword-broker", namespace: "watchword" },
      },
      ...rbacManifests({ namespace: "acme", operations: ["pods.list"] }),
    ],
  });
  await here.write("broker.token", twin.accountToken("watchword", "watchword-broker"));
});
afterEach(async () => {
  await twin.close();
  await here[Symbol.asyncDispose]();
});

const text = (name: string): Promise<string> => readFile(join(here.directory, name), "utf8");
const start = async (authority: string) =>
  startServer(
    await loadConfiguration(
      await here.configure({
        systems: `systems:
  payments: { adapter: stripe, baseUrl: "${here.twin.url}" }
  cluster: { adapter: kubernetes, baseUrl: "${twin.url}"${authority} }`,
        tenants:
          "tenants:\n  acme: { connections: { cluster: { account: acme, secret: { file: broker.token } } } }",
      }),
    ),
    { mode: "dev", log: (entry) => void here.log.push(entry), env: {} },
  );

test("a cluster is connected over TLS with the authority that its system names", async () => {
  await using server = await start(", certificateAuthority: { file: cluster.pem }");
  expect(server.brokerUrl).toMatch(/^http:/);
  expect(here.log).toContainEqual(
    expect.objectContaining({ event: "connection_put", tenant: "acme", outcome: "connected" }),
  );
  // What the check made is gone again.
  const tokens = twin.requests.filter(({ path, status }) => path.endsWith("/token") && status === 201);
  expect([twin.list("Secret"), tokens.length]).toEqual([[], 1]);
});

test.for(["", ", certificateAuthority: { file: other.pem }"])(
  "a cluster is not reached by another authority%s, and the token goes nowhere",
  async (authority) => {
    await using server = await start(authority);
    expect(server.brokerUrl).toMatch(/^http:/);
    expect(here.log).toContainEqual(expect.objectContaining({ event: "connection_refused", tenant: "acme" }));
    expect(twin.requests).toEqual([]);
  },
);

test("a file that holds no certificate stops the start, at its line", async () => {
  await here.write("ca.pem", "nothing");
  await expect(start(", certificateAuthority: { file: ca.pem }")).rejects.toThrow(
    /config\.yaml:\d+:\d+ {2}systems\.cluster\.certificateAuthority: must be certificates in PEM/,
  );
});

test("an authority counts for its own origin alone, with everything that a request and an answer hold", async () => {
  const sent: string[] = [];
  const elsewhere: typeof fetch = async (input) => {
    sent.push(new Request(input).url);
    return new Response("elsewhere");
  };
  const cluster = kubernetes({ baseUrl: twin.url, certificateAuthority: pem.cluster });
  const { fetch: send = fetch } = fetchForSystems({ cluster }, elsewhere);
  const body = new TextEncoder().encode('{"spec":{"namespace":"acme"}}');
  const headers = { authorization: `Bearer ${await text("broker.token")}` };
  const review = await send(`${twin.url}/apis/authorization.k8s.io/v1/selfsubjectrulesreviews`, {
    method: "POST",
    headers,
    body,
  });
  expect([review.status, review.headers.get("content-type"), sent]).toEqual([201, "application/json", []]);
  expect(await review.json()).toMatchObject({ kind: "SelfSubjectRulesReview" });
  twin.fail("429");
  expect((await send(`${twin.url}/version`, { headers })).headers.get("retry-after")).toBe("1");
  expect(await (await send("https://127.0.0.1:1/")).text()).toBe("elsewhere");
  expect(await (await send("https://api.stripe.com/")).text()).toBe("elsewhere");
  expect(sent).toEqual(["https://127.0.0.1:1/", "https://api.stripe.com/"]);
  expect(fetchForSystems({}, undefined)).toEqual({});
});
