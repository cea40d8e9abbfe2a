import { type Clock, systemClock } from "@watchword/core";
import { z } from "zod";

/** True for hosts that cannot be reached from another machine: the only ones where plain http is accepted. */
const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);

const isOrigin = (text: string): boolean =>
  URL.canParse(text) && new URL(text).origin === text.replace(/\/$/, "");

const Origin = z
  .string()
  .refine(isOrigin, { error: "must be an origin, without path or user" })
  .transform((text) => new URL(text).origin)
  .refine((origin) => origin.startsWith("https://") || isLoopback(new URL(origin).hostname), {
    error: "must be https, or http on a loopback host",
  });

/** What stands behind `amazonaws` in the hosts of a partition. */
const SUFFIXES = {
  aws: "amazonaws.com",
  "aws-us-gov": "amazonaws.com",
  "aws-cn": "amazonaws.com.cn",
} as const;

/** One spelling: without dots, since a dotted name does not fit AWS's certificates, and none of IAM's wildcards. */
const Bucket = z.string().regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, {
  error: "must be 3–63 characters of a-z 0-9 -",
});

const Table = z
  .string()
  .regex(/^[A-Za-z0-9_-]{3,255}$/, { error: "must be 3–255 characters of A-Z a-z 0-9 _ -" });

const Attribute = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, {
  error: "must be 1–63 characters of A-Z a-z 0-9 _",
});

/** Options of {@link aws}. */
export const AwsOptions = z
  .strictObject({
    /** The one region that is acted in: `eu-central-1`. */
    region: z.string().regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, { error: "must be a region's name" }),
    partition: z.enum(["aws", "aws-cn", "aws-us-gov"]).default("aws"),
    /** Name of the role, the same in each connected account; it trusts the broker's federation issuer. */
    role: z
      .string()
      .regex(/^[A-Za-z0-9_+=,.@-]{1,64}$/, { error: "must be a role's name, without a path" })
      .default("watchword"),
    /** Whom federation tokens are for: the client id at the account's OpenID Connect provider. */
    audience: z
      .string()
      .regex(/^[\x21-\x7e]{1,255}$/)
      .default("sts.amazonaws.com"),
    /**
     * `account`: each tenant has an AWS account. `prefix`: tenants share accounts, and each has a first path segment of every
     * bucket and a partition key of every table; its account is then written `123456789012/acme`.
     */
    tenancy: z.enum(["account", "prefix"]).default("account"),
    /** The buckets that can be reached. */
    buckets: z.array(Bucket).default([]),
    /** The tables that can be reached, with their keys, which are texts. */
    tables: z
      .record(Table, z.strictObject({ partitionKey: Attribute, sortKey: Attribute.optional() }))
      .default({}),
    /** Seconds that a session lives at most; the lease may end it earlier. Default 300. */
    lifeSeconds: z.int().min(1).max(900).default(300),
    /** Where requests go instead of AWS's own hosts: a twin. */
    baseUrl: Origin.optional(),
    clock: z
      .custom<Clock>((value) => typeof (value as Clock | null)?.now === "function")
      .default(systemClock),
  })
  .superRefine(({ tenancy, tables }, context) => {
    for (const [name, { sortKey }] of Object.entries(tables))
      if ((sortKey !== undefined) !== (tenancy === "prefix"))
        context.addIssue({
          code: "custom",
          path: ["tables", name, "sortKey"],
          message:
            tenancy === "prefix"
              ? "must be there: the partition key is the tenant's, the sort key the item's"
              : "must be left out: the partition key is the item's",
        });
  })
  .transform(({ baseUrl, ...options }) => {
    const own = (service: string): string =>
      `https://${service}.${options.region}.${SUFFIXES[options.partition]}`;
    return {
      ...options,
      /** Where tools address, and where requests go. */
      origins: { s3: own("s3"), dynamodb: own("dynamodb") },
      endpoints: {
        sts: baseUrl ?? own("sts"),
        s3: baseUrl ?? own("s3"),
        dynamodb: baseUrl ?? own("dynamodb"),
      },
    };
  });
export type AwsOptions = z.input<typeof AwsOptions>;

/** {@link AwsOptions} with their defaults, as the adapter's parts use them. */
export type AwsSettings = z.output<typeof AwsOptions>;
