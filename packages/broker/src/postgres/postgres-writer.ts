import { Refusal } from "@watchword/core";
import { GENESIS } from "../ledger/record-hash.ts";
import type { Answers, CommandName, Commands } from "../sqlite/command.ts";
import type { CommandWriter, RecordPlace } from "../sqlite/command-writer.ts";
import { monotonic } from "../sqlite/monotonic.ts";
import { type CommandLocks, locksOf } from "./command-locks.ts";
import { type Connections, DatabaseFailure } from "./connections.ts";
import { encodeCommand } from "./encode-command.ts";

/** Milliseconds after which a command that is not durable counts as refused. */
const DEADLINE_MILLISECONDS = 1_800;

/** Commands that one transaction takes at most: one flush for all of them. */
const GROUP = 64;

/** As in the SQLite writer: given up when its caller was told no. Everything else is better late than never. */
const SPENDING: ReadonlySet<CommandName> = new Set<CommandName>(["recordIntent", "claimUse", "drawQuota"]);

/** Seconds that a spent token is remembered beyond its own expiry, and how many each command forgets at most. */
const REMEMBER_SECONDS = 60;
const PRUNE_ROWS = 16;

const WRITE =
  "SELECT write_group($1, $2, $3::text::jsonb, $4::text::jsonb, $5::text::jsonb, $6::text::jsonb) AS result";
const CLOCK = "SELECT milliseconds()::float8 AS clock";

interface Waiting {
  readonly name: CommandName;
  readonly payload: Commands[CommandName];
  /** On the {@link monotonic} clock. */
  readonly deadline: number;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (refusal: Refusal) => void;
  readonly timer: NodeJS.Timeout;
  readonly onRecorded: ((place: RecordPlace) => void) | undefined;
  settled: boolean;
}

interface CommandResult {
  readonly answer?: unknown;
  readonly failed?: string;
  readonly recorded?: RecordPlace | null;
}

interface Result {
  readonly answers: readonly CommandResult[];
  readonly sequence: number;
  readonly hash: string;
  readonly clock: number;
}

/**
 * Commits what arrives together in one statement, one group after the other, and keeps the head of this replica's chain.
 * After a group without an answer it does not know what happened: the next one reads the head, and takes the database's
 * clock anew.
 */
export class PostgresWriter implements CommandWriter {
  readonly generation: string;
  readonly #replica: string;
  readonly #connections: Connections;
  readonly #queue: Waiting[] = [];
  #head = { sequence: 0, hash: GENESIS, exact: true };
  #batch = 0;
  /** What the database's clock is ahead of ours at least; `undefined` when it has to be asked. */
  #ahead: number | undefined;
  #working: Promise<void> | undefined;
  #broken: string | undefined;
  #closed = false;

  constructor(replica: string, generation: string, connections: Connections) {
    this.#replica = replica;
    this.generation = generation;
    this.#connections = connections;
  }

  send<Name extends CommandName>(
    name: Name,
    payload: Commands[Name],
    onRecorded?: (place: RecordPlace) => void,
  ): Promise<Answers[Name]> {
    const why = this.#closed ? "it is closed" : this.#broken;
    if (why !== undefined) return Promise.reject(unavailable(why));
    return new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(
        () => settle(waiting, { failed: "no answer within 2 s" }),
        DEADLINE_MILLISECONDS,
      );
      const deadline = monotonic() + DEADLINE_MILLISECONDS;
      const waiting: Waiting = {
        name,
        payload,
        deadline,
        resolve,
        reject,
        timer,
        onRecorded,
        settled: false,
      };
      this.#queue.push(waiting);
      this.#working ??= this.#work();
    }) as Promise<Answers[Name]>;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#working;
    await this.#connections.close();
  }

  async #work(): Promise<void> {
    // What arrives meanwhile goes into the same transaction; a lone command waits for nobody.
    await new Promise<void>((resolve) => void setImmediate(resolve));
    while (this.#queue.length > 0) {
      const group = this.#queue
        .splice(0, GROUP)
        .filter(
          ({ name, settled, deadline }) => !SPENDING.has(name) || (!settled && monotonic() <= deadline),
        );
      if (group.length > 0) await this.#commit(group);
    }
    this.#working = undefined;
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    try {
      this.#ahead ??= await this.#measure();
      const { answers, sequence, hash, clock } = await this.#write(group, this.#ahead);
      this.#head = { sequence, hash, exact: true };
      this.#ahead = clock - monotonic();
      group.forEach((waiting, index) => settle(waiting, answers[index] ?? { failed: "unknown" }));
    } catch (error) {
      const code = error instanceof DatabaseFailure ? error.code : "unknown";
      this.#head = { ...this.#head, exact: false };
      this.#ahead = undefined;
      // INVARIANT: a chain that does not end where this process left it is never continued.
      if (code === FOREIGN_HEAD) this.#broken = "the ledger's head is not the one that this broker wrote";
      group.forEach((waiting) => settle(waiting, { failed: this.#broken ?? code }));
    }
  }

  async #write(group: readonly Waiting[], ahead: number): Promise<Result> {
    const items = group.map(({ name, payload, deadline }) =>
      encodeCommand(this.#replica, name, payload, SPENDING.has(name) ? deadline + ahead : undefined),
    );
    const [row] = await this.#connections.query(WRITE, [
      this.#replica,
      ++this.#batch,
      JSON.stringify(this.#head),
      JSON.stringify(united(group.map(({ name, payload }) => locksOf(name, payload)))),
      JSON.stringify(pruning(group)),
      JSON.stringify(items),
    ]);
    return row?.["result"] as unknown as Result;
  }

  /** The clock was read before the answer arrived, so the difference is never too large. */
  async #measure(): Promise<number> {
    const [row] = await this.#connections.read(CLOCK);
    return Number(row?.["clock"]) - monotonic();
  }
}

const FOREIGN_HEAD = "WW001";

function settle(waiting: Waiting, { answer, failed, recorded }: CommandResult): void {
  if (waiting.settled) return;
  waiting.settled = true;
  clearTimeout(waiting.timer);
  if (recorded) waiting.onRecorded?.(recorded);
  if (failed === undefined) waiting.resolve(answer);
  else waiting.reject(unavailable(failed));
}

function united(locks: readonly CommandLocks[]): object {
  const all = (name: keyof Omit<CommandLocks, "alone">): string[] => [
    ...new Set(locks.flatMap((each) => each[name] ?? []).map(storable)),
  ];
  return {
    alone: locks.some((each) => each.alone === true),
    exclusive: all("exclusive"),
    shared: all("shared"),
    treesOfRuns: all("treesOfRuns"),
    treesOfLeases: all("treesOfLeases"),
    decisions: all("decisions"),
    spentLeases: all("spentLeases"),
  };
}

/** A name that no text of the database can hold would fail the whole group; its own item fails anyway. */
function storable(name: string): string {
  return name.replaceAll("\0", "").toWellFormed();
}

/** Callers say what time it is; the earliest of them forgets the least. */
function pruning(group: readonly Waiting[]): { before: number; count: number } {
  const seconds = group.flatMap(({ payload }) =>
    "entry" in payload ? [Math.floor(payload.entry.at / 1_000)] : [],
  );
  return {
    before: seconds.length === 0 ? 0 : Math.min(...seconds) - REMEMBER_SECONDS,
    count: group.length * PRUNE_ROWS,
  };
}

function unavailable(why: string): Refusal {
  return new Refusal("ledger_unavailable", { detail: `the store could not write (${why})` });
}
