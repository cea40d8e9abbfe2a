import { kubernetes } from "@watchword/adapter-kubernetes";
import { type GatewayRequest, Refusal, canonicalRequest } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { ORIGIN } from "./kubernetes-fixture.ts";

const adapter = kubernetes({ baseUrl: ORIGIN });
const PODS = "/api/v1/namespaces/acme/pods";
const WEB = "/apis/apps/v1/namespaces/acme/deployments/web";
const CONFIG = "/api/v1/namespaces/acme/configmaps/web-config";
const MERGE = "application/merge-patch+json";
const STRATEGIC = "application/strategic-merge-patch+json";
const RESTARTED = "kubectl.kubernetes.io/restartedAt";
const restart = (annotations: object): object => ({ spec: { template: { metadata: { annotations } } } });

function received(
  line: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = { "content-type": MERGE },
): GatewayRequest {
  const [method = "", target = ""] = line.split(" ");
  const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
  return canonicalRequest({
    method,
    target,
    headers: Object.entries(headers),
    body: new TextEncoder().encode(text),
  });
}

describe("what a tool may send", () => {
  test.for<[name: string, request: () => GatewayRequest, operation: string, values: object]>([
    ["a list", () => received(`GET ${PODS}`), "pods.list", {}],
    [
      "a page of a list",
      () => received(`GET ${PODS}?labelSelector=app%3Dweb%2Ctier%3Dfront&limit=5&continue=Mg`),
      "pods.list",
      { labelSelector: "app=web,tier=front", limit: 5, continue: "Mg" },
    ],
    [
      "a pod that is called like a subresource",
      () => received(`GET ${PODS}/log`),
      "pods.get",
      { name: "log" },
    ],
    [
      "a log",
      () => received(`GET ${PODS}/web-1/log?container=app&previous=false&tailLines=10`),
      "pods.logs",
      { name: "web-1", container: "app", previous: false, tailLines: 10 },
    ],
    ["a delete", () => received(`DELETE ${PODS}/web-1`), "pods.delete", { name: "web-1" }],
    [
      "a delete with options that say nothing",
      () =>
        received(`DELETE ${PODS}/web-1`, { kind: "DeleteOptions" }, { "content-type": "application/json" }),
      "pods.delete",
      { name: "web-1" },
    ],
    [
      "a number of pods",
      () => received(`PATCH ${WEB}/scale`, { spec: { replicas: 0 } }),
      "deployments.scale",
      { name: "web", replicas: 0 },
    ],
    [
      "a restart as kubectl writes it",
      () =>
        received(`PATCH ${WEB}`, restart({ [RESTARTED]: "2026-01-01T00:00:00Z" }), {
          "content-type": `${STRATEGIC}; charset=utf-8`,
        }),
      "deployments.restart",
      { name: "web" },
    ],
    [
      "one key",
      () => received(`PATCH ${CONFIG}`, { data: { "log-level": "debug" } }),
      "configmaps.patch",
      { name: "web-config", key: "log-level", value: "debug" },
    ],
  ])("%s is read as its operation", ([, request, operation, values]) => {
    expect(adapter.actionOf(request())).toEqual({
      operation,
      resource: { namespace: "acme" },
      arguments: values,
    });
  });
});

