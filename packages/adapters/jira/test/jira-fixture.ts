import { jira } from "@watchword/adapter-jira";
import type { AdapterFixture } from "@watchword/conformance";
import { type Connection, type GatewayRequest, SealedCredential } from "@watchword/core";
import { type ClientSeed, type JiraTwinOptions, type ProjectSeed, jiraTwin } from "@watchword/emulators/jira";

/** Cloud ids of two tenants' sites, alike but for one digit. */
export const ACME = "11111111-2222-3333-4444-555555555551";
export const GLOBEX = "11111111-2222-3333-4444-555555555552";

const READ = ["read:jira-work"];
const WRITE = ["read:jira-work", "write:jira-work"];

/** Credentials of two rungs, one that is for something else, and one that Atlassian does not know. */
const CREDENTIALS = {
  reader: { clientId: "reader", clientSecret: "canary_reader_7b1c" },
  writer: { clientId: "writer", clientSecret: "canary_writer_9d2e" },
  powerless: { clientId: "powerless", clientSecret: "canary_powerless_4f3a" },
  unknown: { clientId: "unknown", clientSecret: "canary_unknown_5a6b" },
} as const;

export const secretOf = (read: keyof typeof CREDENTIALS, write?: keyof typeof CREDENTIALS): string =>
  JSON.stringify({
    read: CREDENTIALS[read],
    ...(write === undefined ? {} : { write: CREDENTIALS[write] }),
  });

const client = (id: keyof typeof CREDENTIALS, scopes: readonly string[]): ClientSeed => ({
  id,
  secret: CREDENTIALS[id].clientSecret,
  scopes,
});

/** One project that agents work in, and one that is nobody's business, whose name is the other's key. */
export const projects = (): Readonly<Record<string, ProjectSeed>> => ({
  APP: {
    id: 10_100,
    name: "Application",
    issues: {
      1: {
        summary: "The page is blank",
        status: "In Progress",
        labels: ["new"],
        comments: ["Since Monday."],
        links: ["SEC-1"],
      },
      2: { summary: "Too slow" },
    },
  },
  SEC: { id: 10_200, name: "NOPE", issues: { 1: { summary: "canary of another project" } } },
});

/** Two sites that hold the same keys. */
export async function cloudFixture(changes: Partial<JiraTwinOptions> = {}) {
  const twin = await jiraTwin({
    sites: { [ACME]: { projects: projects() }, [GLOBEX]: { projects: projects() } },
    clients: [client("reader", READ), client("writer", WRITE), client("powerless", ["read:me"])],
    ...changes,
  });
  return {
    adapter: jira({ baseUrl: twin.url, authUrl: twin.url, apiOrigins: [twin.url] }),
    twin,
    system: "tracker",
    own: connection("acme", ACME),
    other: connection("globex", GLOBEX),
    unauthenticated: connection("acme", ACME, secretOf("unknown", "unknown")),
    unpermitted: connection("acme", ACME, secretOf("powerless", "powerless")),
    credentials: {
      unauthenticated: new SealedCredential("twin_jira_canary_of_nobody"),
      unpermitted: new SealedCredential(twin.token("powerless")),
    },
    ...common(ACME, GLOBEX),
    [Symbol.asyncDispose]: () => twin.close(),
  } satisfies AdapterFixture;
}

/** One data center, whose service account asks for a scope per token. */
export async function dataCenterFixture(changes: Partial<JiraTwinOptions> = {}) {
  const twin = await jiraTwin({
    sites: { own: { projects: projects() } },
    clients: [client("writer", ["READ", "WRITE"]), client("powerless", ["ADMIN"])],
    dataCenter: true,
    ...changes,
  });
  const single = (which: keyof typeof CREDENTIALS): string => JSON.stringify(CREDENTIALS[which]);
  return {
    adapter: jira({ dataCenter: twin.url }),
    twin,
    system: "tracker",
    own: connection("acme", twin.host, single("writer")),
    other: connection("globex", "another.jira.example", single("writer")),
    unauthenticated: connection("acme", twin.host, single("unknown")),
    unpermitted: connection("acme", twin.host, single("powerless")),
    credentials: {
      unauthenticated: new SealedCredential("twin_jira_canary_of_nobody"),
      unpermitted: new SealedCredential(twin.token("powerless")),
    },
    ...common(twin.host, "another.jira.example"),
    accountBySecret: true,
    [Symbol.asyncDispose]: () => twin.close(),
  } satisfies AdapterFixture;
}

/** A tenant's connection to the twin. */
export function connection(
  tenant: string,
  account: string,
  secret: string = secretOf("reader", "writer"),
): Connection {
  return { tenant, system: "tracker", account, settings: {}, secret: new SealedCredential(secret) };
}

const common = (own: string, other: string) => ({
  foreign: {},
  missing: {},
  passedHeaders: [],
  resource: { own: { site: own, project: "APP" }, other: { site: other, project: "APP" } },
  lookups: Object.values(jira().catalogue.operations).map((entry) => entry.name),
  // That it was looked up is what they say; a request has no place for them.
  mintBound: ["issueId", "currentStatus", "issueType", "to"],
  unstamped,
});

/** The decision id among the properties is the gateway's, and refused in a tool's request. */
function unstamped(request: GatewayRequest): GatewayRequest {
  if (request.body.byteLength === 0) return request;
  const { properties: _, ...body } = JSON.parse(new TextDecoder().decode(request.body)) as Record<
    string,
    unknown
  >;
  return { ...request, body: new TextEncoder().encode(JSON.stringify(body)) };
}
