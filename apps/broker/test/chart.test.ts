import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfiguration } from "@watchword/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Helm, type KubernetesObject, helm } from "./helm.ts";
import { kubernetesProblems, knownMembers } from "./kubernetes-problems.ts";

let program: Helm;
beforeAll(async () => {
  program = await helm();
});
afterAll(() => program[Symbol.asyncDispose]());

const VALUES = {
  image: { tag: "0123456789ab" },
  issuer: "https://broker.acme.example",
  gatewayUrl: "https://gateway.acme.example",
  hosts: ["broker.acme.example"],
  policy: { "support.yaml": "watchword: 1\n" },
  files: { "login.jwks": '{ "keys": [] }' },
  secrets: { stripe: { secretName: "stripe", key: "api-key" } },
  configuration: {
    systems: { payments: { adapter: "stripe" } },
    verifiers: [{ oidc: { issuer: "https://login.acme.example", jwks: { file: "login.jwks" } } }],
    tenants: {
      acme: {
        connections: {
          payments: { account: "acct_1", secret: { file: "/var/run/watchword/secrets/stripe" } },
        },
      },
    },
  },
};
const REPLICATED = {
  ...VALUES,
  replicas: 3,
  store: { kind: "postgres", urlSecret: { name: "database", key: "url" } },
  state: { accessMode: "ReadWriteMany" },
  migration: { enabled: true, ownerUrlSecret: { name: "database-owner", key: "url" } },
  identity: { audience: "https://kms.acme.example" },
  networkPolicy: {
    runtimes: [{ namespaceSelector: { matchLabels: { agents: "true" } } }],
    operators: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } }],
    egress: [{ to: [{ ipBlock: { cidr: "203.0.113.0/24" } }], ports: [{ port: 443, protocol: "TCP" }] }],
  },
  nodeSelector: { disk: "ssd" },
  tolerations: [{ key: "agents", operator: "Exists" }],
  podAnnotations: { team: "platform" },
};
const APART = {
  ...REPLICATED,
  gateway: {
    separate: true,
    publicKey: '{"kty":"EC","crv":"P-256","x":"…","y":"…"}',
    keySecret: { name: "gateway-key", key: "gateway.key" },
    brokerTls: { secretName: "leases-tls" },
    gatewayTls: { secretName: "gateway-tls" },
    egress: [{ to: [{ ipBlock: { cidr: "198.51.100.0/24" } }], ports: [{ port: 443, protocol: "TCP" }] }],
  },
};

interface PodSpec {
  readonly automountServiceAccountToken?: boolean;
  readonly hostNetwork?: boolean;
  readonly securityContext: object;
  readonly terminationGracePeriodSeconds: number;
  readonly containers: readonly {
    readonly name: string;
    readonly image: string;
    readonly securityContext: object;
    readonly ports?: readonly { readonly name: string }[];
    readonly volumeMounts?: readonly { readonly name: string; readonly readOnly?: boolean }[];
    readonly resources: { readonly limits?: object };
    readonly [probe: string]: unknown;
  }[];
  readonly volumes?: readonly Readonly<Record<string, unknown>>[];
}
interface WithPods extends KubernetesObject {
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: PodSpec;
    };
  };
}

const only = (objects: readonly KubernetesObject[], kind: string): readonly KubernetesObject[] =>
  objects.filter((object) => object.kind === kind);
const pods = (objects: readonly KubernetesObject[]): readonly WithPods[] =>
  objects.filter((object): object is WithPods => object.kind === "Deployment" || object.kind === "Job");

