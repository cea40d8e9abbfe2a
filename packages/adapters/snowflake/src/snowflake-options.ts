import { z } from "zod";
import { compileStatement, statementProblems } from "./compiled-statement.ts";
import { BUILT_IN } from "./handle-operations.ts";
import { SelectOptions, selectOperation } from "./select-operation.ts";
import { StatementDeclarations } from "./statement-declaration.ts";

/** True for hosts that cannot be reached from another machine: the only ones where plain http is accepted. */
const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);

const Loopback = z
  .string()
  .refine((text) => URL.canParse(text) && new URL(text).origin === text.replace(/\/$/, ""), {
    error: "must be an origin, without path or user",
  })
  .transform((text) => new URL(text).origin)
  .refine((origin) => isLoopback(new URL(origin).hostname), { error: "must be on a loopback host" });

/** A name that Snowflake takes as it is: what stands in a request is compared there letter by letter. */
export const ObjectName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_$]{0,254}$/, {
  error: "must be a name without quotes, spelled as it is stored",
});

/** What an account is called in its host: `myorg-prod`, or a locator with its region. */
export const AccountName = z
  .string()
  .max(200)
  .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?){0,3}$/);

/** A role that a token may name. */
export const Role = ObjectName.refine((name) => !ADMINISTRATORS.includes(name.toUpperCase()), {
  error: "is an administrator's role",
});
const ADMINISTRATORS = [
  "ACCOUNTADMIN",
  "ORGADMIN",
  "GLOBALORGADMIN",
  "SECURITYADMIN",
  "SYSADMIN",
  "USERADMIN",
];

/** Taken, whether or not it is there. */
const SELECT = { key: "queriesSelect", name: "queries.select" };

const Statements = StatementDeclarations.superRefine((statements, context) => {
  const seen = new Map<string, string>();
  for (const [key, declared] of Object.entries(statements)) {
    const add = (member: string, message: string): void =>
      context.addIssue({ code: "custom", path: [key, member], message });
    const problems = statementProblems(declared);
    for (const [member, message] of problems) add(member, message);
    if ([...BUILT_IN, SELECT].some(({ key: own, name }) => own === key || name === declared.name))
      add("name", "is an operation of the adapter's own");
    const { text } = compileStatement(key, declared);
    // INVARIANT: by its text a statement is one operation; the adapter never has to choose.
    for (const what of [`name ${declared.name}`, `text ${text}`]) {
      const other = seen.get(what);
      if (other !== undefined) add(what.startsWith("name") ? "name" : "statement", `${other} has the same`);
      seen.set(what, key);
    }
  }
});

/** Options of {@link snowflake}. */
export const SnowflakeOptions = z
  .strictObject({
    /** The role of reading statements. Left out: the text setting `role` of the tenant's connection. */
    role: Role.optional(),
    /** The role of writing statements, another one. Left out: the setting `writeRole`; without either, nothing writes. */
    writeRole: Role.optional(),
    /** Left out: the setting `warehouse` of the connection. So for the others. */
    warehouse: ObjectName.optional(),
    database: ObjectName.optional(),
    schema: ObjectName.optional(),
    /** What agents may ask for. */
    statements: Statements,
    /** What agents may ask in words of their own; left out: nothing. */
    select: SelectOptions.optional(),
    /** Where requests go instead of `https://<account>.snowflakecomputing.com`: a twin on this machine. */
    baseUrl: Loopback.optional(),
  })
  .refine(({ role, writeRole }) => role === undefined || role !== writeRole, {
    path: ["writeRole"],
    error: "reads as well: a role that reads must not write",
  })
  .transform(({ statements, select, ...options }) => ({
    ...options,
    /** At most one. */
    select: select === undefined ? [] : [selectOperation(select)],
    statements: Object.entries(statements).map(([key, declared]) => compileStatement(key, declared)),
  }));
export type SnowflakeOptions = z.input<typeof SnowflakeOptions>;

/** {@link SnowflakeOptions} with their defaults, compiled, as the adapter's parts use them. */
export type SnowflakeSettings = z.output<typeof SnowflakeOptions>;
