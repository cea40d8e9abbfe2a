import type { SentStatement } from "./account-state.ts";
import { SnowflakeProblem } from "./snowflake-problem.ts";
import type { ApiAnswer } from "./sql-api.ts";

/** How a statement stands, with a part of its result. @throws SnowflakeProblem 408, 422 */
export function pageAnswer(sent: SentStatement, query: URLSearchParams): ApiAnswer {
  const about = { statementHandle: sent.handle, statementStatusUrl: `/api/v2/statements/${sent.handle}` };
  const seen = { kind: "read", handle: sent.handle } as const;
  switch (sent.state) {
    case "running":
      return {
        status: 202,
        body: {
          code: "333334",
          message:
            "Asynchronous execution in progress. Use provided query id to perform query monitoring and management.",
          ...about,
        },
        seen: { ...seen, code: "333334" },
      };
    case "timed_out":
      return {
        status: 408,
        body: {
          code: "000630",
          sqlState: "57014",
          message: `Statement reached its statement or warehouse timeout of ${sent.timeout} second(s) and was canceled.`,
          ...about,
        },
        seen: { ...seen, kind: "refused", code: "000630" },
      };
    case "cancelled":
      return {
        status: 422,
        body: { code: "000604", sqlState: "57014", message: "SQL execution canceled", ...about },
        seen: { ...seen, kind: "refused", code: "000604" },
      };
    case "done":
      return { status: 200, body: resultOf(sent, query, about), seen: { ...seen, code: "090001" } };
  }
}

function resultOf(sent: SentStatement, query: URLSearchParams, about: object): object {
  const { result } = sent;
  if (result === undefined) throw new TypeError("twin: a statement is done and has no result");
  const rows = "changed" in result ? [[String(result.changed)]] : result.rows;
  const columns = "changed" in result ? ["number of rows changed"] : result.columns;
  const size = sent.seed.partitionRows ?? Math.max(1, rows.length);
  const parts = Array.from({ length: Math.max(1, Math.ceil(rows.length / size)) }, (_, index) =>
    rows.slice(index * size, (index + 1) * size),
  );
  const wanted = Number(query.get("partition") ?? "0");
  const data = parts[wanted];
  if (data === undefined) throw new SnowflakeProblem(400, "391918", "Invalid partition");
  // The first part alone says what the result is.
  if (wanted > 0) return { data };
  return {
    resultSetMetaData: {
      numRows: rows.length,
      format: "jsonv2",
      partitionInfo: parts.map((part) => ({
        rowCount: part.length,
        uncompressedSize: JSON.stringify(part).length,
      })),
      rowType: columns.map((name) => ({ name, type: "text", length: 16_777_216, nullable: true })),
    },
    data,
    ...("changed" in result ? { stats: { numRowsUpdated: result.changed } } : {}),
    code: "090001",
    sqlState: "00000",
    message: "Statement executed successfully.",
    createdOn: sent.startedAt,
    ...about,
  };
}

/** Cancels a statement that still runs. */
export function cancelAnswer(sent: SentStatement): ApiAnswer {
  const about = { statementHandle: sent.handle, statementStatusUrl: `/api/v2/statements/${sent.handle}` };
  if (sent.state !== "running")
    return {
      status: 422,
      body: {
        code: "000605",
        sqlState: "57014",
        message: "Identified SQL statement is not currently executing.",
        ...about,
      },
      seen: { kind: "refused", code: "000605", handle: sent.handle },
    };
  sent.state = "cancelled";
  return {
    status: 200,
    body: { code: "000604", sqlState: "57014", message: "SQL execution canceled", ...about },
    seen: { kind: "effect", code: "000604", handle: sent.handle },
  };
}
