import type { JsonWebKey } from "node:crypto";
import type { Clock } from "@watchword/core";

/** What a field holds. `values`: nothing else is taken, as in a restricted picklist. */
export interface FieldSeed {
  readonly type: "string" | "boolean" | "int" | "double" | "reference" | "date" | "datetime";
  /** Characters at most; default 255. */
  readonly length?: number;
  readonly values?: readonly string[];
  readonly required?: boolean;
}

/** An object of an org, as its people made it. */
export interface ObjectSeed {
  /** `500`: with which the ids of its records begin. */
  readonly keyPrefix: string;
  readonly fields: Readonly<Record<string, FieldSeed>>;
}

/** What a user may do with an object; fields that are not named may be read and written. */
export interface ObjectPermission {
  readonly read?: boolean;
  readonly create?: boolean;
  readonly edit?: boolean;
  readonly delete?: boolean;
  readonly fields?: Readonly<Record<string, "none" | "read">>;
}

/** A user of an org. */
export interface UserSeed {
  /** 18 characters, beginning with `005`. */
  readonly id: string;
  readonly username: string;
  /** By object; one that is not named is not there for the user. */
  readonly objects?: Readonly<Record<string, ObjectPermission>>;
  /** The permission “Modify All Data”. */
  readonly modifyAllData?: boolean;
}

/** What the org's token exchange handler accepts, and whom it takes an agent for. */
export interface HandlerSeed {
  readonly name: string;
  readonly issuer: string;
  /** Keys of the issuer, by key id. */
  readonly keys: readonly JsonWebKey[];
  /** `tenant:acme:system:crm`: for whom the broker speaks. */
  readonly subject: string;
  /** Usernames by agent, without its version; `""` for a token that names none. */
  readonly users: Readonly<Record<string, string>>;
}

/** An external client app of an org. */
export interface AppSeed {
  readonly consumerKey: string;
  /** Key of the certificate for the JWT bearer flow, as PEM. Left out: the flow is off. */
  readonly publicKey?: string;
  readonly handler?: HandlerSeed;
  readonly scopes: readonly string[];
  /** Usernames that an administrator has pre-authorized. */
  readonly users: readonly string[];
  /** Minutes that its JWT-based tokens live; `null`: it gives opaque ones, which each use prolongs. */
  readonly tokenMinutes: 1 | 5 | 10 | 15 | 30 | null;
}

/** An org with all that it has from the beginning. */
export interface OrgSeed {
  /** 18 characters, beginning with `00D`. */
  readonly id: string;
  /** Its My Domain: `acme.my.salesforce.com`. */
  readonly host: string;
  readonly apps: readonly AppSeed[];
  readonly users: readonly UserSeed[];
  readonly objects: Readonly<Record<string, ObjectSeed>>;
  /** By object and id. */
  readonly records: Readonly<
    Record<string, Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>>>
  >;
}

/** Options of {@link salesforceTwin}. */
export interface SalesforceTwinOptions {
  readonly orgs: readonly OrgSeed[];
  /** Whether a second request for the same user and app gets the same token while it lives. Default: it does not. */
  readonly sameToken?: boolean;
  readonly clock?: Clock;
  /** Default: 127.0.0.1 and any free port. */
  readonly listen?: { readonly host?: string; readonly port?: number };
}
