import type { Clock } from "@watchword/core";
import { AccountState, type SentStatement, completeName } from "./account-state.ts";
import { asksForSession, contextRow } from "./context-row.ts";
import {
  type StatementRequest,
  readBindings,
  readStatementRequest,
  readTexts,
} from "./read-statement-request.ts";
import { SnowflakeProblem, sqlError } from "./snowflake-problem.ts";
import { cancelAnswer, pageAnswer } from "./statement-answers.ts";
import type { SnowflakeTwinOptions, StatementSeed } from "./twin-options.ts";
import type { TwinRequest } from "./twin-request.ts";
import { type TwinSession, roleOf, verifyAccessToken } from "./verify-access-token.ts";

/** A request as the API reads it. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly contentType: string | undefined;
  readonly body: string;
  readonly authorization: string | undefined;
  readonly tokenType: string | undefined;
  readonly userAgent: string | undefined;
}

/** What the API answers, and what is to be logged of it. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: object;
  readonly seen: Partial<TwinRequest> & Pick<TwinRequest, "kind">;
}

const REFUSED = "refused";
const NOT_SUPPORTED = /^(?:PUT|GET|USE|ALTER\s+SESSION|BEGIN|COMMIT|ROLLBACK|SET)\b/i;

/** The SQL API without its connections: tokens, roles, statements and their results. */
export class SqlApi {
  readonly states: ReadonlyMap<string, AccountState>;
  readonly #options: SnowflakeTwinOptions;
  readonly #clock: Clock;
  readonly #kept = new Map<string, ApiAnswer>();

  constructor(options: SnowflakeTwinOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.states = new Map(
      Object.entries(options.accounts).map(([account, seed]) => [account, new AccountState(seed, clock)]),
    );
  }

  async answer(request: ApiRequest): Promise<ApiAnswer> {
    let seen: Partial<TwinRequest> = {};
    try {
      const session = await this.authenticate(request);
      seen = { account: session.account, user: session.user.name };
      const answer = this.#route(request, session);
      return { ...answer, seen: { ...seen, ...answer.seen } };
    } catch (error) {
      if (!(error instanceof SnowflakeProblem)) throw error;
      return {
        status: error.status,
        body: error.body(),
        seen: { ...seen, kind: isQuestion(request) ? "resolve" : REFUSED, code: error.code },
      };
    }
  }

  /** @throws SnowflakeProblem 400, 401 */
  async authenticate({ authorization, tokenType = "OAUTH", userAgent }: ApiRequest): Promise<TwinSession> {
    if (userAgent === undefined) throw new SnowflakeProblem(400, "391900", "User-Agent header is required");
    const [, token] = /^Bearer (\S+)$/.exec(authorization ?? "") ?? [];
    // Of the three kinds of tokens the twin knows the one that needs no secret at Snowflake.
    if (token === undefined || tokenType !== "OAUTH")
      throw new SnowflakeProblem(401, "390104", "Authentication token is missing or of an unknown type.");
    return verifyAccessToken(this.#options.accounts, token, this.#clock);
  }

  #route(request: ApiRequest, session: TwinSession): ApiAnswer {
    const { method, path } = request;
    if (path === "/api/v2/statements") {
      if (method === "POST") return this.#submit(request, session);
      throw new SnowflakeProblem(405, "391905", "Method not allowed");
    }
    const [, handle = "", cancel] = /^\/api\/v2\/statements\/([0-9a-f-]{36})(\/cancel)?$/.exec(path) ?? [];
    if (handle === "") throw new SnowflakeProblem(404, "391904", "Not found");
    if (method !== (cancel === undefined ? "GET" : "POST"))
      throw new SnowflakeProblem(405, "391905", "Method not allowed");
    const sent = this.#stateOf(session).sent(handle, session.user.name);
    // The session's role is looked at here, too; the default one where the request names none.
    if (!session.scopes.some((scope) => scope === `session:role:${sent.role}`)) roleOf(session, undefined);
    return cancel === undefined ? pageAnswer(sent, request.query) : cancelAnswer(sent);
  }

