import { globSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire, registerHooks, stripTypeScriptTypes } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/**
 * A test runner for Stryker that runs Vitest's tests in Stryker's own child process, over and over, in place of one new
 * process for each mutant: minutes instead of hours. Modules stay loaded, except for a mutant that is met while they are
 * loaded: for it everything below the working directory is loaded anew, with the mutant active.
 */
class InProcessRunner {
  static readonly inject = ["options"] as const;
  readonly #files: readonly string[];
  readonly #modules = new ReloadedModules();
  #startTests: StartTests | undefined;
  #run = 0;

  constructor(options: { readonly inProcess: { readonly tests: readonly string[] } }) {
    this.#files = options.inProcess.tests.flatMap((test) => globSync(test)).map((file) => resolve(file));
  }

  capabilities(): object {
    return { reloadEnvironment: true };
  }

  async init(): Promise<void> {
    const config = configOf();
    // What Vitest's own worker would be told by its parent.
    Object.assign(globalThis, { __vitest_worker__: workerOf(config) });
    const { resolve: resolveFrom } = createRequire(this.#files[0] ?? import.meta.url);
    const vitest = (await import(pathToFileURL(resolveFrom("vitest/internal/browser")).href)) as {
      readonly startTests: StartTests;
    };
    this.#startTests = vitest.startTests;
  }

  async dryRun(): Promise<object> {
    const files = await this.#start(this.#files.map((filepath) => ({ filepath, fileTags: [] })));
    const failed = problemOf(files);
    if (failed !== undefined) return { status: "error", errorMessage: failed };
    return {
      status: "complete",
      tests: files.flatMap(testsOf).map(resultOf),
      mutantCoverage: stryker().mutantCoverage,
    };
  }

  async mutantRun(options: MutantRun): Promise<object> {
    const wanted = options.testFilter?.map((id) => id.split("|"));
    const specifications = this.#files.flatMap((filepath) => {
      if (wanted === undefined) return [{ filepath, fileTags: [] }];
      const testIds = wanted.flatMap(([file, id = ""]) => (file === filepath ? [id] : []));
      return testIds.length === 0 ? [] : [{ filepath, fileTags: [], testIds }];
    });
    Object.assign(stryker(), { hitCount: 0, hitLimit: options.hitLimit, activeMutant: undefined });
    const files = await this.#start(specifications, options);
    const { hitCount = 0 } = stryker();
    if (options.hitLimit !== undefined && hitCount > options.hitLimit)
      return { status: "timeout", reason: `Hit limit reached (${hitCount}/${options.hitLimit})` };
    const tests = files.flatMap(testsOf).filter(({ result }) => result !== undefined);
    const failed = tests.filter(({ result }) => result?.state === "fail");
    const message = problemOf(files);
    return message === undefined
      ? { status: "survived", nrOfTests: tests.length }
      : {
          status: "killed",
          killedBy: failed.map(idOf),
          failureMessage: message,
          nrOfTests: tests.length,
        };
  }

  async #start(specifications: readonly object[], mutant?: MutantRun): Promise<readonly Task[]> {
    if (this.#startTests === undefined) throw new Error("not initialized");
    const run = ++this.#run;
    const activate = (): void => void (stryker().activeMutant = mutant?.activeMutant.id);
    const reload = mutant?.mutantActivation === "static";
    if (reload) activate();
    this.#modules.use(reload ? run : 0);
    let failed = false;
    try {
      return await this.#startTests(specifications, {
        config: configOf(),
        pool: "forks",
        importFile: (file: string) => import(`${pathToFileURL(file).href}?run=${run}`),
        onCollected: activate,
        onBeforeRunTask: (test: Task) => {
          // The first failure says it.
          if (failed && mutant?.disableBail !== true && mutant !== undefined) test.mode = "skip";
          else stryker().currentTestId = idOf(test);
        },
        onAfterRunTask: (test: Task) => {
          stryker().currentTestId = undefined;
          failed ||= test.result?.state === "fail";
        },
        onTaskUpdate: () => undefined,
      });
    } finally {
      stryker().activeMutant = undefined;
    }
  }
}

/**
 * Loads the packages below the working directory once for each generation. Each has a link of its own to that directory, so
 * that its modules have addresses of their own, at which everything lies where it does otherwise. Texts are read and
 * stripped of types once.
 */
class ReloadedModules {
  readonly #root = process.cwd();
  readonly #sources = new Map<string, string>();
  #generation = 0;

