import { type Adapter, Identifier, type IdentityVerifier } from "@watchword/core";
import { z } from "zod";

/** A path, relative to the configuration's file. */
export const Path = z.string().min(1);
/** An http(s) URL. */
export const Url = z.url({ protocol: /^https?$/, error: "must be an http(s) URL" });
/** A URL that TLS guards. */
export const HttpsUrl = z.url({ protocol: /^https$/, error: "must be an https URL" });
/** A URL without path, query and user. */
export const Origin = Url.refine((text) => new URL(text).origin === text.replace(/\/$/, ""), {
  error: "must be an origin, without path, query or user",
});

/** An origin that TLS guards. */
export const HttpsOrigin = Origin.refine((text) => text.startsWith("https://"), {
  error: "must be an https origin",
});

/**
 * Origins of systems that the gateway may reach at private addresses; every other one is at a public address, or says by its host that
 * it is on this machine. A trailing slash is nobody's.
 */
export const PrivateOrigins = z.array(Origin.transform((text) => new URL(text).origin)).min(1);

const KeySet = z.strictObject({ keys: z.array(z.looseObject({})).min(1) });
/** Where the keys of an issuer are. */
export const Jwks = z
  .strictObject({ file: Path.optional(), url: Url.optional(), inline: KeySet.optional() })
  .refine((jwks) => Object.values(jwks).filter((part) => part !== undefined).length === 1, {
    error: "must be { file: path }, { url: https://… } or { inline: { keys: […] } }",
  });

const isVerifier = (value: unknown): value is IdentityVerifier =>
  typeof value === "object" && value !== null && "verify" in value && typeof value.verify === "function";
/** A verifier that code has made. */
export const VerifierValue = z.custom<IdentityVerifier>(isVerifier, { error: "must be { oidc: … }" });

/** Where a secret is: configuration never holds one. */
export const SecretReference = z
  .strictObject(
    {
      env: z
        .string()
        .regex(/^[A-Za-z_]\w*$/)
        .optional(),
      file: Path.optional(),
    },
    {
      error: ({ code }) =>
        code === "invalid_type"
          ? "must be { env: NAME } or { file: path }; this file holds no secrets"
          : undefined,
    },
  )
  .refine(({ env, file }) => (env === undefined) !== (file === undefined), {
    error: "must be { env: NAME } or { file: path }",
  });

const Port = z.int().min(0).max(65_535);
const Hosts = z.array(z.string().min(1)).min(1);

/** Where something listens. */
export const Listen = z
  .strictObject({
    /** Default `127.0.0.1`. */
    host: z.string().min(1).optional(),
    /** 0: any free port. */
    port: Port.optional(),
    /** A Unix socket (mode 0600) instead. */
    socket: Path.optional(),
    /** Says that the network in front of another than a loopback host is guarded, and ends TLS. */
    allowRemote: z.boolean().optional(),
    /** `Host` values to answer to, such as the one that a proxy in front sends. */
    hosts: Hosts.optional(),
  })
  .refine(({ socket, port }) => (socket === undefined) !== (port === undefined), {
    error: "must have a port or a socket, and not both",
  })
  .refine(({ socket, host, allowRemote }) => socket === undefined || (host ?? allowRemote) === undefined, {
    error: "a socket has no host",
  });

/** Where something listens that is for other machines, so never on a socket. */
export const RemoteListen = z.strictObject({
  /** Default `127.0.0.1`. */
  host: z.string().min(1).optional(),
  /** 0: any free port. */
  port: Port,
  /** Says that the network in front of another than a loopback host is guarded. */
  allowRemote: z.boolean().optional(),
  /** `Host` values to answer to; those that its clients are configured with. */
  hosts: Hosts.optional(),
});

export type SecretReference = z.output<typeof SecretReference>;
export type ListenDocument = z.output<typeof Listen>;

/** The operators' listener: metrics, health, readiness. */
export const Metrics = z.strictObject({
  listen: z.strictObject({
    /** Default `127.0.0.1`. */
    host: z.string().min(1).optional(),
    port: Port,
    /** Says that only operators reach another than a loopback host. */
    allowRemote: z.boolean().optional(),
  }),
});

/** Seconds that a stopping process waits for what is under way. */
export const DrainSeconds = z.int().min(0).max(600);

const isAdapter = (value: unknown): value is Adapter =>
  typeof value === "object" && value !== null && "actionOf" in value && typeof value.actionOf === "function";

/** `stripe` is `@watchword/adapter-stripe`; the other members are that adapter's own options, which it checks itself. */
const System = z.looseObject({
  adapter: z.string().regex(/^[a-z][a-z0-9]*$/, { error: "must be the name of an adapter, such as stripe" }),
});

/** Systems by the names that the policy gives them. */
export const Systems = z.record(
  Identifier,
  z.union([System, z.custom<Adapter>(isAdapter, { error: "must be { adapter: name, … }" })]),
);
export type SystemsDocument = z.output<typeof Systems>;
