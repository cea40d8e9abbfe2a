import { salesforceTwin } from "@watchword/emulators/salesforce";

const HOST = "acme.my.salesforce.com";
const AGENT = "agent@acme.example";
await using twin = await salesforceTwin({
  orgs: [
    {
      id: "00D000000000001EAA",
      host: HOST,
      apps: [{ consumerKey: "3MVG9example", scopes: ["api"], users: [AGENT], tokenMinutes: 1 }],
      users: [{ id: "005000000000001AAA", username: AGENT, objects: { Case: { read: true, edit: true } } }],
      objects: {
        Case: { keyPrefix: "500", fields: { Status: { type: "string", values: ["New", "Closed"] } } },
      },
      records: { Case: { "500000000000001AAA": { Status: "New" } } },
    },
  ],
});
const headers = { authorization: `Bearer ${twin.token(HOST, AGENT)}`, "content-type": "application/json" };
const change = (path: string, Status: string) =>
  fetch(`${twin.url}/services/data/v62.0/${path}`, {
    method: "PATCH",
    headers,
    body: JSON.stringify({ Status }),
  });

/** 400 for what the field does not have; 204 for a record and an object in another spelling, as Salesforce takes them. */
export const seen = {
  wrong: (await change("sobjects/Case/500000000000001AAA", "Escalated")).status,
  other: (await change("sobjects/case/500000000000001", "Closed")).status,
  record: twin.record(HOST, "500000000000001AAA")?.["Status"],
};
