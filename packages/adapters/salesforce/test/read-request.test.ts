import { salesforce } from "@watchword/adapter-salesforce";
import { type GatewayRequest, Refusal, canonicalRequest } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { CASE, CONTACT, OPPORTUNITY } from "./salesforce-fixture.ts";
import { support } from "./support-declaration.ts";

const adapter = salesforce(support);
const DATA = "/services/data/v62.0";
const RECORD = `${DATA}/sobjects/Case/${CASE}`;

function request(
  method: string,
  target: string,
  body?: string,
  headers: Record<string, string> = {},
): GatewayRequest {
  const type = body === undefined ? {} : { "content-type": "application/json" };
  const bytes = new TextEncoder().encode(body ?? "");
  return canonicalRequest({ method, target, headers: Object.entries({ ...type, ...headers }), body: bytes });
}

const query = (soql: string) => request("GET", `${DATA}/query?q=${encodeURIComponent(soql)}`);

function refused(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (Refusal.is(error)) return error.reason;
    throw error;
  }
  return "read";
}

describe("requests that are read", () => {
  test.for([
    { sent: request("GET", RECORD), operation: "cases.retrieve", values: { record: CASE } },
    {
      sent: request("GET", `${RECORD}?fields=Id,Status`),
      operation: "cases.retrieve",
      values: { record: CASE, fields: ["Id", "Status"] },
    },
    {
      sent: request("POST", `${DATA}/sobjects/Case`, `{"Subject":"ä","ContactId":"${CONTACT}"}`),
      operation: "cases.create",
      values: { Subject: "ä", ContactId: CONTACT },
    },
    {
      sent: request("PATCH", RECORD, '{ "Status": "Escalated", "IsEscalated": true }'),
      operation: "cases.update",
      values: { record: CASE, Status: "Escalated", IsEscalated: true },
    },
    { sent: request("DELETE", RECORD), operation: "cases.delete", values: { record: CASE } },
    {
      sent: request("PATCH", `${DATA}/sobjects/Opportunity/${OPPORTUNITY}`, '{"Amount":1234.5}'),
      operation: "opportunities.update",
      values: { record: OPPORTUNITY, Amount: { minor: 123_450 } },
    },
    {
      sent: query("SELECT Id FROM Case LIMIT 50"),
      operation: "cases.query",
      values: { fields: ["Id"], limit: 50 },
    },
    {
      sent: query(
        `SELECT Subject, Id FROM Case WHERE Subject = 'It\\'s \\\\ OR Id != \\'' AND ContactId = '${CONTACT}' AND IsEscalated = false AND Reopened__c = 7 AND Due__c = 2026-01-31 AND CreatedDate >= 2026-01-01T00:00:00Z AND CreatedDate < 2026-02-01T00:00:00Z AND Reopened__c < 9 ORDER BY CreatedDate DESC LIMIT 5`,
      ),
      operation: "cases.query",
      values: {
        fields: ["Subject", "Id"],
        Subject: "It's \\ OR Id != '",
        ContactId: CONTACT,
        IsEscalated: false,
        Reopened__c: 7,
        Due__c: "2026-01-31",
        CreatedDate_from: "2026-01-01T00:00:00Z",
        CreatedDate_to: "2026-02-01T00:00:00Z",
        Reopened__c_to: 9,
        order: "CreatedDate DESC",
        limit: 5,
      },
    },
  ])("$sent.method $sent.path as $operation", ({ sent, operation, values }) => {
    expect(adapter.actionOf(sent)).toEqual({ operation, resource: {}, arguments: values });
  });
});

