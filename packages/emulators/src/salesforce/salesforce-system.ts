import { generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import { type Adapter, type Clock, type Connection, SealedCredential, type ValueMap } from "@watchword/core";
import { caseSafeId } from "./case-safe-id.ts";
import { type SalesforceTwin, salesforceTwin } from "./salesforce-twin.ts";
import type { FieldSeed, ObjectSeed, OrgSeed } from "./twin-options.ts";

/** Options of {@link salesforceSystem}. */
export interface SalesforceSystemOptions {
  /** The tenant whose agents act, and another: `acme` has the org `acme.my.salesforce.com`. Default `acme` and `globex`. */
  readonly tenants?: { readonly own: string; readonly other: string };
  /** What the orgs have; ten records of each. Default: cases with `Subject`, `Status` and `ContactId`. */
  readonly objects?: Readonly<Record<string, ObjectSeed>>;
}

/** What of the adapter's options the twin decides. */
export interface SalesforceTwinWiring {
  readonly baseUrl: string;
  readonly flow: "jwt-bearer";
}

/** A Salesforce that runs for one world: the adapter over a twin, and what two orgs have. */
export interface SalesforceSystem extends AsyncDisposable {
  readonly adapter: Adapter;
  readonly twin: SalesforceTwin;
  readonly own: Connection;
  readonly other: Connection;
  /** None: what is in an org is its tenant's. */
  readonly foreign: Readonly<Record<string, ValueMap>>;
  readonly missing: Readonly<Record<string, ValueMap>>;
  /** Further records, for every operation on one. */
  readonly more: Readonly<Record<string, readonly ValueMap[]>>;
}

const RECORDS = 10;
const newPair = promisify(generateKeyPair);

/**
 * A CRM for `boundary({ systems })`: your adapter over a twin in which two orgs have the same records under the same ids. The app's key
 * is made at the first start, and is the same for all worlds of this value; the user may do everything with the objects that are there,
 * so that nothing but the boundary holds an agent.
 *
 * @param salesforce the adapter's factory
 *
 * @example
 * ```ts
 * const crm = salesforceSystem((twin) => salesforce({ ...support, ...twin }));
 * ```
 */
export function salesforceSystem(
  salesforce: (twin: SalesforceTwinWiring) => Adapter,
  options: SalesforceSystemOptions = {},
): (world: { readonly clock: Clock; readonly name: string }) => Promise<SalesforceSystem> {
  const { tenants = { own: "acme", other: "globex" }, objects = CASES } = options;
  let pair: ReturnType<typeof newKeys> | undefined;
  return async ({ clock, name }) => {
    const { publicKey, privateKey } = await (pair ??= newKeys());
    const orgs = [tenants.own, tenants.other].map((tenant, index) =>
      orgOf(tenant, index, objects, publicKey),
    );
    const twin = await salesforceTwin({ clock, orgs });
    // Tools address Salesforce, as they do in production: nothing but the adapter knows of the twin.
    const adapter = salesforce({ baseUrl: twin.url, flow: "jwt-bearer" });
    const connection = (tenant: string, index: number): Connection => ({
      tenant,
      system: name,
      account: hostOf(tenant),
      settings: {
        organization: idOf("00D", index + 1),
        consumerKey: keyOf(tenant),
        username: userOf(tenant),
      },
      secret: new SealedCredential(privateKey),
    });
    return {
      adapter,
      twin,
      own: connection(tenants.own, 0),
      other: connection(tenants.other, 1),
      foreign: {},
      missing: {},
      more: furtherRecords(adapter),
      [Symbol.asyncDispose]: () => twin.close(),
    };
  };
}

const CASES: Readonly<Record<string, ObjectSeed>> = Object.freeze({
  Case: {
    keyPrefix: "500",
    fields: { Subject: { type: "string" }, Status: { type: "string" }, ContactId: { type: "reference" } },
  },
});
const SAMPLES: Readonly<Record<FieldSeed["type"], string | number | boolean>> = Object.freeze({
  string: "text",
  boolean: false,
  int: 1,
  double: 10,
  reference: "003000000000001AAA",
  date: "2026-01-31",
  datetime: "2026-01-31T09:00:00.000+0000",
});

const hostOf = (tenant: string): string => `${tenant}.my.salesforce.com`;
const userOf = (tenant: string): string => `agent@${tenant}.example`;
const keyOf = (tenant: string): string => `3MVG9.${tenant}.${"x".repeat(32)}`;
const idOf = (keyPrefix: string, index: number): string =>
  caseSafeId(`${keyPrefix}${String(index).padStart(12, "0")}`) ?? "";

function newKeys(): Promise<{ readonly publicKey: string; readonly privateKey: string }> {
  return newPair("rsa", {
    modulusLength: 2_048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
}

function orgOf(
  tenant: string,
  index: number,
  objects: Readonly<Record<string, ObjectSeed>>,
  publicKey: string,
): OrgSeed {
  const all = { read: true, create: true, edit: true, delete: true };
  return {
    id: idOf("00D", index + 1),
    host: hostOf(tenant),
    apps: [
      { consumerKey: keyOf(tenant), publicKey, scopes: ["api"], users: [userOf(tenant)], tokenMinutes: 1 },
    ],
    users: [
      {
        id: idOf("005", index + 1),
        username: userOf(tenant),
        objects: Object.fromEntries(Object.keys(objects).map((object) => [object, all])),
      },
    ],
    objects,
    records: Object.fromEntries(Object.entries(objects).map(([object, seed]) => [object, recordsOf(seed)])),
  };
}

function recordsOf({ keyPrefix, fields }: ObjectSeed) {
  const values = Object.fromEntries(
    Object.entries(fields).map(([name, { type, values: offered }]) => [name, offered?.[0] ?? SAMPLES[type]]),
  );
  return Object.fromEntries(
    Array.from({ length: RECORDS }, (_, index) => [idOf(keyPrefix, index + 1), values]),
  );
}

/** The example names the first record; these are the others. */
function furtherRecords({ catalogue }: Adapter): Readonly<Record<string, readonly ValueMap[]>> {
  return Object.fromEntries(
    Object.values(catalogue.operations).flatMap(({ name, example }) => {
      const values = example as ValueMap;
      const { record } = values;
      if (typeof record !== "string") return [];
      const others = Array.from({ length: RECORDS - 1 }, (_, index) => idOf(record.slice(0, 3), index + 2));
      return [[name, others.map((other) => ({ ...values, record: other }))]];
    }),
  );
}