  #submit(request: ApiRequest, session: TwinSession): ApiAnswer {
    const body = readStatementRequest(request);
    const role = roleOf(session, body.role);
    const requestId = request.query.get("requestId");
    const key = JSON.stringify([session.account, session.user.name, requestId]);
    const kept = requestId === null ? undefined : this.#kept.get(key);
    if (kept !== undefined) return { ...kept, seen: { ...kept.seen, kind: "replay" } };
    const answer = this.#execute(request, session, body, role);
    if (requestId !== null && answer.status < 300) this.#kept.set(key, answer);
    return answer;
  }

  #execute(request: ApiRequest, session: TwinSession, body: StatementRequest, role: string): ApiAnswer {
    const texts = readTexts(body);
    const bindings = readBindings(body);
    const timeout = typeof body.timeout === "number" ? body.timeout : 172_800;
    const { warehouse, database, schema, parameters = {} } = body;
    const tag = Object.entries(parameters).find(([name]) => name.toLowerCase() === "query_tag")?.[1];
    const seen = {
      role,
      ...(warehouse === undefined ? {} : { warehouse }),
      ...(database === undefined ? {} : { database }),
      ...(schema === undefined ? {} : { schema }),
      statement: texts.join(";"),
      bindings,
      timeout,
      ...(typeof tag === "string" ? { queryTag: tag } : {}),
    };
    const [only = ""] = texts;
    const context = contextRow(only, session, role);
    if (context !== undefined)
      return { status: 200, body: context, seen: { ...seen, kind: "resolve", code: "090001" } };
    try {
      const seeds = texts.map((text) => this.#permitted(text, session, { ...body, role }));
      const started = seeds.map((seed, index) =>
        this.#stateOf(session).start(
          {
            text: texts[index] ?? "",
            seed,
            bindings,
            user: session.user.name,
            role,
            database,
            schema,
            timeout,
          },
          request.query.get("async") !== "true",
        ),
      );
      const [sent] = started;
      if (sent === undefined) throw sqlError("000900", "42601", "SQL compilation error:\nempty statement");
      return { ...pageAnswer(sent, new URLSearchParams()), seen: { ...seen, ...seenOf(started) } };
    } catch (error) {
      if (!(error instanceof SnowflakeProblem)) throw error;
      return {
        status: error.status,
        body: error.body(UNKNOWN_HANDLE),
        seen: { ...seen, kind: REFUSED, code: error.code },
      };
    }
  }

  /** The seed of a statement that its role may run there. @throws SnowflakeProblem 422 */
  #permitted(
    text: string,
    { seed }: TwinSession,
    { role = "", warehouse, database, schema }: StatementRequest,
  ): StatementSeed {
    if (NOT_SUPPORTED.test(text)) throw sqlError("391911", "0A000", "Unsupported statement type.");
    const statement = Object.hasOwn(seed.statements, text) ? seed.statements[text] : undefined;
    if (statement === undefined)
      throw sqlError("001003", "42000", "SQL compilation error:\nsyntax error line 1 at position 0.");
    const held = Object.hasOwn(seed.roles, role) ? seed.roles[role] : undefined;
    for (const [table, privilege] of Object.entries(statement.needs)) {
      const name = completeName(table, database, schema);
      const privileges =
        held !== undefined && Object.hasOwn(held.tables, name) ? held.tables[name] : undefined;
      if (privileges === undefined || !Object.hasOwn(seed.tables, name))
        throw sqlError(
          "002003",
          "02000",
          `SQL compilation error:\nObject '${name}' does not exist or not authorized.`,
        );
      if (!privileges.includes(privilege))
        throw sqlError(
          "003001",
          "42501",
          `SQL access control error:\nInsufficient privileges to operate on table '${name}'`,
        );
    }
    if (warehouse === undefined || held?.warehouses.includes(warehouse) !== true)
      throw sqlError(
        "000606",
        "57P03",
        "No active warehouse selected in the current session.  Select an active warehouse with the 'use warehouse' command.",
      );
    return statement;
  }

  #stateOf({ account }: TwinSession): AccountState {
    const state = this.states.get(account);
    if (state === undefined) throw new TypeError(`twin: account ${account} was checked and is not there`);
    return state;
  }
}

/** Whether it asks about the session alone, however it is answered. */
function isQuestion({ method, body }: ApiRequest): boolean {
  try {
    const { statement } = JSON.parse(body) as { statement?: unknown };
    return method === "POST" && typeof statement === "string" && asksForSession(statement);
  } catch {
    return false;
  }
}

const UNKNOWN_HANDLE = "01000000-0000-4000-8000-000000000000";

function seenOf(started: readonly SentStatement[]): Pick<TwinRequest, "kind"> & Partial<TwinRequest> {
  const [sent] = started;
  const changes = started.some(({ result }) => result !== undefined && "changed" in result);
  return { kind: changes ? "effect" : "read", ...(sent === undefined ? {} : { handle: sent.handle }) };
}