describe("what is never passed on", () => {
  test.for([
    "GET /api/v1/pods",
    "GET /apis/apps/v1/deployments",
    "GET /api/v1/namespaces",
    "GET /api/v1/namespaces/acme",
    "GET /api/v1/namespaces/*/pods",
    "GET /api/v1/namespaces/ACME/pods",
    "GET /api/v1/watch/namespaces/acme/pods",
    "GET /api/v1/namespaces/acme/secrets",
    "GET /api/v1/namespaces/acme/secrets/web",
    "GET /api/v1/namespaces/acme/serviceaccounts",
    "POST /api/v1/namespaces/acme/serviceaccounts/web/token",
    "GET /api/v1/namespaces/acme/configmaps",
    "DELETE /api/v1/namespaces/acme/pods",
    `POST ${PODS}`,
    `PUT ${PODS}/web-1`,
    `GET ${PODS}/web-1/exec`,
    `POST ${PODS}/web-1/exec`,
    `GET ${PODS}/web-1/attach`,
    `POST ${PODS}/web-1/portforward`,
    `GET ${PODS}/web-1/proxy`,
    `GET ${PODS}/web-1/proxy/metrics`,
    `POST ${PODS}/web-1/eviction`,
    `PATCH ${PODS}/web-1/ephemeralcontainers`,
    `GET ${PODS}/web-1/status`,
    `PUT ${WEB}/scale`,
    `GET ${WEB}/scale`,
    "GET /apis/apps/v1/namespaces/acme/pods",
    "GET /api/v1/namespaces/acme/deployments/web",
    "GET /version",
    "GET /apis",
    "GET /openapi/v2",
    "POST /apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
  ])("%s is in no catalogue", (line) => {
    expect(reasonOf(() => received(line))).toMatch(/^(?:request_mismatch|target_refused)$/);
  });

  test.for([
    "watch=true",
    "watch=1",
    "fieldSelector=metadata.name%3Dweb-1",
    "resourceVersion=0",
    "resourceVersionMatch=Exact",
    "pretty=true",
    "timeoutSeconds=600",
    "sendInitialEvents=true",
    "labelSelector=app+in+(web)",
    "labelSelector=",
    "labelSelector=app%3D%3Dweb",
    "limit=05",
    "limit=1e2",
    "limit=-1",
    "limit=501",
    "limit=1&limit=2",
    "includeUninitialized=true",
    "LIMIT=5",
  ])("a list with %s is refused", (query) => {
    expect(reasonOf(() => received(`GET ${PODS}?${query}`))).toBe("request_mismatch");
  });

  test.for([
    "follow=true",
    "follow=false",
    "insecureSkipTLSVerifyBackend=true",
    "stream=All",
    "sinceTime=2026-01-01T00%3A00%3A00Z",
    "previous=1",
    "container=",
  ])("a log with %s is refused", (query) => {
    expect(reasonOf(() => received(`GET ${PODS}/web-1/log?${query}`))).toBe("request_mismatch");
  });

  test.for(["dryRun=All", "fieldManager=agent", "fieldValidation=Ignore", "force=true"])(
    "a write with %s is refused",
    (query) => {
      const scale = { spec: { replicas: 1 } };
      expect(reasonOf(() => received(`PATCH ${WEB}/scale?${query}`, scale))).toBe("request_mismatch");
    },
  );

  test.for(["gracePeriodSeconds=0", "propagationPolicy=Orphan", "orphanDependents=true", "dryRun=All"])(
    "a delete with %s is refused, in the query and in the body",
    (query) => {
      const [name = "", value = ""] = query.split("=");
      const json = { "content-type": "application/json" };
      expect(reasonOf(() => received(`DELETE ${PODS}/web-1?${query}`))).toBe("request_mismatch");
      expect(reasonOf(() => received(`DELETE ${PODS}/web-1`, { [name]: value }, json))).toBe(
        "request_mismatch",
      );
    },
  );

  test.for<[name: string, path: string, body: unknown, type?: string]>([
    [
      "another member beside the number",
      `${WEB}/scale`,
      { spec: { replicas: 1 }, metadata: { name: "api" } },
    ],
    ["another member of the spec", `${WEB}/scale`, { spec: { replicas: 1, selector: "a" } }],
    ["a number as text", `${WEB}/scale`, { spec: { replicas: "1" } }],
    ["a member twice", `${WEB}/scale`, '{"spec":{"replicas":1,"replicas":9}}'],
    ["a patch that says nothing", `${WEB}/scale`, {}],
    ["no patch at all", `${WEB}/scale`, undefined],
    ["a number of pods as the whole deployment's", WEB, { spec: { replicas: 9 } }],
    ["an image", WEB, { spec: { template: { spec: { containers: [{ name: "app", image: "x" }] } } } }],
    ["another annotation", WEB, restart({ "sidecar.istio.io/inject": "false" })],
    ["an annotation more", WEB, restart({ [RESTARTED]: "now", "sidecar.istio.io/inject": "false" })],
    [
      "an annotation that is taken away",
      WEB,
      `{"spec":{"template":{"metadata":{"annotations":{"${RESTARTED}":null}}}}}`,
    ],
    [
      "a label beside the annotation",
      WEB,
      { spec: { template: { metadata: { annotations: { [RESTARTED]: "now" }, labels: { a: "b" } } } } },
    ],
    [
      "a list of changes (RFC 6902)",
      WEB,
      [{ op: "add", path: "/spec/replicas", value: 9 }],
      "application/json-patch+json",
    ],
    ["an apply patch", WEB, restart({ [RESTARTED]: "now" }), "application/apply-patch+yaml"],
    ["a body of no type", WEB, restart({ [RESTARTED]: "now" }), ""],
    ["another encoding", WEB, restart({ [RESTARTED]: "now" }), `${MERGE}; charset=utf-16`],
    ["two keys", CONFIG, { data: { "log-level": "debug", owner: "globex" } }],
    ["a key that is taken away", CONFIG, '{"data":{"log-level":null}}'],
    ["all that the config map holds", CONFIG, { data: {} }],
    ["binary data", CONFIG, { binaryData: { a: "aGVsbG8=" } }],
    ["a directive of strategic patches", CONFIG, { data: { $patch: "replace" } }, STRATEGIC],
    ["a key that climbs", CONFIG, { data: { "../a": "b" } }],
  ])("a patch with %s is refused", ([, path, body, type = MERGE]) => {
    expect(reasonOf(() => received(`PATCH ${path}`, body, { "content-type": type }))).toBe(
      "request_mismatch",
    );
  });

  test("a tool that asks to be somebody else is told that nobody is", () => {
    for (const name of [
      "impersonate-user",
      "impersonate-group",
      "impersonate-uid",
      "impersonate-extra-scopes",
    ])
      expect(reasonOf(() => received(`GET ${PODS}`, undefined, { [name]: "system:admin" }))).toBe(
        "request_mismatch",
      );
  });

  test("a body that is encoded, or where none belongs, is refused", () => {
    const json = { "content-type": "application/json" };
    expect(reasonOf(() => received(`GET ${PODS}`, {}, json))).toBe("request_mismatch");
    const encoded = { "content-type": MERGE, "content-encoding": "gzip" };
    expect(reasonOf(() => received(`PATCH ${WEB}/scale`, { spec: { replicas: 1 } }, encoded))).toBe(
      "request_mismatch",
    );
  });
});

function reasonOf(request: () => GatewayRequest): string {
  try {
    return `read as ${adapter.actionOf(request()).operation}`;
  } catch (error) {
    return Refusal.is(error) ? error.reason : "another error";
  }
}
