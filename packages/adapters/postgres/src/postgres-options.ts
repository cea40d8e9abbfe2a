import { z } from "zod";
import { DatabaseName, Name, TableName } from "./names.ts";

/** True for hosts that cannot be reached from another machine: the only ones where a connection without TLS is accepted. */
const isLoopback = (host: string): boolean => host === "localhost" || /^127(?:\.\d{1,3}){3}$/.test(host);

const Columns = z.array(Name).max(200).default([]).readonly();

/** What of a table may be asked for at all. What is not declared does not exist. */
const TableDeclaration = z.strictObject({
  /** The column that names a row. Whoever changes or deletes rows may read it. */
  key: Name,
  /** The column that says whose a row is. */
  tenant: Name,
  /** Its type. */
  tenantType: z.enum(["text", "uuid", "bigint", "integer"]).default("text"),
  /** Columns that may be read. */
  readable: Columns,
  /** Columns that may be given a value, in new rows and in those that are there. */
  writable: Columns,
  /** Whether rows may be deleted. Default: no. */
  deletable: z.boolean().default(false),
});

/** Options of {@link postgres}. */
export const PostgresOptions = z
  .strictObject({
    /** A name or an IPv4 address. TLS with a verified certificate on every host but this machine. */
    host: z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/, { error: "must be a host" }),
    port: z.int().min(1).max(65_535).default(5432),
    database: DatabaseName,
    /** Certificates to trust instead of the machine's, as PEM. On this machine it turns TLS on. */
    ca: z.string().startsWith("-----BEGIN CERTIFICATE-----").optional(),
    /** The role that makes the others; its password is the connection's secret. */
    admin: Name.default("watchword"),
    /** What the roles of actions begin with; nothing else in the cluster does. */
    rolePrefix: z
      .string()
      .regex(/^[a-z][a-z0-9]{1,14}_$/, { error: "must be letters and digits with an underscore at the end" })
      .default("ww_"),
    tables: z
      .record(TableName, TableDeclaration)
      .refine((tables) => Object.keys(tables).length > 0, { error: "must declare a table" }),
    /** Takes a connection whose account no declared table has a row of. Default: it is taken for a wrong spelling. */
    acceptEmptyTenants: z.boolean().default(false),
    /** Connections that a role may have at once. */
    connections: z.int().min(1).max(10).default(1),
    /** Seconds that a role lives at most; its lease may end it earlier. */
    lifeSeconds: z.int().min(5).max(3_600).default(300),
    /** Milliseconds that a role's statements begin with; who holds it can ask for more, until the lease ends. */
    statementMilliseconds: z.int().min(100).max(600_000).default(30_000),
  })
  .transform((options) => ({ ...options, tls: options.ca !== undefined || !isLoopback(options.host) }));
export type PostgresOptions = z.input<typeof PostgresOptions>;

/** {@link PostgresOptions} with their defaults, as the adapter's parts use them. */
export type PostgresSettings = z.output<typeof PostgresOptions>;

/** One declared table. */
export type TableSettings = z.output<typeof TableDeclaration>;
