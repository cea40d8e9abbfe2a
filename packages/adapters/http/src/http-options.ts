import type { z } from "zod";
import { checkDeclaration } from "./check-declaration.ts";
import { HttpDeclaration } from "./http-declaration.ts";

/**
 * What a team declares of one HTTP API: data, no code. `origin` is what tools address, `tenancy` what keeps tenants apart,
 * `secret` where the key goes, and `operations` all that can be asked for.
 */
export const HttpOptions = HttpDeclaration.superRefine((settings, context) => {
  // Whether parts fit together can be asked of parts that are right in themselves.
  if (context.issues.length > 0) return;
  for (const { path, message } of checkDeclaration(settings))
    context.addIssue({ code: "custom", path: [...path], message });
});
export type HttpOptions = z.input<typeof HttpOptions>;
