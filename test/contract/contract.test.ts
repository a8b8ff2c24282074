/**
 * What this package relies on in Multipass, as statements that any `multipass` can be held against: the simulator
 * always, a real one when MULTIPASS_CONTRACT_BIN names it (MULTIPASS_CONTRACT_IMAGE chooses the image). On a real host
 * only instances of this run are touched, and they are removed at the end. MULTIPASS_CONTRACT_RECORD=1 writes what has held
 * there into confirmed.json, so that readers see what is proven and what is taken from the sources.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { labelOf, VERSIONS } from "../support/versions.ts";
import type { Statement } from "./statement.ts";
import { argumentStatements } from "./statements-arguments.ts";
import { failureStatements } from "./statements-failures.ts";
import { instanceStatements } from "./statements-instances.ts";
import { real, type Subject, simulated, versionNumber } from "./subject.ts";

const statements: Statement[] = [...argumentStatements, ...instanceStatements, ...failureStatements];

/** What one real daemon has confirmed. */
interface Confirmation {
  multipass: string;
  /** Year and month. */
  date: string;
  host: string;
  /** Titles. */
  statements: string[];
}

const RECORD = new URL("confirmed.json", import.meta.url);
const confirmations: Confirmation[] = JSON.parse(readFileSync(RECORD, "utf8"));

/** ` [confirmed by …]` for a statement that a real daemon of this minor release has confirmed. */
function confirmedBy(title: string, version: number | undefined): string {
  const found = confirmations.find(
    ({ multipass, statements }) => versionNumber(multipass) === version && statements.includes(title),
  );
  return found ? ` [confirmed by ${found.multipass}, ${found.date}]` : "";
}

function applies({ since = 0, before = Number.POSITIVE_INFINITY }: Statement, version: number): boolean {
  return version >= since && version < before;
}

function hold(title: string, version: number | undefined, open: () => Promise<Subject>): void {
  describe(`contract: ${title}`, () => {
    let subject: Subject;
    const counts = { otherVersion: 0, unprovokable: 0 };
    const held: string[] = [];

    before(async () => {
      subject = await open();
    });
    after(async () => {
      await subject.close();
      const { otherVersion, unprovokable } = counts;
      if (subject.real && process.env["MULTIPASS_CONTRACT_RECORD"]) record(subject.multipass, held);
      console.log(
        `      ${subject.title}: ${held.length} statements held, ${otherVersion} are about other versions, ${unprovokable} cannot be provoked here`,
      );
    });

    for (const statement of statements) {
      if (version !== undefined && !applies(statement, version)) {
        counts.otherVersion += 1;
        continue;
      }
      const mark =
        version === undefined && statement.onlySimulated ? ` [not provoked: ${statement.onlySimulated}]` : "";
      it(statement.title + mark + confirmedBy(statement.title, version), async function () {
        if (subject.real) this.timeout(900_000);
        if (!applies(statement, subject.version)) {
          counts.otherVersion += 1;
          this.skip();
        }
        if (subject.real && statement.onlySimulated) {
          counts.unprovokable += 1;
          this.skip();
        }
        await statement.holds(subject);
        held.push(statement.title);
      });
    }
  });
}

function record(multipass: string, held: string[]): void {
  const date = new Date().toISOString().slice(0, 7);
  const own = { multipass, date, host: process.platform, statements: held.sort() };
  const others = confirmations.filter((one) => one.multipass !== multipass);
  writeFileSync(RECORD, `${JSON.stringify([...others, own], null, 2)}\n`);
}

describe("what real daemons have confirmed", () => {
  it("are statements that there are", () => {
    const titles = new Set(statements.map(({ title }) => title));
    const unknown = confirmations.flatMap((one) => one.statements.filter((title) => !titles.has(title)));
    assert.deepEqual(unknown, []);
  });
});

const bin = process.env["MULTIPASS_CONTRACT_BIN"];
for (const version of VERSIONS) {
  hold(`the simulator as ${labelOf(version)}`, versionNumber(version), () => simulated(version));
}
if (bin) hold(bin, undefined, () => real(bin));
