import { hash } from "node:crypto";
import { type Create, describe } from "./model.ts";

/** Chrome's trace format for Perfetto, in microseconds, with a thread for each instance. */
export function chromeTrace(creates: readonly Create[], title: string): string {
  const origin = Math.min(...creates.map(({ start }) => start));
  const us = (ms: number) => Math.round(ms * 1000);
  const traceEvents = [
    { ph: "M", pid: 1, name: "process_name", args: { name: title } },
    ...creates.flatMap(({ name, urn, start, end, ready, phases }, index) => {
      const thread = { pid: 1, tid: index + 1 };
      return [
        { ph: "M", ...thread, name: "thread_name", args: { name } },
        { ph: "M", ...thread, name: "thread_sort_index", args: { sort_index: index } },
        event(`create ${name}`, thread, us(start - origin), us(end - start), { urn, ready }),
        ...phases.map((phase) =>
          event(phase.name, thread, us(phase.start - origin), us(phase.end - phase.start), {
            attempts: phase.attempts,
          }),
        ),
      ];
    }),
  ];
  const otherData = { startedAt: new Date(origin).toISOString() };
  return `${JSON.stringify({ displayTimeUnit: "ms", otherData, traceEvents }, null, 1)}\n`;
}

function event(name: string, thread: { pid: number; tid: number }, ts: number, dur: number, args: object) {
  return { ph: "X", cat: "create", name, ...thread, ts, dur, args };
}

/** OpenTelemetry's JSON for a collector's `/v1/traces`: a trace for each create, a span for each phase. */
export function openTelemetry(creates: readonly Create[], stack: string, version: string): string {
  const spans = creates.flatMap(({ name, urn, start, end, ready, phases }) => {
    // Derived from the create, so that a second export produces the same IDs.
    const traceId = digest(`${urn} ${start}`, 32);
    const root = digest(`${traceId} create`, 16);
    const children = phases.map((phase, index) => ({
      traceId,
      spanId: digest(`${traceId} ${index}`, 16),
      parentSpanId: root,
      name: phase.name,
      ...span(phase.start, phase.end),
      attributes: [
        text("multipass.phase", describe(phase.name)),
        { key: "multipass.attempts", value: { intValue: String(phase.attempts) } },
      ],
    }));
    const attributes = [text("multipass.instance.resource", name), text("pulumi.urn", urn)];
    // 1 means OK, 2 means an error.
    const status = ready ? { code: 1 } : { code: 2, message: "not ready" };
    return [
      { traceId, spanId: root, name: `create ${name}`, ...span(start, end), attributes, status },
      ...children,
    ];
  });
  const resource = { attributes: [text("service.name", "pulumi-multipass"), text("pulumi.stack", stack)] };
  const scope = { name: "pulumi-multipass", version };
  return `${JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }] }, null, 1)}\n`;
}

function span(start: number, end: number) {
  // A number cannot hold nanoseconds since 1970, so the protocol uses strings.
  const nanoseconds = (ms: number) => String(BigInt(Math.round(ms * 1000)) * 1000n);
  return { kind: 1, startTimeUnixNano: nanoseconds(start), endTimeUnixNano: nanoseconds(end) };
}

function text(key: string, value: string) {
  return { key, value: { stringValue: value } };
}

function digest(of: string, length: number): string {
  return hash("sha256", of).slice(0, length);
}
