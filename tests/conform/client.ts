// A client of the contract in TypeScript: the compiler refuses what the contract does not know.
import createClient from "openapi-fetch";
import type { paths } from "./api.js";

declare const process: { argv: string[] };

const [, , baseUrl, key] = process.argv;
const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${key}` } });
const place = "/v1/employees/{employee}/assignment";

const held = await client.GET(place, {
  params: { path: { employee: "ada" }, query: { effective_on: "2026-02-01" } },
});
const nobody = await client.GET(place, { params: { path: { employee: "nobody" } } });
const misspelt = await client.GET(place, {
  // @ts-expect-error: there is no such parameter
  params: { path: { employee: "ada" }, query: { effectve_on: "2026-02-01" } },
});
const made = await client.POST("/v1/employees", { body: { key: "grace", external_ids: { workday: "2" } } });
// @ts-expect-error: a key needs a name and scopes
const unfit = await client.POST("/v1/keys", { body: { name: "payroll" } });

if (!held.data || !nobody.error || !misspelt.error || !made.data || !unfit.error) throw new Error("not as expected");
const since: string = held.data.grade_since;
const step: string | null = held.data.step;
// @ts-expect-error: an assignment has no salary
const salary = held.data.salary;
const codes: string[] = [nobody.error, misspelt.error, unfit.error].map((problem) => problem.code);

console.log(
  JSON.stringify({
    level: held.data.level,
    title: held.data.title,
    step,
    since,
    employee: held.data.employee.key,
    salary: salary === undefined,
    made: made.data.key,
    codes,
    fault: unfit.error.errors?.[0]?.pointer,
  }),
);
