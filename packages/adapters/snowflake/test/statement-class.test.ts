import { describe, expect, test } from "vitest";
import { readSql } from "../src/read-sql.ts";
import { statementClass } from "../src/statement-class.ts";

/** `read`, `write`, or why it is neither. */
function classOf(text: string): string {
  const tokens = readSql(text);
  if (typeof tokens === "string") return tokens;
  const found = statementClass(tokens);
  return "access" in found ? found.access : found.problem;
}

describe("a statement reads", () => {
  test.for([
    "SELECT 1",
    "select id, total from orders where customer = {customer} order by placed desc limit 10",
    'SELECT "start", o.id FROM shop.public.orders o JOIN customers c ON (o.customer = c.id)',
    "WITH big AS (SELECT id FROM orders WHERE total > {n}) SELECT COUNT(*) FROM big",
    "SELECT customer, SUM(total) FROM orders GROUP BY customer HAVING SUM(total) > {n}",
    "SELECT ROW_NUMBER() OVER (PARTITION BY customer ORDER BY placed) FROM orders",
    "SELECT CAST(total AS NUMBER(10,2)), total::varchar FROM orders WHERE id IN ({a}, {b})",
    "SELECT id FROM orders WHERE note LIKE '%; DROP TABLE orders --%'",
    "SELECT LISTAGG(id, ',') WITHIN GROUP (ORDER BY id) FROM orders\n\tWHERE placed >= DATEADD(day, -7, CURRENT_DATE)",
    "(SELECT 1)".slice(1, -1),
  ])("%s", (text) => expect(classOf(text)).toBe("read"));
});

describe("a statement writes", () => {
  test.for([
    "INSERT INTO shop.public.orders (id, total) VALUES ({id}, {total})",
    "INSERT INTO orders SELECT id FROM drafts WHERE id = {id}",
    "UPDATE orders SET note = {note} WHERE id = {id}",
    "DELETE FROM orders WHERE id = {id}",
    "MERGE INTO orders o USING drafts d ON o.id = d.id AND d.id = {id} WHEN MATCHED THEN UPDATE SET o.note = d.note WHEN NOT MATCHED THEN INSERT (id) VALUES (d.id)",
  ])("%s", (text) => expect(classOf(text)).toBe("write"));
});

describe("a statement is refused where it could be another one", () => {
  test.for<[string, string, RegExp]>([
    ["two at once", "SELECT 1; DROP TABLE orders", /";" at 8/],
    ["a change behind a WITH", "WITH x AS (SELECT 1) DELETE FROM orders", /holds DELETE/],
    ["a flow", "SELECT 1 ->> INSERT INTO orders SELECT 1", /-> at 9/],
    ["an explained change", "EXPLAIN DELETE FROM orders", /does not begin/],
    ["a procedure in a WITH", "WITH p AS PROCEDURE () SELECT 1", /holds PROCEDURE/],
    ["a call", "CALL pay(1)", /does not begin/],
    ["an external function", "SELECT ext_fn(card) FROM orders", /calls ext_fn/],
    ["a function of a schema", "SELECT util.upper(card) FROM orders", /calls upper/],
    ["a function in quotes", 'SELECT "pay"(1)', /calls pay/],
    ["a built-in in quotes", 'SELECT "COUNT"(1)', /calls COUNT/],
    ["a table function", "SELECT * FROM TABLE(my_proc())", /holds TABLE/],
    ["a system function", "SELECT SYSTEM$CANCEL_ALL_QUERIES(1)", /"\$"/],
    ["a select into", "SELECT id INTO u FROM orders", /holds INTO/],
    ["a sequence", "SELECT seq.nextval", /holds NEXTVAL/],
    ["a sequence in quotes", 'SELECT seq."NEXTVAL"', /holds NEXTVAL/],
    ["a name out of text", "SELECT * FROM IDENTIFIER('salaries')", /holds IDENTIFIER/],
    ["a stage", "SELECT * FROM @~/file", /"@"/],
    ["a column by number", "SELECT $1 FROM orders", /"\$"/],
    ["a copy", "COPY INTO @s FROM orders", /"@"/],
    ["a file", "GET @s file:///tmp", /"@"/],
    ["another role", "USE ROLE ACCOUNTADMIN", /does not begin/],
    ["a setting", "SET x = 1", /does not begin/],
    ["a block", "BEGIN SELECT 1", /does not begin/],
    ["text that is executed", "EXECUTE IMMEDIATE 'DROP TABLE t'", /does not begin/],
    ["a table", "CREATE TEMP TABLE t AS SELECT 1", /does not begin/],
    ["a comment to the end", "SELECT 1 -- FROM orders", /-- at 9/],
    ["a comment of another kind", "SELECT 1 // x", /\/\/ at 9/],
    ["a comment inside", "SELECT /* x */ 1", /\/\* at 7/],
    ["an escape in text", "SELECT 'a\\' OR 1=1 --'", /"'" at 7/],
    ["a doubled quote", "SELECT 'a''b'", /doubled quote/],
    ["dollar quotes", "SELECT $$x$$", /"\$"/],
    ["a bind variable of its own", "SELECT * FROM orders WHERE id = ?", /"\?"/],
    ["a named one", "SELECT * FROM orders WHERE id = :id", /":"/],
    ["a place in text", "SELECT '{id}' FROM orders WHERE id = {id", /"\{"/],
    ["letters that look alike", "ЅELECT 1", /at 0/],
    ["text that turns around", "SELECT '\u202e'", /"'"/],
    ["a named argument", "SELECT COUNT(x => 1)", /=> at/],
    ["an open parenthesis", "SELECT (1", /parenthesis/],
    ["parentheses the wrong way round", "SELECT )1(", /parenthesis/],
    ["time travel", "SELECT * FROM orders AT (OFFSET => -60)", /=>|calls AT/],
    ["every row changed", "UPDATE orders SET total = {n}", /without WHERE/],
    ["every row gone", "DELETE FROM orders", /without WHERE/],
    ["the same rows whatever is decided", "DELETE FROM orders WHERE id = id", /binds no argument/],
    ["an insert that overwrites", "INSERT OVERWRITE INTO orders SELECT 1", /holds OVERWRITE/],
    ["a lock", "SELECT id FROM orders FOR UPDATE", /holds UPDATE/],
    ["nothing", " ", /does not begin/],
  ])("%s", ([, text, says]) => expect(classOf(text)).toMatch(says));
});