describe.each([
  ["one broker over SQLite", VALUES],
  ["three over PostgreSQL", REPLICATED],
  ["a gateway in pods of its own", APART],
] as const)("the chart for %s", (_name, values) => {
  let objects: KubernetesObject[];
  beforeAll(() => {
    objects = program.template(values);
  });

  test("is what helm lints without a word, and what the schemas of Kubernetes allow", () => {
    expect(program.lint(values)).toContain("0 chart(s) failed");
    const known = knownMembers();
    expect(objects.flatMap((object) => kubernetesProblems(object, known))).toEqual([]);
  });

  test("configures a broker that takes it, and answers to the names of its Services", async () => {
    const directory = await mkdtemp(join(tmpdir(), "watchword-chart-"));
    try {
      const { data } = only(objects, "ConfigMap").find(
        ({ metadata }) => metadata.name === "release-watchword",
      ) as unknown as {
        data: Record<string, string>;
      };
      await mkdir(directory, { recursive: true });
      for (const [file, text] of Object.entries(data)) await writeFile(join(directory, file), text);
      const { document } = await loadConfiguration(join(directory, "watchword.config.yaml"));
      expect(document.broker.listen.hosts).toEqual([
        "release-watchword-broker:8080",
        "release-watchword-broker.agents.svc:8080",
        "broker.acme.example",
      ]);
      expect(document.metrics?.listen).toEqual({ host: "0.0.0.0", port: 9090, allowRemote: true });
      expect(Object.keys(document.store)).toEqual([values === VALUES ? "sqlite" : "postgres"]);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  test("runs every pod as nobody, with a root it cannot write, without capabilities or a token of the cluster", () => {
    expect(pods(objects).map(({ metadata }) => metadata.name)).toEqual([
      "release-watchword",
      ...(values === APART ? ["release-watchword-gateway"] : []),
      ...(values === VALUES ? [] : ["release-watchword-migration"]),
    ]);
    for (const { spec } of pods(objects)) {
      const pod = spec.template.spec;
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 65_532,
          fsGroupChangePolicy: "OnRootMismatch",
          seccompProfile: { type: "RuntimeDefault" },
        },
      });
      for (const container of pod.containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        });
        expect(container.image).toBe("watchword/broker:0123456789ab");
        expect(container.resources.limits).toHaveProperty("memory");
        const writable = container.volumeMounts?.filter(({ readOnly }) => readOnly !== true) ?? [];
        expect(writable.map(({ name }) => name)).toEqual(container.name === "broker" ? ["state"] : []);
      }
      expect(JSON.stringify(pod)).not.toMatch(/hostPath|hostNetwork|hostPID|privileged|emptyDir/);
    }
  });

  test("holds secrets by reference only", () => {
    expect(only(objects, "Secret")).toEqual([]);
    expect(JSON.stringify(objects)).toContain(
      '"secret":{"name":"stripe","items":[{"key":"api-key","path":"stripe"}]}',
    );
  });

  test("lets nothing in or out but what is named, for every pod", () => {
    const policies = only(objects, "NetworkPolicy") as unknown as readonly {
      spec: {
        podSelector: { matchLabels: Record<string, string> };
        policyTypes: string[];
        ingress: { from: object[] }[];
        egress: { to: object[] }[];
      };
    }[];
    for (const { spec } of pods(objects)) {
      const { labels } = spec.template.metadata;
      const covering = policies.filter((policy) =>
        Object.entries(policy.spec.podSelector.matchLabels).every(([name, value]) => labels[name] === value),
      );
      expect(covering).toHaveLength(1);
      expect(covering[0]?.spec.policyTypes).toEqual(["Ingress", "Egress"]);
    }
    for (const { spec } of policies) {
      // A rule without peers is a rule for everybody.
      for (const { from } of spec.ingress) expect(from.length).toBeGreaterThan(0);
      for (const { to } of spec.egress) expect(to.length).toBeGreaterThan(0);
    }
    // Runtimes and operators; of a broker with gateways apart, these; none of a migration.
    const rules = values === VALUES ? [0] : values === REPLICATED ? [2, 0] : [2, 3, 0];
    expect(policies.map(({ spec }) => spec.ingress.length)).toEqual(rules);
  });

  test("probes and Services name ports that are there; the pod has longer than its drain", () => {
    const deployments = only(objects, "Deployment") as readonly WithPods[];
    for (const { spec } of deployments) {
      const pod = spec.template.spec;
      for (const container of pod.containers) {
        const ports = container.ports?.map(({ name }) => name);
        for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"])
          expect(ports).toContain((container[probe] as { httpGet: { port: string } }).httpGet.port);
      }
      expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(25 + 5);
    }
    for (const { spec } of only(objects, "Service") as unknown as {
      spec: { selector: Record<string, string>; ports: { targetPort: string }[] };
    }[]) {
      const selected = deployments.filter((deployment) =>
        Object.entries(spec.selector).every(
          ([name, value]) => deployment.spec.template.metadata.labels[name] === value,
        ),
      );
      expect(selected).toHaveLength(1);
      const ports = selected[0]?.spec.template.spec.containers[0]?.ports?.map(({ name }) => name);
      expect(ports).toContain(spec.ports[0]?.targetPort);
    }
  });
});

test("the identity of the broker is a projected token for one audience", () => {
  const [deployment] = only(program.template(REPLICATED), "Deployment") as readonly WithPods[];
  expect(deployment?.spec.template.spec.volumes).toContainEqual({
    name: "identity",
    projected: {
      defaultMode: 0o440,
      sources: [
        {
          serviceAccountToken: {
            audience: "https://kms.acme.example",
            expirationSeconds: 3_600,
            path: "token",
          },
        },
      ],
    },
  });
});