describe("what Salesforce takes and nobody decided is refused", () => {
  const composite = JSON.stringify({
    compositeRequest: [{ method: "DELETE", url: RECORD, referenceId: "a" }],
  });
  test.for<{ why: string; sent: GatewayRequest }>([
    { why: "a composite request", sent: request("POST", `${DATA}/composite`, composite) },
    { why: "a batch", sent: request("POST", `${DATA}/composite/batch`, "{}") },
    { why: "a graph", sent: request("POST", `${DATA}/composite/graph`, "{}") },
    { why: "a tree", sent: request("POST", `${DATA}/composite/tree/Case`, "{}") },
    {
      why: "a collection",
      sent: request("DELETE", `${DATA}/composite/sobjects?ids=${CASE}`),
    },
    { why: "GraphQL", sent: request("POST", `${DATA}/graphql`, "{}") },
    {
      why: "anonymous Apex",
      sent: request("GET", `${DATA}/tooling/executeAnonymous?anonymousBody=delete%20x`),
    },
    { why: "Apex REST", sent: request("POST", "/services/apexrest/cases", "{}") },
    { why: "SOAP", sent: request("POST", "/services/Soap/u/62.0", "<x/>", { "content-type": "text/xml" }) },
    { why: "a bulk job", sent: request("POST", `${DATA}/jobs/ingest`, "{}") },
    { why: "a search", sent: request("GET", `${DATA}/search?q=FIND%20x`) },
    { why: "deleted rows", sent: request("GET", `${DATA}/queryAll?q=SELECT%20Id%20FROM%20Case%20LIMIT%201`) },
    { why: "further rows", sent: request("GET", `${DATA}/query/01g000000000001AAA-200`) },
    { why: "a description", sent: request("GET", `${DATA}/sobjects/Case/describe`) },
    { why: "a token", sent: request("POST", "/services/oauth2/token", "x=1") },
    { why: "an external id", sent: request("PATCH", `${DATA}/sobjects/Case/Ext__c/7`, '{"Status":"New"}') },
    { why: "a child relationship", sent: request("GET", `${RECORD}/Contact`) },
    { why: "another version", sent: request("GET", RECORD.replace("62.0", "61.0")) },
    { why: "no version", sent: request("GET", RECORD.replace("/v62.0", "")) },
    { why: "an object that is not declared", sent: request("GET", RECORD.replace("Case", "Account")) },
    { why: "the object in other letters", sent: request("GET", RECORD.replace("Case", "case")) },
    { why: "a verb that is not declared", sent: request("DELETE", `${DATA}/sobjects/Contact/${CONTACT}`) },
    { why: "an id of 15 characters", sent: request("GET", RECORD.slice(0, -3)) },
    { why: "an id whose last three say otherwise", sent: request("GET", `${RECORD.slice(0, -3)}AAB`) },
    { why: "another object's id", sent: request("GET", `${DATA}/sobjects/Case/${CONTACT}`) },
    { why: "a field that is not declared", sent: request("GET", `${RECORD}?fields=Id,Secret__c`) },
    { why: "a field in other letters", sent: request("GET", `${RECORD}?fields=id`) },
    { why: "a field twice", sent: request("GET", `${RECORD}?fields=Id,Id`) },
    { why: "fields twice", sent: request("GET", `${RECORD}?fields=Id&fields=Status`) },
    { why: "no field", sent: request("GET", `${RECORD}?fields=`) },
    { why: "a parameter more", sent: request("GET", `${RECORD}?_HttpMethod=DELETE`) },
    { why: "the record a second time", sent: request("DELETE", `${RECORD}?record=${CONTACT}`) },
    {
      why: "a body without a type",
      sent: request("PATCH", RECORD, '{"Status":"New"}', { "content-type": "" }),
    },
    {
      why: "a body of another type",
      sent: request("PATCH", RECORD, '{"Status":"New"}', { "content-type": "text/plain" }),
    },
    { why: "a read with a body", sent: request("GET", RECORD, "{}") },
    { why: "an update of a field that only reads show", sent: request("PATCH", RECORD, '{"Subject":"x"}') },
    { why: "an update of nothing", sent: request("PATCH", RECORD, "{}") },
    {
      why: "an update of the record's id",
      sent: request("PATCH", RECORD, `{"record":"${CASE}","Status":"New"}`),
    },
    {
      why: "the decision's id",
      sent: request("PATCH", RECORD, '{"Status":"New","Watchword_Decision__c":"dec_1"}'),
    },
    { why: "attributes", sent: request("PATCH", RECORD, '{"attributes":{"type":"Task"},"Status":"New"}') },
    { why: "a repeated member", sent: request("PATCH", RECORD, '{"Status":"New","Status":"Escalated"}') },
    { why: "a value that the field does not have", sent: request("PATCH", RECORD, '{"Status":"Closed"}') },
    { why: "null", sent: request("PATCH", RECORD, '{"Status":null}') },
    { why: "a list of records", sent: request("POST", `${DATA}/sobjects/Case`, "[]") },
    { why: "a body that is not JSON", sent: request("POST", `${DATA}/sobjects/Case`, "Subject=x") },
    {
      why: "multipart",
      sent: request("POST", `${DATA}/sobjects/Case`, "--x--", {
        "content-type": "multipart/form-data; boundary=x",
      }),
    },
    {
      why: "a compressed body",
      sent: request("PATCH", RECORD, '{"Status":"New"}', { "content-encoding": "gzip" }),
    },
    ...["1.005", "-1", "-0", "1e300", '"12"', "true"].map((amount) => ({
      why: `an amount of ${amount}`,
      sent: request("PATCH", `${DATA}/sobjects/Opportunity/${OPPORTUNITY}`, `{"Amount":${amount}}`),
    })),
  ])("$why", ({ sent }) => {
    expect(refused(() => adapter.actionOf(sent))).toBe("request_mismatch");
  });

  test.for([
    "SELECT Id FROM Case",
    "SELECT Id FROM Case LIMIT 51",
    "SELECT Id FROM Case LIMIT 0",
    "SELECT Id FROM Case LIMIT 05",
    "SELECT Id FROM Case LIMIT 5 OFFSET 5",
    "SELECT Id FROM Case LIMIT 5 ALL ROWS",
    "SELECT Id FROM Case LIMIT 5 FOR UPDATE",
    "SELECT Id  FROM Case LIMIT 5",
    "SELECT Id,Subject FROM Case LIMIT 5",
    "select Id FROM Case LIMIT 5",
    "SELECT Id FROM case LIMIT 5",
    "SELECT id FROM Case LIMIT 5",
    "SELECT FIELDS(ALL) FROM Case LIMIT 5",
    "SELECT COUNT() FROM Case LIMIT 5",
    "SELECT Id, Secret__c FROM Case LIMIT 5",
    "SELECT Id, Contact.Email FROM Case LIMIT 5",
    "SELECT Id, (SELECT Body FROM Attachments) FROM Case LIMIT 5",
    "SELECT Id FROM Account LIMIT 5",
    "SELECT Id FROM Contact LIMIT 5",
    "SELECT Id FROM Case, Case.Contact c LIMIT 5",
    "SELECT Id FROM Case WHERE Secret__c = 'x' LIMIT 5",
    "SELECT Id FROM Case WHERE Status != 'New' LIMIT 5",
    "SELECT Id FROM Case WHERE Status >= 'New' LIMIT 5",
    "SELECT Id FROM Case WHERE CreatedDate > 2026-01-01T00:00:00Z LIMIT 5",
    "SELECT Id FROM Case WHERE CreatedDate = 2026-01-01T00:00:00Z LIMIT 5",
    "SELECT Id FROM Case WHERE CreatedDate >= 2026-01-01 LIMIT 5",
    "SELECT Id FROM Case WHERE CreatedDate >= 2026-01-01T00:00:00+01:00 LIMIT 5",
    "SELECT Id FROM Case WHERE CreatedDate >= LAST_N_DAYS:30 LIMIT 5",
    "SELECT Id FROM Case WHERE CreatedDate < 2026-02-01T00:00:00Z AND CreatedDate >= 2026-01-01T00:00:00Z LIMIT 5",
    "SELECT Id FROM Case WHERE CreatedDate_from = 2026-01-01T00:00:00Z LIMIT 5",
    "SELECT Id FROM Case WHERE Status LIKE 'N%' LIMIT 5",
    "SELECT Id FROM Case WHERE Status IN ('New') LIMIT 5",
    "SELECT Id FROM Case WHERE Status = 'New' OR Status = 'Working' LIMIT 5",
    "SELECT Id FROM Case WHERE (Status = 'New') LIMIT 5",
    "SELECT Id FROM Case WHERE NOT Status = 'New' LIMIT 5",
    "SELECT Id FROM Case WHERE Status = 'New' AND Status = 'Working' LIMIT 5",
    "SELECT Id FROM Case WHERE IsEscalated = true AND Status = 'New' LIMIT 5",
    "SELECT Id FROM Case WHERE Status = New LIMIT 5",
    "SELECT Id FROM Case WHERE Status = null LIMIT 5",
    "SELECT Id FROM Case WHERE IsEscalated = 'true' LIMIT 5",
    "SELECT Id FROM Case WHERE IsEscalated = TRUE LIMIT 5",
    "SELECT Id FROM Case WHERE Reopened__c = 07 LIMIT 5",
    "SELECT Id FROM Case WHERE Reopened__c = 1.0 LIMIT 5",
    "SELECT Id FROM Case WHERE Due__c = '2026-01-31' LIMIT 5",
    "SELECT Id FROM Case WHERE Due__c = TODAY LIMIT 5",
    "SELECT Id FROM Case WHERE Subject = 'a\\nb' LIMIT 5",
    "SELECT Id FROM Case WHERE Subject = 'a\\u0027b' LIMIT 5",
    "SELECT Id FROM Case WHERE Subject = 'a' LIMIT 5 -- '",
    "SELECT Id FROM Case WHERE Subject = 'a\\' LIMIT 5",
    "SELECT Id FROM Case WHERE Subject = '' LIMIT 5",
    "SELECT Id FROM Case WHERE Subject = 'a\nb' LIMIT 5",
    "SELECT Id FROM Case ORDER BY Subject ASC LIMIT 5",
    "SELECT Id FROM Case ORDER BY CreatedDate LIMIT 5",
    "SELECT Id FROM Case ORDER BY CreatedDate DESC NULLS LAST LIMIT 5",
    "SELECT Id FROM Case LIMIT 5 ",
    " SELECT Id FROM Case LIMIT 5",
    "SELECT Id FROM Case LIMIT 5\n",
    "",
  ])("the query %j", (soql) => {
    expect(refused(() => adapter.actionOf(query(soql)))).toBe("request_mismatch");
  });

  test("a query beside another parameter, and none", () => {
    const q = "q=SELECT%20Id%20FROM%20Case%20LIMIT%205";
    for (const target of [`${q}&${q}`, `${q}&batchSize=200`, "", "soql=x"])
      expect(refused(() => adapter.actionOf(request("GET", `${DATA}/query?${target}`)))).toBe(
        "request_mismatch",
      );
    expect(refused(() => adapter.actionOf(request("POST", `${DATA}/query?${q}`, "{}")))).toBe(
      "request_mismatch",
    );
    expect(refused(() => adapter.actionOf(request("GET", `${DATA}/query?${q}`, "{}")))).toBe(
      "request_mismatch",
    );
  });
});
