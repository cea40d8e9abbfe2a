import { Identifier } from "@watchword/core";
import { z } from "zod";
import { ArgumentDeclaration } from "./argument-declaration.ts";
import { overridesMethod } from "./overrides-method.ts";
import { isOwnHeader } from "./own-headers.ts";
import { JsonPointer, pointerPath } from "./json-pointer.ts";
import { parseTemplate } from "./path-template.ts";

/** True for hosts that cannot be reached from another machine: the only ones where plain http is accepted. */
const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);

/** Labels as the DNS has them, or an IPv6 address: a URL would take more. */
const HOST = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:]+\])$/;

const Origin = z
  .string()
  .refine((text) => URL.canParse(text) && new URL(text).origin === text, {
    error: "must be an origin in its one spelling, without path, user or final slash",
  })
  .refine((text) => URL.canParse(text) && HOST.test(new URL(text).hostname), {
    error: "must name a host by letters, digits, dashes and dots, without a final dot",
  })
  .refine((origin) => origin.startsWith("https://") || isLoopback(new URL(origin).hostname), {
    error: "must be https, or http on a loopback host",
    when: ({ value }) => typeof value === "string" && URL.canParse(value),
  });

/** An origin, or one whose first label is the account: `https://{account}.crm.example`. */
const AccountOrigin = z.union([
  Origin,
  z
    .templateLiteral(["https://{account}.", z.string()])
    .refine((text) => Origin.safeParse(text.replace("{account}", "account")).success, {
      error: "must be an origin whose host begins with {account}",
    }),
]);

/** A header that the gateway may write: none that routes, frames, authenticates or overrides. */
const HeaderName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/, { error: "must be a header name in lower case" })
  .refine((name) => !isOwnHeader(name), { error: "is a header that the gateway or the connection owns" });

const HeaderValue = z.string().regex(/^[\x21-\x7e](?:[\x20-\x7e]{0,254}[\x21-\x7e])?$/, {
  error: "must be 1–256 printable ASCII characters",
});

const CodeName = z
  .string()
  .regex(/^[a-z][A-Za-z0-9_]{0,63}$/, { error: "must begin with a small letter and hold letters and digits" })
  .refine((name) => name !== "account", { error: "account is the tenant's, never an argument" })
  .refine((name) => name !== "constructor" && name !== "prototype", { error: "is a forbidden name" });

/** Where an argument goes: whole (`note`), or as one side of an amount (`amount.minor`, `amount.currency`). */
const Place = z.string().regex(/^[a-z][A-Za-z0-9_]{0,63}(?:\.(?:minor|currency))?$/, {
  error: "must be an argument, or argument.minor or argument.currency of an amount",
});
const Constant = z.strictObject({ constant: z.union([z.string().max(512), z.int(), z.boolean()]) });
const Source = z.union([Place, Constant]);
export type PlacedSource = z.output<typeof Source>;

const QueryName = z
  .string()
  .regex(/^[A-Za-z$_][A-Za-z0-9_$.[\]-]{0,63}$/, { error: "must be the name of a parameter" })
  .refine((name) => !overridesMethod(name), { error: "is a method override" });

const BodyPlace = JsonPointer.refine((pointer) => !pointerPath(pointer).some(overridesMethod), {
  error: "is a method override",
});

const Template = z
  .string()
  .max(512)
  .refine((template) => parseTemplate(template) !== undefined, {
    error: "must be a path whose segments are plain text or {argument}",
  });

const OperationDeclaration = z.strictObject({
  /** `orders.cancel`, as policies name it. */
  name: Identifier,
  access: z.enum(["read", "write"]),
  title: z.string().min(1).max(200),
  method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]),
  path: Template,
  arguments: z.record(CodeName, ArgumentDeclaration).default({}),
  /** By parameter name; any other parameter is refused. */
  query: z.record(QueryName, Source).default({}),
  /** By JSON Pointer into the body; any other member is refused. */
  body: z.record(BodyPlace, Source).optional(),
  /** By name of a field, where the body is a form; any other field is refused. */
  form: z.record(QueryName, Source).optional(),
  /** Ids of what an answer speaks of: a pointer into it, or an argument. */
  ids: z.record(CodeName, z.union([JsonPointer, z.strictObject({ argument: CodeName })])).default({}),
  /** The answer of a read is passed on as it comes: large files, long queries, events. Nothing is read from it. */
  stream: z.literal(true).optional(),
  example: z.record(z.string(), z.unknown()),
});
export type OperationDeclaration = z.output<typeof OperationDeclaration>;

const Lookup = z.strictObject({
  /** Code name of a read operation whose one necessary argument is the looked-up one. */
  operation: CodeName,
  /** Where the answer repeats the id that was asked for. */
  id: JsonPointer,
  /** Where the answer says whose the object is: the connection's account, or the tenant's id in a shared account. */
  owner: JsonPointer.optional(),
  /** What conditions may read besides, by name. */
  facts: z.record(CodeName, JsonPointer).default({}),
});
export type LookupDeclaration = z.output<typeof Lookup>;

const Secret = z.union([
  z.strictObject({
    header: z.literal("authorization"),
    /** `Basic`: the secret is `user:password`. */
    scheme: z.enum(["Bearer", "Basic"]),
    testPrefix: z.string().min(4).max(64).optional(),
  }),
  z.strictObject({
    header: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,63}$/, { error: "must be a header name in lower case" })
      .refine((name) => name !== "authorization", { error: "authorization needs a scheme" })
      .refine((name) => !isOwnHeader(name), { error: "is a header that the gateway owns" }),
    testPrefix: z.string().min(4).max(64).optional(),
  }),
]);

/** A harmless read that no agent can ask for: it shows whether a connection works, and for which account. */
const Check = z.strictObject({
  path: Template,
  query: z.record(QueryName, z.string().max(512)).default({}),
  /** Where the answer names the account. Left out: the system refuses an account that is not the key's. */
  account: JsonPointer.optional(),
});

/** The shape of {@link HttpOptions}; that its parts fit together is checked besides. */
export const HttpDeclaration = z.strictObject({
  /** What tools address with `credential.fetch`. */
  origin: AccountOrigin,
  /** Where requests go instead of `origin`: a twin on this machine. */
  baseUrl: Origin.optional(),
  /**
   * What keeps tenants apart: a key of their own, their account in the path, in a header or as the first label of the host,
   * or in a shared account what a look-up says.
   */
  tenancy: z.union([z.enum(["key", "path", "subdomain", "shared"]), z.strictObject({ header: HeaderName })]),
  /** Where the connection's secret goes. `testPrefix`: secrets that begin with it open no real account. */
  secret: Secret,
  /** Fixed headers of every request, such as the API's version. */
  headers: z.record(HeaderName, HeaderValue).default({}),
  /** The header that makes a repeated write the same write. */
  idempotencyKey: HeaderName.optional(),
  /** A header that takes the decision's id, for the system's own log. */
  decisionId: HeaderName.optional(),
  /** Where every refusal of this API has its code: an answer without one is not the API's own. */
  refusal: JsonPointer,
  /** By the name that code uses. */
  operations: z.record(CodeName, OperationDeclaration),
  /** By argument: how the owner of what it names is looked up. */
  lookups: z.record(CodeName, Lookup).default({}),
  check: Check,
});

/** {@link HttpOptions} with their defaults, as the adapter's parts use them. */
export type HttpSettings = z.output<typeof HttpDeclaration>;
