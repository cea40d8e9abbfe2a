/** OpenTelemetry's API and SDK, with which the spans of a world are recorded. */
export type TracingLibraries = Extract<Awaited<ReturnType<typeof loadTracing>>, { readonly api: unknown }>;

/** Why no span is recorded, and what would change that. */
export interface NoTracing {
  readonly why: string;
}

/** Loads them: optional peers, so that a project without traces needs none of them. */
export async function loadTracing() {
  try {
    const [api, sdk] = await Promise.all([
      import("@opentelemetry/api"),
      import("@opentelemetry/sdk-trace-base"),
    ]);
    return { api, sdk };
  } catch {
    return {
      why: "npm install -D @opentelemetry/api @opentelemetry/sdk-trace-base, so that worlds record spans",
    } satisfies NoTracing;
  }
}
