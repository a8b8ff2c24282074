import assert from "node:assert/strict";
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { Gate } from "../../../provider/core/operation/gate.ts";

/** Waits for a turn, and tells whether it has come. */
function waiting(gate: Gate, who: object, signal?: AbortSignal) {
  const state = { through: false, ended: Promise.resolve() };
  state.ended = gate.turn(who, signal).then(() => {
    state.through = true;
  });
  return state;
}

describe("the gate", () => {
  const [first, second, third] = [{}, {}, {}];

  it("is open at first, for everybody", async () => {
    const gate = new Gate();
    await Promise.all([gate.turn(first), gate.turn(second)]);
  });

  it("lets the one who has closed it make attempts, and nobody else", async () => {
    const gate = new Gate();
    gate.close(first);
    await gate.turn(first);
    const other = waiting(gate, second);
    await turnOfTheLoop();
    assert.equal(other.through, false);
    gate.open();
    await other.ended;
  });

  it("keeps its leader when others find the host not ready, too", async () => {
    const gate = new Gate();
    gate.close(first);
    gate.close(second);
    const other = waiting(gate, second);
    await turnOfTheLoop();
    assert.equal(other.through, false);
    await gate.turn(first);
    gate.open();
    await other.ended;
  });

  it("has another leader when the first resigns, and exactly one", async () => {
    const gate = new Gate();
    gate.close(first);
    const others = [waiting(gate, second), waiting(gate, third)];
    await turnOfTheLoop();
    gate.resign(first);
    await turnOfTheLoop();
    assert.deepEqual(
      others.map(({ through }) => through),
      [true, false],
    );
    gate.resign(second);
    await others[1]?.ended;
  });

  it("is no matter to a resignation of one who does not lead", async () => {
    const gate = new Gate();
    gate.close(first);
    gate.resign(second);
    const other = waiting(gate, third);
    await turnOfTheLoop();
    assert.equal(other.through, false);
    gate.open();
    await other.ended;
  });

  it("lets go of who is told to end, and of nobody else", async () => {
    const gate = new Gate();
    const controller = new AbortController();
    gate.close(first);
    const told = waiting(gate, second, controller.signal);
    const other = waiting(gate, third);
    await turnOfTheLoop();
    controller.abort();
    await told.ended;
    assert.equal(other.through, false);
    gate.open();
    await other.ended;
  });

  it("closes again after it was open", async () => {
    const gate = new Gate();
    gate.close(first);
    gate.open();
    gate.close(second);
    const other = waiting(gate, first);
    await turnOfTheLoop();
    assert.equal(other.through, false);
    gate.open();
    await other.ended;
  });
});
