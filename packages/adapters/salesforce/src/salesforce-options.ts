import { z } from "zod";
import { Objects } from "./salesforce-declaration.ts";

/** True for hosts that cannot be reached from another machine: the only ones where plain http is accepted. */
const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);

const TwinOrigin = z
  .string()
  .refine(
    (text) => URL.canParse(text) && new URL(text).origin === text && isLoopback(new URL(text).hostname),
    {
      error: "must be the origin of a twin on this machine",
    },
  );

/**
 * Options of {@link salesforce}. Which objects and fields there are is the org's own, so they are declared: data, no code. What
 * is not declared does not exist.
 */
export const SalesforceOptions = z.strictObject({
  /**
   * How a token is asked for. `token-exchange`: by the broker's federation token, which a handler in the org checks; no secret.
   * `jwt-bearer`: by an assertion that the connection's private key signs.
   */
  flow: z.enum(["token-exchange", "jwt-bearer"]),
  /** API name of the org's token exchange handler. Left out: the app's default one. */
  handler: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_]{0,79}$/, { error: "must be an API name" })
    .optional(),
  /** Version of the REST API, as it stands in every path. */
  apiVersion: z.string().regex(/^[1-9]\d\.0$/, { error: "must be like 62.0" }),
  /** Minutes that the app's tokens live, as its policy says in Salesforce; a longer life is refused. Default 1. */
  tokenMinutes: z.literal([1, 5, 10, 15, 30]).default(1),
  /** Scopes that the app has; a token with another one is refused. Default `api` alone. */
  scopes: z
    .array(z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, { error: "must be a scope" }))
    .min(1)
    .default(["api"]),
  /** Where requests go instead of the org's own host: a twin on this machine. */
  baseUrl: TwinOrigin.optional(),
  /** Objects by the name that code and policies use: `cases`. */
  objects: Objects,
});
export type SalesforceOptions = z.input<typeof SalesforceOptions>;

/** {@link SalesforceOptions} with their defaults, as the adapter's parts use them. */
export type SalesforceSettings = z.output<typeof SalesforceOptions>;
