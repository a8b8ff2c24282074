/**
 * What this package relies on in Multipass, as statements that any `multipass` can be held against: the simulator
 * always, a real one when MULTIPASS_CONTRACT_BIN names it (MULTIPASS_CONTRACT_IMAGE chooses the image). On a real host
 * only instances of this run are touched, and they are removed at the end.
 */
import { labelOf, VERSIONS } from "../support/versions.ts";
import type { Statement } from "./statement.ts";
import { argumentStatements } from "./statements-arguments.ts";
import { failureStatements } from "./statements-failures.ts";
import { instanceStatements } from "./statements-instances.ts";
import { real, type Subject, simulated } from "./subject.ts";

const statements: Statement[] = [...argumentStatements, ...instanceStatements, ...failureStatements];

function applies({ since = 0, before = Number.POSITIVE_INFINITY }: Statement, version: number): boolean {
  return version >= since && version < before;
}

function hold(title: string, version: number | undefined, open: () => Promise<Subject>): void {
  describe(`contract: ${title}`, () => {
    let subject: Subject;
    const counts = { held: 0, otherVersion: 0, unprovokable: 0 };

    before(async () => {
      subject = await open();
    });
    after(async () => {
      await subject.close();
      const { held, otherVersion, unprovokable } = counts;
      console.log(
        `      ${subject.title}: ${held} statements held, ${otherVersion} are about other versions, ${unprovokable} cannot be provoked here`,
      );
    });

    for (const statement of statements) {
      if (version !== undefined && !applies(statement, version)) {
        counts.otherVersion += 1;
        continue;
      }
      const mark =
        version === undefined && statement.onlySimulated ? ` [not provoked: ${statement.onlySimulated}]` : "";
      it(statement.title + mark, async function () {
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
        counts.held += 1;
      });
    }
  });
}

const bin = process.env["MULTIPASS_CONTRACT_BIN"];
for (const version of VERSIONS) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  hold(`the simulator as ${labelOf(version)}`, major * 100 + minor, () => simulated(version));
}
if (bin) hold(bin, undefined, () => real(bin));
