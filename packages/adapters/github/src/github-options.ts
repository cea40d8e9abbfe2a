import { z } from "zod";

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

/** Options of {@link github}. */
export const GithubOptions = z.strictObject({
  /** The App's numeric id, or its client id (`Iv23…`). */
  appId: z.union([
    z.int().min(1).transform(String),
    z.string().regex(/^[A-Za-z0-9.]{1,64}$/, { error: "must be an App's id or client id" }),
  ]),
  /** Where requests go. */
  baseUrl: Origin.default("https://api.github.com"),
  /** Origins that tools may address with `credential.fetch`. */
  apiOrigins: z.array(Origin).min(1).default(["https://api.github.com"]),
});
export type GithubOptions = z.input<typeof GithubOptions>;

/** {@link GithubOptions} with their defaults, as the adapter's parts use them. */
export type GithubSettings = z.output<typeof GithubOptions>;
