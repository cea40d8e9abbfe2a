import { PartsMissing } from "../world/parts-missing.ts";

/** The middleware, as far as tools are driven by it. */
export type Middleware = Awaited<ReturnType<typeof loadMiddleware>>;

/**
 * Loads the middleware: a peer, since the guards of tools work in runs of their own copy alone.
 *
 * @throws PartsMissing naming what to install
 */
export async function loadMiddleware() {
  try {
    const { bindingsManifest, createRuntime, isGuarded } = await import("@watchword/middleware");
    return { bindingsManifest, createRuntime, isGuarded };
  } catch (error) {
    throw new PartsMissing(
      "an app's tools are called by the middleware that guards them: npm install @watchword/middleware",
      { cause: error },
    );
  }
}
