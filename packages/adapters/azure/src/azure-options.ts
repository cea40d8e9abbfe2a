import { HttpDeclaration, type HttpSettings, checkDeclaration } from "@watchword/adapter-http/declared-api";
import { z } from "zod";

/** Where each cloud's Entra ID answers, and the audience that it expects of an assertion. */
const CLOUDS = Object.freeze({
  public: { login: "https://login.microsoftonline.com", audience: "api://AzureADTokenExchange" },
  usgov: { login: "https://login.microsoftonline.us", audience: "api://AzureADTokenExchangeUSGov" },
  china: { login: "https://login.partner.microsoftonline.cn", audience: "api://AzureADTokenExchangeChina" },
} as const);

const Guid = z
  .string()
  .regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, { error: "must be a GUID in small letters" });

/** A resource or audience: an application ID URI, or a client id. */
const Resource = z.string().regex(/^(?:api:\/\/|https:\/\/)?[A-Za-z0-9][A-Za-z0-9._~/-]{0,250}[A-Za-z0-9]$/, {
  error: "must be an application ID URI or a client id, without a final slash",
});

const StepName = z
  .string()
  .regex(/^[a-z][A-Za-z0-9]{0,31}$/, { error: "must be a name in letters and digits" });
const Role = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$/, { error: "must be the value of an app role" });

/** One step of the ladder: an app, and the app roles that it has at the resource. */
const Step = z.strictObject({
  /** Left out: each connection's own, in `settings.clients`. */
  clientId: Guid.optional(),
  /** All that it has, and no other: what a token says beyond it is wider. */
  roles: z
    .array(Role)
    .min(1)
    .max(20)
    .refine((roles) => new Set(roles).size === roles.length, { error: "names a role twice" })
    .readonly(),
});

const Entra = z.strictObject({
  cloud: z.enum(["public", "usgov", "china"]).default("public"),
  /** The directory (tenant) id. Left out: each connection's own, in `settings.directory`. */
  directory: Guid.optional(),
  /** The API that tokens are for; `/.default` is added. */
  resource: Resource,
  /** What `aud` of a token may be. Default: the resource alone. */
  audiences: z.array(Resource).min(1).max(5).optional(),
  /** Apps by step. Entra narrows by app alone, so that what may do less is another app. */
  apps: z.record(StepName, Step),
  /** By operation: the step whose token it gets. */
  use: z.record(z.string(), StepName),
  /** The step that the declared check is read with. */
  check: StepName,
  /** Seconds that a token may live. Entra gives 60 to 90 minutes where no policy says less. */
  lifeSeconds: z.int().min(300).max(86_400).default(5_400),
  /** Where Entra is instead: a twin on this machine. */
  loginUrl: z
    .url()
    .refine((text) => /^https?:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/.test(text), {
      error: "must be an origin on a loopback host; the cloud's own is the default",
    })
    .optional(),
});
type Entra = z.output<typeof Entra>;

const SECRET = Object.freeze({ header: "authorization", scheme: "Bearer" } as const);

/** What a team declares of an API that takes Entra's tokens: the API as for the http adapter, and in `entra` who asks for which token. */
export const AzureOptions = HttpDeclaration.omit({ secret: true })
  .extend({ entra: Entra })
  .transform(({ entra, ...declared }) => ({
    entra: {
      ...entra,
      loginUrl: entra.loginUrl ?? CLOUDS[entra.cloud].login,
      assertionAudience: CLOUDS[entra.cloud].audience,
      audiences: entra.audiences ?? [entra.resource],
    },
    api: { ...declared, secret: SECRET } satisfies HttpSettings,
  }))
  .superRefine(({ entra, api }, context) => {
    const issue = (path: readonly PropertyKey[], message: string): void =>
      context.addIssue({ code: "custom", path: [...path], message });
    for (const { path, message } of checkDeclaration(api)) issue(path, message);
    for (const [path, message] of ladderProblems(entra, api)) issue(["entra", ...path], message);
  });
export type AzureOptions = z.input<typeof AzureOptions>;
export type AzureSettings = z.output<typeof AzureOptions>;

function ladderProblems(
  { apps, use, check }: Pick<Entra, "apps" | "use" | "check">,
  { operations, lookups }: HttpSettings,
): (readonly [readonly string[], string])[] {
  const problems: (readonly [readonly string[], string])[] = [];
  const known = (step: string | undefined): boolean => step !== undefined && Object.hasOwn(apps, step);
  // INVARIANT: an operation without a step of its own gets no token, so that nothing is done by the widest app by default.
  for (const name of Object.keys(operations))
    if (!known(use[name])) problems.push([["use", name], "must name a step of apps"]);
  for (const name of Object.keys(use))
    if (!Object.hasOwn(operations, name)) problems.push([["use", name], "is no declared operation"]);
  if (!known(check)) problems.push([["check"], "must name a step of apps"]);
  const reading = new Set(Object.values(lookups).map(({ operation }) => use[operation]));
  if (reading.size > 1)
    problems.push([["use"], "gives look-ups more than one step; one token reads them all"]);
  return problems;
}
