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

/**
 * Options of {@link stripe}. `tenancy` says what keeps tenants apart: an account of their own under the platform, or a
 * metadata key on each charge of a shared account.
 */
export const StripeOptions = z.strictObject({
  /** Where requests go. */
  baseUrl: Origin.default("https://api.stripe.com"),
  /** Origins that tools may address with `credential.fetch`. */
  apiOrigins: z.array(Origin).min(1).default(["https://api.stripe.com"]),
  tenancy: z
    .union([
      z.literal("connected-account"),
      z.strictObject({
        metadata: z.string().regex(/^[A-Za-z0-9_.-]{1,40}$/, { error: "must be a metadata key" }),
      }),
    ])
    .default("connected-account"),
});
export type StripeOptions = z.input<typeof StripeOptions>;

/** {@link StripeOptions} with their defaults, as the adapter's parts use them. */
export type StripeSettings = z.output<typeof StripeOptions>;
