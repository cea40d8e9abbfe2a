import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfiguration, loadGatewayConfiguration } from "@watchword/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Helm, type KubernetesObject, helm } from "./helm.ts";

let program: Helm;
let directory: string;
let objects: KubernetesObject[];
beforeAll(async () => {
  [program, directory] = [await helm(), await mkdtemp(join(tmpdir(), "watchword-chart-"))];
  objects = program.template(VALUES);
});
afterAll(async () => {
  await program[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

const RUNTIMES = [{ namespaceSelector: { matchLabels: { agents: "true" } } }];
const SYSTEMS = { to: [{ ipBlock: { cidr: "198.51.100.0/24" } }], ports: [{ port: 443, protocol: "TCP" }] };
const DATABASE = { to: [{ ipBlock: { cidr: "203.0.113.7/32" } }], ports: [{ port: 5432, protocol: "TCP" }] };
const GATEWAY = {
  separate: true,
  replicas: 3,
  publicKey: '{"kty":"EC","crv":"P-256","x":"…","y":"…"}',
  keySecret: { name: "gateway-key", key: "gateway.key" },
  brokerTls: { secretName: "leases-tls" },
  gatewayTls: { secretName: "gateway-tls" },
  egress: [SYSTEMS],
};
const VALUES = {
  image: { tag: "0123456789ab" },
  issuer: "https://broker.acme.example",
  gatewayUrl: "https://gateway.acme.example",
  policy: { "support.yaml": "watchword: 1\n" },
  secrets: { stripe: { secretName: "stripe", key: "api-key" } },
  configuration: {
    systems: { payments: { adapter: "stripe", apiVersion: "2026-01-28.clover" } },
    verifiers: [{ oidc: { issuer: "https://login.acme.example", jwks: { inline: { keys: [{}] } } } }],
  },
  networkPolicy: { runtimes: RUNTIMES, operators: [], egress: [SYSTEMS, DATABASE] },
  gateway: GATEWAY,
};

const named = (kind: string, name: string): Record<string, unknown> => {
  const found = objects.filter((object) => object.kind === kind && object.metadata.name === name);
  if (found[0] === undefined || found.length > 1) throw new Error(`${found.length} times ${kind} ${name}`);
  return found[0];
};
const podOf = (name: string): Record<string, unknown> =>
  (named("Deployment", name)["spec"] as { template: { spec: Record<string, unknown> } }).template.spec;

describe("a gateway in pods of its own", () => {
  test("finds leases where the broker has them, for the same runtimes and systems", async () => {
    const load = async (name: string, file: string): Promise<string> => {
      const { [file]: text = "" } = named("ConfigMap", name)["data"] as Record<string, string>;
      await writeFile(join(directory, file), text);
      return join(directory, file);
    };
    const broker = await loadConfiguration(await load("release-watchword", "watchword.config.yaml"));
    const gateway = await loadGatewayConfiguration(
      await load("release-watchword-gateway", "gateway.config.yaml"),
    );
    expect(broker.document.gateway).toEqual({ url: "https://gateway.acme.example" });
    expect(gateway.document).toMatchObject({
      issuer: broker.document.issuer,
      url: broker.document.gateway.url,
      systems: broker.document.systems,
    });
    expect(broker.document.leases?.listen.hosts).toEqual([new URL(gateway.document.broker.url).host]);
    expect(named("Service", "release-watchword-leases")["spec"]).toMatchObject({
      ports: [{ port: 8_443, targetPort: "leases" }],
    });
  });

  test("has no store, policy, state, identity, or secret of a tenant in its pods", () => {
    const pod = podOf("release-watchword-gateway");
    expect(pod["serviceAccountName"]).toBe("release-watchword-gateway");
    expect(pod["volumes"]).toEqual([
      { name: "configuration", configMap: { name: "release-watchword-gateway" } },
      { name: "tls", secret: expect.objectContaining({ secretName: "gateway-tls" }) as unknown },
      { name: "key", secret: expect.objectContaining({ secretName: "gateway-key" }) as unknown },
    ]);
    expect(JSON.stringify(named("ConfigMap", "release-watchword-gateway"))).not.toMatch(
      /policy|store|stripe\/|secrets/,
    );
  });

  test("leaves the gateway's private key and listener out of the broker's pods", () => {
    const pod = JSON.stringify(podOf("release-watchword"));
    expect(pod).toContain("leases-tls");
    expect(pod).not.toMatch(/gateway-key|gateway-tls|8081/);
  });

  test("is the only one to reach the lease port, and reaches nothing but that, the systems and DNS", () => {
    const gateways = {
      podSelector: {
        matchLabels: {
          "app.kubernetes.io/name": "watchword-gateway",
          "app.kubernetes.io/instance": "release",
        },
      },
    };
    const brokers = {
      podSelector: {
        matchLabels: { "app.kubernetes.io/name": "watchword", "app.kubernetes.io/instance": "release" },
      },
    };
    const port = (number: number): object[] => [{ port: number, protocol: "TCP" }];
    expect(named("NetworkPolicy", "release-watchword")["spec"]).toMatchObject({
      ...brokers,
      ingress: [
        { from: RUNTIMES, ports: port(8_080) },
        { from: [gateways], ports: port(8_443) },
      ],
    });
    const spec = named("NetworkPolicy", "release-watchword-gateway")["spec"] as {
      egress: { to: object[] }[];
    };
    expect(spec).toMatchObject({ ...gateways, ingress: [{ from: RUNTIMES, ports: port(8_081) }] });
    expect(spec.egress.slice(1)).toEqual([{ to: [brokers], ports: port(8_443) }, SYSTEMS]);
    expect(JSON.stringify(spec)).not.toContain("5432");
  });

  test.for<[string, object, RegExp]>([
    ["the private key where the public one belongs", { publicKey: '{"d":"x"}' }, /is the private key/],
    ["no public key", { publicKey: "" }, /gateway\.publicKey is needed/],
    ["no private key", { keySecret: { name: "", key: "a" } }, /gateway\.keySecret\.name is needed/],
    ["no certificate of the broker", { brokerTls: { secretName: "" } }, /gateway\.brokerTls\.secretName is/],
    ["no certificate of the gateway", { gatewayTls: { secretName: "" } }, /gateway\.gatewayTls\.secretName/],
    ["everywhere to go", { egress: [{ ports: [] }] }, /egress/],
  ])("is refused with %s", ([, changes, says]) => {
    expect(() => program.template({ ...VALUES, gateway: { ...GATEWAY, ...changes } })).toThrow(says);
  });
});
