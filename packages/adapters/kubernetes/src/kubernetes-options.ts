import { z } from "zod";
import { Label } from "./names.ts";

/** True for hosts that cannot be reached from another machine: the only ones where plain http is accepted. */
export const isLoopback = (host: string): boolean =>
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

const Audience = z.string().regex(/^[\u0021-\u007e]{1,512}$/, { error: "must be an audience" });

/** Options of {@link kubernetes}. */
export const KubernetesOptions = z
  .strictObject({
    /** The API server: `https://10.0.0.1:6443`. One system for each cluster. */
    baseUrl: Origin,
    /** Origins that tools may address with `credential.fetch`. Default: `baseUrl`. */
    apiOrigins: z.array(Origin).min(1).optional(),
    /** Authorities of the API server's certificate, in PEM. Left out: those that the platform trusts. */
    certificateAuthority: z
      .string()
      .max(65_536)
      .regex(/-----BEGIN CERTIFICATE-----/, { error: "must be certificates in PEM" })
      .optional(),
    /** What the API server takes tokens for: the first of its `--api-audiences`. */
    audience: Audience.default("https://kubernetes.default.svc.cluster.local"),
    /** Begins the name of every service account: `watchword-pods-get`. */
    serviceAccountPrefix: Label.max(32).default("watchword"),
    /** No secret at all: the API server trusts the broker's federation issuer for this audience. */
    federation: z.strictObject({ audience: Audience }).optional(),
    /** Where a webhook authorizes beside RBAC, the API server cannot list all that somebody may do. `accept` believes RBAC alone. */
    incompleteReviews: z.enum(["refuse", "accept"]).default("refuse"),
  })
  .transform((options) => ({ ...options, apiOrigins: options.apiOrigins ?? [options.baseUrl] }));
export type KubernetesOptions = z.input<typeof KubernetesOptions>;

/** {@link KubernetesOptions} with their defaults, as the adapter's parts use them. */
export type KubernetesSettings = z.output<typeof KubernetesOptions>;
