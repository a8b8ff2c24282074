import assert from "node:assert/strict";
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { Gate } from "../../../provider/core/operation/gate.ts";

/** Waits for a turn, and tells if it has come. */
function waiting(gate: Gate, who: object, signal?: AbortSignal) {
  const state = { through: false, ended: Promise.resolve() };
  state.ended = gate.turn(who, signal).then(() => {
    state.through = true;
  });
  return state;
}

describe("the gate", () => {
  const [first, second, third] = [{}, {}, {}];

  it("is open to everybody at first", async () => {
    const gate = new Gate();
    await Promise.all([gate.turn(first), gate.turn(second)]);
  });

  it("lets only the one who closed it make attempts", async () => {
    const gate = new Gate();
    gate.close(first);
    await gate.turn(first);
    const other = waiting(gate, second);
    await turnOfTheLoop();
    assert.equal(other.through, false);
    gate.open();
    await other.ended;
  });

  it("keeps its leader when others also find the host not ready", async () => {
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

  it("gets exactly one new leader when the first resigns", async () => {
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

  it("ignores a resignation of somebody who is not the leader", async () => {
    const gate = new Gate();
    gate.close(first);
    gate.resign(second);
    const other = waiting(gate, third);
    await turnOfTheLoop();
    assert.equal(other.through, false);
    gate.open();
    await other.ended;
  });

  it("releases a waiter that is told to end, and no other", async () => {
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

  it("can close again after it was open", async () => {
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
