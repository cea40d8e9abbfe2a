import { z } from "zod";

/** True for hosts that cannot be reached from another machine: the only ones where plain http is accepted. */
const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);

const TwinOrigin = z
  .string()
  .refine((text) => URL.canParse(text) && new URL(text).origin === text, { error: "must be an origin" })
  .refine((origin) => URL.canParse(origin) && isLoopback(new URL(origin).hostname), {
    error: "must be a twin on a loopback host",
  });

/** Options of {@link google}. */
export const GoogleOptions = z
  .strictObject({
    /** The workload identity provider that trusts the broker's federation issuer, by its full resource name. */
    provider: z
      .string()
      .regex(
        /^projects\/\d{1,20}\/locations\/global\/workloadIdentityPools\/[a-z0-9-]{4,32}\/providers\/[a-z0-9-]{4,32}$/,
        {
          error:
            "must be projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>",
        },
      ),
    /** Whom federation tokens are for; one that the provider allows. Default: the provider itself, as Google's own default is. */
    audience: z
      .string()
      .regex(/^[\x21-\x7e]{1,512}$/)
      .optional(),
    /**
     * `bucket`: each tenant has a bucket, which is its account. `prefix`: tenants share buckets, and each has a first path segment of
     * its own; its account is then written `bucket/tenant`.
     */
    tenancy: z.enum(["bucket", "prefix"]).default("bucket"),
    /** Seconds that a token lives at most; the lease may end it earlier. Default 300. */
    lifeSeconds: z.int().min(1).max(3_600).default(300),
    /** Where requests go instead of Google's own hosts: a twin. */
    baseUrl: TwinOrigin.optional(),
  })
  .transform(({ baseUrl, audience, ...options }) => ({
    ...options,
    /** RFC 8693: what STS exchanges for. */
    pool: `//iam.googleapis.com/${options.provider}`,
    audience: audience ?? `https://iam.googleapis.com/${options.provider}`,
    local: baseUrl !== undefined,
    endpoints: {
      sts: baseUrl ?? "https://sts.googleapis.com",
      credentials: baseUrl ?? "https://iamcredentials.googleapis.com",
      storage: baseUrl ?? STORAGE,
    },
  }));
export type GoogleOptions = z.input<typeof GoogleOptions>;

/** {@link GoogleOptions} with their defaults, as the adapter's parts use them. */
export type GoogleSettings = z.output<typeof GoogleOptions>;

/** What tools address. */
export const STORAGE = "https://storage.googleapis.com";