test("keys in a transit engine and a federation issuer are configured, and the issuer has a port of its own", async () => {
  const transit = {
    url: "https://vault.acme.example:8200",
    token: { file: "/var/run/watchword/secrets/vault" },
    sealer: "watchword-seal",
  };
  const ingress = [{ namespaceSelector: { matchLabels: { ingress: "true" } } }];
  const objects = program.template({
    ...VALUES,
    transit,
    federation: { issuer: "https://federation.acme.example", algorithm: "RS256" },
    networkPolicy: { ...REPLICATED.networkPolicy, federation: ingress },
  });
  const { data } = only(objects, "ConfigMap")[0] as unknown as { data: Record<string, string> };
  const directory = await mkdtemp(join(tmpdir(), "watchword-chart-"));
  const file = join(directory, "watchword.config.yaml");
  try {
    await writeFile(file, data["watchword.config.yaml"] ?? "");
    expect((await loadConfiguration(file)).document).toMatchObject({
      keys: { directory: "/var/lib/watchword/keys", transit },
      federation: { issuer: "https://federation.acme.example", listen: { port: 8_082 }, algorithm: "RS256" },
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  const known = knownMembers();
  expect(objects.flatMap((object) => kubernetesProblems(object, known))).toEqual([]);
  expect(only(objects, "Service").map(({ metadata }) => metadata.name)).toContain(
    "release-watchword-federation",
  );
  const [policy] = only(objects, "NetworkPolicy") as unknown as { spec: { ingress: object[] } }[];
  expect(policy?.spec.ingress).toContainEqual({ from: ingress, ports: [{ port: 8_082, protocol: "TCP" }] });
});

test("a changed policy is a new pod", () => {
  const annotations = (policy: object): unknown =>
    (
      only(program.template({ ...VALUES, policy }), "Deployment")[0] as unknown as {
        spec: { template: { metadata: { annotations: object } } };
      }
    ).spec.template.metadata.annotations;
  expect(annotations({ "a.yaml": "watchword: 1\n" })).not.toEqual(
    annotations({ "a.yaml": "watchword: 1\n\n" }),
  );
});

describe("the chart refuses", () => {
  const { issuer: _issuer, ...withoutIssuer } = VALUES;
  test.for<[string, object, RegExp]>([
    ["two brokers over one SQLite file", { ...VALUES, replicas: 2 }, /needs store\.kind postgres/],
    [
      "brokers with different keys",
      { ...REPLICATED, state: { accessMode: "ReadWriteOnce" } },
      /needs state\.accessMode ReadWriteMany/,
    ],
    ["no issuer", withoutIssuer, /issuer/],
    ["an issuer without TLS", { ...VALUES, issuer: "http://broker" }, /issuer/],
    ["no policy", { ...VALUES, policy: {} }, /policy/],
    ["an image without a version", { ...VALUES, image: {} }, /image\.tag or image\.digest is needed/],
    ["a value with a typing error", { ...VALUES, replica: 2 }, /replica/],
    [
      "a section of the configuration that is the chart's",
      { ...VALUES, configuration: { broker: { listen: { port: 1 } } } },
      /invalid propertyName .broker./,
    ],
    [
      "PostgreSQL without a URL",
      { ...REPLICATED, store: { kind: "postgres", urlSecret: { name: "", key: "url" } } },
      /store\.urlSecret\.name is needed/,
    ],
    [
      "a migration of SQLite",
      { ...VALUES, migration: { enabled: true, ownerUrlSecret: { name: "a", key: "url" } } },
      /migration: is for store\.kind postgres/,
    ],
  ])("%s", ([, values, says]) => {
    expect(() => program.template(values)).toThrow(says);
  });
});

test("what checks the objects finds a typing error and a wrong type", () => {
  const known = knownMembers();
  const [deployment] = only(program.template(VALUES), "Deployment");
  if (deployment === undefined) throw new Error("no deployment");
  const spec = deployment["spec"] as object;
  expect(kubernetesProblems({ ...deployment, spec: { ...spec, selectr: {} } }, known)).toEqual([
    "Deployment release-watchword: no object has a member selectr",
  ]);
  expect(kubernetesProblems({ ...deployment, spec: { ...spec, replicas: "1" } }, known)).toEqual([
    "Deployment release-watchword: data/spec/replicas must be integer",
  ]);
});
