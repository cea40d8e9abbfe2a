import { Identifier } from "@watchword/core";
import type { Policy } from "@watchword/policy";
import { z } from "zod";
import {
  DrainSeconds,
  Jwks,
  Listen,
  Metrics,
  Origin,
  Path,
  PrivateOrigins,
  SecretReference,
  Systems,
  Url,
  VerifierValue,
} from "./document-parts.ts";
import { Federation } from "./federation-document.ts";
import { Keys } from "./keys-document.ts";
import { Leases } from "./leases-document.ts";
import { OperatorsSection } from "./operators-document.ts";
import { QuotasPart } from "./quotas-document.ts";
import { TenantsPart } from "./tenants-document.ts";

const Oidc = z.strictObject({
  issuer: z.url({ protocol: /^https$/, error: "must be an https URL" }),
  /** Default: the broker's issuer. */
  audience: z.string().min(1).optional(),
  jwks: Jwks,
  uses: z
    .array(z.enum(["workload", "user", "approver"]))
    .min(1)
    .optional(),
  algorithms: z
    .array(z.enum(["RS256", "PS256", "ES256", "Ed25519", "EdDSA"]))
    .min(1)
    .optional(),
  maxLifetimeSeconds: z.int().min(1).optional(),
});

const GithubActions = z.strictObject({
  /** Of an Enterprise Server; default: github.com's. */
  issuer: z.url({ protocol: /^https$/, error: "must be an https URL" }).optional(),
  /** Default: the broker's issuer. */
  audience: z.string().min(1).optional(),
  /** Default: fetched from the issuer. */
  jwks: Jwks.optional(),
  /** Default: evidence. */
  uses: z
    .array(z.enum(["workload", "evidence"]))
    .min(1)
    .optional(),
});

/** The broker as a client of a login service, for people who approve in a browser. */
const ApprovalLogin = Oidc.pick({ issuer: true, jwks: true, algorithms: true }).extend({
  clientId: z.string().min(1),
  /** Left out for a public client. */
  clientSecret: SecretReference.optional(),
  authorizationEndpoint: Url,
  tokenEndpoint: Url,
  /** Beside `openid`, such as the one that brings groups along. */
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/))
    .min(1)
    .optional(),
});

const Verifier = z
  .strictObject({
    oidc: Oidc.optional(),
    githubActions: GithubActions.optional(),
    localKey: z.strictObject({ directory: Path }).optional(),
  })
  .refine((verifier) => Object.values(verifier).filter((part) => part !== undefined).length === 1, {
    error: "must be { oidc: … }, { githubActions: … } or, in development, { localKey: … }",
  });

const Sink = z
  .strictObject({ file: Path.optional(), url: Url.optional() })
  .refine(({ file, url }) => (file === undefined) !== (url === undefined), {
    error: "must be { file: path } or { url: https://… }",
  });

const isPolicy = (value: unknown): value is Policy =>
  typeof value === "object" && value !== null && "version" in value && "canonical" in value;

/** What `watchword.config.yaml` holds, or `watchword.config.ts` exports. Paths are relative to the file. */
export const ConfigurationDocument = z
  .strictObject({
    watchword: z.literal(1),
    /** The broker's own identifier: audience of every token it accepts, base of its endpoints' URLs. */
    issuer: Url,
    /** Left out: `development` under `watchword dev`, `production` under `watchword serve`. */
    environment: z.enum(["production", "development"]).optional(),
    /** A policy file, or a directory of them, active from every start on; or the one that operators activated, from `first` on. */
    policy: z.union([
      Path,
      z.strictObject({ stored: z.literal(true), first: Path.optional() }),
      z.custom<Policy>(isPolicy, { error: "must be a path, or { stored: true, first: path }" }),
    ]),
    /** A file beside the broker, or a database that several brokers share; `watchword migrate` prepares it. */
    store: z.union(
      [
        z.strictObject({ sqlite: Path }),
        z.strictObject({ postgres: z.strictObject({ url: SecretReference }) }),
      ],
      { error: "must be { sqlite: path } or { postgres: { url: { env: NAME } } }" },
    ),
    /** Where signed checkpoints of the ledger go besides the store; whoever can change the store should not reach it. */
    ledger: z
      .strictObject({
        sinks: z.array(Sink).min(1),
        /** Nothing is minted while a sink does not take checkpoints. */
        requireSink: z.boolean().optional(),
      })
      .optional(),
    /** Directory of the broker's own keys, or { directory, transit }. */
    keys: Keys,
    broker: z.strictObject({ listen: Listen }),
    gateway: z
      .strictObject({
        /** Left out: it is a process of its own. */
        listen: Listen.optional(),
        /** The origin under which runtimes reach the gateway; default: where it listens. */
        url: Origin.optional(),
        /** Origins of systems within one's own network. Default: none. */
        privateOrigins: PrivateOrigins.optional(),
      })
      .refine(({ listen, url }) => listen !== undefined || url !== undefined, {
        error: "must have listen, or the url of a gateway in a process of its own",
      }),
    /** The issuer that adapters' federation tokens are under. Left out: adapters get none. */
    federation: Federation.optional(),
    /** Where gateways in processes of their own find leases. Left out: there are none. */
    leases: Leases.optional(),
    /** The operators' listener: metrics, health, readiness. Left out: none. */
    metrics: Metrics.optional(),
    /** The operators' API. Left out: there is none. */
    operators: OperatorsSection.optional(),
    /** Seconds that a stopping server waits for what is under way. Default 25. */
    drainSeconds: DrainSeconds.optional(),
    systems: Systems,
    /** Less than a system's adapter says that it may be asked; never more. */
    quotas: QuotasPart.optional(),
    verifiers: z
      .array(z.union([Verifier, VerifierValue]))
      .min(1, { error: "must name who may vouch for workloads and users" }),
    /** Declared workloads that may introspect tokens which are not their own. */
    introspectors: z.array(Identifier).min(1).optional(),
    /** How people hear of approvals, and decide in a browser. */
    approvals: z
      .strictObject({
        notify: z.strictObject({ url: Url, secret: SecretReference }).optional(),
        login: ApprovalLogin.optional(),
        /** Approvals that one thread of an agent may have waiting. Default 100. */
        maxPending: z.int().min(1).optional(),
      })
      .optional(),
    /** Tenants that are registered at every start. */
    tenants: TenantsPart.optional(),
  })
  .refine(({ gateway, leases }) => gateway.listen !== undefined || leases !== undefined, {
    path: ["gateway"],
    error: "has no listen, so leases must say where a gateway in a process of its own finds them",
  });
export type ConfigurationDocument = z.output<typeof ConfigurationDocument>;
export type OidcDocument = z.output<typeof Oidc>;
/** The options of a `githubActions` verifier. */
export type GithubActionsDocument = z.output<typeof GithubActions>;
export type ApprovalLoginDocument = z.output<typeof ApprovalLogin>;

/**
 * A configuration as the value of a TypeScript file: `export default defineConfiguration({ … })`. Systems, verifiers and
 * the policy may be values of code there. It is checked when it is loaded.
 */
export function defineConfiguration(
  document: z.input<typeof ConfigurationDocument>,
): z.input<typeof ConfigurationDocument> {
  return document;
}
