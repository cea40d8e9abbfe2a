import { AsyncLocalStorage } from "node:async_hooks";
import type { Context, ContextManager } from "@opentelemetry/api";
import type { ReadableSpan, SpanExporter, SpanProcessor } from "@opentelemetry/sdk-trace-base";
import { principalSpanProcessor } from "@watchword/telemetry";
import type { TracingLibraries } from "./load-tracing.ts";

/** On the provider that worlds register, so that a later world finds it, whichever copy of this package made it. */
const OURS = Symbol.for("dev.watchword.boundary.spans");
const WORLD = "dev.watchword.boundary.world";

/** OpenTelemetry as this process has it: one provider for all worlds that are open, gone with the last of them. */
interface Registration {
  worlds: number;
}

/**
 * Registers the SDK for one more world, the first time with a provider whose spans go to whichever world they start in.
 *
 * @returns what takes it back; `undefined` when a provider of somebody else's is registered, which gets the spans
 */
export function registerSpans({ api, sdk }: TracingLibraries): (() => void) | undefined {
  const known = registered(api);
  if (known !== undefined) known.worlds += 1;
  const registration = known ?? { worlds: 1 };
  if (known === undefined) {
    const provider = Object.assign(
      new sdk.BasicTracerProvider({
        // Said here, since the SDK would take all of them from the environment.
        sampler: new sdk.AlwaysOnSampler(),
        generalLimits: { attributeValueLengthLimit: Infinity, attributeCountLimit: Infinity },
        spanLimits: {
          attributeValueLengthLimit: Infinity,
          attributeCountLimit: Infinity,
          eventCountLimit: Infinity,
          linkCountLimit: Infinity,
        },
        spanProcessors: [principalSpanProcessor(), byWorld(api)],
      }),
      { [OURS]: registration },
    );
    if (!api.trace.setGlobalTracerProvider(provider)) return undefined;
    // Where the application brought a context manager along, that one does as well.
    api.context.setGlobalContextManager(new WorldContexts(api.ROOT_CONTEXT));
  }
  return () => {
    registration.worlds -= 1;
    if (registration.worlds > 0) return;
    api.trace.disable();
    api.context.disable();
  };
}

/** Runs something whose spans go to an exporter. */
export function insideWorld<Result>(
  { api }: TracingLibraries,
  exporter: SpanExporter,
  fn: () => Result,
): Result {
  return api.context.with(api.context.active().setValue(api.createContextKey(WORLD), exporter), fn);
}

function registered(api: TracingLibraries["api"]): Registration | undefined {
  const provider = api.trace.getTracerProvider() as { getDelegate?(): { readonly [OURS]?: Registration } };
  return provider.getDelegate?.()[OURS];
}

/** A span belongs to the world in whose context it starts; one that starts in none belongs to nobody. */
function byWorld(api: TracingLibraries["api"]): SpanProcessor {
  const exporters = new WeakMap<object, SpanExporter>();
  const key = api.createContextKey(WORLD);
  return {
    onStart: (span, parent: Context) => {
      const exporter = parent.getValue(key);
      if (exporter !== undefined) exporters.set(span, exporter as SpanExporter);
    },
    onEnd: (span: ReadableSpan) => exporters.get(span)?.export([span], () => {}),
    forceFlush: async () => {},
    shutdown: async () => {},
  };
}

/** Keeps OpenTelemetry's context along asynchronous calls. */
class WorldContexts implements ContextManager {
  readonly #root: Context;
  readonly #active = new AsyncLocalStorage<Context>();

  constructor(root: Context) {
    this.#root = root;
  }

  active(): Context {
    return this.#active.getStore() ?? this.#root;
  }

  with<Args extends unknown[], Fn extends (...args: Args) => ReturnType<Fn>>(
    context: Context,
    fn: Fn,
    thisArg?: ThisParameterType<Fn>,
    ...args: Args
  ): ReturnType<Fn> {
    return this.#active.run(context, () => fn.call(thisArg as never, ...args));
  }

  bind<Target>(context: Context, target: Target): Target {
    if (typeof target !== "function") return target;
    const bound = (...args: unknown[]): unknown =>
      this.#active.run(context, () => (target as (...given: unknown[]) => unknown)(...args));
    return bound as Target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.#active.disable();
    return this;
  }
}