  constructor() {
    const root = `${pathToFileURL(this.#root).href}/`;
    registerHooks({
      resolve: (specifier, context, next) => {
        const resolved = next(specifier, context);
        const { url } = resolved;
        const reloads = this.#generation > 0 && url.startsWith(`${root}packages/`) && url.endsWith(".ts");
        return reloads ? { ...resolved, url: url.replace(root, `${root}${this.#link}/`) } : resolved;
      },
      load: (url, context, next) => {
        const [address = url] = url.split("?");
        const plain = address.replace(/\/\.generation-\d+-\d+\//, "/");
        if (!plain.startsWith(`${root}packages/`) || !plain.endsWith(".ts")) return next(url, context);
        const source =
          this.#sources.get(plain) ?? stripTypeScriptTypes(readFileSync(fileURLToPath(plain), "utf8"));
        this.#sources.set(plain, source);
        return { format: "module", source, shortCircuit: true };
      },
    });
  }

  /** From here on modules are of this generation; 0 is the one without an active mutant. */
  use(generation: number): void {
    this.#generation = generation;
    if (generation > 0) symlinkSync(this.#root, join(this.#root, this.#link));
  }

  get #link(): string {
    return `.generation-${process.pid}-${this.#generation}`;
  }
}

/** What Stryker's plugin loader looks for. */
export const strykerPlugins = [{ kind: "TestRunner", name: "in-process", injectableClass: InProcessRunner }];

/** The one option of its own; an unknown one would be warned of. */
export const strykerValidationSchema = {
  type: "object",
  properties: { inProcess: { type: "object" } },
};

interface MutantRun {
  readonly testFilter?: readonly string[];
  readonly hitLimit?: number;
  readonly activeMutant: { readonly id: string };
  readonly mutantActivation: "runtime" | "static";
  readonly disableBail: boolean;
}

/** Of Vitest's tasks what is read here. */
interface Task {
  readonly id: string;
  readonly type: "test" | "suite";
  readonly fullTestName?: string;
  readonly name: string;
  readonly file: { readonly filepath: string };
  readonly tasks?: readonly Task[];
  mode: string;
  readonly result?: {
    readonly state: string;
    readonly duration?: number;
    readonly errors?: readonly { readonly message: string }[];
  };
}

type StartTests = (specifications: readonly object[], runner: object) => Promise<readonly Task[]>;

/** What instrumented code and its runner tell each other. */
interface Namespace {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number;
  readonly mutantCoverage?: object;
}

function stryker(): Namespace {
  const holder = globalThis as unknown as Record<string, Namespace>;
  return (holder["__stryker__"] ??= {});
}

function testsOf(task: Task): readonly Task[] {
  return task.type === "test" ? [task] : (task.tasks ?? []).flatMap(testsOf);
}

const idOf = ({ file, id }: Task): string => `${file.filepath}|${id}`;

function resultOf(test: Task): object {
  const skipped = test.result?.state !== "pass";
  return {
    id: idOf(test),
    name: test.fullTestName ?? test.name,
    fileName: test.file.filepath,
    timeSpentMs: test.result?.duration ?? 0,
    status: skipped ? 2 : 0,
  };
}

/** Why a run is red: a test, a hook or a file that failed; the first one. */
function problemOf(tasks: readonly Task[]): string | undefined {
  for (const task of tasks) {
    const within = problemOf(task.tasks ?? []);
    if (within !== undefined) return within;
    if (task.result?.state === "fail")
      return `${task.fullTestName ?? task.name}: ${task.result.errors?.[0]?.message ?? "failed"}`;
  }
  return undefined;
}

function configOf(): object {
  return {
    root: process.cwd(),
    name: "",
    testTimeout: 30_000,
    hookTimeout: 30_000,
    sequence: { hooks: "stack", shuffle: false, concurrent: false, seed: 0 },
    retry: 0,
    bail: 0,
    maxConcurrency: 1,
    passWithNoTests: true,
    allowOnly: false,
    setupFiles: [],
    expect: {},
    chaiConfig: {},
    snapshotOptions: {},
    tags: [],
    fakeTimers: {},
  };
}

function workerOf(config: object): object {
  return {
    config,
    ctx: { files: [], config },
    environment: { name: "node" },
    filepath: "",
    metaEnv: {},
    rpc: {},
    durations: { environment: 0, prepare: 0 },
    providedContext: {},
    onFilterStackTrace: (stack: string) => stack,
  };
}
