import { z } from "zod";

/** True for hosts that cannot be reached from another machine: the only ones where plain http is accepted. */
export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);

/** App behind GitHub Actions on github.com. Every workflow's token acts as it, so that its id alone proves nothing. */
const ACTIONS_APP = "15368";

const Origin = z
  .string()
  .refine((text) => URL.canParse(text) && new URL(text).origin === text.replace(/\/$/, ""), {
    error: "must be an origin, without path or user",
  })
  .transform((text) => new URL(text).origin)
  .refine((origin) => origin.startsWith("https://") || isLoopback(new URL(origin).hostname), {
    error: "must be https, or http on a loopback host",
  });

/** Where GitHub Enterprise Server has its API. Its other doors (`/api/graphql`, `/api/uploads`) are no operations. */
const SERVER_PATH = "/api/v3";

const BaseUrl = z
  .string()
  .transform((text) => text.replace(/\/$/, ""))
  .refine((text) => Origin.safeParse(originOf(text)).data === originOf(text), {
    error: `must be an https origin, or one with ${SERVER_PATH} behind it`,
  });

/** Options of {@link github}. */
export const GithubOptions = z
  .strictObject({
    /** The App's numeric id, or its client id (`Iv23…`). */
    appId: z.union([
      z.int().min(1).transform(String),
      z.string().regex(/^[A-Za-z0-9.]{1,64}$/, { error: "must be an App's id or client id" }),
    ]),
    /** Where requests go: `https://api.github.com`, or a server's `https://HOST/api/v3`. */
    baseUrl: BaseUrl.default("https://api.github.com"),
    /** Origins that tools may address with `credential.fetch`. Default: that of `baseUrl`; of a twin's, GitHub's own. */
    apiOrigins: z.array(Origin).min(1).optional(),
    /** Id of the App behind GitHub Actions on a server of one's own, where it is another than 15368. */
    actionsApp: z.int().min(1).transform(String).optional(),
  })
  .transform((options) => {
    const { baseUrl } = options;
    const origin = originOf(baseUrl);
    const server = origin !== baseUrl;
    const isTwin = !server && isLoopback(new URL(origin).hostname);
    return {
      ...options,
      apiOrigins: options.apiOrigins ?? [isTwin ? "https://api.github.com" : origin],
      /** What stands before every path of the API. */
      pathPrefix: server ? SERVER_PATH : "",
      // A server's own is not known, and no number is a safe guess: any workflow's check would be an App's.
      actionsApp: options.actionsApp ?? (server ? undefined : ACTIONS_APP),
    };
  });
export type GithubOptions = z.input<typeof GithubOptions>;

/** {@link GithubOptions} with their defaults, as the adapter's parts use them. */
export type GithubSettings = z.output<typeof GithubOptions>;

const originOf = (baseUrl: string): string =>
  baseUrl.endsWith(SERVER_PATH) ? baseUrl.slice(0, -SERVER_PATH.length) : baseUrl;
