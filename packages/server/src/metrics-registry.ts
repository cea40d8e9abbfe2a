/** Every label of a metric with all values that it can have. */
export type LabelSets = Readonly<Record<string, readonly string[]>>;

/** One value per label. What is not in its set is counted as `other`. */
export type Labels<Sets extends LabelSets> = { readonly [Name in keyof Sets]: string | undefined };

/** Counts events; it only grows. */
export interface Counter<Sets extends LabelSets> {
  add(labels: Labels<Sets>): void;
}

/** Counts durations, in seconds, by upper bounds. */
export interface Histogram<Sets extends LabelSets> {
  observe(labels: Labels<Sets>, seconds: number): void;
}

/** Metrics of one process in the text format of Prometheus (version 0.0.4). */
export interface MetricsRegistry {
  counter<Sets extends LabelSets>(name: string, help: string, sets: Sets): Counter<Sets>;
  /** `read` is asked at every reading. */
  gauge<Sets extends LabelSets>(
    name: string,
    help: string,
    sets: Sets,
    read: () => Iterable<readonly [Labels<Sets>, number]>,
  ): void;
  histogram<Sets extends LabelSets>(
    name: string,
    help: string,
    sets: Sets,
    bounds: readonly number[],
  ): Histogram<Sets>;
  text(): string;
}

/** So many series are there from the start, so that the first event is a change and not a beginning. */
const FROM_THE_START = 64;

/**
 * Keeps metrics whose labels are closed sets.
 *
 * INVARIANT: what a request brings never becomes a label. Values are declared before the first request, so no caller can
 * make the process remember more than it does now, and no id or secret can get in.
 */
export function metricsRegistry(): MetricsRegistry {
  const metrics: (() => string[])[] = [];
  return Object.freeze<MetricsRegistry>({
    counter: (name, help, sets) => {
      const series = startOf(sets, () => ({ count: 0 }));
      metrics.push(() => [
        ...head(name, help, "counter"),
        ...[...series].map(([labels, { count }]) => line(name, labels, count)),
      ]);
      return { add: (labels) => void ++of(series, keyOf(sets, labels), () => ({ count: 0 })).count };
    },
    gauge: (name, help, sets, read) => {
      metrics.push(() => [
        ...head(name, help, "gauge"),
        ...[...read()].map(([labels, value]) => line(name, keyOf(sets, labels), value)),
      ]);
    },
    histogram: (name, help, sets, bounds) => {
      const empty = (): Durations => ({ counts: bounds.map(() => 0), count: 0, sum: 0 });
      const series = startOf(sets, empty);
      metrics.push(() => [
        ...head(name, help, "histogram"),
        ...[...series].flatMap(([labels, durations]) => histogramLines(name, labels, bounds, durations)),
      ]);
      return {
        observe: (labels, seconds) => {
          const durations = of(series, keyOf(sets, labels), empty);
          durations.count += 1;
          durations.sum += seconds;
          bounds.forEach((bound, index) => {
            if (seconds <= bound) durations.counts[index] = (durations.counts[index] ?? 0) + 1;
          });
        },
      };
    },
    text: () => `${metrics.flatMap((lines) => lines()).join("\n")}\n`,
  });
}

interface Durations {
  readonly counts: number[];
  count: number;
  sum: number;
}

function histogramLines(
  name: string,
  labels: string,
  bounds: readonly number[],
  { counts, count, sum }: Durations,
): string[] {
  const upTo = (bound: string): string => (labels === "" ? `le="${bound}"` : `${labels},le="${bound}"`);
  return [
    ...bounds.map((bound, index) => line(`${name}_bucket`, upTo(String(bound)), counts[index] ?? 0)),
    line(`${name}_bucket`, upTo("+Inf"), count),
    line(`${name}_sum`, labels, sum),
    line(`${name}_count`, labels, count),
  ];
}

function head(name: string, help: string, type: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function line(name: string, labels: string, value: number): string {
  return `${name}${labels === "" ? "" : `{${labels}}`} ${value}`;
}

function keyOf<Sets extends LabelSets>(sets: Sets, labels: Labels<Sets>): string {
  return Object.entries(sets)
    .map(([name, values]) => `${name}="${values.find((value) => value === labels[name]) ?? "other"}"`)
    .join(",");
}

function of<Value>(series: Map<string, Value>, key: string, make: () => Value): Value {
  const there = series.get(key);
  if (there !== undefined) return there;
  const made = make();
  series.set(key, made);
  return made;
}

function startOf<Value>(sets: LabelSets, make: () => Value): Map<string, Value> {
  const keys = Object.entries(sets).reduce<readonly string[]>(
    (before, [name, values]) =>
      before.flatMap((text) => values.map((value) => `${text === "" ? "" : `${text},`}${name}="${value}"`)),
    [""],
  );
  return new Map(keys.length > FROM_THE_START ? [] : keys.map((key) => [key, make()]));
}
