import type { Clock } from "@watchword/core";

/** What a role may do with a table. */
export type TablePrivilege = "SELECT" | "INSERT" | "UPDATE" | "DELETE";

/** A row of a table: every value is text, as in the SQL API's answers. */
export type TwinRow = Readonly<Record<string, string>>;

/** Tables of an account by `DATABASE.SCHEMA.TABLE`, while a statement works on them. */
export interface TwinTables {
  rows(table: string): readonly TwinRow[];
  replace(table: string, rows: readonly TwinRow[]): void;
}

/** What a statement gives. A change says how many rows it was. */
export type StatementResult =
  | { readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] }
  | { readonly changed: number };

/** A statement that the account can compute, known by its text. */
export interface StatementSeed {
  /** Table privileges that it needs, by `DATABASE.SCHEMA.TABLE`, or by `TABLE` in the request's database and schema. */
  readonly needs: Readonly<Record<string, TablePrivilege>>;
  /** Bind variables in order; the tables with names completed. */
  readonly run: (bindings: readonly string[], tables: TwinTables) => StatementResult;
  /** Seconds of the clock that it computes; default 0. Up to 45 it is answered at once, as if the caller had waited. */
  readonly seconds?: number;
  /** Rows in a part of the result; default: all in one. */
  readonly partitionRows?: number;
}

/** A user that tokens can speak for. */
export interface UserSeed {
  readonly name: string;
  /** The first is the default. */
  readonly roles: readonly string[];
  /** `DEFAULT_SECONDARY_ROLES`; default none. */
  readonly secondaryRoles?: "ALL";
  readonly disabled?: true;
}

/** What a role may. */
export interface RoleSeed {
  readonly warehouses: readonly string[];
  /** By `DATABASE.SCHEMA.TABLE`. */
  readonly tables: Readonly<Record<string, readonly TablePrivilege[]>>;
}

/** An External OAuth integration of type CUSTOM: whose tokens the account takes. */
export interface IntegrationSeed {
  readonly issuer: string;
  /** A JSON Web Key Set; asked at every token, as a set that rotates. */
  readonly keys: () => Promise<object>;
  /** Default `https://<account>.snowflakecomputing.com`. */
  readonly audience?: string;
  /** `EXTERNAL_OAUTH_ANY_ROLE_MODE = ENABLE`: a session gets whatever role of its user's it asks for. Default: no. */
  readonly anyRole?: true;
  /** Roles that no token gets, whatever it says; default those of administrators. */
  readonly blockedRoles?: readonly string[];
}

/** One account. */
export interface AccountSeed {
  readonly integration: IntegrationSeed;
  /** By login name, which a token's `sub` is compared with. */
  readonly users: Readonly<Record<string, UserSeed>>;
  readonly roles: Readonly<Record<string, RoleSeed>>;
  readonly tables: Readonly<Record<string, readonly TwinRow[]>>;
  /** By text. A statement that is not here does not compile. */
  readonly statements: Readonly<Record<string, StatementSeed>>;
}

/** Options of {@link snowflakeTwin}. */
export interface SnowflakeTwinOptions {
  /** By identifier, as in the account's host: `acme-prod`. */
  readonly accounts: Readonly<Record<string, AccountSeed>>;
  readonly clock?: Clock;
  /** Default: 127.0.0.1 and any free port. */
  readonly listen?: { readonly host?: string; readonly port?: number };
}
