import { SealedCredential } from "@watchword/core";
import { z } from "zod";

/** True for hosts that cannot be reached from another machine: the only ones where plain http is accepted. */
const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);

const Origin = z
  .string()
  .refine((text) => URL.canParse(text) && new URL(text).origin === text.replace(/\/$/, ""), {
    error: "must be an origin, without path or user",
  })
  .transform((text) => new URL(text).origin)
  .refine((origin) => origin.startsWith("https://") || isLoopback(new URL(origin).hostname), {
    error: "must be https, or http on a loopback host",
  });

const Scope = z.string().regex(/^[A-Za-z0-9:_-]{1,64}$/, { error: "must be a scope" });
const Scopes = z.array(Scope).min(1).max(50).readonly();

/** The scopes that each credential of the ladder was made with, exactly. */
const Ladder = z.strictObject({ read: Scopes, write: Scopes });

/** Options of {@link jira}: Jira Cloud by default, or one data center. */
export const JiraOptions = z
  .strictObject({
    /** Origin of a Jira Data Center, whose service accounts ask for a scope per token; left out: Jira Cloud. */
    dataCenter: Origin.optional(),
    /** Where requests to Jira Cloud go; default: `https://api.atlassian.com`. */
    baseUrl: Origin.optional(),
    /** Where tokens of Jira Cloud come from; default: `https://auth.atlassian.com`. */
    authUrl: Origin.optional(),
    /**
     * An app of Jira Cloud that people let act for them (3LO), with what it was registered with; each connection is then a person's
     * consent for one site. Left out: a service account's credentials in each connection.
     */
    consent: z
      .strictObject({
        clientId: z.string().regex(/^[\x21-\x7e]{1,256}$/, { error: "must be a client id" }),
        clientSecret: z.instanceof(SealedCredential),
      })
      .optional(),
    /** The scopes that the credentials of Jira Cloud were made with, exactly; default: Atlassian's classic ones. */
    scopes: Ladder.optional(),
    /** Origins that tools may address with `credential.fetch`. Default: that of the API; of a twin's, Atlassian's own. */
    apiOrigins: z.array(Origin).min(1).optional(),
  })
  .refine(
    ({ dataCenter, baseUrl, authUrl, scopes, consent }) =>
      dataCenter === undefined || !(baseUrl ?? authUrl ?? scopes ?? consent),
    {
      error: "a data center has its origin alone: no baseUrl, authUrl, scopes or consent",
      path: ["dataCenter"],
    },
  )
  .transform((options) => {
    const { dataCenter, authUrl = "https://auth.atlassian.com" } = options;
    const baseUrl = dataCenter ?? options.baseUrl ?? CLOUD;
    const local = isLoopback(new URL(baseUrl).hostname);
    return {
      kind: dataCenter === undefined ? ("cloud" as const) : ("data-center" as const),
      baseUrl,
      tokenUrl: dataCenter === undefined ? `${authUrl}/oauth/token` : `${baseUrl}/rest/oauth2/latest/token`,
      authorizeUrl: `${authUrl}/authorize`,
      consent: options.consent,
      scopes: scopesOf(options),
      apiOrigins: options.apiOrigins ?? [local && dataCenter === undefined ? CLOUD : baseUrl],
      /** Whether requests reach this machine alone. */
      local,
    };
  });
export type JiraOptions = z.input<typeof JiraOptions>;

/** {@link JiraOptions} with their defaults, as the adapter's parts use them. */
export type JiraSettings = z.output<typeof JiraOptions>;

/** A consent is one for all that agents do: its tokens cannot be narrowed. */
function scopesOf({
  dataCenter,
  consent,
  scopes = CLASSIC,
}: {
  readonly dataCenter?: string | undefined;
  readonly consent?: object | undefined;
  readonly scopes?: z.output<typeof Ladder> | undefined;
}): z.output<typeof Ladder> {
  if (dataCenter !== undefined) return DATA_CENTER;
  return consent === undefined ? scopes : { read: scopes.write, write: scopes.write };
}

const CLOUD = "https://api.atlassian.com";
const CLASSIC: z.output<typeof Ladder> = {
  read: ["read:jira-work"],
  write: ["read:jira-work", "write:jira-work"],
};
/** A service account of a data center has these two; WRITE reads as well. */
const DATA_CENTER: z.output<typeof Ladder> = { read: ["READ"], write: ["WRITE"] };
