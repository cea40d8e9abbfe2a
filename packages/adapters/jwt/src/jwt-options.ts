import { ACCESS_SECONDS } from "@watchword/core";
import { z } from "zod";
import { CheckedOperations } from "./service-routes.ts";

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

/** Options of {@link jwt}. */
export const JwtOptions = z
  .strictObject({
    /** Whom tokens are for: exactly the text that the service expects in `aud`, and no other service does. */
    audience: z.string().regex(/^[\x21-\x7e]{1,512}$/, { error: "must be 1–512 visible ASCII characters" }),
    /** Where the service is. Default: the audience, where that is an origin. */
    baseUrl: Origin.optional(),
    /** What the service can be asked to do, by the names that code uses. */
    operations: CheckedOperations,
    /** Seconds that a token lives at most; the lease may end it earlier. Default 60. */
    lifeSeconds: z.int().min(1).max(ACCESS_SECONDS).default(60),
  })
  .transform(({ baseUrl, ...options }, context) => {
    const origin = baseUrl ?? Origin.safeParse(options.audience).data;
    if (origin !== undefined) return { ...options, baseUrl: origin };
    context.addIssue({ code: "custom", path: ["baseUrl"], message: "must say where the service is" });
    return z.NEVER;
  });
export type JwtOptions = z.input<typeof JwtOptions>;

/** {@link JwtOptions} with their defaults, as the adapter's parts use them. */
export type JwtSettings = z.output<typeof JwtOptions>;
