import { recordId, salesforce } from "@watchword/adapter-salesforce";
import type { AdapterFixture } from "@watchword/conformance";
import {
  type Clock,
  type Connection,
  type GatewayRequest,
  SealedCredential,
  type ValueMap,
} from "@watchword/core";
import {
  type AppSeed,
  type ObjectSeed,
  type OrgSeed,
  type SalesforceTwinOptions,
  salesforceTwin,
} from "@watchword/emulators/salesforce";
import { KEYS } from "./salesforce-keys.ts";
import { support } from "./support-declaration.ts";

export const ACME = "acme.my.salesforce.com";
export const GLOBEX = "globex.my.salesforce.com";
export const AGENT = "agent@acme.example";
/** A case and a contact, under the same ids in both orgs. */
export const CASE = recordId("500000000000001");
export const OPPORTUNITY = recordId("006000000000001");
export const CONTACT = recordId("003000000000001");

const NOBODY = "nobody@acme.example";
const KEY = { acme: `3MVG9acme${"x".repeat(40)}`, globex: `3MVG9globex${"x".repeat(40)}` } as const;
const USER_IDS = { agent: recordId("005000000000001"), nobody: recordId("005000000000002") } as const;
const ORG_IDS = { acme: recordId("00D000000000001"), globex: recordId("00D000000000002") } as const;

const OBJECTS: Readonly<Record<string, ObjectSeed>> = {
  Case: {
    keyPrefix: "500",
    fields: {
      Subject: { type: "string", required: true },
      Status: { type: "string", values: ["New", "Working", "Escalated"] },
      ContactId: { type: "reference" },
      IsEscalated: { type: "boolean" },
      Reopened__c: { type: "int" },
      Due__c: { type: "date" },
      Secret__c: { type: "string" },
      Watchword_Decision__c: { type: "string" },
    },
  },
  Opportunity: { keyPrefix: "006", fields: { Amount: { type: "double" }, StageName: { type: "string" } } },
  Contact: { keyPrefix: "003", fields: { LastName: { type: "string" }, Email: { type: "string" } } },
};

const AGENT_PERMISSIONS = {
  Case: { read: true, create: true, edit: true, delete: true },
  Opportunity: { read: true, edit: true },
  Contact: { read: true },
} as const;

/** What tests change of the twin and of the connection. */
export interface FixtureChanges {
  readonly clock?: Clock;
  readonly app?: Partial<AppSeed>;
  readonly org?: Partial<OrgSeed>;
  readonly twin?: Partial<SalesforceTwinOptions>;
  readonly options?: Partial<Parameters<typeof salesforce>[0]>;
  readonly settings?: ValueMap;
}

/** Two orgs that hold the same cases under the same ids, each with an app and an agent's user of its own. */
export async function salesforceFixture(changes: FixtureChanges = {}) {
  const twin = await salesforceTwin({
    orgs: [{ ...org("acme", ACME, changes.app), ...changes.org }, org("globex", GLOBEX)],
    ...(changes.clock === undefined ? {} : { clock: changes.clock }),
    ...changes.twin,
  });
  return {
    adapter: salesforce({ ...support, baseUrl: twin.url, ...changes.options }),
    twin,
    system: "crm",
    own: connection("acme", AGENT, KEYS.app.privateKey, changes.settings),
    other: connection("globex", "agent@globex.example"),
    get unauthenticated() {
      return connection("acme", AGENT, KEYS.stranger.privateKey);
    },
    unpermitted: connection("acme", NOBODY),
    foreign: {},
    missing: {},
    passedHeaders: [],
    accountBySecret: true as const,
    unstamped,
    credentials: {
      unauthenticated: new SealedCredential(`eyJhbGciOiJSUzI1NiJ9.e30.${"c".repeat(43)}`),
      unpermitted: new SealedCredential(twin.token(ACME, NOBODY)),
    },
    [Symbol.asyncDispose]: () => twin.close(),
  } satisfies AdapterFixture;
}

/** Takes the decision's id out of a body, which is the gateway's. */
function unstamped(request: GatewayRequest): GatewayRequest {
  if (request.body.byteLength === 0) return request;
  const { Watchword_Decision__c: _decision, ...fields } = JSON.parse(
    new TextDecoder().decode(request.body),
  ) as {
    Watchword_Decision__c?: string;
  };
  return { ...request, body: new TextEncoder().encode(JSON.stringify(fields)) };
}

/** A tenant's connection to the twin. */
export function connection(
  tenant: "acme" | "globex",
  username: string = AGENT,
  key: string = KEYS.app.privateKey,
  more: ValueMap = {},
): Connection {
  return {
    tenant,
    system: "crm",
    account: tenant === "acme" ? ACME : GLOBEX,
    settings: { organization: ORG_IDS[tenant], consumerKey: KEY[tenant], username, ...more },
    secret: new SealedCredential(key),
  };
}

function org(tenant: "acme" | "globex", host: string, app: Partial<AppSeed> = {}): OrgSeed {
  const [agent, nobody] = [`agent@${tenant}.example`, `nobody@${tenant}.example`];
  return {
    id: ORG_IDS[tenant],
    host,
    apps: [
      {
        consumerKey: KEY[tenant],
        publicKey: KEYS.app.publicKey,
        scopes: ["api"],
        users: [agent, nobody],
        tokenMinutes: 1,
        ...app,
      },
    ],
    users: [
      { id: USER_IDS.agent, username: agent, objects: AGENT_PERMISSIONS },
      { id: USER_IDS.nobody, username: nobody },
    ],
    objects: OBJECTS,
    records: {
      Case: {
        [CASE]: { Subject: "It rains in", Status: "New", ContactId: CONTACT, Secret__c: `of ${tenant}` },
      },
      Opportunity: { [OPPORTUNITY]: { Amount: 10, StageName: "Won" } },
      Contact: { [CONTACT]: { LastName: "Doe", Email: "doe@example.com" } },
    },
  };
}
